"""The Web API without HTTP: requests as calls, by an administrator unless a test says who calls."""

import asyncio
import atexit
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import Connection

from crm.choices import standard_choices
from crm.entities import ENTITIES, Entity, SystemUser
from crm.security import Caller, everything
from crm.store import records
from crm.store.database import Database
from crm.store.people.organisation import apply_choices, apply_directory
from leadflow.dataverse.answering import answer
from leadflow.dataverse.call import Answer, Services
from leadflow.starter import Leads
from tests.activities.conftest import NOW
from tests.filling import fill
from tests.rulebook import small_rules

BASE = "http://crm.example/api/data/v9.2/"
ADMINISTRATOR = Caller(
    UUID("00000000-0000-0000-0000-00000000000a"), "admin", "Ada Admin", None, grants=everything(ENTITIES)
)


@cache
def _runner() -> asyncio.Runner:
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


def in_loop(asked: Coroutine[Any, Any, Answer]) -> Answer:
    """`asyncio.run`, without a new loop and new threads for each request of the test's own thread."""
    return (_runner().run if threading.current_thread() is threading.main_thread() else asyncio.run)(asked)


@dataclass(frozen=True)
class Api:
    """The Web API on one database with the small organisation. `caller` asks."""

    services: Services
    caller: Caller = ADMINISTRATOR

    def ask(self, method: str, path: str, body: Any = None, caller: Caller | None = None, **headers: str) -> Answer:
        """One request: `path` with its query string, as on the wire. Header names with underscores for hyphens."""
        resource, _, query = path.partition("?")
        return in_loop(
            answer(
                self.services,
                caller or self.caller,
                method,
                resource,
                base=BASE,
                query=query,
                headers={name.replace("_", "-").lower(): value for name, value in headers.items()},
                body=body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body),
            )
        )

    def get(self, path: str, caller: Caller | None = None, **headers: str) -> Any:
        """The JSON of a successful GET."""
        found = self.ask("GET", path, caller=caller, **headers)
        assert found.status == 200, found.body
        return orjson.loads(found.content())

    def store(self, *entities: Entity) -> None:
        """Put records into the database directly, leads too."""
        with self.services.database.transaction() as connection:
            for entity in entities:
                records.insert(connection, entity, now=NOW)


@pytest.fixture
def api(database: Database) -> Api:
    """The Web API on an empty database of either kind. Its leads have no workflows: only reading and other entities."""
    return Api(services_on(database))


def services_on(database: Database, leads: Leads | None = None) -> Services:
    """The Web API on a database that is empty, or that these services were opened on before."""
    with database.transaction() as connection:
        if records.fetch(connection, SystemUser, ADMINISTRATOR.userid) is None:
            fill(connection, _organisation)
    return Services(database, leads or Leads(None), standard_choices, uuid4().bytes)  # type: ignore[arg-type]


def _organisation(connection: Connection) -> None:
    apply_choices(connection, standard_choices())
    apply_directory(connection, small_rules().current().directory, now=NOW)
    administrator = SystemUser(systemuserid=ADMINISTRATOR.userid, firstname="Ada", lastname="Admin")
    records.insert(connection, administrator, now=NOW)
