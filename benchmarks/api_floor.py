"""The floor of reading over HTTP: the same rows and columns by SQLAlchemy, as JSON by orjson, and nothing else.

No tokens, no limits, no query language, no types of OData: what is asked for is written into the program. It is served
by the same server with the same settings.
"""

import asyncio
from decimal import Decimal
from multiprocessing.synchronize import Event
from typing import Any
from uuid import UUID

import orjson
import uvloop
from sqlalchemy import Select, Table, bindparam, func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from crm.entities.lead import Lead
from crm.security import Caller, Privilege
from crm.store.database import Database, open_database
from crm.store.security.access import allowed
from crm.store.tables import table_of
from leadflow.api.serving import listen, serving

COUNTRY, COMPANY, PAGE = "DE", "log", 50
"""What the page is filtered by, and how many leads it has."""
Columns = tuple[list[str], list[str]]
"""Of one lead, and of a page."""


def floor_app(database: Database, caller: Caller, of_one: list[str], of_page: list[str]) -> Starlette:
    """Two routes: one lead with these columns, and a page of leads with those. `caller` sees what is theirs.

    The statements are made once, so that nothing is left but to run them.
    """
    lead = table_of(Lead)
    one_lead = _columns(lead, of_one, caller).where(lead.c.leadid == bindparam("id"))
    one_page = (
        _columns(lead, of_page, caller)
        .where(lead.c.statecode == 0, func.lower(lead.c.address1_country) == COUNTRY.lower())
        .where(func.lower(lead.c.companyname).contains(COMPANY))
        .order_by(lead.c.createdon.desc(), lead.c.leadid)
        .limit(PAGE)
    )

    def one(request: Request) -> Response:
        return _json(_rows(one_lead, of_one, {"id": UUID(request.path_params["id"])})[0])

    def page(_request: Request) -> Response:
        return _json({"value": _rows(one_page, of_page, {})})

    def _rows(wanted: Select[Any], names: list[str], values: dict[str, UUID]) -> list[dict[str, Any]]:
        with database.reading() as connection:
            return [dict(zip(names, row, strict=True)) for row in connection.execute(wanted, values)]

    return Starlette(routes=[Route("/leads/{id}", one), Route("/leads", page)])


def _json(value: object) -> Response:
    return Response(orjson.dumps(value, default=_number), media_type="application/json")


def _columns(lead: Table, names: list[str], caller: Caller) -> Select[Any]:
    return select(*(lead.c[name] for name in names)).where(allowed(caller, Lead, Privilege.READ, lead))


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)


def serve_floor_app(url: str, caller: Caller, columns: Columns, address: str, started: Event, stop: Event) -> None:
    """A process that serves the floor at `address` until told to stop."""

    async def serve() -> None:
        database = open_database(url)
        async with serving(floor_app(database, caller, *columns), listen(address), ""):
            started.set()
            await asyncio.to_thread(stop.wait)
        database.close()

    uvloop.run(serve())
