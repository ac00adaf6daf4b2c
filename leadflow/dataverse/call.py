"""One request to the Web API, and its answer: apart from HTTP, so that the parts of a batch are requests as well."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from sqlalchemy import Connection

from crm.choices import ChoiceBook
from crm.security import Caller
from crm.store.database import Database
from leadflow.dataverse.errors import bad_body, bad_query
from leadflow.dataverse.preferences import Preferences, read_preferences
from leadflow.dataverse.target import Target
from leadflow.starter import Leads

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Services:
    """What requests are answered with. `secret` signs what clients carry from page to page.

    `choices` gives the option sets in force, with the organisation's own.
    """

    database: Database
    leads: Leads
    choices: Callable[[], ChoiceBook]
    secret: bytes
    default_country: str | None = None

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on a reading connection, in a thread."""

        def run() -> T:
            with self.database.reading() as connection:
                return work(connection)

        return await asyncio.to_thread(run)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction, in a thread."""

        def run() -> T:
            with self.database.transaction() as connection:
                return work(connection)

        return await asyncio.to_thread(run)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that is read as far as its path. `base` is the service's root as the client sees it, with a slash at
    its end; `query` the query string as it came; `headers` have lower-case names. Earlier requests of the same change
    set will have created the records with the ids in `planned`."""

    services: Services
    caller: Caller
    method: str
    target: Target
    base: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    planned: frozenset[UUID] = frozenset()

    @property
    def options(self) -> dict[str, str]:
        """The query options, decoded, by name (`$select`, `@p1`). Raises InvalidInput where one comes twice."""
        return read_options(self.query)

    @property
    def preferences(self) -> Preferences:
        return read_preferences(self.headers.get("prefer", ""))

    def json(self) -> dict[str, Any]:
        """The body, a JSON object. Raises InvalidInput with Dataverse's code where it is none."""
        try:
            body = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise bad_body(f"The body is not valid JSON: {error}. Send one object in UTF-8.") from None
        if not isinstance(body, dict):
            raise bad_body("The body must be a JSON object.")
        return body


def read_options(query: str) -> dict[str, str]:
    """The options of a query string, decoded, by name. Raises InvalidInput where one comes twice."""
    options: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, separator="&"):
        if name in options:
            raise bad_query(
                f"Query option '{name}' was specified more than once, but it must be specified at most once."
            )
        options[name] = value
    return options


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with. `body` is bytes, or an object that becomes JSON; None is no body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json; odata.metadata=minimal"

    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body, default=_jsonable)


NO_CONTENT = partial(Answer, 204)


def _jsonable(value: object) -> object:
    """Decimals are JSON numbers with all their digits."""
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(type(value).__name__)
