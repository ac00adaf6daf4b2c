"""How the directory writes working hours and absences, and what they mean."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, NotRequired

from pydantic import AfterValidator, BeforeValidator
from typing_extensions import TypedDict

from rules.calendars import Week
from rules.engine.findings import Unfit

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _days(given: object) -> tuple[int, ...]:
    """`mon-fri`, `mon, wed`, or a list of such; Monday is 0. A range may run over the weekend: `sat-wed`."""
    parts = [part.strip() for item in _listed(given) for part in str(item).split(",")]
    if not parts:
        raise Unfit("no day is given", "Write days such as mon-fri, or remove the working hours")
    return tuple(dict.fromkeys(day for part in parts for day in _range(part)))


def _range(part: str) -> Iterable[int]:
    first, dash, last = part.partition("-")
    start = _day(first)
    count = (_day(last) - start) % len(DAYS) if dash else 0
    return [(start + number) % len(DAYS) for number in range(count + 1)]


def _day(text: str) -> int:
    """A day's number by its name, of which three letters will do."""
    name = text.strip().casefold()
    found = [number for number, day in enumerate(DAYS) if day.startswith(name) and len(name) >= 3]
    if not found:
        raise Unfit(f"'{text.strip()}' is no day of the week", "Write mon, tue, wed, thu, fri, sat or sun")
    return found[0]


def _minute(given: object) -> int:
    """Minutes since midnight of a time of the day, up to 24:00."""
    match = _CLOCK.fullmatch(str(given).strip())
    minute = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else None
    if minute is None or minute > 24 * 60:
        raise Unfit(f"'{given}' is no time of the day", "Write hours and minutes, such as 09:00; a day ends at 24:00")
    return minute


def _date(given: object) -> date:
    try:
        if isinstance(given, str) and _DATE.fullmatch(given.strip()):
            return date.fromisoformat(given.strip())
    except ValueError:
        pass
    raise Unfit(f"'{given}' is no date", "Write year, month and day, such as 2026-12-21")


_Days = Annotated[tuple[int, ...], BeforeValidator(_days)]
_Minute = Annotated[int, BeforeValidator(_minute)]
_Date = Annotated[date, BeforeValidator(_date)]

# In this form because `from` is no name in Python.
Span = TypedDict("Span", {"days": _Days, "from": _Minute, "to": _Minute})
"""The same hours on some days: minutes since midnight, on days that count from Monday, 0."""

Absence = TypedDict("Absence", {"from": _Date, "to": _Date, "reason": NotRequired[str]})
"""Whole local days, the first and the last included."""


def _forward(span: Span) -> Span:
    if span["from"] >= span["to"]:
        remedy = "For a night, write two entries: one to 24:00, and one from 00:00 with the days that follow"
        raise Unfit("the hours end before they begin", remedy)
    return span


def _in_order(absence: Absence) -> Absence:
    if absence["from"] > absence["to"]:
        raise Unfit("the absence ends before it begins", "Exchange the two dates; both days are included")
    return absence


def _listed(given: Any) -> Any:
    """One entry may stand without a list."""
    return given if isinstance(given, list | tuple) else [given]


def _entries(form: str) -> Callable[[Any], Any]:
    """Refuses entries that have no keys at all, and shows their form."""

    def entries(given: Any) -> Any:
        for entry in _listed(given):
            if not isinstance(entry, dict):
                raise Unfit(f"'{entry}' says too little" if entry else "nothing is given", f"Write {form}")
        return _listed(given)

    return entries


def _apart(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    if not spans:
        raise Unfit("no hours are given", "Write days, from and to, or remove the line: then it is any time")
    for day, hours in zip(DAYS, week_of(spans), strict=True):
        if any(one[1] > other[0] for one, other in pairwise(hours)):
            raise Unfit(f"the hours of {day} overlap", "Let one entry end before the next one begins")
    return spans


WorkingHours = Annotated[
    tuple[Annotated[Span, AfterValidator(_forward)], ...],
    BeforeValidator(_entries("{days: mon-fri, from: 09:00, to: 17:30}, or a list of such entries")),
    AfterValidator(_apart),
]
Absences = Annotated[
    tuple[Annotated[Absence, AfterValidator(_in_order)], ...],
    BeforeValidator(_entries("{from: 2026-12-21, to: 2027-01-02}, or a list of such entries")),
]


def week_of(spans: Iterable[Span]) -> Week:
    """The spans of each day, in order."""
    hours: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for span in spans:
        for day in span["days"]:
            hours[day].append((span["from"], span["to"]))
    return tuple(tuple(sorted(day)) for day in hours)
