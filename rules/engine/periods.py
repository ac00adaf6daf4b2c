"""From when and until when a rule is valid: conditions on the time of the decision."""

from collections.abc import Iterator
from datetime import date, datetime

from rules.engine.canonical import canonical_time
from rules.engine.conditions import Test
from rules.engine.facts import NOW
from rules.engine.findings import Place, Unfit

Moment = date | datetime
"""A day, all of it, in UTC; or a point of time with its offset."""

_LAST_SECOND_OF_DAY = 86_399


def moment(text: str) -> Moment:
    """`2025-01-31`, or `2025-01-31T17:00+01:00`. Raises Unfit."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        point = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(f"'{text}' is no date", "Write 2025-01-31, or 2025-01-31T17:00+01:00") from None
    if point.tzinfo is None:
        raise Unfit(f"'{text}' has no offset from UTC", f"Write {text}Z for UTC, or {text}+01:00")
    return point


def first_second(start: Moment) -> int:
    """When a validity begins, in seconds since 1970."""
    return canonical_time(start)


def last_second(end: Moment) -> int:
    """When a validity ends, in seconds since 1970: on the day itself, or at the time."""
    return canonical_time(end) + (0 if isinstance(end, datetime) else _LAST_SECOND_OF_DAY)


def period_tests(start: Moment | None, end: Moment | None, start_at: Place, end_at: Place) -> Iterator[Test]:
    """The conditions of a rule that is valid from `start` until `end`; None is no limit."""
    if start is not None:
        yield Test(NOW, "after", first_second(start) - 1, False, f"valid_from {start}", start_at)
    if end is not None:
        yield Test(NOW, "before", last_second(end) + 1, False, f"valid_until {end}", end_at)
