"""The periods that Dataverse's query functions name, as times from one (included) to another (not included).

Everything is in UTC. A week begins on Sunday. The fiscal year is the calendar year, its periods are the quarters.
`LastX...` begins at the start of a day or hour and ends now; `NextX...` begins now and ends at the end of one.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from leadflow.dataverse.errors import bad_query

Period = tuple[datetime, datetime]
OfNow = Callable[[datetime], Period]

LARGEST_NUMBER = 100_000

_DAY, _HOUR, _WEEK = timedelta(days=1), timedelta(hours=1), timedelta(days=7)
# What lies outside is nowhere: the store has no earlier times, and no later ones.
FIRST, LAST = datetime(1753, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def months_after(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later, or the month's last day where it has no such day."""
    number = moment.year * 12 + moment.month - 1 + months
    year, month = number // 12, number % 12 + 1
    if year < FIRST.year:
        return FIRST
    if year > LAST.year:
        return LAST
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def _after(moment: datetime, delta: timedelta) -> datetime:
    try:
        return min(max(moment + delta, FIRST), LAST)
    except OverflowError:
        return FIRST if delta < timedelta(0) else LAST


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _week(moment: datetime) -> datetime:
    return _midnight(moment) - timedelta(days=(moment.weekday() + 1) % 7)


def _month(moment: datetime) -> datetime:
    return _midnight(moment).replace(day=1)


def _quarter(moment: datetime) -> datetime:
    return months_after(_month(moment), -((moment.month - 1) % 3))


def _year(moment: datetime) -> datetime:
    return _month(moment).replace(month=1)


def _whole(start: Callable[[datetime], datetime], unit: Callable[[datetime, int], datetime], first: int) -> OfNow:
    """One whole day, week, month...: the present one, or so many after it."""
    return lambda now: (unit(start(now), first), unit(start(now), first + 1))


def _days_after(moment: datetime, days: int) -> datetime:
    return _after(moment, days * _DAY)


def _weeks_after(moment: datetime, weeks: int) -> datetime:
    return _after(moment, weeks * _WEEK)


def _hours_after(moment: datetime, hours: int) -> datetime:
    return _after(moment, hours * _HOUR)


def _minutes_after(moment: datetime, minutes: int) -> datetime:
    return _after(moment, timedelta(minutes=minutes))


def _quarters_after(moment: datetime, quarters: int) -> datetime:
    return months_after(moment, 3 * quarters)


def _years_after(moment: datetime, years: int) -> datetime:
    return months_after(moment, 12 * years)


def _last_days(now: datetime, days: int = 7) -> Period:
    return _days_after(_midnight(now), -days), now


def _next_days(now: datetime, days: int = 7) -> Period:
    return now, _days_after(_midnight(now), days + 1)


_Unit = tuple[Callable[[datetime], datetime], Callable[[datetime, int], datetime]]
_UNITS: dict[str, _Unit] = {
    "Week": (_week, _weeks_after),
    "Month": (_month, months_after),
    "Year": (_year, _years_after),
    "FiscalPeriod": (_quarter, _quarters_after),
    "FiscalYear": (_year, _years_after),
}

# Those without a number.
PERIODS: dict[str, OfNow] = {
    "Today": _whole(_midnight, _days_after, 0),
    "Yesterday": _whole(_midnight, _days_after, -1),
    "Tomorrow": _whole(_midnight, _days_after, 1),
    "Last7Days": _last_days,
    "Next7Days": _next_days,
    **{
        f"{which}{name}": _whole(start, after, first)
        for name, (start, after) in _UNITS.items()
        for which, first in (("Last", -1), ("This", 0), ("Next", 1))
    },
}

_COUNTED: dict[str, Callable[[datetime, int], datetime]] = {
    "Days": _days_after,
    "Weeks": _weeks_after,
    "Months": months_after,
    "Years": _years_after,
}


def _last(after: Callable[[datetime, int], datetime]) -> Callable[[datetime, int], Period]:
    return lambda now, number: (_midnight(after(now, -number)), now)


def _next(after: Callable[[datetime, int], datetime]) -> Callable[[datetime, int], Period]:
    return lambda now, number: (now, _days_after(_midnight(after(now, number)), 1))


def _older(after: Callable[[datetime, int], datetime]) -> Callable[[datetime, int], Period]:
    return lambda now, number: (FIRST, after(now, -number))


def _last_hours(now: datetime, hours: int) -> Period:
    return _hours_after(now.replace(minute=0, second=0, microsecond=0), -hours), now


def _next_hours(now: datetime, hours: int) -> Period:
    return now, _hours_after(now.replace(minute=0, second=0, microsecond=0), hours + 1)


def _last_fiscal(unit: str) -> Callable[[datetime, int], Period]:
    start, after = _UNITS[unit]
    return lambda now, number: (after(start(now), -number), start(now))


def _next_fiscal(unit: str) -> Callable[[datetime, int], Period]:
    start, after = _UNITS[unit]
    return lambda now, number: (after(start(now), 1), after(start(now), number + 1))


# Those with one: LastXDays, OlderThanXMonths.
NUMBERED: dict[str, Callable[[datetime, int], Period]] = {
    **{f"LastX{name}": _last(after) for name, after in _COUNTED.items()},
    **{f"NextX{name}": _next(after) for name, after in _COUNTED.items()},
    **{
        f"OlderThanX{name}": _older(after)
        for name, after in {**_COUNTED, "Hours": _hours_after, "Minutes": _minutes_after}.items()
    },
    "LastXHours": _last_hours,
    "NextXHours": _next_hours,
    "LastXFiscalPeriods": _last_fiscal("FiscalPeriod"),
    "NextXFiscalPeriods": _next_fiscal("FiscalPeriod"),
    "LastXFiscalYears": _last_fiscal("FiscalYear"),
    "NextXFiscalYears": _next_fiscal("FiscalYear"),
}


def fiscal_year(year: int) -> Period:
    return _first_of(year, 1), _years_after(_first_of(year, 1), 1)


def fiscal_period(year: int, period: int) -> Period:
    """A quarter of a year. Raises InvalidInput for a period outside 1 to 4."""
    if period not in (1, 2, 3, 4):
        raise bad_query(f"There is no fiscal period {period}; the periods are the quarters 1 to 4.")
    start = _first_of(year, 3 * period - 2)
    return start, months_after(start, 3)


def _first_of(year: int, month: int) -> datetime:
    if not FIRST.year <= year < LAST.year:
        raise bad_query(f"{year} is no fiscal year. Give one from {FIRST.year} to {LAST.year - 1}.")
    return datetime(year, month, 1, tzinfo=UTC)
