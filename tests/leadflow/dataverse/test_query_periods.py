"""The periods that query functions name, at a time that is known: Wednesday, 4 March 2026, 10:30."""

from datetime import UTC, datetime

import pytest

from crm.errors import InvalidInput
from leadflow.dataverse.query.periods import NUMBERED, PERIODS, fiscal_period, fiscal_year

NOW = datetime(2026, 3, 4, 10, 30, 15, tzinfo=UTC)


def at(text: str) -> datetime:
    return NOW if text == "now" else datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "begin", "end"),
    [
        ("Today", "2026-03-04", "2026-03-05"),
        ("Yesterday", "2026-03-03", "2026-03-04"),
        ("Tomorrow", "2026-03-05", "2026-03-06"),
        ("LastWeek", "2026-02-22", "2026-03-01"),
        ("ThisWeek", "2026-03-01", "2026-03-08"),
        ("NextWeek", "2026-03-08", "2026-03-15"),
        ("LastMonth", "2026-02-01", "2026-03-01"),
        ("NextMonth", "2026-04-01", "2026-05-01"),
        ("ThisYear", "2026-01-01", "2027-01-01"),
        ("LastFiscalPeriod", "2025-10-01", "2026-01-01"),
        ("NextFiscalYear", "2027-01-01", "2028-01-01"),
        ("Last7Days", "2026-02-25", "now"),
        ("Next7Days", "now", "2026-03-12"),
    ],
)
def test_periods_without_a_number(name: str, begin: str, end: str) -> None:
    assert PERIODS[name](NOW) == (at(begin), at(end))


@pytest.mark.parametrize(
    ("name", "number", "begin", "end"),
    [
        ("LastXHours", 2, "2026-03-04T08:00", "now"),
        ("NextXHours", 2, "now", "2026-03-04T13:00"),
        ("LastXDays", 1, "2026-03-03", "now"),
        ("NextXDays", 1, "now", "2026-03-06"),
        ("LastXWeeks", 1, "2026-02-25", "now"),
        ("LastXMonths", 1, "2026-02-04", "now"),
        ("NextXYears", 1, "now", "2027-03-05"),
        ("LastXFiscalPeriods", 2, "2025-07-01", "2026-01-01"),
        ("NextXFiscalYears", 2, "2027-01-01", "2029-01-01"),
        ("OlderThanXDays", 3, "1753-01-01", "2026-03-01T10:30:15"),
        ("OlderThanXMinutes", 30, "1753-01-01", "2026-03-04T10:00:15"),
        ("OlderThanXMonths", 100_000, "1753-01-01", "1753-01-01"),
        ("NextXYears", 100_000, "now", "9999-12-31T23:59:59"),
    ],
)
def test_periods_with_a_number(name: str, number: int, begin: str, end: str) -> None:
    assert NUMBERED[name](NOW, number) == (at(begin), at(end))


def test_every_period_is_in_order_at_the_ends_of_the_calendar() -> None:
    for now in (NOW, at("2024-02-29T23:59:59"), at("1753-01-01"), at("9999-12-31T23:59:59")):
        for of_now in PERIODS.values():
            begin, end = of_now(now)
            assert begin <= end
        for of_number in NUMBERED.values():
            begin, end = of_number(now, 100_000)
            assert begin <= end


def test_fiscal_years_are_calendar_years_of_four_periods() -> None:
    assert fiscal_year(2026) == (at("2026-01-01"), at("2027-01-01"))
    assert fiscal_period(2026, 4) == (at("2026-10-01"), at("2027-01-01"))
    with pytest.raises(InvalidInput, match="quarters 1 to 4"):
        fiscal_period(2026, 5)
    with pytest.raises(InvalidInput, match="no fiscal year"):
        fiscal_year(1000)
