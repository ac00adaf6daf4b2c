"""Batches as clients write them, and their answers as clients read them."""

import re
from dataclasses import dataclass
from typing import Any

import orjson
from hypothesis import strategies as st

from leadflow.dataverse.call import Answer
from leadflow.dataverse.multipart import boundary_of
from tests.leadflow.dataverse.conftest import Api

NOBODY = "00000000-0000-0000-0000-0000000000ff"
PIECES = st.sampled_from(
    [b"--b", b"--b--", b"--c", b"--c--", b"\n", b"\r\n", b"\n\n", b"Content-Type: application/http\n",
     b"Content-Type: multipart/mixed; boundary=c\n", b"Content-ID: 1\n", b"GET leads HTTP/1.1\n",
     b"PATCH $1 HTTP/1.1\n", b"DELETE accounts(1) HTTP/1.1\n", b"POST $batch HTTP/1.1\n", b'{"name": "$1"}',
     b"[" * 3000, b"\xff\x00"]
)  # fmt: skip
"""What a batch is made of, for batches at random."""


@dataclass(frozen=True)
class Part:
    """One part of an answer, as a client sees it."""

    status: int
    headers: dict[str, str]
    content_id: str | None
    body: Any


def request(line: str, body: Any = None, content_id: str | None = None, **headers: str) -> str:
    """A part with a request, with LF line ends. Header names with underscores for hyphens."""
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    head += [f"Content-ID: {content_id}"] if content_id else []
    inner = [f"{line} HTTP/1.1", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    inner += [] if body is None else ["Content-Type: application/json"]
    return "\n".join([*head, "", *inner, "", "" if body is None else orjson.dumps(body).decode(), ""])


def change_set(*requests: str, boundary: str = "changeset_1") -> str:
    return f"Content-Type: multipart/mixed; boundary={boundary}\n\n{joined(requests, boundary)}"


def joined(parts: tuple[str, ...] | list[str], boundary: str = "batch_1") -> str:
    return "".join(f"--{boundary}\n{part}" for part in parts) + f"--{boundary}--\n"


def send(api: Api, *parts: str, newline: str = "\r\n", prefer: str = "") -> tuple[Answer, list[Part | list[Part]]]:
    """A batch and its answer: a part for each request, a list of parts for a change set."""
    body = joined(parts).replace("\n", newline).encode()
    answer = api.ask("POST", "$batch", body, content_type='multipart/mixed; boundary="batch_1"', prefer=prefer)
    return answer, parts_of(answer)


def parts_of(answer: Answer) -> list[Part | list[Part]]:
    """The parts of an answer, cut as dynamics-web-api does: at the first line, whatever it is."""
    boundary = boundary_of(answer.content_type)
    assert boundary is not None and boundary.startswith("batchresponse_"), answer.body
    return [_read(text) for text in _cut(answer.content().decode())]


def _cut(text: str) -> list[str]:
    delimiter = text.partition("\r\n")[0]
    first, *parts, last = text.split(delimiter)
    assert (first, last) == ("", "--\r\n")
    return parts


def _read(text: str) -> Part | list[Part]:
    outer, _, inner = text.removeprefix("\r\n").partition("\r\n\r\n")
    if outer.startswith("Content-Type: multipart/mixed; boundary=changesetresponse_"):
        parts = [_read(part) for part in _cut(inner.removesuffix("\r\n"))]
        return [part for part in parts if isinstance(part, Part)]
    head, _, body = inner.partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    found = re.fullmatch(r"HTTP/1\.1 (\d{3}) [\w ]+", status)
    assert found is not None, status
    headers = dict(line.split(": ", 1) for line in lines)
    ids = re.findall(r"^Content-ID: (.+?)\r?$", outer, re.MULTILINE)
    json = headers.get("Content-Type", "").startswith("application/json")
    return Part(int(found[1]), headers, ids[0] if ids else None, orjson.loads(body) if json else body.strip())


def alone(part: Part | list[Part]) -> Part:
    assert isinstance(part, Part)
    return part


def together(part: Part | list[Part]) -> list[Part]:
    assert isinstance(part, list), part
    return part
