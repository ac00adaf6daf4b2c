"""The Web API with a worker behind it: requests as calls, in the test's own loop."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest_asyncio

from crm.choices import standard_choices
from crm.entities import Entity, SystemUser
from crm.entities.lead import Lead
from crm.security import Caller
from crm.store import records
from leadflow.dataverse.answering import answer
from leadflow.dataverse.call import Answer, Services
from tests.activities.conftest import NOW
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE
from tests.workflows.conftest import Service
from tests.workflows.conftest import dev_server as dev_server
from tests.workflows.conftest import service as service
from tests.workflows.conftest import workflow_database as workflow_database


@dataclass(frozen=True)
class LiveApi:
    """The Web API on a service with a worker."""

    service: Service
    services: Services

    async def ask(
        self, method: str, path: str, body: Any = None, /, *, caller: Caller = ADMINISTRATOR, **headers: Any
    ) -> Answer:
        """One request: `path` with its query string, as on the wire. Header names with underscores for hyphens."""
        resource, _, query = path.partition("?")
        return await answer(
            self.services,
            caller,
            method,
            resource,
            base=BASE,
            query=query,
            headers={name.replace("_", "-").lower(): value for name, value in headers.items()},
            body=body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body),
        )

    async def done(self, method: str, path: str, body: Any = None, **headers: Any) -> Any:
        """The JSON of a request that succeeds, None where it has none."""
        done = await self.ask(method, path, body, **headers)
        assert done.status < 300, (done.status, done.body)
        return orjson.loads(done.content()) if done.body is not None else None

    async def refused(self, method: str, path: str, body: Any = None, **headers: Any) -> tuple[int, str, str]:
        """Status, code and message of a request that is refused."""
        done = await self.ask(method, path, body, **headers)
        assert done.status >= 400, (done.status, done.body)
        error = orjson.loads(done.content())["error"]
        return done.status, error["code"], error["message"]

    async def create(self, **attributes: Any) -> UUID:
        """A new lead's id."""
        done = await self.ask("POST", "leads", {"lastname": "Lind", **attributes})
        assert done.status == 204, done.body
        return UUID(done.headers["OData-EntityId"].rpartition("(")[2].rstrip(")"))

    def lead(self, id: UUID) -> Lead | None:
        with self.service.deps.database.reading() as connection:
            return records.fetch(connection, Lead, id)

    def store(self, *entities: Entity) -> None:
        with self.service.deps.database.transaction() as connection:
            for entity in entities:
                records.insert(connection, entity, now=NOW)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def live(service: Service) -> AsyncIterator[LiveApi]:
    """The Web API with a worker, for all tests of a process."""
    services = Services(service.deps.database, service.leads, standard_choices, uuid4().bytes, "DE")
    live = LiveApi(service, services)
    live.store(SystemUser(systemuserid=ADMINISTRATOR.userid, firstname="Ada", lastname="Admin"))
    yield live
