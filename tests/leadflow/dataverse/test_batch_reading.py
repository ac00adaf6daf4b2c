"""Reading batches: what clients write is read, and anything else is refused with a reason."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.errors import InvalidInput
from leadflow.dataverse.batch_requests import BatchRequest, ChangeSet, read_batch
from leadflow.dataverse.call import Call, Services
from leadflow.dataverse.target import ServiceRoot
from tests.leadflow.dataverse.batches import PIECES, change_set, joined, request
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE


def read(body: bytes, content_type: str = "multipart/mixed; boundary=b") -> list[BatchRequest | ChangeSet]:
    services = Services(None, None, dict, b"")  # type: ignore[arg-type]
    return read_batch(
        Call(services, ADMINISTRATOR, "POST", ServiceRoot(), BASE, "", {"content-type": content_type}, body)
    )


def read_one(line: str) -> BatchRequest:
    (found,) = read(f"--b\nContent-Type: application/http\n\n{line}\n\n--b--".encode())
    assert isinstance(found, BatchRequest)
    return found


@pytest.mark.parametrize("content_type", ["multipart/mixed;boundary=b", 'Multipart/Mixed; Boundary="b"; charset=utf-8'])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("blank", ["", "\n", "\n\n"])
def test_line_ends_blank_lines_and_quotes_do_not_matter(content_type: str, newline: str, blank: str) -> None:
    body = f"""{blank}--b
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 7
{blank}
POST leads HTTP/1.1
Prefer: return=representation
{blank}
{{"lastname": "Lind"}}
{blank}--b--{blank}"""
    (found,) = read(body.replace("\n", newline).encode(), content_type)
    assert found == BatchRequest("POST", "leads", "", {"prefer": "return=representation"}, b'{"lastname": "Lind"}', "7")


@pytest.mark.parametrize(
    "url",
    [
        "leads?$select=subject",
        "/api/data/v9.2/leads?$select=subject",
        "http://crm.example/api/data/v9.2/leads?$select=subject",
        "HTTPS://crm.example:8443/API/data/v9.0/leads?$select=subject",
    ],
)
def test_a_url_is_absolute_or_relative_to_the_host_or_the_service(url: str) -> None:
    found = read_one(f"GET {url} HTTP/1.1")
    assert (found.path, found.query) == ("leads", "$select=subject")


def test_spaces_and_quotes_may_stand_in_a_url_as_they_are() -> None:
    found = read_one("get leads?$filter=lastname eq 'O''Neil & HTTP/1.1' and statecode eq 0 HTTP/1.1")
    assert found.query == "$filter=lastname eq 'O''Neil & HTTP/1.1' and statecode eq 0"


REQUEST = b"--b\nContent-Type: application/http\n\nGET leads HTTP/1.1\n\n"


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b"{}", "application/json", "batches in JSON are not supported"),
        (REQUEST + b"--b--", "multipart/form-data; boundary=b", "multipart/mixed"),
        (REQUEST + b"--b--", "multipart/mixed", "with a boundary"),
        (REQUEST + b"--b--", f"multipart/mixed; boundary={'b' * 71}", "at most 70 characters"),
        (b"", "multipart/mixed; boundary=b", "no closing line"),
        (REQUEST, "multipart/mixed; boundary=b", "no closing line"),
        (REQUEST + b"--b--", "multipart/mixed; boundary=c", "boundary is not that of the Content-Type"),
        (b"--b--", "multipart/mixed; boundary=b", "no parts"),
        (REQUEST * 1001 + b"--b--", "multipart/mixed; boundary=b", "more than 1000 requests"),
        (b"--b\n\nGET leads HTTP/1.1\n\n--b--", "multipart/mixed; boundary=b", "is no header"),
        (b"--b\nContent-Type: text/plain\n\nx\n--b--", "multipart/mixed; boundary=b", "application/http"),
        (b"--b\nContent-Type: application/http\n\nleads\n--b--", "multipart/mixed; boundary=b", "request line"),
        (b"--b\nContent-Type: application/http\n\n--b--", "multipart/mixed; boundary=b", "request line"),
        (REQUEST.replace(b"leads", b"\xff") + b"--b--", "multipart/mixed; boundary=b", "not UTF-8"),
        (REQUEST.replace(b"leads", b"l" * 65_537) + b"--b--", "multipart/mixed; boundary=b", "longer than 65536"),
        (
            REQUEST.replace(b" HTTP", b" HTTP/1.1\nA: " + b"x" * 131_072) + b"--b--",
            "multipart/mixed; boundary=b",
            "131072",
        ),
        (REQUEST.replace(b"\n\n", b"\nContent-ID: a b\n\n", 1) + b"--b--", "multipart/mixed; boundary=b", "Content-ID"),
    ],
)
def test_a_batch_that_cannot_be_read_says_why(body: bytes, content_type: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as raised:
        read(body, content_type)
    assert raised.value.code == "0x80048d19"


def test_change_sets_count_and_do_not_nest() -> None:
    parts = change_set(*[request("DELETE leads(1)")] * 600)
    with pytest.raises(InvalidInput, match="more than 1000 requests"):
        read(joined([parts, parts], "b").encode())
    inner = change_set(request("DELETE leads(1)"), boundary="inner")
    with pytest.raises(InvalidInput, match="do not nest"):
        read(joined([change_set(inner)], "b").encode())
    with pytest.raises(InvalidInput, match="same Content-ID"):
        read(joined([change_set(*[request("DELETE leads(1)", content_id="1")] * 2)], "b").encode())


@settings(max_examples=150)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=40))
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    try:
        found = read(b"".join(pieces))
    except InvalidInput as refused:
        assert refused.code == "0x80048d19"
    else:
        assert found
