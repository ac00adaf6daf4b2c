"""When a member is there: not absent, and at work where the rule asks for it."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rules.calendars import HORIZON, Calendar
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies.member import Member

_DAY = timedelta(days=1)
_WEEK = timedelta(days=6)
_YEAR = timedelta(days=330)
Days = tuple[tuple[date, date], ...]
"""Absences: whole local days, the first and the last of each."""


def why_away(member: Member, outcome: Assign, directory: Directory, now: datetime) -> str | None:
    """Why the member gets nothing at this moment, and until when where that is known; None: is there."""
    absences = _absences(member, directory)
    if outcome.during is None and not absences:  # most leads: no calendar is needed
        return "absent" if member.absent else None
    calendar = _calendar(member, outcome, directory)
    until = absent_until(absences, calendar, now)
    if until is not None:
        return f"absent until {_named(until, now)}"
    return "absent" if member.absent else _closed(calendar, now)


def back_at(member: Member, outcome: Assign, directory: Directory, now: datetime) -> datetime | None:
    """The first moment from now on at which the member is there (UTC); None where nobody knows."""
    if member.absent:
        return None
    return next_presence(_absences(member, directory), _calendar(member, outcome, directory), now)


def absent_until(absences: Days, calendar: Calendar, at: datetime) -> date | None:
    """The last day of the absence that this moment falls into, by the clock of the calendar; None: into none.

    Absences that follow on each other are one.
    """
    return _last_day(absences, at.astimezone(ZoneInfo(calendar.zone)).date())


def next_presence(absences: Days, calendar: Calendar, at: datetime) -> datetime | None:
    """The moment itself where it is working time and no absence, else the next one that is; in UTC. None: never."""
    end = at + HORIZON
    moment = calendar.next_opening(at)
    while moment < end and (until := absent_until(absences, calendar, moment)):
        if until >= end.date():
            return None
        midnight = datetime.combine(until + _DAY, time(), ZoneInfo(calendar.zone))
        moment = calendar.next_opening(midnight)
    return moment if moment < end else None


def _calendar(member: Member, outcome: Assign, directory: Directory) -> Calendar:
    """The member's working time; every hour where the rule does not ask for it."""
    calendar = directory.calendar(user=member.key, team=outcome.key if outcome.to == "team" else None)
    return calendar if outcome.during == "working_hours" else Calendar(zone=calendar.zone)


def _absences(member: Member, directory: Directory) -> Days:
    """Those of the directory file, and those entered by hand."""
    user = directory.users.get(member.key)
    if user is None or not user.absences:
        return member.away
    return (*((one["from"], one["to"]) for one in user.absences), *member.away)


def _last_day(absences: Days, day: date) -> date | None:
    last = max((last for first, last in absences if first <= day <= last), default=None)
    if last is None or last == date.max:
        return last
    return _last_day(absences, last + _DAY) or last


@lru_cache(maxsize=64)  # the members of a team often keep the same hours
def _closed(calendar: Calendar, now: datetime) -> str | None:
    """Until when it is no working time; None where it is."""
    if calendar.is_open(now):
        return None
    zone = ZoneInfo(calendar.zone)
    opens = calendar.next_opening(now).astimezone(zone)
    day = f"{opens:%a}" if opens - now < _WEEK else f"{opens:%a} {_named(opens.date(), now)}"
    why = "public holiday" if calendar.is_holiday(now) else "outside working hours"
    return f"{why} until {day} {opens:%H:%M} {calendar.zone}"


def _named(day: date, now: datetime) -> str:
    """2 January; with its year where that is not the coming one."""
    return f"{day.day} {day:%B}" + (f" {day.year}" if day - now.date() > _YEAR else "")
