"""Working hours, holidays and absences in the directory: what may be written, and what is said of the rest."""

from datetime import date
from pathlib import Path

import pytest

from rules.calendars import ALWAYS, EVERY_HOUR
from rules.engine.directory import Directory
from rules.engine.findings import Code
from rules.engine.working_hours import DAYS
from tests.rules.books import DIRECTORY, checked, found

HOURS = "{days: mon-fri, from: 09:00, to: 17:30}"
NINE, HALF_PAST_FIVE = 9 * 60, 17 * 60 + 30


def with_ann(more: str) -> str:
    """The directory of the tests, with more about Ann."""
    return DIRECTORY.replace("email: ann@leadflow.example,", f"email: ann@leadflow.example, {more},")


def directory(folder: Path, text: str) -> Directory:
    result = checked(folder, {"directory.yaml": text})
    assert result.book is not None, result.findings
    return result.book.directory


def test_a_directory_that_says_nothing_of_time_is_always_open(tmp_path: Path) -> None:
    plain = directory(tmp_path, DIRECTORY)
    assert plain.calendar(user="ann", team="desk") == plain.calendar(team="desk") == ALWAYS
    assert plain.calendar(user="bob").zone == "America/New_York"
    assert plain.calendar(user="bob").is_always_open
    assert plain.calendar(user="nobody", team="nothing") == ALWAYS


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", "mon tue wed thu fri"),
        ("Mon, wed", "mon wed"),
        ("[mon, thu-fri]", "mon thu fri"),
        ("monday-wednesday", "mon tue wed"),
        ("sat-mon", "mon sat sun"),  # over the end of the week
        ("sun", "sun"),
        ("mon-sun", "mon tue wed thu fri sat sun"),
        ("'mon-wed, tue'", "mon tue wed"),
    ],
)
def test_days(tmp_path: Path, written: str, days: str) -> None:
    written = written if written[0] in "['" else f"'{written}'"
    read = directory(tmp_path, with_ann(f"working_hours: {{days: {written}, from: 9:00, to: 17:30}}"))
    week = read.calendar(user="ann").week
    open_days = [name[:3] for name, spans in zip(DAYS, week, strict=True) if spans]
    assert open_days == days.split()
    assert {spans for spans in week if spans} == {((NINE, HALF_PAST_FIVE),)}


def test_a_lunch_break_is_two_entries_and_a_night_as_well(tmp_path: Path) -> None:
    hours = (
        "working_hours: [{days: mon, from: 13:00, to: 17:30}, {days: mon-fri, from: 09:00, to: '12:00'}, "
        "{days: sat, from: 22:00, to: 24:00}, {days: sun, from: 00:00, to: 06:00}]"
    )
    week = directory(tmp_path, with_ann(hours)).calendar(user="ann").week
    assert week[0] == ((NINE, 720), (780, HALF_PAST_FIVE))
    assert week[4:] == (((NINE, 720),), ((1320, 1440),), ((0, 360),))


def test_absences(tmp_path: Path) -> None:
    away = directory(tmp_path, with_ann("absences: {from: 2026-12-21, to: 2027-01-02, reason: holidays}"))
    (absence,) = away.users["ann"].absences
    assert absence == {"from": date(2026, 12, 21), "to": date(2027, 1, 2), "reason": "holidays"}
    assert directory(tmp_path, with_ann("absences: [{from: 2026-12-21, to: 2026-12-21}]")).users["ann"].absences
    assert directory(tmp_path, with_ann("absences: []")).users["ann"].absences == ()


def test_a_team_may_state_all_of_it(tmp_path: Path) -> None:
    more = f"time_zone: Europe/Vienna, working_hours: {HOURS}, holidays: AT-9, manager"
    read = directory(tmp_path, DIRECTORY.replace("manager", more))
    calendar = read.calendar(team="desk")
    assert (calendar.zone, calendar.holidays) == ("Europe/Vienna", "AT-9")
    assert read.calendar(user="ann", team="desk") == calendar
    assert read.calendar(user="bob", team="desk").zone == "America/New_York"
    assert read.calendar(user="ann").week == EVERY_HOUR


@pytest.mark.parametrize(
    ("more", "code", "at", "says"),
    [
        ("working_hours: 9-17", Code.WRONG_SHAPE, "working_hours", "'9-17' says too little. Write {days: mon-fri,"),
        ("working_hours: ''", Code.WRONG_SHAPE, "working_hours", "nothing is given"),
        ("working_hours: []", Code.WRONG_SHAPE, "working_hours", "no hours are given"),
        ("working_hours: {days: [], from: 9:00, to: 10:00}", Code.WRONG_SHAPE, "days", "no day is given"),
        ("working_hours: {days: mo, from: 9:00, to: 10:00}", Code.WRONG_SHAPE, "days", "'mo' is no day of the week"),
        ("working_hours: {days: mon, from: 9, to: 10:00}", Code.WRONG_SHAPE, "from", "'9' is no time of the day"),
        ("working_hours: {days: mon, from: 9:00, to: 24:01}", Code.WRONG_SHAPE, "to:", "such as 09:00"),
        ("working_hours: {days: mon, from: 9:60, to: 10:00}", Code.WRONG_SHAPE, "from", "'9:60' is no time"),
        ("working_hours: {days: mon, from: 9:00}", Code.MISSING_KEY, "working_hours", "'to' is missing"),
        ("working_hours: {days: mon, form: 9:00, from: 9:00, to: 10:00}", Code.UNKNOWN_KEY, "form:", "mean 'from'?"),
        ("working_hours: {days: mon, from: 22:00, to: 6:00}", Code.WRONG_SHAPE, "working_hours", "For a night"),
        ("working_hours: {days: mon, from: 9:00, to: 9:00}", Code.WRONG_SHAPE, "working_hours", "end before"),
        (
            "working_hours: [{days: mon-fri, from: 9:00, to: 12:00}, {days: fri, from: 11:59, to: 13:00}]",
            Code.WRONG_SHAPE, "working_hours", "the hours of friday overlap",
        ),
        ("absences: {from: 21.12.2026, to: 2026-12-24}", Code.WRONG_SHAPE, "from", "such as 2026-12-21"),
        ("absences: {from: 2026-02-29, to: 2026-12-24}", Code.WRONG_SHAPE, "from", "'2026-02-29' is no date"),
        ("absences: {from: 2026-12-24, to: 2026-12-21}", Code.WRONG_SHAPE, "absences", "ends before it begins"),
        ("absences: {from: 2026-12-24}", Code.MISSING_KEY, "absences", "'to' is missing"),
        ("absences: next week", Code.WRONG_SHAPE, "absences", "Write {from: 2026-12-21, to: 2027-01-02}"),
        ("holidays: Germany", Code.UNKNOWN_NAME, "holidays", "Write DE"),
        ("holidays: UK", Code.UNKNOWN_NAME, "holidays", "Write GB"),
        ("holidays: DE-Bayern", Code.UNKNOWN_NAME, "holidays", "Write DE-BY"),
        ("holidays: US-California", Code.UNKNOWN_NAME, "holidays", "Write US-CA"),
        ("holidays: DE-Ausburg", Code.UNKNOWN_NAME, "holidays", "Did you mean 'DE-Augsburg'?"),
        ("holidays: DE-XY", Code.UNKNOWN_NAME, "holidays", "Write DE alone, or with one of these behind it: Augsburg"),
        ("holidays: CZ-X", Code.UNKNOWN_NAME, "holidays", "Write CZ alone"),
        ("holidays: Narnia", Code.UNKNOWN_NAME, "holidays", "two letters"),
        ("holidays: ''", Code.UNKNOWN_NAME, "holidays", "two letters"),
        ("time_zone: Berlin", Code.WRONG_VALUE, "time_zone", "such as Europe/Berlin"),
    ],
)  # fmt: skip
def test_findings(tmp_path: Path, more: str, code: Code, at: str, says: str) -> None:
    text = with_ann(more)
    (finding,) = found(tmp_path, {"directory.yaml": text})
    line = next(line for line in text.splitlines() if line.startswith("  ann:"))
    assert finding.code is code
    assert says in str(finding)
    assert line[finding.column - 1 :].startswith(at)
    assert text.splitlines()[finding.line - 1] == line


def test_a_team_s_time_zone_and_holidays_are_checked(tmp_path: Path) -> None:
    text = DIRECTORY.replace("manager", "time_zone: Europe/Berln, holidays: D, manager")
    assert [finding.code for finding in found(tmp_path, {"directory.yaml": text})] == [
        Code.WRONG_VALUE,
        Code.UNKNOWN_NAME,
    ]
