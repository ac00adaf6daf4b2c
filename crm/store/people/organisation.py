"""Bringing the organisation's records in line with its directory file.

Each record's id follows from its entity and key (`record_id`), so a directory may be applied again and again, to any
database, and changes only what differs. What leaves the file is disabled, never deleted; its leads and turns stay.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, literal, select

from crm.choices import ChoiceBook
from crm.entities import (
    BusinessUnit,
    Campaign,
    ChannelPartner,
    Entity,
    Queue,
    SystemUser,
    Team,
    TeamMembership,
    TransactionCurrency,
)
from crm.store import records
from crm.store.database import one_at_a_time
from crm.store.people import roster
from crm.store.people.directory import Directory
from crm.store.people.wanted import WANTED, record_id
from crm.store.service_tables import lf_option, lf_pool
from crm.store.tables import TABLES, table_of

__all__ = ["DirectoryChanges", "apply_choices", "apply_directory", "record_id"]

_INACTIVE = {"statecode": 1, "statuscode": 2}
_DISABLED: dict[type[Entity], dict[str, Any]] = {
    BusinessUnit: {"isdisabled": True},
    SystemUser: {"isdisabled": True},
    Team: {"lf_isdisabled": True},
    Queue: _INACTIVE,
    ChannelPartner: _INACTIVE,
    Campaign: {"statecode": 1, "statuscode": 6},
    TransactionCurrency: _INACTIVE,
}


@dataclass(slots=True)
class DirectoryChanges:
    """How many records were made, changed, and disabled (or, for a team's members, removed)."""

    created: int = 0
    changed: int = 0
    disabled: int = 0


def apply_directory(connection: Connection, directory: Directory, *, now: datetime) -> DirectoryChanges:
    """Make the organisation's records what the directory says. Applying it twice changes nothing the second time.

    Raises Misconfigured where an entry names another that the directory does not have.
    """
    one_at_a_time(connection, "directory")
    changes = DirectoryChanges()
    for entity, wanted in WANTED.items():
        by_id = {record.__dict__[entity.primary_id]: record for record in wanted(directory)}
        _apply(connection, entity, by_id, now, changes)
    _open_pools(connection)
    return changes


def _apply(
    connection: Connection,
    entity: type[Entity],
    wanted: dict[UUID, Entity],
    now: datetime,
    changes: DirectoryChanges,
) -> None:
    present = _present(connection, entity)
    for id in present.keys() - wanted.keys():
        changes.disabled += _retire(connection, entity, id, present[id], now)
        _record(connection, entity, id, present[id], True, "left the directory file", now)
    for id, record in wanted.items():
        if id not in present:
            records.insert(connection, record, now=now)
            changes.created += 1
        elif different := _difference(record, present[id]):
            records.update(connection, entity, id, different, now=now)
            _record(connection, entity, id, present[id], different.get("isdisabled"), "by the directory file", now)
            changes.changed += 1


def _record(
    connection: Connection,
    entity: type[Entity],
    id: UUID,
    row: dict[str, Any],
    disabled: bool | None,
    why: str,
    now: datetime,
) -> None:
    """Write down whom the file activates or deactivates."""
    if entity is SystemUser and disabled is not None and disabled != row["isdisabled"]:
        change = "deactivated" if disabled else "activated"
        roster.record_change(connection, id, change, why, actor=None, now=now)


def _present(connection: Connection, entity: type[Entity]) -> dict[UUID, dict[str, Any]]:
    """The entity's records that came from a directory. Those that came by another way are left alone."""
    table = table_of(entity)
    query = select(table)
    if entity is TeamMembership:
        query = query.join(TABLES["team"]).where(TABLES["team"].c.lf_key.is_not(None))
    elif entity is not TransactionCurrency:
        query = query.where(table.c.lf_key.is_not(None))
    rows = {row[entity.primary_id]: dict(row) for row in connection.execute(query).mappings()}
    if entity is TransactionCurrency:
        return {id: row for id, row in rows.items() if id == record_id("transactioncurrency", row["isocurrencycode"])}
    return rows


def _retire(connection: Connection, entity: type[Entity], id: UUID, row: dict[str, Any], now: datetime) -> int:
    if entity is TeamMembership:
        records.delete(connection, entity, id)
        return 1
    if _DISABLED[entity].items() <= row.items():
        return 0
    records.update(connection, entity, id, _DISABLED[entity], now=now)
    return 1


def _difference(record: Entity, row: dict[str, Any]) -> dict[str, Any]:
    """What the directory states and the row does not have; a record that was disabled comes back with its defaults,
    but a user whom a person deactivated stays so."""
    stated = {name: record.__dict__[name] for name in record.model_fields_set}
    disabled = _DISABLED.get(type(record), {})
    if disabled and disabled.items() <= row.items():
        stated = {name: record.__dict__[name] for name in disabled} | stated
    if row.get("lf_deactivatedon") is not None:
        stated["isdisabled"] = True
    return {name: value for name, value in stated.items() if row[name] != value}


def _open_pools(connection: Connection) -> None:
    """Every team has its counter of turns from the start, so that taking the first turn has a row to lock."""
    team = TABLES["team"].c.teamid
    missing = select(team, literal(0)).where(team.not_in(select(lf_pool.c.teamid)))
    connection.execute(lf_pool.insert().from_select(["teamid", "turns"], missing))


def apply_choices(connection: Connection, choices: ChoiceBook) -> int:
    """Write the option sets in force to lf_option, for readers of the database. Returns how many options differed."""
    one_at_a_time(connection, "choices")
    wanted = {
        (name, option.value, option.label, option.state, order)
        for name, options in choices.sets.items()
        for order, option in enumerate(options.options)
    }
    present = {tuple(row) for row in connection.execute(select(lf_option))}
    if wanted != present:
        connection.execute(lf_option.delete())
        connection.execute(lf_option.insert(), [dict(zip(lf_option.c.keys(), row, strict=True)) for row in wanted])
    return len(wanted ^ present)
