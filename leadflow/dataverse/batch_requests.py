"""Reading a batch: its requests, alone or in change sets, and the references from one to another."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from leadflow.dataverse.call import Call
from leadflow.dataverse.errors import bad_body
from leadflow.dataverse.multipart import LONGEST_BOUNDARY, boundary_of, read_headers, split_head, split_parts

MOST_REQUESTS = 1000
LONGEST_URL = 65_536

_METHOD = re.compile(r"[A-Za-z]+")
_VERSION = re.compile(r"HTTP/\d(?:\.\d)?")
_ROOT = re.compile(r"(?:https?://[^/?#]*)?/api/data/v9\.\d/", re.IGNORECASE)
_CONTENT_ID = re.compile(r"[\w.~-]{1,100}", re.ASCII)
_REFERENCE = re.compile(r"/?\$([\w.~-]+)", re.ASCII)
_SERVICE_DOCUMENTS = ("metadata", "batch")


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request of a batch. `path` is relative to the service's root; `query` and it are as they came."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    content_id: str | None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Requests of which all are carried out, or none."""

    requests: tuple[BatchRequest, ...]


def read_batch(call: Call) -> list[BatchRequest | ChangeSet]:
    """What a batch asks, in order. Raises InvalidInput, saying what is wrong with it."""
    boundary = boundary_of(call.headers.get("content-type", ""))
    if boundary is None:
        raise bad_body(
            f"A batch must have the content type multipart/mixed, with a boundary of at most {LONGEST_BOUNDARY} "
            "characters; batches in JSON are not supported."
        )
    items = [_item(part) for part in split_parts(call.body, boundary, MOST_REQUESTS)]
    if sum(len(item.requests) if isinstance(item, ChangeSet) else 1 for item in items) > MOST_REQUESTS:
        raise bad_body(f"The batch has more than {MOST_REQUESTS} requests. Send several batches.")
    return items


def _item(part: bytes) -> BatchRequest | ChangeSet:
    lines, content = split_head(part)
    headers = read_headers(lines)
    boundary = boundary_of(headers.get("content-type", ""))
    if boundary is None:
        return _request(headers, content)
    parts = (split_head(one) for one in split_parts(content, boundary, MOST_REQUESTS))
    requests = tuple(_request(read_headers(lines), content) for lines, content in parts)
    ids = [request.content_id for request in requests if request.content_id]
    if len(ids) != len(set(ids)):
        raise bad_body("Two requests of a change set have the same Content-ID.")
    return ChangeSet(requests)


def _request(part_headers: Mapping[str, str], content: bytes) -> BatchRequest:
    if part_headers.get("content-type", "").partition(";")[0].strip().lower() != "application/http":
        raise bad_body("A part of the batch must have the content type application/http; change sets do not nest.")
    (first, *lines), body = split_head(content)
    method, path, query = _request_line(first)
    headers = read_headers(lines)
    return BatchRequest(method, path, query, headers, body.strip(), _content_id({**headers, **part_headers}))


def _request_line(line: str) -> tuple[str, str, str]:
    """Method, path and query string. Spaces may stand in the URL as they are."""
    method, _, rest = line.partition(" ")
    url, _, version = rest.rpartition(" ")
    if not _METHOD.fullmatch(method) or not _VERSION.fullmatch(version) or not url.strip():
        raise bad_body("A part of the batch must begin with a request line such as 'GET leads HTTP/1.1'.")
    return method.upper(), *_resource(url.strip())


def _resource(url: str) -> tuple[str, str]:
    """Path and query string of a URL: absolute, from the host's root, or from the service's root.

    One that is not of this service keeps its scheme and host, and so leads nowhere.
    """
    if len(url) > LONGEST_URL:
        raise bad_body(f"A URL in the batch is longer than {LONGEST_URL} characters.")
    root = _ROOT.match(url)
    path, _, query = (url[root.end() :] if root else url).partition("?")
    return path, query


def _content_id(headers: Mapping[str, str]) -> str | None:
    given = headers.get("content-id")
    if given is not None and not _CONTENT_ID.fullmatch(given):
        raise bad_body("A Content-ID consists of letters, digits, hyphens, dots, underscores and tildes.")
    return given


def resolved(request: BatchRequest, known: Mapping[str, str]) -> BatchRequest:
    """The request with each `$<Content-ID>` replaced by the path of the record that it stands for: `leads(<guid>)`.

    Raises InvalidInput where the URL begins with a reference to no earlier request of the change set. One in the body
    stays as it is then, and is refused as the bad link that it is.
    """
    path = request.path
    if (match := _REFERENCE.match(path)) and match[1] not in _SERVICE_DOCUMENTS:
        if match[1] not in known:
            raise bad_body(f"'${match[1]}' is the Content-ID of no earlier request of its change set.")
        path = known[match[1]] + path[match.end() :]
    return replace(request, path=path, body=_resolved_body(request.body, known))


def _resolved_body(body: bytes, known: Mapping[str, str]) -> bytes:
    if not known or b"$" not in body:
        return body
    try:
        return orjson.dumps(_resolved_value(orjson.loads(body), known, is_link=False))
    except orjson.JSONDecodeError:
        return body
    except (RecursionError, orjson.JSONEncodeError):
        raise bad_body("The body of a request in the batch is nested too deeply.") from None


def _resolved_value(value: Any, known: Mapping[str, str], *, is_link: bool) -> Any:
    """The value with its references replaced: those in `@odata.id` and in whatever `@odata.bind` names."""
    match value:
        case dict():
            return {
                name: _resolved_value(one, known, is_link=name.endswith(("@odata.bind", "@odata.id")))
                for name, one in value.items()
            }
        case list():
            return [_resolved_value(one, known, is_link=is_link) for one in value]
        case str() if is_link and (reference := _REFERENCE.fullmatch(value)):
            return known.get(reference[1], value)
    return value
