"""The body of a request, as JSON or a form, to its fields: names and raw values."""

import codecs
import re
from collections.abc import AsyncGenerator, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from leadflow.intake.encoding import encoding_fault
from leadflow.intake.submissions import flat
from leadflow.intake.web.problems import FieldProblem, Refused, bad_fields, bad_request

JSON, FORM, MULTIPART = MEDIA_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
UTF_8 = "utf-8"
MOST_FIELDS = 500
TOO_MANY = f"The body has more than {MOST_FIELDS} fields. Send those of one lead."
LARGEST_BODY = 128 * 1024
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([\w.:-]+)"?', re.IGNORECASE)
_CHARSET_FIELD = "_charset_"  # a form's own hidden field, which browsers fill with the encoding that they used


async def read_fields(content_type: str, body: bytes) -> dict[str, object]:
    """The fields of a body by name. Raises Refused: 415, 400 for a body that cannot be read, 422 for a bad field."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send the lead as {', '.join(MEDIA_TYPES)}, and say so in Content-Type."
        )
    named = _CHARSET.search(content_type)
    charset = _known(named[1]) if named else None
    if media_type == JSON:
        return _json(_decoded(body, charset or UTF_8))
    if media_type == FORM:
        return _single(_form(body, charset))
    return _single(await _multipart(content_type, body, charset or UTF_8))


def is_form(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in (FORM, MULTIPART)


def _known(charset: str) -> str:
    """The usual name of a character encoding of text."""
    try:
        "".encode(charset)  # a codec that is none of text, such as zlib, is no character encoding
        return codecs.lookup(charset).name
    except LookupError:
        raise bad_request(f"There is no character encoding '{charset[:40]}'. Send UTF-8.") from None


def _decoded(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        fault = f"byte 0x{body[error.start]:02X} at position {error.start + 1}"
        raise bad_request(f"The body is not {encoding} ({fault}). Send UTF-8.") from None


def _json(text: str) -> dict[str, object]:
    try:
        fields = orjson.loads(text)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise bad_request(f"The body is not valid JSON: {error}. Send one object.") from None
    if not isinstance(fields, dict):
        raise bad_request('The body must be a JSON object, such as {"lastname": "Weber"}.')
    if len(flat(fields)) > MOST_FIELDS:
        raise bad_request(TOO_MANY)
    return fields


def _form(body: bytes, charset: str | None) -> list[tuple[str, Any]]:
    """Percent-encoded bytes are of the encoding that the header or the form says, else UTF-8."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        pairs = _pairs(text, UTF_8, "surrogateescape")
        said = charset or _known(next((value for name, value in pairs if name == _CHARSET_FIELD), UTF_8))
        pairs = pairs if said == UTF_8 else _pairs(text, said, "strict")
    except UnicodeError:
        raise bad_request("The form is not in the character encoding that it names. Send UTF-8.") from None
    except ValueError:
        raise bad_request(TOO_MANY) from None
    for name, value in pairs:
        fault = encoding_fault(name) or encoding_fault(value)
        if fault:
            raise bad_request(f"A field of the form {fault.partition(';')[0]}; send UTF-8.")
    return pairs


def _pairs(text: str, encoding: str, errors: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, encoding=encoding, errors=errors, max_num_fields=MOST_FIELDS)


async def _multipart(content_type: str, body: bytes, encoding: str) -> list[tuple[str, Any]]:
    _decoded(body, encoding)  # the parser below takes what it cannot decode for Latin-1

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        Headers({"content-type": content_type}), stream(), max_files=MOST_FIELDS, max_fields=MOST_FIELDS
    )
    try:
        pairs = (await parser.parse()).multi_items()
    except (MultiPartException, KeyError, ValueError) as error:
        reason = error.message if isinstance(error, MultiPartException) else "it cannot be read"
        raise bad_request(f"The form is not valid multipart/form-data: {reason}.") from None
    files = [name for name, value in pairs if isinstance(value, UploadFile) and (value.filename or value.size)]
    if files:
        raise bad_fields([FieldProblem(name, "is a file; files are not taken, leave it out") for name in files])
    return [(name, value) for name, value in pairs if isinstance(value, str)]


def _single(pairs: Iterable[tuple[str, Any]]) -> dict[str, object]:
    """Each field once: a lead has one value of each. Empty repetitions (hidden inputs of check boxes) do not count."""
    fields: dict[str, object] = {}
    for name, value in pairs:
        if fields.get(name) and value and fields[name] != value:
            raise bad_fields([FieldProblem(name[:100], "is given more than once; send one value")])
        if name != _CHARSET_FIELD:
            fields[name] = fields.get(name) or value
    return fields
