"""Dates and times in ISO 8601 only: 03/04/2026 is March in one country and April in the next, so it is refused."""

import re
from datetime import UTC, date, datetime, time
from typing import TypeVar

from crm.errors import ErrorCode
from crm.normalise.reading import Reading, unreadable
from crm.normalise.texts import clean_line

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]+(?:Z|[+-][0-9:]+)?)?", re.IGNORECASE)
_Moment = TypeVar("_Moment", bound=date)
_FIRST_YEAR = 1753  # Dataverse stores nothing earlier


def read_date(value: object, reading: Reading) -> date | None:
    """A calendar day. The day of a date with a time is the one that is written, whatever its offset."""
    moment = _moment(value, "2026-04-03")
    if moment is None:
        return None
    if isinstance(moment, datetime):
        if moment.time() != time.min:
            reading.note("holds a date; the time of day was left out")
        moment = moment.date()
    return _in_calendar(moment)


def read_datetime(value: object, reading: Reading) -> datetime | None:
    """An aware time in UTC. A time without offset is taken as UTC, a date as its midnight, each with a note."""
    moment = _moment(value, "2026-04-03T14:30:00Z")
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    if moment.tzinfo is None:
        reading.note("has no time zone; taken as UTC")
        return _in_calendar(moment.replace(tzinfo=UTC))
    try:
        return _in_calendar(moment.astimezone(UTC))
    except OverflowError:
        raise _out_of_calendar() from None


def _moment(value: object, wanted: str) -> date | datetime | None:
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        text = clean_line(value)
        if not text:
            return None
        if _ISO.fullmatch(text):
            try:
                return datetime.fromisoformat(text.upper()) if len(text) > 10 else date.fromisoformat(text)
            except ValueError:
                pass
    raise unreadable(f"is no date that reads the same everywhere; write it as {wanted}")


def _in_calendar(moment: _Moment) -> _Moment:
    if moment.year < _FIRST_YEAR:
        raise _out_of_calendar()
    return moment


def _out_of_calendar() -> Exception:
    return unreadable(f"lies outside the years {_FIRST_YEAR} to 9999; correct the year", ErrorCode.INVALID_ARGUMENT)
