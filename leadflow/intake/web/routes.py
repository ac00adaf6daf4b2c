"""`POST /intake/{source}` takes a lead in; `GET /intake/{source}/{leadid}` says where it stands."""

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from uuid import UUID

import orjson
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from crm.errors import NotFound
from crm.identity import leadid_for
from leadflow.api.app import asked_origin, read_body
from leadflow.dataverse.call import Services
from leadflow.dataverse.path import as_guid
from leadflow.intake.web.bodies import LARGEST_BODY, is_form, read_fields
from leadflow.intake.web.problems import ByMethod, Endpoint, Refused
from leadflow.intake.web.sources import Source
from leadflow.intake.web.standing import SOURCE_MEMO, standing_of
from leadflow.intake.web.submissions import digest, submission_of

ROOT = "/intake/"
DIGEST_MEMO = "intake_digest"
# What a page's own script may send and read besides what browsers allow every script.
_ALLOWED_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "X-Api-Key")
_EXPOSED_HEADERS = ("Location", "Retry-After")


def intake_routes(services: Services, sources: Mapping[str, Source]) -> list[Route]:
    """The routes of every source, each with its own origins, and those that say that there is no such source."""
    routes = [route for source in sources.values() for route in _routes_of(services, source)]
    nowhere = ByMethod(dict.fromkeys(("GET", "POST"), _no_source))
    return [*routes, Route(ROOT + "{source}", nowhere), Route(ROOT + "{source}/{lead}", nowhere)]


def _routes_of(services: Services, source: Source) -> list[Route]:
    return [
        _route(source, source.key, "POST", partial(_take_in, services, source)),
        _route(source, f"{source.key}/{{lead}}", "GET", partial(_show, services, source)),
    ]


def _route(source: Source, path: str, method: str, endpoint: Endpoint) -> Route:
    cors = Middleware(
        CORSMiddleware,
        allow_origins=source.config.origins,
        allow_methods=[method],
        allow_headers=_ALLOWED_HEADERS,
        expose_headers=_EXPOSED_HEADERS,
    )
    return Route(ROOT + path, ByMethod({method: endpoint}), middleware=[cors] if source.config.origins else None)


async def _take_in(services: Services, source: Source, request: Request) -> Response:
    """Start the lead's workflow, durably, and answer without waiting for a worker."""
    body, key = await _admitted(source, request)
    origin = asked_origin(request)
    content_type = request.headers.get("content-type", "")
    fields = await read_fields(content_type, body)
    submission = await submission_of(source, fields, key, services)
    leadid = leadid_for(submission, otherwise="")
    checksum = digest(submission)
    is_new = await services.leads.enqueue(submission, {SOURCE_MEMO: source.key, DIGEST_MEMO: checksum})
    if not is_new:
        await _check_same(services, leadid, checksum)
    if source.config.redirect and is_form(content_type):
        return RedirectResponse(source.config.redirect, HTTPStatus.SEE_OTHER)
    return _accepted(origin, source, leadid, HTTPStatus.ACCEPTED if is_new else HTTPStatus.OK)


async def _check_same(services: Services, leadid: UUID, checksum: str) -> None:
    """Refuse another body under a known key. A lead that did not come in this way, or lives again, is not compared."""
    memo = await services.leads.memo_of(leadid) or {}
    if memo.get(DIGEST_MEMO, checksum) != checksum:
        raise Refused(
            HTTPStatus.CONFLICT,
            f"Another lead came in under this key before, as {leadid}; it stays as it is. Send a new lead under a key "
            "of its own, and changes of a known one through the Web API.",
        )


def _accepted(origin: str, source: Source, leadid: UUID, status: HTTPStatus) -> Response:
    where = f"{origin}{ROOT}{source.key}/{leadid}"
    return _json({"leadid": leadid, "status": where}, status, {"Location": where})


async def _show(services: Services, source: Source, request: Request) -> Response:
    await _admitted(source, request)
    leadid = as_guid(request.path_params["lead"])
    if leadid is None:
        raise NotFound("A lead's id is a GUID, as the answer to its POST gave it.")
    return _json(await standing_of(services, source.key, leadid), HTTPStatus.OK)


async def _admitted(source: Source, request: Request) -> tuple[bytes, str | None]:
    """The body and the idempotency key of a request that is the source's own, and within its limits."""
    source.count(request.client.host if request.client else "")
    body = await read_body(request, LARGEST_BODY)
    key = source.credentials.check(request.headers, body)
    source.count_own()
    return body, key


async def _no_source(request: Request) -> Response:
    raise NotFound(
        f"There is no source '{request.path_params['source'][:63]}'. Add it to the file that LEADFLOW_INTAKE_FILE "
        "names, and start the API again; docs/intake.md says how."
    )


def _json(body: object, status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")
