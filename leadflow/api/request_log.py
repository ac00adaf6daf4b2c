"""One line of log a request, without personal data: no keys, no query, no body, no values of headers."""

import logging
import re
import time
from functools import cache
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crm.entities import ENTITIES
from crm.relationships import navigations
from leadflow.dataverse.routes import ROUTES
from leadflow.dataverse.target import METADATA_SETS, short_name

CALLER = "caller"
"""Where the state of a request has the name under which its caller's acts are recorded."""
ECHOED = ("x-ms-client-request-id", "x-ms-correlation-id")
_ECHOABLE = re.compile(r"[\w.:{}-]{1,128}", re.ASCII)
_ARGUMENTS = re.compile(r"\(.*")
_VERSION = re.compile(r"v\d\.\d")
_LOG = logging.getLogger("leadflow.api")


class RequestLog:
    """Gives each request an id, sends clients their own ids back, and writes the line when the answer is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, number, status = time.perf_counter(), str(uuid4()), 0
        state = scope.setdefault("state", {})

        async def send_numbered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-ms-service-request-id"] = number
                headers.update(_echoed(scope))
            await send(message)

        try:
            await self._app(scope, receive, send_numbered)
        finally:
            _LOG.info(
                "%s %s %s %.0f ms user=%s id=%s",
                scope["method"] if scope["method"].isalpha() else "?",
                shape_of_path(scope["path"]),
                status or "ended by the client",
                (time.perf_counter() - started) * 1000,
                state.get(CALLER, "-"),
                number,
            )


def shape_of_path(path: str) -> str:
    """A path without keys, and without any word that is not the service's own: `/api/data/v9.2/leads(…)/subject`."""
    return "/".join(_shape_of(segment) for segment in path[:2000].split("/"))


def _shape_of(segment: str) -> str:
    name = _ARGUMENTS.sub("", segment)
    word = name if not name or name in _words() or short_name(name) in _words() or _VERSION.fullmatch(name) else "…"
    return word if name == segment else f"{word}(…)"


@cache
def _words() -> frozenset[str]:
    """Every word that a path of this service can have."""
    words = {
        "api",
        "data",
        "intake",
        "quarantine",
        "openapi.json",
        "health",
        "ready",
        "$metadata",
        "$batch",
        "$ref",
        "$count",
        "$value",
    }
    words |= {*METADATA_SETS, *(shape.rpartition(" ")[2] for shape in ROUTES)}
    for entity in ENTITIES.values():
        words |= {entity.entity_set, *entity.attributes(), *navigations(entity.logical_name)}
        words |= {f"_{name}_value" for name in entity.attributes()}
    return frozenset(words)


def _echoed(scope: Scope) -> dict[str, str]:
    given = Headers(scope=scope)
    return {name: given[name] for name in ECHOED if name in given and _ECHOABLE.fullmatch(given[name])}
