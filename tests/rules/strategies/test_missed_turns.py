"""Turns that pass while a member is away: skipped, kept or paid back; never a flood."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.strategies import Member
from rules.strategies.member import TURN
from rules.strategies.pool import MOST_OWED, choose
from tests.rules.strategies.teams import THURSDAY, directory, to_desk
from tests.rules.strategies.turns import Team

EQUAL = {"a": 1, "b": 1, "c": 1, "d": 1}


def after_an_absence(missed_turns: str, turns: int = 40, following: int = 200) -> Team:
    """A was away for so many turns; the counts are of those that follow."""
    team = Team(EQUAL, owed=MOST_OWED[missed_turns])
    for _ in range(turns):
        team.turn("bcd", away="a" if missed_turns != "skip" else "")
    team.given.clear()
    team.order.clear()
    team.turns(following)
    return team


@pytest.mark.parametrize(("missed_turns", "more"), [("skip", 0), ("keep", 1), ("pay_back", 10)])
def test_what_an_absence_of_forty_turns_in_a_team_of_four_is_worth(missed_turns: str, more: int) -> None:
    team = after_an_absence(missed_turns)
    assert abs(team.given["a"] - (50 + more)) <= 1.2, "of 200 turns, 50 are the share"
    assert team.members["a"].owed == 0


def test_who_comes_back_gets_at_most_twice_the_share() -> None:
    order = "".join(after_an_absence("pay_back").order)
    assert all(order[start : start + 5].count("a") <= 3 for start in range(len(order)))
    assert order[:20].count("a") <= 9


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.sets(st.sampled_from("abcd"), max_size=3)), max_size=6),
    st.sampled_from(["keep", "pay_back"]),
    st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=4),
)
def test_credits_add_up_and_nobody_is_flooded_whoever_was_away(
    stretches: list[tuple[int, set[str]]], missed_turns: str, weights: dict[str, int]
) -> None:
    team = Team(weights, owed=MOST_OWED[missed_turns])
    for number, away in stretches:
        for _ in range(number):
            team.turn(set(weights) - away, away)
            assert sum(member.credit for member in team.members.values()) == 0
            assert all(0 <= member.owed <= MOST_OWED[missed_turns] for member in team.members.values())
    assert all(abs(member.credit) < 2 * TURN for member in team.members.values())


def missed(missed_turns: str, member: Member, **more: object) -> int:
    """What the member is owed after a turn that Ben had."""
    people = directory({"missed_turns": missed_turns, "capacity": 3}, anna={}, ben={})
    choice = choose(to_desk(**more), [member, Member("ben")], people, THURSDAY)
    assert choice.member is not None and choice.member.key == "ben"
    return choice.after(1).get("anna", member.account).owed


def test_who_is_away_misses_the_turn_and_whom_the_lead_does_not_suit_misses_nothing() -> None:
    for away in (Member("anna", absent=True), Member("anna", active=False), Member("anna", open_leads=3)):
        assert missed("pay_back", away) == TURN // 2
        assert missed("keep", away) == TURN // 2
        assert missed("skip", away) == 0
    assert missed("pay_back", Member("anna", gave_back=True)) == 0


def test_a_team_that_begins_to_skip_owes_nothing_any_more() -> None:
    assert missed("skip", Member("anna", absent=True, owed=5 * TURN)) == 5 * TURN, "untouched while away"
    people = directory({"missed_turns": "skip"}, anna={}, ben={})
    choice = choose(to_desk(), [Member("anna", owed=5 * TURN), Member("ben")], people, THURSDAY)
    assert choice.after(1)["anna"].owed == 0
