"""Working time is real time, counted only while the calendar is open, on the nights when clocks change as well."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendars import ALWAYS, EVERY_HOUR, HORIZON, Calendar, Week
from rules.calendars.public_holidays import holiday_dates

NINE, HALF_PAST_TWELVE, HALF_PAST_ONE, HALF_PAST_FIVE = 9 * 60, 12 * 60 + 30, 13 * 60 + 30, 17 * 60 + 30
WORKDAYS: Week = tuple(((NINE, HALF_PAST_FIVE),) if day < 5 else () for day in range(7))
WITH_LUNCH: Week = tuple(
    ((NINE, HALF_PAST_TWELVE), (HALF_PAST_ONE, HALF_PAST_FIVE)) if day < 5 else () for day in range(7)
)
MUNICH = Calendar(WITH_LUNCH, "Europe/Berlin", "DE-BY")

# Half-hour changes, changes at midnight, a day that was left out, and no changes at all.
ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Pacific/Apia", "Asia/Kathmandu",
    "America/St_Johns", "Africa/Casablanca", "UTC",
)  # fmt: skip
YEARS = (datetime(2005, 1, 1), datetime(2035, 1, 1))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def daily(start: int, end: int, zone: str) -> Calendar:
    return Calendar((((start, end),),) * 7, zone)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-01-16T09:00+01:00", "2026-01-16T09:00+01:00"),  # the first moment is open
        ("2026-01-16T08:59:59+01:00", "2026-01-16T09:00+01:00"),
        ("2026-01-16T12:30+01:00", "2026-01-16T13:30+01:00"),  # the last one is not: lunch
        ("2026-01-16T17:30+01:00", "2026-01-19T09:00+01:00"),  # over the weekend
        ("2026-01-05T18:00+01:00", "2026-01-07T09:00+01:00"),  # Epiphany is a holiday in Bavaria
        ("2026-03-27T18:00+01:00", "2026-03-30T09:00+02:00"),  # summer time begins on the weekend
    ],
)
def test_the_next_opening(at: str, opens: str) -> None:
    assert MUNICH.next_opening(utc(at)) == utc(opens)
    assert MUNICH.is_open(utc(at)) == (at == opens)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-01-16T10:00+01:00", 2, "2026-01-16T12:00+01:00"),
        ("2026-01-16T10:00+01:00", 2.5, "2026-01-16T12:30+01:00"),  # the end of a span, not the start of the next
        ("2026-01-16T10:00+01:00", 4, "2026-01-16T15:00+01:00"),  # lunch does not count
        ("2026-01-16T16:00+01:00", 4, "2026-01-19T11:30+01:00"),  # nor does the weekend
        ("2026-01-17T11:00+01:00", 4, "2026-01-19T14:00+01:00"),  # time begins when the calendar opens
        ("2026-01-05T16:30+01:00", 2, "2026-01-07T10:00+01:00"),  # nor a holiday
        ("2026-10-23T16:30+02:00", 2, "2026-10-26T10:00+01:00"),  # summer time ends on the weekend
    ],
)
def test_working_time_passes_only_while_open(start: str, hours: float, due: str) -> None:
    assert MUNICH.due(utc(start), timedelta(hours=hours)) == utc(due)


def test_a_region_without_the_holiday_works() -> None:
    assert Calendar(WORKDAYS, "Europe/Berlin", "DE-HH").is_open(utc("2026-01-06T10:00+01:00"))
    assert not Calendar(WORKDAYS, "Europe/Berlin", "DE-BY").is_open(utc("2026-01-06T10:00+01:00"))
    assert Calendar(EVERY_HOUR, "Europe/Berlin", "DE-BY").is_holiday(utc("2026-01-05T23:30+00:00"))  # by local days


@pytest.mark.parametrize(
    ("start", "end", "day", "hours"),
    [
        (60, 180, "2026-03-08", 1),  # 01:00 to 03:00 where clocks go from 02:00 to 03:00
        (120, 180, "2026-03-08", 0),  # all of it is skipped
        (150, 240, "2026-03-08", 1),  # begins within what is skipped
        (60, 150, "2026-03-08", 1),  # ends within what is skipped
        (60, 180, "2026-11-01", 3),  # 01:00 to 03:00 where clocks go back from 02:00 to 01:00
        (90, 180, "2026-11-01", 2.5),  # from the first 01:30
        (0, 90, "2026-11-01", 1.5),  # to the first 01:30
        (0, 1440, "2026-03-08", 23),
        (0, 1440, "2026-11-01", 25),
    ],
)
def test_nights_when_clocks_change(start: int, end: int, day: str, hours: float) -> None:
    zone = "America/New_York"
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    calendar = Calendar(_only_on(midnight.date(), start, end), zone)
    assert calendar.is_open(calendar.next_opening(midnight))
    open_time = timedelta(hours=hours)
    end_of_day = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=ZoneInfo(zone))
    if hours:
        assert calendar.due(midnight, open_time) <= end_of_day
    assert calendar.due(midnight, open_time + timedelta(seconds=1)) > end_of_day


def _only_on(day: date, start: int, end: int) -> Week:
    return tuple(((start, end),) if number == day.weekday() else () for number in range(7))


def test_a_day_that_was_left_out_has_no_working_time() -> None:
    """Samoa went from 29 to 31 December 2011."""
    calendar = daily(NINE, HALF_PAST_FIVE, "Pacific/Apia")
    assert calendar.due(utc("2011-12-29T17:00-10:00"), timedelta(hours=1)) == utc("2011-12-31T09:30+14:00")


def test_always_open_is_the_clock() -> None:
    start = utc("2026-03-28T12:00+01:00")
    assert ALWAYS.due(start, timedelta(days=9_999)) == start + timedelta(days=9_999)
    assert ALWAYS.is_open(start)
    assert ALWAYS.next_opening(start) == start


def test_holidays_alone_take_their_days_out() -> None:
    calendar = Calendar(zone="Europe/Berlin", holidays="DE")
    assert calendar.due(utc("2026-12-24T22:00+01:00"), timedelta(hours=4)) == utc("2026-12-27T02:00+01:00")


def test_what_never_comes_is_due_at_the_horizon() -> None:
    start = utc("2026-01-16T16:00+01:00")
    never = Calendar(((),) * 7)
    assert not never.is_open(start)
    assert never.next_opening(start) == start + HORIZON
    assert MUNICH.due(start, timedelta(days=999_999)) == start + HORIZON


def test_holidays_are_those_of_the_year() -> None:
    assert date(2026, 1, 6) in holiday_dates("DE-BY", 2026)
    assert date(2026, 1, 6) not in holiday_dates("DE", 2026)
    assert {day.year for day in holiday_dates("US", 2028)} == {2028}


# Properties

moments = st.datetimes(*YEARS, timezones=st.just(UTC))
durations = st.timedeltas(timedelta(0), timedelta(days=20))


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    """Any hours that a directory may state: spans apart from each other, on at least one day."""
    days = []
    for _ in range(7):
        ends = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
        days.append(tuple(zip(ends[::2], ends[1::2], strict=False)))
    return tuple(days) if any(days) else WORKDAYS


calendars = st.builds(
    Calendar, week=weeks(), zone=st.sampled_from(ZONES), holidays=st.sampled_from([None, "DE-BY", "NP", "US"])
)
properties = settings(deadline=None, max_examples=60)


@properties
@given(calendars, moments, durations, durations)
def test_due_is_additive_and_monotonic(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    both = calendar.due(start, first + second)
    assert both < start + HORIZON
    assert calendar.due(calendar.due(start, first), second) == both
    assert start <= calendar.due(start, first) <= both
    assert calendar.due(start, first) <= calendar.due(start + second, first)


@properties
@given(calendars, moments, durations)
def test_due_is_within_open_time_or_at_its_end(calendar: Calendar, start: datetime, duration: timedelta) -> None:
    due = calendar.due(start, duration + timedelta(seconds=1))
    assert calendar.is_open(due - timedelta(microseconds=1))
    assert due - start >= duration


@properties
@given(calendars, moments)
def test_nothing_is_open_before_the_next_opening(calendar: Calendar, at: datetime) -> None:
    opens = calendar.next_opening(at)
    assert calendar.is_open(opens)
    assert calendar.is_open(at) == (opens == at)
    if opens > at:
        assert not calendar.is_open(opens - timedelta(microseconds=1))
        assert not calendar.is_open(at + (opens - at) / 2)
        assert calendar.due(at, timedelta(hours=1)) == calendar.due(opens, timedelta(hours=1))


@properties
@given(calendars, moments)
def test_open_is_what_the_clock_on_the_wall_says(calendar: Calendar, at: datetime) -> None:
    """Where the clock does not change around the day, which is the only time when it may say something else."""
    local = at.astimezone(ZoneInfo(calendar.zone))
    offsets = {(local + timedelta(days=days)).utcoffset() for days in (-2, -1, 0, 1, 2)}
    if len(offsets) > 1:
        return
    minute = local.hour * 60 + local.minute + local.second / 60 + local.microsecond / 60_000_000
    on_the_wall = any(start <= minute < end for start, end in calendar.week[local.weekday()])
    assert calendar.is_open(at) == (on_the_wall and not calendar.is_holiday(at))


@properties
@given(weeks(), st.sampled_from(ZONES), moments, st.integers(0, 600), durations)
def test_the_same_moment_in_another_zone_has_the_same_answer(
    week: Week, zone: str, at: datetime, hours: int, duration: timedelta
) -> None:
    calendar = Calendar(week, zone)
    elsewhere = (at + timedelta(hours=hours)).astimezone(ZoneInfo("America/New_York"))
    here = elsewhere.astimezone(UTC)
    assert calendar.due(elsewhere, duration) == calendar.due(here, duration)
    assert calendar.next_opening(elsewhere) == calendar.next_opening(here)
    assert calendar.due(elsewhere, duration).tzinfo is UTC
