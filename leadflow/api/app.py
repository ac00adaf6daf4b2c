"""The HTTP application: one route for the Web API, others beside it, and what holds for every request."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from crm.security import Caller
from leadflow.api.forwarded import HOST
from leadflow.api.request_log import CALLER, RequestLog
from leadflow.dataverse.answering import answer
from leadflow.dataverse.call import Answer, Services
from leadflow.dataverse.errors import MethodNotAllowed, TooLarge, TooSlow, UriTooLong, bad_query, bad_segment
from leadflow.dataverse.failures import failed, guarded

ROOT = "/api/data/"
VERSIONS = ("v9.0", "v9.1", "v9.2")
LARGEST_BODY = 16 * 1024 * 1024
LONGEST_ADDRESS = 32_768
BODY_SECONDS = 60.0


class Guard(Protocol):
    """Who calls, and whether they may call now."""

    async def admit(self, request: Request) -> Caller:
        """The user whose valid token the request bears. Raises LeadflowError, with the headers of its answer."""
        ...

    def charge(self, caller: Caller, requests: int) -> None:
        """The request is a batch of so many."""
        ...

    def release(self, caller: Caller, seconds: float) -> Mapping[str, str]:
        """The request is answered; that took so long. Returns headers that say what the caller may still ask."""
        ...


def build_app(services: Services, guard: Guard, *more: BaseRoute) -> Starlette:
    """The application. `more` are routes beside the Web API's."""
    app = Starlette(
        routes=[Route(ROOT + "{version}{rest:path}", WebApi(services, guard)), *more],
        middleware=[Middleware(RequestLog)],
        exception_handlers={404: _nowhere, 405: _not_allowed},
    )
    app.router.redirect_slashes = False
    return app


@dataclass(frozen=True, slots=True)
class WebApi:
    """Answers every method on every path of the Web API."""

    services: Services
    guard: Guard
    body_seconds: float = BODY_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await as_response(await guarded(self._answered(request)))(scope, receive, send)

    async def _answered(self, request: Request) -> Answer:
        caller = await self.guard.admit(request)
        request.scope["state"][CALLER] = caller.actor
        started = time.perf_counter()
        try:
            done = await guarded(self._admitted(request, caller))
        finally:  # also where the server ends, and the request with it
            left = self.guard.release(caller, time.perf_counter() - started)
        return replace(done, headers={**left, **done.headers})

    async def _admitted(self, request: Request, caller: Caller) -> Answer:
        version, rest = _split(request)
        base = _base(request, version)
        body = await read_body(request, LARGEST_BODY, self.body_seconds)
        if parts := body.lower().count(b"application/http"):  # what each part of a batch says that it is
            self.guard.charge(caller, parts)
        return await answer(
            self.services,
            caller,
            "GET" if request.method == "HEAD" else request.method,
            rest,
            base=base,
            query=request.scope["query_string"].decode(errors="replace"),
            headers=dict(request.headers),
            body=body,
        )


def _split(request: Request) -> tuple[str, str]:
    """The version and the resource path, as they came over the wire."""
    raw = request.scope["raw_path"].partition(b"?")[0]
    if len(raw) + len(request.scope["query_string"]) > LONGEST_ADDRESS:
        raise UriTooLong(f"The address is longer than {LONGEST_ADDRESS} characters. Send such a request in a $batch.")
    version, _, rest = raw.decode("latin-1").removeprefix(ROOT).partition("/")
    if version not in VERSIONS:
        raise bad_segment(f"There is no version '{version[:20]}' of the Web API; there are {', '.join(VERSIONS)}.")
    return version, rest


def _base(request: Request, version: str) -> str:
    """The root of the service, as the client sees it."""
    return f"{asked_origin(request)}{ROOT}{version}/"


def asked_origin(request: Request) -> str:
    """Scheme and host of the service, as the client asked for them. Raises InvalidInput for a host that is none."""
    host = request.headers.get("host", "")
    if not HOST.fullmatch(host.encode("latin-1")):
        raise bad_query("The header Host must name this service, as a name or an address with or without a port.")
    return f"{request.scope['scheme']}://{host}"


async def read_body(request: Request, largest: int, seconds: float = BODY_SECONDS) -> bytes:
    """The body. Raises TooLarge without reading more than `largest` bytes, TooSlow where it takes too long."""
    if "content-length" not in request.headers and "transfer-encoding" not in request.headers:
        return b""  # none is announced, and HTTP has no other way to send one
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, largest)
    except TimeoutError:
        raise TooSlow(f"The body did not come in whole within {seconds:.0f} seconds.") from None
    except ClientDisconnect:  # nobody is there to read this answer
        raise TooSlow("The client left before its body was in.") from None


async def _read(request: Request, largest: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise TooLarge(f"The body is larger than {largest} bytes. Send less at a time.")
        parts.append(part)
    return b"".join(parts)


def as_response(done: Answer) -> Response:
    """The HTTP response of an answer, with the headers that each has."""
    headers = {"OData-Version": "4.0", **done.headers}
    media_type = done.content_type if done.body is not None else None
    return Response(done.content(), done.status, headers, media_type)


async def _nowhere(_request: Request, _error: Exception) -> Response:
    return as_response(failed(bad_segment(f"Nothing is here. The Web API is at {ROOT}{VERSIONS[-1]}/.")))


async def _not_allowed(request: Request, error: Exception) -> Response:
    allowed = (error.headers or {}).get("Allow", "") if isinstance(error, HTTPException) else ""
    methods = [method.strip() for method in allowed.split(",") if method.strip()]
    return as_response(failed(MethodNotAllowed(f"The method {request.method} is not allowed here.", methods)))
