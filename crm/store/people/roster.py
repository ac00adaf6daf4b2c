"""The people who get leads, as they are changed by hand: absences, and who is active; each change with its record.

Whoever changes something holds the directory's lock, so that a directory which is applied at the same time neither
undoes nor repeats it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Select, and_, bindparam, insert, select, update

from crm.entities import SystemUser
from crm.store import records
from crm.store.database import one_at_a_time
from crm.store.service_tables import lf_absence, lf_rosterchange
from crm.store.tables import TABLES

_ABSENCE = lf_absence.c
_FURTHEST_ZONE = timedelta(days=1)
NOT_OVER = and_(_ABSENCE.cancelledon.is_(None), _ABSENCE.lastday >= bindparam("day"))
"""That an absence counts, and may not be over on a `day`: see `earliest_day`."""
_OF_USERS = (
    select(*(_ABSENCE[name] for name in ("id", "systemuserid", "firstday", "lastday", "reason")))
    .where(_ABSENCE.systemuserid.in_(bindparam("users", expanding=True)), NOT_OVER)
    .order_by(_ABSENCE.firstday, _ABSENCE.id)
)


@dataclass(frozen=True, slots=True)
class EnteredAbsence:
    """Whole local days of a user, the first and the last included."""

    id: UUID
    systemuserid: UUID
    firstday: date
    lastday: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What was changed about a user (by key), by whom, and when (UTC)."""

    user: str
    change: str
    detail: str
    actor: str | None
    on: datetime


def earliest_day(moment: datetime) -> date:
    """The earliest day that it may be anywhere at this moment."""
    return moment.date() - _FURTHEST_ZONE


def absences_of(
    connection: Connection, users: Iterable[UUID], around: datetime
) -> Mapping[UUID, Sequence[EnteredAbsence]]:
    """The absences entered by hand and not cancelled that may not be over at this moment, whatever the time zone.

    By user, first day first; a user without any is not there. Absences of the directory file are not among them.
    """
    found: dict[UUID, list[EnteredAbsence]] = defaultdict(list)
    values = {"users": list(users), "day": earliest_day(around)}
    for row in connection.execute(_OF_USERS, values):
        found[row.systemuserid].append(EnteredAbsence(*row))
    return found


def hold(connection: Connection) -> None:
    """Wait until nobody else changes the roster, and keep others out until the transaction ends."""
    one_at_a_time(connection, "directory")


def enter_absence(connection: Connection, absence: EnteredAbsence, *, actor: str | None, now: datetime) -> None:
    """Record that a user is away."""
    connection.execute(
        insert(lf_absence),
        {
            "id": absence.id,
            "systemuserid": absence.systemuserid,
            "firstday": absence.firstday,
            "lastday": absence.lastday,
            "reason": absence.reason,
            "enteredon": now,
        },
    )
    detail = f"{days(absence)}: {absence.reason}" if absence.reason else days(absence)
    record_change(connection, absence.systemuserid, "absent", detail, actor=actor, now=now)


def cancel_absence(connection: Connection, absence: EnteredAbsence, *, actor: str | None, now: datetime) -> None:
    """Record that a user is not away after all."""
    connection.execute(update(lf_absence).where(_ABSENCE.id == absence.id), {"cancelledon": now})
    record_change(connection, absence.systemuserid, "absence cancelled", days(absence), actor=actor, now=now)


def deactivate(connection: Connection, user: UUID, reason: str, *, actor: str | None, now: datetime) -> None:
    """The user gets no leads any more, whatever the directory file says."""
    changes = {"isdisabled": True, "lf_deactivatedon": now}
    records.update(connection, SystemUser, user, changes, now=now)
    record_change(connection, user, "deactivated", reason, actor=actor, now=now)


def lift_deactivation(
    connection: Connection, user: UUID, reason: str, *, active: bool, actor: str | None, now: datetime
) -> None:
    """The directory file alone says again whether the user gets leads: `active` is what it says."""
    changes = {"isdisabled": not active, "lf_deactivatedon": None}
    records.update(connection, SystemUser, user, changes, now=now)
    record_change(connection, user, "activated" if active else "left to the file", reason, actor=actor, now=now)


def record_change(
    connection: Connection, user: UUID, change: str, detail: str, *, actor: str | None, now: datetime
) -> None:
    values = {"id": uuid4(), "systemuserid": user, "change": change, "detail": detail, "actor": actor, "on": now}
    connection.execute(insert(lf_rosterchange), values)


def changes_of(connection: Connection, user: UUID | None = None) -> Sequence[RosterChange]:
    """All changes of one user, or of everybody, oldest first."""
    change, person = lf_rosterchange.c, TABLES["systemuser"]
    query: Select[Any] = select(person.c.lf_key, change.change, change.detail, change.actor, change.on)
    query = query.join(person, person.c.systemuserid == change.systemuserid).order_by(change.on, person.c.lf_key)
    if user is not None:
        query = query.where(change.systemuserid == user)
    return [RosterChange(*row) for row in connection.execute(query)]


def days(absence: EnteredAbsence) -> str:
    """2026-12-21 to 2027-01-02."""
    return f"{absence.firstday} to {absence.lastday}"
