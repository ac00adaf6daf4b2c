"""The service's metadata without a database: it needs none."""

from typing import Any

import orjson

from crm.choices import ChoiceBook, standard_choices
from leadflow.dataverse.answering import answer
from leadflow.dataverse.call import Services
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE

LEAD = "EntityDefinitions(LogicalName='lead')"
TYPE = "#Microsoft.Dynamics.CRM."


class Described:
    """What the service says of itself with these option sets."""

    def __init__(self, choices: ChoiceBook | None = None) -> None:
        self.services = Services(None, None, lambda: choices or standard_choices(), b"")  # type: ignore[arg-type]

    async def ask(self, path: str, method: str = "GET") -> tuple[int, Any]:
        """The status and the body of an answer: JSON, or bytes where it is none."""
        resource, _, query = path.partition("?")
        done = await answer(self.services, ADMINISTRATOR, method, resource, base=BASE, query=query)
        return done.status, done.body if isinstance(done.body, bytes) else orjson.loads(done.content() or b"null")

    async def get(self, path: str) -> Any:
        """The body of a successful GET."""
        status, body = await self.ask(path)
        assert status == 200, body
        return body

    async def names(self, path: str, name: str = "LogicalName") -> list[str]:
        """One property of each definition in a collection."""
        return [one[name] for one in (await self.get(path))["value"]]
