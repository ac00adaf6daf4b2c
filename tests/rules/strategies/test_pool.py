"""Who of a team may get a lead, and why the others may not; who of those who may gets it is the strategy's matter."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.strategies import STRATEGIES
from rules.strategies.member import Member
from rules.strategies.pool import choose
from tests.rules.strategies.teams import THURSDAY, WEEKDAYS, at, directory, to_desk

BERLIN: dict[str, Any] = {"time_zone": "Europe/Berlin", "working_hours": WEEKDAYS}
SUNDAY = at("2026-01-18T03:00+01:00")
AT_WORK = to_desk(during="working_hours")


def reason(entry: dict[str, Any], now: datetime, **known: Any) -> str | None:
    """Why a member with this entry may not get a lead where the rule asks for working hours."""
    choice = choose(AT_WORK, [Member("anna", **known)], directory(anna=entry), now)
    assert (choice.member is None) == bool(choice.skipped)
    return choice.skipped[0] if choice.skipped else None


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ("2026-01-15T10:00+01:00", None),
        ("2026-01-15T17:00+01:00", "outside working hours until Fri 09:00 Europe/Berlin"),
        ("2026-01-16T20:00+01:00", "outside working hours until Mon 09:00 Europe/Berlin"),
        ("2026-01-15T02:00+01:00", "outside working hours until Thu 09:00 Europe/Berlin"),
    ],
)
def test_outside_working_hours(now: str, why: str | None) -> None:
    assert reason(BERLIN, at(now)) == (f"anna: {why}" if why else None)


def test_on_a_holiday() -> None:
    entry = BERLIN | {"holidays": "DE-BY"}
    assert reason(entry, at("2026-01-06T10:00+01:00")) == "anna: public holiday until Wed 09:00 Europe/Berlin"
    assert reason(BERLIN, at("2026-01-06T10:00+01:00")) is None


def test_a_distant_opening_has_its_date() -> None:
    mondays = {"working_hours": {"days": "mon", "from": "09:00", "to": "10:00"}}
    assert reason(mondays, at("2026-01-05T10:00Z")) == "anna: outside working hours until Mon 12 January 09:00 UTC"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ("2026-12-20T23:59+01:00", "outside working hours until Mon 09:00 Europe/Berlin"),
        ("2026-12-21T00:00+01:00", "absent until 2 January"),
        ("2027-01-02T23:59+01:00", "absent until 2 January"),
        ("2027-01-03T00:00+01:00", "outside working hours until Mon 09:00 Europe/Berlin"),
        ("2027-03-01T12:00+01:00", "absent until 28 February 2028"),
    ],
)
def test_absences_are_whole_local_days(now: str, why: str) -> None:
    absences = [
        {"from": "2026-12-21", "to": "2027-01-02", "reason": "holidays"},
        {"from": "2027-03-01", "to": "2028-02-28"},
    ]
    assert reason(BERLIN | {"absences": absences}, at(now)) == f"anna: {why}"


def test_absent_members_never_get_a_lead_whatever_the_rule_asks() -> None:
    people = directory(anna={"absences": {"from": "2026-01-15", "to": "2026-01-15"}}, ben={})
    choice = choose(to_desk(), [Member("anna"), Member("ben", last_turn=9)], people, THURSDAY)
    assert [member.key for member in choice.eligible] == ["ben"]
    assert choice.skipped == ("anna: absent until 15 January",)


def test_a_rule_that_does_not_ask_gives_leads_at_night() -> None:
    choice = choose(to_desk(), [Member("anna")], directory(anna=BERLIN), at("2026-01-15T03:00+01:00"))
    assert [member.key for member in choice.eligible] == ["anna"]


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({"active": False}, "inactive"),
        ({"gave_back": True}, "had this lead and gave it back"),
        ({"absent": True}, "absent"),
    ],
)
def test_what_the_database_knows(known: dict[str, bool], why: str) -> None:
    assert reason(BERLIN, THURSDAY, **known) == f"anna: {why}"


def test_whom_the_directory_does_not_have_works_at_any_time() -> None:
    choice = choose(AT_WORK, [Member("gone")], directory({"working_hours": WEEKDAYS}, anna=BERLIN), SUNDAY)
    assert [member.key for member in choice.eligible] == ["gone"]


def test_a_team_without_members_says_so() -> None:
    choice = choose(to_desk(), [], directory(anna={}), THURSDAY)
    assert (choice.member, choice.skipped) == (None, ("the team has no members",))


def test_hours_of_the_team_are_in_the_time_of_each_member() -> None:
    """At 15:30 UTC it is 16:30 in Berlin, 10:30 in New York, and 15:30 in London, the team's zone."""
    team = {"working_hours": {"days": "mon-fri", "from": "10:00", "to": "16:00"}, "time_zone": "Europe/London"}
    people = directory(team, anna={"time_zone": "Europe/Berlin"}, bob={"time_zone": "America/New_York"}, cleo={})
    members = [Member(key) for key in ("anna", "bob", "cleo")]
    choice = choose(AT_WORK, members, people, at("2026-01-15T15:30Z"))
    assert [member.key for member in choice.eligible] == ["bob", "cleo"]
    assert choice.skipped == ("anna: outside working hours until Fri 10:00 Europe/Berlin",)


def test_own_hours_and_holidays_come_before_those_of_the_team() -> None:
    team = {"working_hours": WEEKDAYS, "holidays": "DE-BY", "time_zone": "Europe/Berlin"}
    people = directory(
        team, anna={"holidays": "DE-HH"}, ben={"working_hours": {"days": "sun", "from": "0:00", "to": "24:00"}}
    )
    epiphany = choose(AT_WORK, [Member("anna"), Member("ben")], people, at("2026-01-06T10:00+01:00"))
    assert [member.key for member in epiphany.eligible] == ["anna"]
    sunday = choose(AT_WORK, [Member("anna"), Member("ben")], people, at("2026-01-18T10:00+01:00"))
    assert [member.key for member in sunday.eligible] == ["ben"]


KEYS = ("anna", "ben", "cleo", "dora")
members = st.lists(
    st.builds(
        Member,
        st.sampled_from(KEYS),
        last_turn=st.none() | st.integers(0, 9),
        open_leads=st.integers(0, 3),
        active=st.booleans(),
        absent=st.booleans(),
        gave_back=st.booleans(),
    ),
    unique_by=lambda member: member.key,
)


@settings(deadline=None, max_examples=100)
@given(members, st.sampled_from(sorted(STRATEGIES)), st.integers(0, 24 * 7))
def test_everybody_is_eligible_or_skipped_and_the_strategy_picks(pool: list[Member], strategy: str, hour: int) -> None:
    people = directory(anna=BERLIN, ben=BERLIN | {"time_zone": "Asia/Tokyo"}, cleo={}, dora={"working_hours": WEEKDAYS})
    now = THURSDAY + timedelta(hours=hour)
    choice = choose(to_desk(strategy=strategy, during="working_hours"), pool, people, now)
    skipped = {text.partition(":")[0] for text in choice.skipped} & set(KEYS)
    assert skipped | {member.key for member in choice.eligible} == {member.key for member in pool}
    assert not skipped & {member.key for member in choice.eligible}
    for member in choice.eligible:
        assert member.active and not member.absent and not member.gave_back
        assert people.calendar(user=member.key, team="desk").is_open(now)
    assert (choice.member is not None) == (bool(choice.eligible) and strategy != "all")
    assert choice.member is None or choice.member.key in {member.key for member in choice.eligible}
