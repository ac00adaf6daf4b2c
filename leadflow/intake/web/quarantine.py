"""Leads in quarantine, for people who may see them: list, show, correct until they are released, discard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crm.entities.lead import Lead
from crm.errors import InvalidInput, NotFound, StateConflict, Unavailable
from crm.requests import DisqualifyLead, EditLead
from crm.security import Caller, Privilege
from crm.store.life import quarantine
from crm.store.life.quarantine import Quarantined
from crm.store.security.access import allowed, require_on
from crm.store.tables import TABLES
from crm.views import LeadView
from leadflow.api.app import Guard, asked_origin, read_body
from leadflow.api.request_log import CALLER
from leadflow.dataverse.call import Services
from leadflow.dataverse.path import as_guid
from leadflow.intake.web.bodies import LARGEST_BODY
from leadflow.intake.web.problems import ByMethod, Refused, bad_request

ROOT = "/quarantine"
PAGE, LARGEST_PAGE = 50, 500
ANSWER_SECONDS = 30.0
REASON = "discarded from quarantine"


def quarantine_routes(services: Services, guard: Guard) -> list[Route]:
    """The routes of quarantine. Callers bear the Web API's tokens, and need its privileges on leads."""
    endpoints = {"GET": _show, "PATCH": _correct, "DELETE": _discard}
    one = ByMethod({method: partial(endpoint, services, guard) for method, endpoint in endpoints.items()})
    return [Route(ROOT, ByMethod({"GET": partial(_list, services, guard)})), Route(ROOT + "/{lead}", one)]


async def _list(services: Services, guard: Guard, request: Request) -> Response:
    """Without personal data: ids, sources and problems. A `next` link goes on where the page ends."""
    async with _admitted(guard, request) as caller:
        caller.require("lead", Privilege.READ)
        source, limit, after = _query(request)
        visible = allowed(caller, Lead, Privilege.READ, TABLES["lead"])
        found = await services.read(
            partial(quarantine.waiting, source=source, visible=visible, after=after, limit=limit + 1)
        )
    body: dict[str, Any] = {"value": [_told(each) for each in found[:limit]]}
    if len(found) > limit:
        body["next"] = _next(request, found[limit - 1])
    return _json(body)


async def _show(services: Services, guard: Guard, request: Request) -> Response:
    """With what came in: personal data."""
    async with _admitted(guard, request) as caller:
        found = await _quarantined(services, caller, request, Privilege.READ)
    return _json({**_told(found), "submission": found.submission})


async def _correct(services: Services, guard: Guard, request: Request) -> Response:
    """Change raw attributes; null takes one away. The lead is read again as a whole, and released once it validates."""
    async with _admitted(guard, request) as caller:
        changes = _changes(await read_body(request, LARGEST_BODY))
        found = await _quarantined(services, caller, request, Privilege.WRITE)
        view = await _asked(services, found.leadid, EditLead(changes=changes, actor=caller.actor))
    return _json({"leadid": view.leadid, "stage": view.stage, "problems": view.problems})


async def _discard(services: Services, guard: Guard, request: Request) -> Response:
    """Close the lead as disqualified. Nothing is deleted: it is kept for reporting."""
    async with _admitted(guard, request) as caller:
        found = await _quarantined(services, caller, request, Privilege.WRITE)
        await _asked(services, found.leadid, DisqualifyLead(reason=REASON, actor=caller.actor))
    return Response(status_code=HTTPStatus.NO_CONTENT)


@asynccontextmanager
async def _admitted(guard: Guard, request: Request) -> AsyncIterator[Caller]:
    caller = await guard.admit(request)
    request.scope["state"][CALLER] = caller.actor
    began = perf_counter()
    try:
        yield caller
    finally:
        guard.release(caller, perf_counter() - began)


async def _quarantined(services: Services, caller: Caller, request: Request, privilege: Privilege) -> Quarantined:
    """The lead that the path names. Raises NotFound, PermissionDenied, or StateConflict where it is not quarantined."""
    leadid = as_guid(request.path_params["lead"])
    if leadid is None:
        raise NotFound("A lead's id is a GUID, as the list of quarantined leads has it.")

    def look(connection: Any) -> Quarantined | None:
        require_on(connection, caller, Lead, privilege, leadid)
        return quarantine.find(connection, leadid)

    found = await services.read(look)
    if found is None:
        raise StateConflict(f"Lead {leadid} is not in quarantine: it was released, or discarded.")
    return found


async def _asked(services: Services, leadid: UUID, what: EditLead | DisqualifyLead) -> LeadView:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            view = await services.leads.ask(leadid, what)
    except InvalidInput as refused:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, refused.message) from None
    except TimeoutError:
        raise Unavailable(f"No worker has answered within {ANSWER_SECONDS:.0f} s. Ask again.") from None
    assert isinstance(view, LeadView)
    return view


def _changes(body: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"The body is not valid JSON: {error}. Send one object of attribute: value.") from None
    try:
        return EditLead(changes=given).changes
    except ValidationError:
        raise bad_request(
            'The body must be an object with changes, such as {"emailaddress1": "a@b.example"}.'
        ) from None


def _query(request: Request) -> tuple[str | None, int, tuple[datetime, UUID] | None]:
    unknown = request.query_params.keys() - {"source", "limit", "after"}
    if unknown:
        raise bad_request(f"There is no option '{min(unknown)[:40]}'; there are source, limit and after.")
    limit = request.query_params.get("limit", str(PAGE))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= LARGEST_PAGE):
        raise bad_request(f"limit must be a number from 1 to {LARGEST_PAGE}.")
    after = request.query_params.get("after")
    return request.query_params.get("source"), int(limit), _position(after) if after is not None else None


def _position(text: str) -> tuple[datetime, UUID]:
    on, _, lead = text.partition("_")
    leadid = as_guid(lead)
    try:
        moment = datetime.fromisoformat(on)
    except ValueError:
        moment = None
    if leadid is None or moment is None or moment.tzinfo is None:
        raise bad_request("after must be what the 'next' link of a page says.")
    return moment, leadid


def _next(request: Request, last: Quarantined) -> str:
    options = {**request.query_params, "after": f"{last.received_on.isoformat()}_{last.leadid}"}
    return f"{asked_origin(request)}{ROOT}?{urlencode(options)}"


def _told(found: Quarantined) -> dict[str, Any]:
    return {
        "leadid": found.leadid,
        "source": found.source,
        "external_id": found.external_id,
        "received_on": found.received_on,
        "problems": found.problems,
    }


def _json(body: object) -> Response:
    return Response(orjson.dumps(body), HTTPStatus.OK, media_type="application/json")
