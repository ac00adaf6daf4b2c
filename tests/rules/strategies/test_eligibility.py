"""Who may not get a lead, in words that reports can count; and when somebody may again."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.calendars import Calendar
from rules.engine.decision import Assign, NobodyStep, Requirements
from rules.strategies import STRATEGIES, Member
from rules.strategies.pool import Choice, choose, choose_named
from rules.strategies.presence import next_presence
from rules.strategies.simulation import Roster, simulate
from tests.rules.strategies.teams import THURSDAY, WEEKDAYS, at, directory, to_desk

BERLIN: dict[str, Any] = {"time_zone": "Europe/Berlin", "working_hours": WEEKDAYS}
AT_WORK = to_desk(during="working_hours")
SPEAKS = {"languages": ["French", "german"], "skills": "solar"}


def asked(member: Member, entry: dict[str, Any] | None = None, outcome: Assign | None = None, **team: Any) -> Choice:
    """A team of one."""
    return choose(outcome or to_desk(), [member], directory(team, anna=entry or {}), THURSDAY)


@pytest.mark.parametrize(
    ("requires", "why"),
    [
        ({"languages": ("FRENCH", "German"), "skills": ("Solar",)}, None),
        ({"languages": ("french", "dutch", "danish")}, "lacks language dutch and language danish"),
        ({"skills": ("wind",), "territories": ("north",)}, "lacks skill wind and territory north"),
    ],
)
def test_all_that_the_rule_requires_must_be_there(requires: dict[str, tuple[str, ...]], why: str | None) -> None:
    outcome = to_desk(requires=Requirements(**requires))
    choice = asked(Member("anna"), SPEAKS, outcome)
    assert choice.skipped == ((f"anna: {why}",) if why else ())
    assert (choice.full, choice.next_opening) == (False, None)


def test_whom_the_directory_does_not_have_meets_no_requirement() -> None:
    outcome = to_desk(requires=Requirements(skills=("solar",)))
    assert asked(Member("gone"), SPEAKS, outcome).skipped == ("gone: lacks skill solar",)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_no_strategy_goes_above_a_capacity(strategy: str) -> None:
    outcome = to_desk(strategy=strategy)
    assert asked(Member("anna", open_leads=1), outcome=outcome, capacity=2).eligible
    full = asked(Member("anna", open_leads=2, keeps=0), outcome=outcome, capacity=2)
    assert (full.member, full.skipped, full.full) == (None, ("anna: at capacity",), True)


def test_a_users_own_capacity_comes_before_the_teams() -> None:
    member = Member("anna", open_leads=2)
    assert asked(member, {"capacity": 3}, capacity=1).member is not None
    assert asked(member, {"capacity": 0}, capacity=5).member is None
    assert asked(member).member is not None


def test_absences_entered_by_hand_count_like_those_of_the_file() -> None:
    entered = Member("anna", away=((date(2026, 1, 17), date(2026, 1, 18)), (date(2026, 1, 15), date(2026, 1, 15))))
    assert asked(entered).skipped == ("anna: absent until 15 January",)
    entry = {"absences": {"from": "2026-01-16", "to": "2026-01-16"}}
    assert asked(entered, entry).skipped == ("anna: absent until 18 January",), "one follows on the other"


def away(first: str, last: str, **more: Any) -> dict[str, Any]:
    return {"absences": {"from": first, "to": last}, **more}


MONDAYS = {"working_hours": {"days": "mon", "from": "09:00", "to": "10:00"}}


@pytest.mark.parametrize(
    ("outcome", "entry", "opens"),
    [
        (to_desk(), away("2026-01-14", "2026-01-18"), "2026-01-19T00:00Z"),
        (to_desk(), away("2026-01-14", "2026-01-15", time_zone="Asia/Tokyo"), "2026-01-15T15:00Z"),
        (AT_WORK, away("2026-01-14", "2026-01-15", **BERLIN), "2026-01-16T08:00Z"),
        (AT_WORK, away("2026-01-14", "2026-01-16", **BERLIN), "2026-01-19T08:00Z"),
        (AT_WORK, MONDAYS, "2026-01-19T09:00Z"),
        (AT_WORK, away("2026-01-19", "2026-01-20", **MONDAYS), "2026-01-26T09:00Z"),
        (AT_WORK, away("2026-01-14", "2040-12-31"), "2041-01-01T00:00Z"),
        (to_desk(), away("2026-01-14", "9999-12-31"), None),
    ],
)
def test_the_next_opening_is_when_a_member_is_back_and_at_work(
    outcome: Assign, entry: dict[str, Any], opens: str | None
) -> None:
    choice = asked(Member("anna"), entry, outcome)
    assert (choice.member, choice.full) == (None, False)
    assert choice.next_opening == (at(opens) if opens else None)


def test_the_next_opening_is_the_first_of_those_who_only_are_away() -> None:
    people = directory(
        anna={"absences": {"from": "2026-01-15", "to": "2026-01-20"}},
        ben={"absences": {"from": "2026-01-15", "to": "2026-01-16"}},
        cleo={"absences": {"from": "2026-01-15", "to": "2026-01-15"}, "capacity": 2},
        dora={"absences": {"from": "2026-01-15", "to": "2026-01-15"}},
    )
    members = [Member("anna"), Member("ben"), Member("cleo", open_leads=2), Member("dora", gave_back=True)]
    choice = choose(to_desk(), members, people, THURSDAY)
    assert choice.next_opening == at("2026-01-17T00:00Z"), "ben's: cleo has no room, and dora gave it back"
    assert choice.full, "cleo may have room before"


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 5)), max_size=4),
    st.integers(0, 24 * 10),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Pacific/Auckland"]),
    st.booleans(),
)
def test_at_the_next_opening_somebody_may_get_the_lead_and_not_before(
    absences: list[tuple[int, int]], hour: int, zone: str, working: bool
) -> None:
    """Around the change of clocks at the end of March."""
    first = date(2026, 3, 20)
    away = tuple((first + timedelta(days=day), first + timedelta(days=day + length)) for day, length in absences)
    people = directory(anna={"time_zone": zone, "working_hours": WEEKDAYS})
    outcome = AT_WORK if working else to_desk()
    now = at("2026-03-21T00:00Z") + timedelta(hours=hour)
    choice = choose(outcome, [Member("anna", away=away)], people, now)
    if choice.member is None:
        assert choice.next_opening is not None and choice.next_opening > now
        assert choose(outcome, [Member("anna", away=away)], people, choice.next_opening).member is not None
        before = choose(outcome, [Member("anna", away=away)], people, choice.next_opening - timedelta(seconds=1))
        assert before.member is None


def test_nobody_waits_for_somebody_who_never_works() -> None:
    assert next_presence(((date(2026, 1, 1), date(2026, 2, 1)),), Calendar(week=((),) * 7), THURSDAY) is None


TO_ANNA = Assign(to="user", key="anna")


@pytest.mark.parametrize(
    ("member", "why"),
    [(Member("anna", active=False), "inactive"), (Member("anna", gave_back=True), "had this lead and gave it back")],
)
def test_a_user_who_is_named_does_not_get_what_they_never_may_have(member: Member, why: str) -> None:
    choice = choose_named(TO_ANNA, member, directory(anna={}), THURSDAY)
    assert (choice.member, choice.eligible, choice.skipped) == (None, (), (f"anna: {why}",))


def test_a_user_who_is_named_gets_the_lead_though_away_and_the_note_says_so() -> None:
    people = directory(anna={"capacity": 1, "absences": {"from": "2026-01-14", "to": "2026-01-18"}})
    given_to = choose_named(TO_ANNA, Member("anna"), people, THURSDAY)
    assert given_to.member is not None and given_to.note == "anna is absent until 18 January"
    full = choose_named(TO_ANNA, Member("anna", open_leads=1), directory(anna={"capacity": 1}), THURSDAY)
    assert full.member is not None and full.note == "anna is at capacity"
    assert choose_named(TO_ANNA, Member("anna"), directory(anna={}), THURSDAY).note is None


def test_a_user_who_is_named_is_waited_for_where_the_rule_says_so() -> None:
    people = directory(anna={"absences": {"from": "2026-01-14", "to": "2026-01-18"}})
    waits = TO_ANNA.model_copy(update={"if_nobody": (NobodyStep(action="wait"),)})
    choice = choose_named(waits, Member("anna"), people, THURSDAY)
    assert (choice.member, choice.skipped) == (None, ("anna: absent until 18 January",))
    found = simulate(waits, people, THURSDAY, Roster())
    assert (found.owner_key, found.waits, found.waits_until) == ("desk", True, at("2026-01-19T00:00Z"))
    assert (found.skipped, found.passed) == (choice.skipped, ())


def test_sticky_decides_for_who_is_known_and_the_fallback_for_the_others() -> None:
    people = directory(anna={}, ben={})
    outcome = to_desk(strategy="sticky", fallback="least_open")
    known = choose(outcome, [Member("anna"), Member("ben", keeps=0, open_leads=9)], people, THURSDAY)
    assert (known.member and known.member.key, known.strategy, known.takes_turn) == ("ben", "sticky", False)
    assert known.after(7) == {}
    new = choose(outcome, [Member("anna"), Member("ben", open_leads=9)], people, THURSDAY)
    assert (new.member and new.member.key, new.strategy) == ("anna", "least_open")
    plain = choose(to_desk(strategy="sticky"), [Member("anna"), Member("ben")], people, THURSDAY)
    assert (plain.strategy, plain.after(7)["anna"].last_turn) == ("round_robin", 7)
