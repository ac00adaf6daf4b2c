"""Who of a team may get a lead now, and who of them gets it. Pure: live routing, examples and back tests ask here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rules.calendars import Calendar
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies import STRATEGIES
from rules.strategies.member import Member

NO_MEMBERS = "the team has no members"
_WEEK = timedelta(days=6)
_YEAR = timedelta(days=330)


@dataclass(frozen=True, slots=True)
class Choice:
    """`member` gets the lead; None: nobody may, and it goes to the team. `skipped` says who may not, as `key: why`."""

    member: Member | None
    eligible: tuple[Member, ...]
    skipped: tuple[str, ...]
    next_opening: datetime | None = None


def choose(outcome: Assign, members: Iterable[Member], directory: Directory, now: datetime) -> Choice:
    """Who of the members of the team `outcome.key` gets a lead at this moment; `outcome` must name a strategy.

    A member whom the directory does not have is never absent and always at work.
    """
    eligible, skipped = [], []
    for member in members:
        if reason := _why_not(member, outcome, directory, now):
            skipped.append(f"{member.key}: {reason}")
        else:
            eligible.append(member)
    chosen = STRATEGIES[outcome.strategy or ""](eligible) if eligible else None
    return Choice(chosen, tuple(eligible), tuple(skipped) if eligible or skipped else (NO_MEMBERS,))


def _why_not(member: Member, outcome: Assign, directory: Directory, now: datetime) -> str | None:
    """Why a member of the team may not get this lead."""
    if not member.active:
        return "inactive"
    if member.gave_back:
        return "had this lead and gave it back"
    user = directory.users.get(member.key)
    if outcome.during is None and not (user and user.absences):  # most leads: no calendar is needed
        return "absent" if member.absent else None
    calendar = directory.calendar(user=member.key, team=outcome.key)
    until = directory.absent_until(member.key, calendar, now)
    if until is not None:
        return f"absent until {_day(until, now)}"
    if member.absent:
        return "absent"
    return _closed(calendar, now) if outcome.during == "working_hours" else None


@lru_cache(maxsize=64)  # the members of a team often keep the same hours
def _closed(calendar: Calendar, now: datetime) -> str | None:
    """Until when it is no working time; None where it is."""
    if calendar.is_open(now):
        return None
    zone = ZoneInfo(calendar.zone)
    opens = calendar.next_opening(now).astimezone(zone)
    day = f"{opens:%a}" if opens - now < _WEEK else f"{opens:%a} {_day(opens.date(), now)}"
    why = "public holiday" if calendar.is_holiday(now) else "outside working hours"
    return f"{why} until {day} {opens:%H:%M} {calendar.zone}"


def _day(day: date, now: datetime) -> str:
    """2 January; with its year where that is not the coming one."""
    return f"{day.day} {day:%B}" + (f" {day.year}" if day - now.date() > _YEAR else "")
