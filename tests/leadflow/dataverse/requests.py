"""What tests of writes ask and expect."""

import re
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

import orjson
from sqlalchemy import select

from crm.entities import Entity, SystemUser
from crm.security import Caller, Depth, Privilege
from crm.store import records
from crm.store.tables import table_of
from leadflow.dataverse.call import Answer
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE, Api

E = TypeVar("E", bound=Entity)

MISSING = UUID("00000000-0000-0000-0000-000000000001")
_ENTITY_ID = re.compile(re.escape(BASE) + r"(\w+)\(([0-9a-f-]{36})\)")


def created(answer: Answer) -> UUID:
    """The id of the record that an answer without content names."""
    assert answer.status == 204, answer.body
    match = _ENTITY_ID.fullmatch(answer.headers["OData-EntityId"])
    assert match is not None
    assert answer.headers["Location"] == answer.headers["OData-EntityId"]
    return UUID(match[2])


def make(api: Api, path: str, **body: Any) -> UUID:
    """The id of a new record."""
    return created(api.ask("POST", path, body))


def done(answer: Answer) -> None:
    assert answer.status == 204, answer.body
    assert answer.content() == b""


def refused(answer: Answer, status: int, code: str) -> str:
    """The message of a refusal with this status and code."""
    error = orjson.loads(answer.content())["error"]
    assert (answer.status, error["code"]) == (status, code), error
    return str(error["message"])


def found(api: Api, entity: type[E], id: UUID) -> E | None:
    with api.services.database.reading() as connection:
        return records.fetch(connection, entity, id)


def stored(api: Api, entity: type[E], id: UUID) -> E:
    record = found(api, entity, id)
    assert record is not None
    return record


def everyone(api: Api, entity: type[E]) -> list[E]:
    """All records of an entity."""
    with api.services.database.reading() as connection:
        return [records.from_row(entity, row) for row in connection.execute(select(table_of(entity)))]


def without(entity: str, *privileges: Privilege) -> Caller:
    """An administrator who lacks these privileges on an entity."""
    kept = {one: depth for one, depth in ADMINISTRATOR.grants[entity].items() if one not in privileges}
    return replace(ADMINISTRATOR, grants={**ADMINISTRATOR.grants, entity: kept})


def clerk(api: Api) -> Caller:
    """Another user, who may do everything with accounts of their own, and see contacts and users."""
    user = SystemUser(firstname="Charles", lastname="Babbage")
    api.store(user)
    grants = {
        "account": dict.fromkeys(Privilege, Depth.USER),
        "contact": {Privilege.READ: Depth.ORGANISATION},
        "systemuser": {Privilege.READ: Depth.ORGANISATION},
    }
    return Caller(user.systemuserid, None, "Charles Babbage", None, grants=grants)
