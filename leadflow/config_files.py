"""YAML files that settings name (of sinks, of sources): read and checked as a whole, with the secrets they point to."""

import base64
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from standardwebhooks import Webhook

from crm.errors import Misconfigured
from leadflow.settings import ENV_FILE, variable, variable_of

T = TypeVar("T")
SECRET_PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)


def read_config(file: Path, shape: TypeAdapter[T], setting: str) -> T:
    """What the file says; an empty one says `{}`. `setting` is the field of Settings that names the file.

    Raises Misconfigured, naming the file, the key and the remedy.
    """
    _, given = read_yaml(file, setting)
    try:
        return shape.validate_python(given)
    except ValidationError as error:
        raise Misconfigured("\n".join(_explained(file, problem) for problem in error.errors())) from None


def read_yaml(file: Path, setting: str) -> tuple[str, Any]:
    """The file's text, and what it says; an empty one says `{}`. Raises Misconfigured where it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
        given = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file} cannot be read: {error}. Correct {variable_of(setting)}, or the file.") from None
    except yaml.YAMLError as error:
        raise Misconfigured(f"{file} is no YAML: {' '.join(str(error).split())}. Correct it there.") from None
    return text, {} if given is None else given


def _explained(file: Path, problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    return f"{file}: {place or 'the file'}: {problem['msg'].removeprefix('Value error, ')}"


def secret(place: str, name: str) -> str:
    """The variable that stands at `place` of a file. Raises Misconfigured where it is not set."""
    value = variable(name)
    if not value:
        raise Misconfigured(f"{place}: the variable {name} is not set. Set it in the environment or in {ENV_FILE}.")
    return value


def webhook_of(place: str, name: str) -> Webhook:
    """What signs and verifies by a Standard Webhooks secret. Raises Misconfigured where the secret is none."""
    text = secret(place, name)
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not text.startswith(SECRET_PREFIX) or len(key) not in SECRET_BYTES:
        raise Misconfigured(
            f"{place}: {name} is no signing secret. Write {SECRET_PREFIX} and 24 to 64 random bytes in Base64, "
            f'such as "{SECRET_PREFIX}$(openssl rand -base64 32)".'
        )
    return Webhook(key)
