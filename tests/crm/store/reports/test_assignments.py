"""The report of assignments: turns beside weights, who was skipped and why, and what became of the leads."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from crm.store.database import Database
from crm.store.people.organisation import apply_directory, record_id
from crm.store.reports.assignments import AssignmentRow, assignment_report
from crm.store.service_tables import lf_assignment
from tests.crm.store.organisations import directory

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 2, 1, tzinfo=UTC)
DESK, CONTOSO = record_id("team", "dach-sales"), record_id("team", "contoso")
# In the team of the test, ben weighs 2, anna 1; cleo weighs 1 and is inactive.
CLEO = "cleo: inactive"
ANNA_AWAY = "anna: absent until 5 January"


def given(day: int, owner: str | UUID, turn: int | None = None, *skipped: str, **more: Any) -> dict[str, Any]:
    """An assignment on a day of January; a GUID is a team that has the lead itself."""
    to_user = isinstance(owner, str)
    row = {
        "leadid": uuid4(),
        "step": "intake",
        "ownerid": record_id("systemuser", owner) if isinstance(owner, str) else owner,
        "owneridtype": "systemuser" if to_user else "team",
        "teamid": DESK,
        "strategy": None if turn is None else "weighted",
        "turn": turn,
        "skipped": list(skipped),
        "assignedon": START + timedelta(days=day),
        "acceptedon": None,
        "endedon": None,
        "endreason": None,
        "breaches": 0,
    }
    hours = more.pop("after_hours", None)
    accepted = {} if hours is None else {"acceptedon": START + timedelta(days=day, hours=hours)}
    return row | accepted | more


def declined(day: int, owner: str, turn: int, *skipped: str) -> dict[str, Any]:
    return given(day, owner, turn, *skipped, endedon=END, endreason="declined")


@pytest.fixture
def filled(database: Database) -> Database:
    rows = [
        # Two turns of three members' weights 2 to 1, and one when anna was away: ben's fair turns are 2/3 + 2/3 + 1.
        given(1, "ben", 1, CLEO, after_hours=2),
        given(2, "anna", 2, CLEO, after_hours=3, breaches=2),
        declined(3, "ben", 3, CLEO, ANNA_AWAY),
        # Without a turn: nobody could get it; a queue's lead belongs to its team; by hand.
        given(4, DESK, None, CLEO, ANNA_AWAY, "ben: outside working hours until Mon 09:00 Europe/Berlin"),
        given(5, DESK, None, teamid=None, queueid=record_id("queue", "inbox"), breaches=1),
        given(6, "dora", None, teamid=None, after_hours=6),
        given(7, "dora", 1, teamid=CONTOSO),
        # Before the period, and at its end, which is outside.
        given(-1, "ben", 8),
        given(31, "anna", 9),
    ]
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=START)
        connection.execute(insert(lf_assignment), rows_of_equal_keys(rows))
    return database


def rows_of_equal_keys(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = {key for row in rows for key in row}
    return [{key: row.get(key) for key in keys} for row in rows]


def report(database: Database) -> list[AssignmentRow]:
    with database.reading() as connection:
        return assignment_report(connection, start=START, end=END)


def test_every_figure_of_a_member(filled: Database) -> None:
    ben = next(row for row in report(filled) if row.member == "ben")
    assert ben == AssignmentRow(
        kind="member",
        team="dach-sales",
        member="ben",
        name="Ben Ode",
        weight=2,
        assigned=2,
        turns=2,
        share=0.6667,
        fair_share=0.7778,
        difference=-0.33,
        skipped={"outside working hours": 1},
        accepted=1,
        declined=1,
        breached=0,
        median_time_to_accept=timedelta(hours=2),
    )


def test_who_is_away_has_no_claim_to_the_turns_that_pass(filled: Database) -> None:
    rows = {row.member: row for row in report(filled) if row.team == "dach-sales" and row.kind == "member"}
    anna, cleo = rows["anna"], rows["cleo"]
    assert (anna.turns, anna.fair_share, anna.difference) == (1, 0.2222, 0.33)
    assert (anna.skipped, anna.breached) == ({"absent": 2}, 2)
    assert (cleo.turns, cleo.fair_share, cleo.skipped) == (0, 0, {"inactive": 4})
    differences = [row.difference for row in rows.values() if row.difference is not None]
    assert sum(differences) == pytest.approx(0, abs=0.01)


def test_the_largest_team_first_its_members_by_turns_then_itself_and_the_total(filled: Database) -> None:
    assert [(row.team, row.kind, row.member, row.assigned, row.turns) for row in report(filled)] == [
        ("dach-sales", "member", "ben", 2, 2),
        ("dach-sales", "member", "anna", 1, 1),
        ("dach-sales", "member", "cleo", 0, 0),
        ("dach-sales", "team", None, 2, 0),
        ("dach-sales", "total", None, 5, 3),
        (None, "member", "dora", 1, 0),
        (None, "total", None, 1, 0),
        ("contoso", "member", "dora", 1, 1),
        ("contoso", "total", None, 1, 1),
    ]


def test_the_total_of_a_team(filled: Database) -> None:
    total = next(row for row in report(filled) if row.kind == "total")
    assert (total.weight, total.accepted, total.declined, total.breached) == (4, 2, 1, 3)
    assert total.median_time_to_accept == timedelta(hours=2, minutes=30)
    assert (total.share, total.fair_share, total.difference) == (None, None, None)


def test_who_has_left_the_team_still_shows_what_they_had(filled: Database) -> None:
    teams = directory().model_dump()["teams"]
    teams["dach-sales"]["members"] = ["anna"]
    with filled.transaction() as connection:
        apply_directory(connection, directory(teams=teams), now=END)
    ben = next(row for row in report(filled) if row.member == "ben")
    assert (ben.name, ben.weight, ben.turns) == ("Ben Ode", None, 2)


def add(database: Database, *rows: dict[str, Any]) -> list[AssignmentRow]:
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=START)
        connection.execute(insert(lf_assignment), rows_of_equal_keys(list(rows)))
    return report(database)


def test_round_robin_knows_no_weights_and_load_no_fair_share(database: Database) -> None:
    alike = add(database, given(1, "anna", 1, CLEO, strategy="round_robin"))
    assert [(row.member, row.fair_share) for row in alike[:2]] == [("anna", 0.5), ("ben", 0.5)]
    by_load = add(database, given(2, "ben", 2, CLEO, strategy="least_open"))
    assert [(row.member, row.share, row.fair_share, row.difference) for row in by_load[:2]] == [
        ("anna", 0.5, None, None),
        ("ben", 0.5, None, None),
    ]


def test_who_was_skipped_before_the_lead_went_to_another_team_shows_in_their_own(database: Database) -> None:
    full = [f"{member}: at capacity" for member in ("anna", "ben")]
    rows = add(
        database,
        given(1, "anna", 1, CLEO),
        given(2, CONTOSO, None, *full, teamid=None),
        given(3, "dora", 1, *full, teamid=CONTOSO, strategy="round_robin"),
    )
    assert {(row.team, row.member): row.skipped for row in rows if row.kind == "member"} == {
        ("dach-sales", "anna"): {"at capacity": 2},
        ("dach-sales", "ben"): {"at capacity": 2},
        ("dach-sales", "cleo"): {"inactive": 1},
        ("contoso", "dora"): {},
    }


def test_nothing_was_assigned(database: Database) -> None:
    assert report(database) == []
