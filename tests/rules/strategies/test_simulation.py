"""An assignment that is only thought of comes to what the live one would."""

from datetime import timedelta

import pytest

from rules.engine.decision import Assign
from rules.strategies.simulation import Roster, Simulated, simulate
from rules.strategies.sla import accept_by
from tests.rules.strategies.teams import FOUR_HOURS, THURSDAY, WEEKDAYS, at, directory, to_desk

NOBODY_YET = Roster()
FRIDAY_EVENING = at("2026-01-16T16:00+01:00")
BERLIN = {"time_zone": "Europe/Berlin", "working_hours": WEEKDAYS}


def test_an_empty_roster_begins_with_the_first_by_name() -> None:
    given = simulate(to_desk(), directory(ben={}, anna={}), THURSDAY, NOBODY_YET)
    assert given == Simulated("user", "anna", "desk", eligible=("anna", "ben"))


@pytest.mark.parametrize(
    ("roster", "owner", "skipped"),
    [
        (Roster(turns=["anna"]), "ben", ()),
        (Roster(turns=["ben", "anna", "cleo"]), "ben", ()),
        (Roster(absent=frozenset({"anna"})), "ben", ("anna: absent",)),
        (Roster(inactive=frozenset({"anna"})), "ben", ("anna: inactive",)),
        (Roster(gave_back=frozenset({"anna", "ben"})), "cleo", ("anna: had this lead and gave it back",)),
    ],
)
def test_the_state_of_the_team_decides(roster: Roster, owner: str, skipped: tuple[str, ...]) -> None:
    given = simulate(to_desk(), directory(anna={}, ben={}, cleo={}), THURSDAY, roster)
    assert (given.owner_kind, given.owner_key) == ("user", owner)
    assert given.skipped[: len(skipped)] == skipped


def test_open_leads_count_where_the_strategy_asks() -> None:
    people, roster = directory(anna={}, ben={}), Roster(open_leads={"anna": 5})
    assert simulate(to_desk(strategy="least_open"), people, THURSDAY, roster).owner_key == "ben"
    assert simulate(to_desk(), people, THURSDAY, roster).owner_key == "anna"


def test_who_is_inactive_in_the_directory_gets_nothing() -> None:
    given = simulate(to_desk(), directory(anna={"active": False}), THURSDAY, NOBODY_YET)
    assert given == Simulated("team", "desk", "desk", ("anna: inactive",))


@pytest.mark.parametrize(
    ("outcome", "kind", "key", "team"),
    [
        (Assign(to="user", key="anna"), "user", "anna", None),
        (Assign(to="queue", key="inbox"), "team", "desk", "desk"),
        (Assign(to="partner", key="contoso"), "team", "desk", "desk"),
    ],
)
def test_owners_that_the_rule_names(outcome: Assign, kind: str, key: str, team: str | None) -> None:
    given = simulate(outcome, directory(anna={}), THURSDAY, NOBODY_YET)
    assert (given.owner_kind, given.owner_key, given.team, given.due) == (kind, key, team, None)


def test_the_time_limit_counts_working_time_of_whoever_gets_the_lead() -> None:
    people = directory({"working_hours": WEEKDAYS, "time_zone": "America/New_York"}, anna=BERLIN, ben={})
    limited = to_desk(accept_within=FOUR_HOURS)

    def due(outcome: Assign, roster: Roster = NOBODY_YET) -> object:
        return simulate(outcome, people, FRIDAY_EVENING, roster).due

    assert due(limited) == at("2026-01-19T12:00+01:00")  # anna's own hours, in Berlin
    assert due(limited, Roster(absent=frozenset({"anna"}))) == at("2026-01-16T14:00-05:00")  # ben has the team's
    everybody = Roster(absent=frozenset({"anna", "ben"}))
    assert due(limited, everybody) == at("2026-01-16T14:00-05:00")  # the team
    assert due(Assign(to="queue", key="inbox", accept_within=FOUR_HOURS)) == at("2026-01-16T14:00-05:00")
    assert due(Assign(to="user", key="ben", accept_within=FOUR_HOURS)) == FRIDAY_EVENING + FOUR_HOURS  # by no team
    assert due(limited.model_copy(update={"sla_clock": True})) == FRIDAY_EVENING + FOUR_HOURS


def test_without_working_hours_every_hour_counts() -> None:
    people = directory(anna={})
    assert accept_by(people, FRIDAY_EVENING, FOUR_HOURS, user="anna", team="desk") == FRIDAY_EVENING + FOUR_HOURS
    assert accept_by(people, FRIDAY_EVENING, timedelta(days=400), user="gone") == FRIDAY_EVENING + timedelta(days=400)
    assert accept_by(people, FRIDAY_EVENING, None, user="anna") is None
