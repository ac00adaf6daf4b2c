"""Arithmetic of working time. Pure: aware datetimes go in, UTC comes out, and nothing is read but the zone's table.

A span of a day runs from the first moment at which the local clock shows its start, or has passed it, to the first at
which the clock shows its end, or has passed it. So spans that meet in local time meet in real time, on the nights when
clocks change as well: what the clock skips takes no time, and an hour that it shows twice counts twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rules.calendars.public_holidays import holiday_dates

Week = tuple[tuple[tuple[int, int], ...], ...]
"""For each day from Monday on: spans as minutes since midnight, in order, apart from each other. 1440 ends a day."""

MINUTES = 24 * 60
EVERY_HOUR: Week = (((0, MINUTES),),) * 7
HORIZON = timedelta(days=20 * 366)
"""How far ahead calendars look. What is due later, or never, is due then."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours of a week in a time zone (an IANA name); `holidays` (such as DE or DE-BY) are days without any.

    Without arguments it is always open.
    """

    week: Week = EVERY_HOUR
    zone: str = "UTC"
    holidays: str | None = None

    def is_open(self, at: datetime) -> bool:
        """Whether this moment is working time. The moment at which a span ends is not."""
        opens = next(self._spans(at), None)
        return opens is not None and opens[0] <= at

    def next_opening(self, at: datetime) -> datetime:
        """The moment itself where it is working time, else the next one that is."""
        at = at.astimezone(UTC)
        opens, _ = next(self._spans(at), (at + HORIZON, at))
        return max(opens, at)

    def due(self, start: datetime, duration: timedelta) -> datetime:
        """When this much working time has passed since `start`: the end of a span rather than the start of the next.

        Where every hour is working time, this is plain addition. A duration of zero is due at once.
        """
        start = start.astimezone(UTC)
        if self.is_always_open or not duration:
            return start + duration
        left = duration
        for opens, closes in self._spans(start):
            begins = max(opens, start)
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        return start + HORIZON

    @property
    def is_always_open(self) -> bool:
        return self.week == EVERY_HOUR and self.holidays is None

    def is_holiday(self, at: datetime) -> bool:
        """Whether this moment falls on a public holiday in the calendar's zone."""
        return self._is_free(at.astimezone(ZoneInfo(self.zone)).date())

    def _is_free(self, day: date) -> bool:
        return self.holidays is not None and day in holiday_dates(self.holidays, day.year)

    def _spans(self, after: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working time that ends after this moment, span by span, in UTC, up to the horizon."""
        # From the day before: a clock that is put back at midnight shows the end of a day twice.
        day = after.astimezone(ZoneInfo(self.zone)).date() - _DAY
        last = day + HORIZON
        while day <= last:
            spans = self.week[day.weekday()]
            if spans and not self._is_free(day):
                yield from (span for span in _moments(spans, day, self.zone) if span[0] < span[1] and after < span[1])
            day += _DAY


ALWAYS = Calendar()


@lru_cache(maxsize=8192)
def _moments(spans: tuple[tuple[int, int], ...], day: date, zone: str) -> tuple[tuple[datetime, datetime], ...]:
    """The spans of a day in UTC."""
    return tuple((_moment(day, start, ZoneInfo(zone)), _moment(day, end, ZoneInfo(zone))) for start, end in spans)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The first moment at which the local clock shows this time of this day, or a later one; in UTC."""
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    moment = local.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    return _end_of_gap(local, zone, moment)


def _end_of_gap(local: datetime, zone: ZoneInfo, after: datetime) -> datetime:
    """When clocks skip this local time: the moment at which they do. `after` is known not to be before it."""
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after
