"""Changing by hand who gets leads: what is refused and why, and what people see of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crm.entities.lead import Lead
from crm.errors import InvalidInput, NotFound
from crm.store import records
from crm.store.database import Database
from crm.store.people.organisation import apply_directory, record_id
from leadflow.roster import By, Span, activate, cancel_absence, deactivate, enter_absence
from leadflow.roster_view import MemberLine, TeamLines, UserLines, named, team_lines
from rules.engine.directory import Directory
from tests.crm.store.organisations import SMALL

NOW = datetime(2026, 12, 18, 17, 0, tzinfo=UTC)  # a Friday, 18:00 in Berlin
BY = By(NOW, actor="mia", reason="holiday")
FIRST, LAST = date(2026, 12, 21), date(2027, 1, 2)
HOURS = {"working_hours": {"days": "mon-fri", "from": "09:00", "to": "17:00"}, "time_zone": "Europe/Berlin"}


def organisation(**anna: Any) -> Directory:
    users = {**SMALL["users"], "anna": {**SMALL["users"]["anna"], **HOURS, **anna}}
    teams = {**SMALL["teams"]}
    teams["dach-sales"] = {**teams["dach-sales"], "capacity": 9}
    return Directory.model_validate({**SMALL, "users": users, "teams": teams})


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    with sqlite_database.transaction() as connection:
        apply_directory(connection, organisation(), now=NOW)
    return sqlite_database


def absent(database: Database, first: date = FIRST, last: date = LAST, key: str = "anna", **anna: Any) -> Span:
    return enter_absence(database, organisation(**anna), key, first, last, BY)


def anna(database: Database, at: datetime = NOW, **changes: Any) -> MemberLine:
    with database.reading() as connection:
        lines = named(connection, organisation(**changes), "anna", at)
    assert isinstance(lines, UserLines)
    return lines.teams[0].members[0]


@pytest.mark.parametrize(
    ("first", "last", "key", "says"),
    [
        (LAST, FIRST, "anna", "ends (2026-12-21) before it begins (2027-01-02); exchange the two dates"),
        (date(2025, 12, 21), date(2026, 1, 2), "anna", "its last day, 2026-01-02, has passed; look at the year"),
        (FIRST, LAST, "ana", "no user 'ana' in the directory. Did you mean 'anna'?"),
    ],
)  # fmt: skip
def test_an_absence_that_cannot_be_is_refused(database: Database, first: date, last: date, key: str, says: str) -> None:
    with pytest.raises((InvalidInput, NotFound)) as refused:
        absent(database, first, last, key)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("first", "last"),
    [(FIRST, LAST), (LAST, LAST + timedelta(days=5)), (FIRST - timedelta(days=2), FIRST), (FIRST, FIRST)],
)
def test_absences_do_not_overlap(database: Database, first: date, last: date) -> None:
    absent(database)
    with pytest.raises(InvalidInput, match="absent already from 2026-12-21 to 2027-01-02, entered by hand"):
        absent(database, first, last)
    in_file: Any = {"absences": [{"from": "2027-02-01", "to": "2027-02-05"}]}
    with pytest.raises(InvalidInput, match=r"in rules/directory\.yaml; change it there"):
        absent(database, date(2027, 1, 30), date(2027, 2, 1), **in_file)
    absent(database, date(2027, 1, 3), date(2027, 1, 31), **in_file)


def test_an_absence_may_be_entered_late(database: Database) -> None:
    assert absent(database, NOW.date() - timedelta(days=3), NOW.date()).reason == "holiday"


def test_which_absence_is_cancelled(database: Database) -> None:
    directory = organisation()
    with pytest.raises(InvalidInput, match="no absence of anna was entered by hand"):
        cancel_absence(database, directory, "anna", None, BY)
    absent(database)
    absent(database, date(2027, 3, 1), date(2027, 3, 5))
    listed = "2026-12-21 to 2027-01-02, 2027-03-01 to 2027-03-05"
    for first in (None, date(2026, 12, 22)):
        with pytest.raises(InvalidInput, match=f"by its first day with --from: {listed}"):
            cancel_absence(database, directory, "anna", first, BY)
    assert str(cancel_absence(database, directory, "anna", FIRST, BY)) == "2026-12-21 to 2027-01-02"
    assert cancel_absence(database, directory, "anna", None, BY).first == date(2027, 3, 1)
    assert str(absent(database)) == "2026-12-21 to 2027-01-02"


def test_deactivating_and_activating(database: Database) -> None:
    assert deactivate(database, "anna", BY).active
    with pytest.raises(InvalidInput, match="anna is deactivated already, since 2026-12-18 17:00 UTC"):
        deactivate(database, "anna", BY)
    assert not anna(database).active
    assert activate(database, organisation(), "anna", BY)
    assert not activate(database, organisation(), "anna", BY)
    assert anna(database).active


def test_the_file_has_to_be_changed_where_it_says_that_a_user_is_not_active(database: Database) -> None:
    deactivate(database, "anna", BY)
    says = "anna is no longer deactivated by hand, but rules/directory.yaml says `active: no` of anna: change it there"
    with pytest.raises(InvalidInput, match=says):
        activate(database, organisation(active=False), "anna", BY)
    with pytest.raises(InvalidInput, match=r"^rules/directory\.yaml says `active: no` of anna: change it there"):
        activate(database, organisation(active=False), "anna", BY)
    assert not anna(database).active
    with pytest.raises(InvalidInput, match="was changed since it was applied: run 'leadflow directory apply'"):
        activate(database, organisation(), "anna", BY)


def test_teams_and_their_members(database: Database) -> None:
    with database.transaction() as connection:
        for number in range(2):
            owner = record_id("systemuser", "anna")
            records.insert(connection, Lead(lastname=f"L{number}", ownerid=owner), now=NOW)
    with database.reading() as connection:
        contoso, sales = team_lines(connection, organisation(), NOW)
    assert (contoso.team, [line.user for line in contoso.members]) == ("contoso", ["dora"])
    assert (sales.team, sales.manager, [line.user for line in sales.members]) == (
        "dach-sales", "dora", ["anna", "ben", "cleo"],
    )  # fmt: skip
    first, second, third = sales.members
    assert (first.open_leads, first.capacity, first.turns, first.weight) == (2, 9, 0, 1)
    assert (second.weight, second.at_work, second.opens) == (2, True, None)
    assert (third.active, third.deactivated_on) == (False, None)


@pytest.mark.parametrize(
    ("at", "at_work", "opens"),
    [
        (datetime(2026, 12, 18, 15, tzinfo=UTC), True, None),
        (NOW, False, datetime(2026, 12, 21, 8, tzinfo=UTC)),  # Monday
    ],
)
def test_who_is_at_work(database: Database, at: datetime, at_work: bool, opens: datetime | None) -> None:
    line = anna(database, at)
    assert (line.at_work, line.opens, line.absent_until) == (at_work, opens, None)


def test_who_is_absent_is_back_at_work_after_all_absences_that_follow_each_other(database: Database) -> None:
    absent(database)
    in_file = {"absences": {"from": "2027-01-03", "to": "2027-01-05", "reason": "fair"}}
    line = anna(database, datetime(2026, 12, 21, 9, tzinfo=UTC), **in_file)
    assert (line.absent_until, line.at_work) == (date(2027, 1, 5), False)
    assert line.opens == datetime(2027, 1, 6, 8, tzinfo=UTC)


def test_a_name_is_a_team_or_a_user_or_the_nearest_is_named(database: Database) -> None:
    with database.reading() as connection:
        assert isinstance(named(connection, organisation(), "dach-sales", NOW), TeamLines)
        assert isinstance(named(connection, organisation(), "dora", NOW), UserLines)
        with pytest.raises(NotFound, match="no team or user 'dach-sale'"):
            named(connection, organisation(), "dach-sale", NOW)
