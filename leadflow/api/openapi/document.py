"""`GET /openapi.json`: the whole description. It names no source, no user and nothing of the organisation's but its
option sets, and is open to everybody."""

from importlib.metadata import version

import orjson
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crm.choices import ChoiceBook
from leadflow.api.openapi.intake import intake_paths, intake_schemas
from leadflow.api.openapi.odata import odata_paths
from leadflow.api.openapi.parts import JSON, PROBLEM, TEXT, Json, error_responses, parameter, response
from leadflow.api.openapi.schemas import page_of, record_schemas
from leadflow.dataverse.call import Services

PATH = "/openapi.json"
_NUMBER: Json = {"type": "integer", "minimum": 0, "maximum": 5000}
_ERROR: Json = {
    "type": "object",
    "properties": {
        "error": {"type": "object", "properties": {"code": TEXT, "message": TEXT}, "required": ["code", "message"]}
    },
    "required": ["error"],
}
_PROBLEM: Json = {
    "type": "object",
    "properties": {
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": TEXT, "problem": TEXT},
                "required": ["field", "problem"],
            },
        },
    },
    "required": ["title", "status", "detail"],
}
_PARAMETERS = {
    "select": parameter("$select", "query", TEXT, "Attributes to return, separated by commas."),
    "filter": parameter("$filter", "query", TEXT, "Which records, such as lastname eq 'Weber'."),
    "orderby": parameter("$orderby", "query", TEXT, "Their order, such as createdon desc."),
    "top": parameter("$top", "query", _NUMBER, "At most so many."),
    "count": parameter("$count", "query", {"enum": ["true", "false"]}, "Whether to count them all."),
    "expand": parameter("$expand", "query", TEXT, "Related records to return with each."),
    "apply": parameter("$apply", "query", TEXT, "Groups and aggregates."),
    "prefer": parameter("Prefer", "header", TEXT, "Such as return=representation or odata.maxpagesize=50."),
    "if-match": parameter("If-Match", "header", TEXT, "The ETag that the record must have, or * for any."),
    "if-none-match": parameter("If-None-Match", "header", TEXT, "The ETag that it must not have, or *."),
}
_SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A user's OAuth 2 token."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The key of a source."},
    "bearerKey": {"type": "http", "scheme": "bearer", "description": "The key of a source."},
    "standardWebhooks": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "By standardwebhooks.com, with webhook-id and webhook-timestamp.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": "sha256=<hex>: HMAC of '<X-Timestamp>.<body>', or '<X-Timestamp>.<Idempotency-Key>.<body>'.",
    },
}


def openapi_routes(services: Services) -> list[Route]:
    """The route of the description; it follows the option sets in force."""
    described: ChoiceBook | None = None
    text = b""

    async def describe(request: Request) -> Response:
        nonlocal described, text
        choices = services.choices()
        if choices is not described:
            described, text = choices, orjson.dumps(openapi(choices))
        return Response(text, media_type=JSON)

    return [Route(PATH, describe, middleware=[Middleware(GZipMiddleware)])]


def openapi(choices: ChoiceBook) -> Json:
    """The description as an object of OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "leadflow",
            "version": version("leadflow"),
            "description": "The Dataverse Web API for leads, intake of leads, and quarantine.",
        },
        "paths": {**intake_paths(), **odata_paths()},
        "components": {
            "schemas": _schemas(choices),
            "parameters": _PARAMETERS,
            "responses": {
                **error_responses("Error", JSON),
                **error_responses("Problem", PROBLEM),
                "Written": response("It is done.", headers=_ENTITY_ID),
            },
            "securitySchemes": _SECURITY,
        },
    }


_ENTITY_ID = {"OData-EntityId": {"schema": TEXT, "description": "The address of the record, where there is one."}}


def _schemas(choices: ChoiceBook) -> Json:
    reference: Json = {"type": "object", "properties": {"@odata.id": TEXT}, "required": ["@odata.id"]}
    value: Json = {"type": "object", "properties": {"value": {}}, "required": ["value"]}
    own = {"Error": _ERROR, "Problem": _PROBLEM, "reference": reference, "link": reference, "property": value}
    return {**own, "references": page_of(reference), **intake_schemas(), **record_schemas(choices)}
