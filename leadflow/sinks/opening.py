"""From the file of sinks, and the secrets in the environment, to sinks that deliver."""

import base64
from functools import partial
from pathlib import Path

from standardwebhooks import Webhook

from activities.publishing import Sink
from crm.errors import Misconfigured
from crm.store.database import Database
from leadflow.cli.session import run_url
from leadflow.settings import ENV_FILE, Settings, variable
from leadflow.sinks.config import EmailConfig, LogConfig, WebhookConfig, read_sinks
from leadflow.sinks.email import EmailSink, Login
from leadflow.sinks.log import LogSink
from leadflow.sinks.webhook import WebhookSink

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)


def open_sinks(settings: Settings, database: Database) -> tuple[Sink, ...]:
    """The configured sinks, in the order of the file; none without a file. Raises Misconfigured."""
    file = settings.sinks_file
    if file is None:
        return ()
    return tuple(_open(file, name, config.kind, settings, database) for name, config in read_sinks(file).items())


def _open(
    file: Path, name: str, config: WebhookConfig | EmailConfig | LogConfig, settings: Settings, database: Database
) -> Sink:
    match config:
        case WebhookConfig():
            return WebhookSink(name, config, _signer(f"{file}: {name}.webhook.secret_env", config.secret_env))
        case EmailConfig():
            login = _login(f"{file}: {name}.email", config)
            return EmailSink(name, config, login, database, partial(run_url, settings))
        case LogConfig():
            return LogSink(name, config)


def _login(place: str, config: EmailConfig) -> Login | None:
    if config.username_env is None or config.password_env is None:
        return None
    username = _secret(f"{place}.username_env", config.username_env)
    return Login(username, _secret(f"{place}.password_env", config.password_env))


def _signer(place: str, name: str) -> Webhook:
    secret = _secret(place, name)
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in SECRET_BYTES:
        raise Misconfigured(
            f"{place}: {name} is no signing secret. Write {PREFIX} and 24 to 64 random bytes in Base64, "
            f'such as "{PREFIX}$(openssl rand -base64 32)".'
        )
    return Webhook(key)


def _secret(place: str, name: str) -> str:
    value = variable(name)
    if not value:
        raise Misconfigured(f"{place}: the variable {name} is not set. Set it in the environment or in {ENV_FILE}.")
    return value
