"""Whether the service lives, and whether it can answer: for whoever runs it. No token is needed, nothing is told."""

import asyncio

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crm.errors import LeadflowError
from crm.store.database import Database

READY_SECONDS = 5.0


def health_routes(database: Database) -> list[Route]:
    """`/health`: the process answers. `/ready`: the database does, too (503 where it does not)."""

    async def ready(_request: Request) -> Response:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await asyncio.to_thread(_ask, database)
        except (LeadflowError, TimeoutError):
            return JSONResponse({"status": "the database does not answer"}, 503, {"Retry-After": "5"})
        return JSONResponse({"status": "ready"})

    return [Route("/health", _health), Route("/ready", ready)]


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "alive"})


def _ask(database: Database) -> None:
    with database.reading() as connection:
        connection.execute(text("SELECT 1"))
