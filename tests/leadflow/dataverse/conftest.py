"""The Web API without HTTP: requests as calls, by an administrator unless a test says who calls."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from crm.choices import standard_choices
from crm.entities import ENTITIES, Entity, SystemUser
from crm.security import Caller, everything
from crm.store import records
from crm.store.database import Database
from leadflow.dataverse.answering import answer
from leadflow.dataverse.call import Answer, Services
from leadflow.organisation import apply_organisation
from leadflow.starter import Leads
from tests.activities.conftest import NOW
from tests.rulebook import small_rules

BASE = "http://crm.example/api/data/v9.2/"
ADMINISTRATOR = Caller(
    UUID("00000000-0000-0000-0000-00000000000a"), "admin", "Ada Admin", None, grants=everything(ENTITIES)
)


@dataclass(frozen=True)
class Api:
    """The Web API on one database with the small organisation. `caller` asks."""

    services: Services
    caller: Caller = ADMINISTRATOR

    def ask(self, method: str, path: str, body: Any = None, caller: Caller | None = None, **headers: str) -> Answer:
        """One request: `path` with its query string, as on the wire. Header names with underscores for hyphens."""
        resource, _, query = path.partition("?")
        return asyncio.run(
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
    apply_organisation(database, small_rules().current())
    with database.transaction() as connection:
        if records.fetch(connection, SystemUser, ADMINISTRATOR.userid) is None:
            administrator = SystemUser(systemuserid=ADMINISTRATOR.userid, firstname="Ada", lastname="Admin")
            records.insert(connection, administrator, now=NOW)
    return Services(database, leads or Leads(None), standard_choices, uuid4().bytes)  # type: ignore[arg-type]
