"""Changing by hand who gets leads: absences, and who is active. Each change is one transaction, effective at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from crm.errors import InvalidInput, NotFound
from crm.store.database import Database
from crm.store.distribution import teams
from crm.store.distribution.teams import UserState
from crm.store.people import roster
from crm.store.people.roster import EnteredAbsence
from rules.engine.directory import Directory
from rules.engine.findings import suggestion

FILE = "rules/directory.yaml"


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, why, and when (UTC)."""

    now: datetime
    actor: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Whole local days, the first and the last included. `in_file`: the directory file says so, not a person."""

    first: date
    last: date
    reason: str | None
    in_file: bool

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


def find_user(connection: Connection, key: str) -> UserState:
    """The user of this key. Raises NotFound, which names the nearest one."""
    found = teams.user_state(connection, key)
    if found is None:
        raise NotFound(f"no user '{key}' in the directory. {suggestion(key, teams.user_keys(connection))}")
    return found


def entered_for(connection: Connection, user: UserState, now: datetime) -> Sequence[EnteredAbsence]:
    """A user's absences that were entered by hand and are not over."""
    return roster.absences_of(connection, [user.systemuserid], now).get(user.systemuserid, ())


def all_absences(directory: Directory, key: str, entered: Iterable[EnteredAbsence], now: datetime) -> Sequence[Span]:
    """A user's absences that are not over: those of the directory file, and `entered` by hand; first day first."""
    entry = directory.users.get(key)
    in_file = [Span(one["from"], one["to"], one.get("reason"), True) for one in entry.absences] if entry else []
    by_hand = [Span(one.firstday, one.lastday, one.reason, False) for one in entered]
    today = _today(directory, key, now)
    spans = [span for span in (*in_file, *by_hand) if span.last >= today]
    return sorted(spans, key=lambda span: (span.first, span.last))


def enter_absence(database: Database, directory: Directory, key: str, first: date, last: date, by: By) -> Span:
    """A user is away from the first day to the last.

    Raises NotFound; InvalidInput for days in the wrong order, that are over, or that another absence has.
    """
    if last < first:
        raise InvalidInput(f"the absence ends ({last}) before it begins ({first}); exchange the two dates")
    with database.transaction() as connection:
        roster.hold(connection)
        user = find_user(connection, key)
        if last < _today(directory, key, by.now):
            raise InvalidInput(f"the absence is over: its last day, {last}, has passed; look at the year")
        for span in all_absences(directory, key, entered_for(connection, user, by.now), by.now):
            if span.first <= last and first <= span.last:
                raise InvalidInput(f"{key} is absent already from {span}, {_remedy(span, key)}")
        absence = EnteredAbsence(uuid4(), user.systemuserid, first, last, by.reason)
        roster.enter_absence(connection, absence, actor=by.actor, now=by.now)
    return Span(first, last, by.reason, False)


def cancel_absence(database: Database, directory: Directory, key: str, first: date | None, by: By) -> Span:
    """A user is not away after all. `first` says which absence, by its first day, where there are several.

    Raises NotFound; InvalidInput where there is none, or several, and lists them.
    """
    with database.transaction() as connection:
        roster.hold(connection)
        user = find_user(connection, key)
        entered = entered_for(connection, user, by.now)
        found = [absence for absence in entered if first in (None, absence.firstday)]
        if len(found) != 1:
            raise InvalidInput(_which(key, entered))
        roster.cancel_absence(connection, found[0], actor=by.actor, now=by.now)
    return Span(found[0].firstday, found[0].lastday, found[0].reason, False)


def deactivate(database: Database, key: str, by: By) -> UserState:
    """A user gets no leads any more, whatever the directory file says. Returns the user as they were.

    Raises NotFound; InvalidInput where the user is deactivated already.
    """
    with database.transaction() as connection:
        roster.hold(connection)
        user = find_user(connection, key)
        if user.deactivated_on is not None:
            raise InvalidInput(f"{key} is deactivated already, since {user.deactivated_on:%Y-%m-%d %H:%M} UTC")
        reason = by.reason or "by hand"
        roster.deactivate(connection, user.systemuserid, reason, actor=by.actor, now=by.now)
    return user


def activate(database: Database, directory: Directory, key: str, by: By) -> bool:
    """A user gets leads again. Returns whether that is new.

    Raises NotFound; InvalidInput where the directory file says that the user gets none: what was said by hand is lifted
    nevertheless.
    """
    entry = directory.users.get(key)
    active = entry is not None and entry.active
    with database.transaction() as connection:
        roster.hold(connection)
        user = find_user(connection, key)
        by_hand = user.deactivated_on is not None
        if by_hand:
            reason = by.reason or "by hand"
            roster.lift_deactivation(connection, user.systemuserid, reason, active=active, actor=by.actor, now=by.now)
    if not active:
        lifted = f"{key} is no longer deactivated by hand, but " if by_hand else ""
        says = f"says `active: no` of {key}" if entry else f"has no user {key}"
        raise InvalidInput(f"{lifted}{FILE} {says}: change it there, and run 'leadflow directory apply'")
    if not (user.active or by_hand):
        raise InvalidInput(f"{FILE} was changed since it was applied: run 'leadflow directory apply'")
    return by_hand


def _today(directory: Directory, key: str, now: datetime) -> date:
    """The user's own date."""
    return now.astimezone(ZoneInfo(directory.calendar(user=key).zone)).date()


def _remedy(span: Span, key: str) -> str:
    if span.in_file:
        return f"in {FILE}; change it there"
    return f"entered by hand; to change it, cancel it first: leadflow directory absent {key} --cancel"


def _which(key: str, entered: Sequence[EnteredAbsence]) -> str:
    """Why it is not clear which absence is meant."""
    if not entered:
        return f"no absence of {key} was entered by hand; those in {FILE} are changed there"
    listed = ", ".join(roster.days(absence) for absence in entered)
    return f"say which absence of {key} to cancel, by its first day with --from: {listed}"
