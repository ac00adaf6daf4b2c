"""The HTTP application: one route for the Web API, one for intake, and what holds for every request."""

from typing import Protocol
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crm.errors import LeadflowError
from crm.security import Caller
from leadflow.dataverse.answering import answer, failed, unexpected
from leadflow.dataverse.call import Answer, Services
from leadflow.dataverse.errors import TooLarge, bad_segment

ROOT = "/api/data/"
VERSIONS = ("v9.0", "v9.1", "v9.2")
LARGEST_BODY = 16 * 1024 * 1024
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class Guard(Protocol):
    """Who calls, and whether they may call now."""

    async def admit(self, request: Request) -> Caller:
        """The user whose valid token the request bears. Raises LeadflowError, with the headers of its answer."""
        ...

    def released(self, caller: Caller, seconds: float) -> None:
        """The request is answered; it took so long."""
        ...


def build_app(services: Services, guard: Guard, *more: Route) -> Starlette:
    """The application. `more` are routes beside the Web API's."""

    async def web_api(request: Request) -> Response:
        return await _respond(request, services, guard)

    return Starlette(routes=[Route(ROOT + "{version}{rest:path}", web_api, methods=METHODS), *more])


async def _respond(request: Request, services: Services, guard: Guard) -> Response:
    try:
        version, rest = _split(request)
        caller = await guard.admit(request)
        body = await read_body(request, LARGEST_BODY)
    except LeadflowError as error:
        return as_response(failed(error))
    except Exception as error:
        return as_response(unexpected(error))
    done = await answer(
        services,
        caller,
        request.method,
        rest,
        base=f"{request.url.scheme}://{request.url.netloc}{ROOT}{version}/",
        query=request.url.query,
        headers={name: value for name, value in request.headers.items()},
        body=body,
    )
    return as_response(done)


def _split(request: Request) -> tuple[str, str]:
    """The version and the resource path, as they came over the wire."""
    raw = request.scope.get("raw_path", b"").decode("latin-1").partition("?")[0]
    version, _, rest = raw.removeprefix(ROOT).partition("/")
    if version not in VERSIONS:
        raise bad_segment(f"There is no version '{version[:20]}' of the Web API; there are {', '.join(VERSIONS)}.")
    return version, rest


async def read_body(request: Request, largest: int) -> bytes:
    """The body. Raises TooLarge without reading more than `largest` bytes."""
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
    headers = {"OData-Version": "4.0", "x-ms-service-request-id": str(uuid4()), **done.headers}
    media_type = done.content_type if done.body is not None else None
    return Response(done.content(), done.status, headers, media_type)
