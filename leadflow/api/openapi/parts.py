"""The pieces that every operation is described with: parameters, bodies and responses, by reference where many share
them."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]
JSON = "application/json"
PROBLEM = "application/problem+json"
GUID: Json = {"type": "string", "format": "uuid"}
TEXT: Json = {"type": "string"}

# What each status means here, for the operations that may answer with it.
MEANINGS = {
    400: "The request cannot be understood: its body, its query or a header. The message says where and what to do.",
    401: "Nobody knows who calls: a token, key or signature is missing or not valid.",
    403: "The caller may not do this.",
    404: "There is no such record, source or path.",
    405: "The method is not allowed here; Allow names those that are.",
    408: "The body did not come in whole in time.",
    409: "Another lead came in under this key, or the lead is not in quarantine any more.",
    412: "The record has changed since it was read, or exists already, or has duplicates.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body has a content type that is not taken.",
    422: "Fields of the lead cannot be used; the body names each.",
    429: "A limit is reached; Retry-After says when to try again.",
    501: "The request asks for what this service does not have.",
    503: "The database or Temporal does not answer now; the same request may succeed later.",
}


def ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def schema(name: str) -> Json:
    return ref("schemas", name)


def parameter(name: str, where: str, shape: Json, description: str, *, required: bool = False) -> Json:
    return {"name": name, "in": where, "schema": shape, "description": description, "required": required}


def body(shape: Json, *, required: bool = True, media_types: Sequence[str] = (JSON,)) -> Json:
    return {"required": required, "content": {media_type: {"schema": shape} for media_type in media_types}}


def response(
    description: str, shape: Json | None = None, *, media_type: str = JSON, headers: Mapping[str, Json] | None = None
) -> Json:
    found: Json = {"description": description}
    if shape is not None:
        found["content"] = {media_type: {"schema": shape}}
    if headers:
        found["headers"] = dict(headers)
    return found


def errors(statuses: Iterable[int], kind: str = "Error") -> Json:
    """Responses by status, by reference to `error_responses`."""
    return {str(status): ref("responses", f"{kind}{status}") for status in sorted(statuses)}


def error_responses(kind: str, media_type: str) -> Json:
    """The responses that operations refer to: one for each status, with a body of the schema `kind`."""
    return {
        f"{kind}{status}": response(meaning, schema(kind), media_type=media_type, headers=_headers(status))
        for status, meaning in MEANINGS.items()
    }


def _headers(status: int) -> dict[str, Json]:
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds to wait."}}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": {"schema": TEXT, "description": "How to say who calls."}}
    return {}


def operation(summary: str, tag: str, id: str, responses: Json, **more: Any) -> Json:
    return {"summary": summary, "tags": [tag], "operationId": id, **more, "responses": responses}
