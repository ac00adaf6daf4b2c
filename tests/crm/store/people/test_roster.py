"""Absences and deactivations by hand: effective, recorded, and not undone by the directory file."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection

from crm.entities import SystemUser
from crm.store import records
from crm.store.database import Database
from crm.store.people import roster
from crm.store.people.organisation import apply_directory, record_id
from crm.store.people.roster import EnteredAbsence
from tests.crm.store.organisations import SMALL, directory

NOW = datetime(2026, 12, 20, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ANNA, BEN, CLEO = (record_id("systemuser", key) for key in ("anna", "ben", "cleo"))


@pytest.fixture
def organisation(database: Database) -> Database:
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
    return database


def applied(database: Database, now: datetime = LATER, **anna: object) -> None:
    """The directory file is applied again, with these changes of anna's entry."""
    users = SMALL["users"]
    with database.transaction() as connection:
        apply_directory(connection, directory(users={**users, "anna": {**users["anna"], **anna}}), now=now)


def is_active(connection: Connection, user: UUID) -> bool:
    found = records.fetch(connection, SystemUser, user)
    assert found is not None
    return not found.isdisabled


def said(database: Database, user: UUID | None = None) -> list[tuple[str, str, str]]:
    with database.reading() as connection:
        return [(one.user, one.change, one.detail) for one in roster.changes_of(connection, user)]


def absence(first: date, last: date, user: UUID = ANNA, reason: str | None = None) -> EnteredAbsence:
    return EnteredAbsence(uuid4(), user, first, last, reason)


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (date(2026, 12, 18), False),
        (date(2026, 12, 19), True),  # it is still this day somewhere
        (date(2026, 12, 20), True),
        (date(2027, 1, 2), True),
    ],
)
def test_absences_are_found_until_they_are_over_in_every_time_zone(
    organisation: Database, last: date, found: bool
) -> None:
    entered = absence(date(2026, 12, 1), last, reason="travel")
    with organisation.transaction() as connection:
        roster.enter_absence(connection, entered, actor="mia", now=NOW)
        assert roster.absences_of(connection, [ANNA, BEN], NOW) == ({ANNA: [entered]} if found else {})
        assert roster.absences_of(connection, [BEN], NOW) == {}


def test_a_cancelled_absence_is_none(organisation: Database) -> None:
    first, second = absence(date(2026, 12, 21), date(2026, 12, 22)), absence(date(2026, 12, 28), date(2026, 12, 31))
    with organisation.transaction() as connection:
        for one in (second, first):
            roster.enter_absence(connection, one, actor="mia", now=NOW)
        assert roster.absences_of(connection, [ANNA], NOW) == {ANNA: [first, second]}
        roster.cancel_absence(connection, first, actor="mia", now=LATER)
        assert roster.absences_of(connection, [ANNA], NOW) == {ANNA: [second]}
    assert said(organisation)[-1] == ("anna", "absence cancelled", "2026-12-21 to 2026-12-22")


def test_the_directory_file_does_not_undo_a_deactivation_by_hand(organisation: Database) -> None:
    with organisation.transaction() as connection:
        roster.deactivate(connection, ANNA, "she left", actor="mia", now=NOW)
    applied(organisation, name="Anna Other")
    with organisation.reading() as connection:
        found = records.fetch(connection, SystemUser, ANNA)
        assert found and found.isdisabled and found.lf_deactivatedon == NOW and found.lastname == "Other"
    with organisation.transaction() as connection:
        roster.lift_deactivation(connection, ANNA, "back", active=True, actor="mia", now=LATER)
        assert is_active(connection, ANNA)
    applied(organisation)
    with organisation.reading() as connection:
        assert is_active(connection, ANNA)
    assert said(organisation) == [("anna", "deactivated", "she left"), ("anna", "activated", "back")]


def test_a_deactivation_outlasts_that_the_user_leaves_the_file_and_comes_back(organisation: Database) -> None:
    with organisation.transaction() as connection:
        roster.deactivate(connection, CLEO, "left", actor=None, now=NOW)
    users = {key: entry for key, entry in SMALL["users"].items() if key != "cleo"}
    teams = {**SMALL["teams"], "dach-sales": {**SMALL["teams"]["dach-sales"], "members": ["ben", "anna"]}}
    with organisation.transaction() as connection:
        apply_directory(connection, directory(users=users, teams=teams), now=LATER)
        back = {**SMALL["users"]["cleo"], "active": True}
        apply_directory(connection, directory(users={**users, "cleo": back}, teams=teams), now=LATER)
        assert not is_active(connection, CLEO)


def test_what_the_file_changes_is_recorded_once(organisation: Database) -> None:
    for active, now in ((False, NOW), (False, NOW), (True, LATER)):
        applied(organisation, now, active=active)
    users = {key: entry for key, entry in SMALL["users"].items() if key != "anna"}
    teams = {**SMALL["teams"], "dach-sales": {**SMALL["teams"]["dach-sales"], "members": ["ben"]}}
    with organisation.transaction() as connection:
        apply_directory(connection, directory(users=users, teams=teams), now=LATER + timedelta(days=1))
    assert said(organisation, ANNA) == [
        ("anna", "deactivated", "by the directory file"),
        ("anna", "activated", "by the directory file"),
        ("anna", "deactivated", "left the directory file"),
    ]
    assert said(organisation, BEN) == []
