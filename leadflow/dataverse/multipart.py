"""The multipart/mixed format of batches: read as clients write it, written as clients read it.

Line ends are CRLF or LF, and further blank lines may stand before headers and contents. `email` could read this too;
but it nests without limit, and looks at each line again for every level.
"""

import re
from collections.abc import Iterable
from http import HTTPStatus

from python_multipart.multipart import parse_options_header

from leadflow.dataverse.call import Answer
from leadflow.dataverse.errors import bad_body

Headers = dict[str, str]
LONGEST_HEAD = 131_072
LONGEST_BOUNDARY = 70

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def boundary_of(content_type: str) -> str | None:
    """The boundary that a multipart/mixed content type names; None for any other type, and for one too long."""
    kind, options = parse_options_header(content_type.encode())
    boundary = options.get(b"boundary", b"").decode(errors="replace").rstrip()
    return boundary if kind == b"multipart/mixed" and 0 < len(boundary) <= LONGEST_BOUNDARY else None


def split_parts(content: bytes, boundary: str, most: int) -> list[bytes]:
    """The parts between the delimiter lines. Raises InvalidInput where there are none, more than `most`, or no end."""
    delimiter = re.escape(f"--{boundary}".encode())
    # Sought before it is seen whether a line begins there: a literal that comes first is found far sooner.
    lines = re.finditer(delimiter + rb"(?<![^\n]" + delimiter + rb")(--)?[ \t]*+(?:\r?\n|\Z)", content)
    parts: list[bytes] = []
    start: int | None = None
    for line in lines:
        if start is not None:
            parts.append(content[start : line.start()])
        if line[1] or len(parts) > most:
            break
        start = line.end()
    else:
        raise bad_body("A multipart body has no closing line, or its boundary is not that of the Content-Type header.")
    if not parts:
        raise bad_body("A multipart body has no parts.")
    if len(parts) > most:
        raise bad_body(f"The batch has more than {most} requests. Send several batches.")
    return parts


def split_head(part: bytes) -> tuple[list[str], bytes]:
    """The lines before the first blank line, and what follows it. Raises InvalidInput for what is too long, or not
    UTF-8."""
    stripped = part.strip()
    blank = _BLANK_LINE.search(stripped)
    head, content = (stripped[: blank.start()], stripped[blank.end() :]) if blank else (stripped, b"")
    if len(head) > LONGEST_HEAD:
        raise bad_body(f"The headers of a part of the batch are longer than {LONGEST_HEAD} bytes.")
    try:
        lines = head.decode().split("\n")
    except UnicodeDecodeError:
        raise bad_body("The headers of a part of the batch are not UTF-8.") from None
    return [line.strip() for line in lines], content.lstrip()


def read_headers(lines: Iterable[str]) -> Headers:
    """Headers by lower-case name. Raises InvalidInput for a line that is none."""
    headers: Headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name.strip()):
            raise bad_body("A line among the headers of a part of the batch is no header; a blank line ends them.")
        headers[name.strip().lower()] = value.strip()
    return headers


def join_parts(parts: Iterable[bytes], boundary: str) -> bytes:
    """A multipart body."""
    lines = [line for part in parts for line in (f"--{boundary}".encode(), part)]
    return b"\r\n".join([*lines, f"--{boundary}--".encode(), b""])


def nested(parts: Iterable[bytes], boundary: str) -> bytes:
    """A part that consists of parts."""
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode() + join_parts(parts, boundary)


def response_part(answer: Answer, content_id: str | None) -> bytes:
    """A part with an HTTP response."""
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id:
        head.append(f"Content-ID: {content_id}")
    head += ["", f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    if answer.body is not None:
        head.append(f"Content-Type: {answer.content_type}")
    head.append("OData-Version: 4.0")
    head += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*head, "", ""]).encode() + answer.content()
