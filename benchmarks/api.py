"""What does the Web API cost? `python -m benchmarks.api [--leads N] [--requests N] [--rounds N] [--json]`

Reading, on SQLite and on PostgreSQL: one lead with all its attributes, and a filtered page of 50, by a user who sees
the leads of a business unit; beside `api_floor.py`, which runs the same queries and does nothing else. Writing, on
SQLite: a lead that is posted, until it has its owner, beside the floor of Temporal alone (`floor.py`). `leadflow api`,
the floors and the workers are processes of their own. Sides take turns; ratios are medians over the rounds.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4, uuid5

from benchmarks.api_floor import COMPANY, COUNTRY, PAGE, Columns
from benchmarks.api_sides import running_api, running_floor, token
from benchmarks.http_client import Connections, request
from benchmarks.lifecycle import CONCURRENCY, One, compare, floor, running_workers, submit, throughput
from crm.entities.lead import Lead
from crm.roles import standard_roles
from crm.security import Caller
from crm.store import records
from crm.store.database import Database, open_database
from crm.store.people.organisation import record_id
from crm.store.security.callers import load_caller
from leadflow.dev.embedded import embedded
from leadflow.settings import Settings
from leadflow.starter import Leads
from leadflow.temporal import connect
from tests.postgres import new_database, postgres_server

CONNECTIONS = 8
USER, COLLEAGUES = "lena.hofer", ("lena.hofer", "jonas.brandt", "amelia.ward", "maya.torres")
START = datetime(2026, 1, 5, tzinfo=UTC)
NAMES = UUID(int=8)
WORDS = ("Logistik", "Stahl", "Catalogue", "Foods", "Bank", "Blog", "Energie", "Health")
API = "/api/data/v9.2/"
PAGE_OPTIONS = {
    "$select": "fullname,companyname,emailaddress1,jobtitle,statuscode,numberofemployees,createdon,_ownerid_value",
    "$filter": f"statecode eq 0 and address1_country eq '{COUNTRY}' and contains(companyname,'{COMPANY}')",
    "$orderby": "createdon desc",
}
POSTED = {
    "subject": "500 seats",
    "firstname": "Eva",
    "companyname": "Muster Logistik GmbH",
    "address1_country": "DE",
    "numberofemployees": 250,
    "revenue": 12_500_000,
    "jobtitle": "CFO",
    "leadsourcecode": 8,
    "industrycode": 30,
}


def fill(database: Database, number: int) -> list[UUID]:
    """Leads of some users of three business units, a minute apart. Returns the ids of those that USER owns."""
    chance = random.Random(number)
    mine = []
    with database.transaction() as connection:
        for count in range(number):
            owner = chance.choice(COLLEAGUES)
            lead = Lead(
                leadid=uuid5(NAMES, str(count)),
                subject=f"Inquiry {count}",
                firstname="Eva",
                lastname=f"Muster {count}",
                companyname=f"{chance.choice(WORDS)} {count} GmbH",
                emailaddress1=f"eva@firm-{count}.example",
                jobtitle="CFO",
                numberofemployees=chance.randint(1, 5000),
                address1_country=chance.choice([COUNTRY, "AT"]),
                address1_city="Wien",
                telephone1=f"+43 1 {count:07}",
                ownerid=record_id("systemuser", owner),
                owneridtype="systemuser",
            )
            records.insert(connection, lead, now=START + timedelta(minutes=count))
            if owner == USER:
                mine.append(lead.leadid)
    return mine


class Reads:
    """The same two reading requests to one service: leads in turn, and the page."""

    def __init__(self, connections: Connections, ones: list[bytes], page: bytes) -> None:
        self._connections = connections
        self._ones = cycle(ones)
        self._page = page

    async def one(self) -> Any:
        return json.loads(await self._connections.send(next(self._ones)))

    async def page(self) -> Any:
        return json.loads(await self._connections.send(self._page))


def of_api(connections: Connections, bearer: dict[str, str], leads: list[UUID]) -> Reads:
    options = "&".join(f"{name}={quote(text)}" for name, text in PAGE_OPTIONS.items())
    page = request("GET", f"{API}leads?{options}", bearer | {"Prefer": f"odata.maxpagesize={PAGE}"})
    return Reads(connections, [request("GET", f"{API}leads({lead})", bearer) for lead in leads], page)


def of_floor(connections: Connections, leads: list[UUID]) -> Reads:
    return Reads(connections, [request("GET", f"/leads/{lead}", {}) for lead in leads], request("GET", "/leads", {}))


def columns_in(record: dict[str, Any]) -> list[str]:
    """The columns that a record of the API was made of; the version is in its ETag."""
    names = [name for name in record if "@" not in name]
    columns = [name.removeprefix("_").removesuffix("_value") if name.startswith("_") else name for name in names]
    return sorted({*columns, "versionnumber"})


async def measure_reading(
    settings: Settings, api: int, bearer: dict[str, str], leads: list[UUID], requests: int, rounds: int
) -> dict[str, Any]:
    """Both reads on both sides, and what the client itself takes for a request."""
    async with Connections(api, CONNECTIONS) as connections:
        ours = of_api(connections, bearer, leads)
        record, page = await ours.one(), await ours.page()
        caller = caller_of(settings)
        columns: Columns = (columns_in(record), columns_in(page["value"][0]))
        with running_floor(settings.database_url, caller, columns) as port:
            async with Connections(port, CONNECTIONS) as others:
                base = of_floor(others, leads)
                await agree(page, base)
                return {
                    "one lead": await compare(ours.one, base.one, requests, rounds),
                    f"page of {PAGE}": await compare(ours.page, base.page, requests // 4, rounds),
                    "client_ms_per_request": await client_cost(base.one, requests),
                }


async def agree(page: dict[str, Any], base: Reads) -> None:
    """Both sides must answer the same, or nothing is compared."""
    theirs = [record["leadid"] for record in (await base.page())["value"]]
    mine = [record["leadid"] for record in page["value"]]
    if len(mine) != PAGE or mine != theirs:
        raise SystemExit(f"the two pages differ: {len(mine)} leads and {len(theirs)}")


async def client_cost(one: One, requests: int) -> float:
    """Milliseconds of this process for a request: what is left is the service's."""
    began = time.process_time()
    await throughput(one, requests)
    return round((time.process_time() - began) * 1000 / requests, 3)


def caller_of(settings: Settings) -> Caller:
    database = open_database(settings.database_url)
    with database.reading() as connection:
        caller = load_caller(connection, record_id("systemuser", USER), standard_roles())
    database.close()
    assert caller is not None
    return caller


async def measure_writing(
    settings: Settings, temporal: str, api: int, bearer: dict[str, str], posts: int, rounds: int
) -> dict[str, Any]:
    """From the request until the lead is stored and has its owner, beside the same messages to an empty workflow."""
    client = await connect(settings, temporal)
    await submit(Leads(client, settings.task_queue))  # waits for the worker to start, as no request does
    async with Connections(api, CONCURRENCY) as connections:

        async def post() -> bytes:
            name = uuid4().hex
            lead = POSTED | {"lastname": f"Muster {name[:8]}", "emailaddress1": f"eva@{name}.example"}
            return await connections.send(request("POST", f"{API}leads", bearer, json.dumps(lead).encode()))

        base = partial(floor, client, life=False)
        await throughput(post, CONCURRENCY)
        await throughput(base, CONCURRENCY)
        return await compare(post, base, posts, rounds)


def measured(url: str | None, given: argparse.Namespace, posts: int) -> dict[str, Any]:
    """Everything on one database: SQLite without a URL. Without `posts` nothing is written."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(state_dir=Path(folder), database_url=url or f"sqlite:///{folder}/leadflow.db")
        with embedded(settings) as service:
            leads = fill(service.deps.database, given.leads)
            with running_api(settings, service.address) as (port, env):
                bearer = {"Authorization": f"Bearer {token(USER, env)}"}
                found = asyncio.run(measure_reading(settings, port, bearer, leads, given.requests, given.rounds))
                if posts:
                    with running_workers(settings, service.address):
                        found["post to owner"] = asyncio.run(
                            measure_writing(settings, service.address, port, bearer, posts, given.rounds)
                        )
                return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--leads", type=int, default=5000, help="leads in the store")
    parser.add_argument("--requests", type=int, default=2000, help="reading requests of one side in a round")
    parser.add_argument("--posts", type=int, default=200, help="leads that are posted by one side in a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    results = {"SQLite": measured(None, given, given.posts)}
    with postgres_server() as server, new_database(server) as url:
        results["PostgreSQL"] = measured(url, given, 0)
    if given.json:
        json.dump(results, sys.stdout, indent=2)
        return
    for database, titles in results.items():
        for title, result in titles.items():
            print(f"{database}, {title}")
            for name, value in result.items() if isinstance(result, dict) else [("", result)]:
                print(f"  {name}: {value}")


if __name__ == "__main__":
    main()
