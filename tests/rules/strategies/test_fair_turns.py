"""Shares of turns: to within one turn while the same members are there, and close to it whoever comes and goes."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.strategies import STRATEGIES, Member, Pool
from rules.strategies.fair_turns import turn_taken
from rules.strategies.member import TURN
from tests.rules.strategies.turns import Team, shares

KEYS = "abcdefgh"
weights = st.dictionaries(st.sampled_from(KEYS), st.integers(1, 1000) | st.integers(1, 7), min_size=1)


@settings(deadline=None, max_examples=60)
@given(weights, st.integers(1, 150))
def test_nobody_is_ever_a_whole_turn_ahead_or_behind(given_weights: dict[str, int], number: int) -> None:
    """After every turn, and against exact fractions: no rounding hides in it."""
    team = Team(given_weights)
    for turn in range(1, number + 1):
        team.turn()
        for key, share in shares(given_weights, turn).items():
            assert abs(team.given[key] - share) < 1


@settings(deadline=None, max_examples=40)
@given(weights, st.integers(0, 60), st.integers(1, 60))
def test_within_any_stretch_of_turns_shares_are_kept_to_within_two(
    given_weights: dict[str, int], before: int, number: int
) -> None:
    team = Team(given_weights)
    team.turns(before)
    team.given.clear()
    team.turns(number)
    for key, share in shares(given_weights, number).items():
        assert abs(team.given[key] - share) < 2


@given(st.permutations(KEYS), st.integers(1, 8), st.integers(0, 30))
def test_with_equal_weights_and_everybody_there_it_is_plain_round_robin(
    order: list[str], size: int, number: int
) -> None:
    """In the order of the longest wait, whatever the keys are; a weight does not count."""
    team = Team(dict.fromkeys(order[:size], 5), "round_robin")
    waited = {key: place for place, key in enumerate(order[:size])}
    team.members = {key: Member(key, weight=place + 1, last_turn=place - 50) for key, place in waited.items()}
    assert [team.turn() for _ in range(number)] == [order[turn % size] for turn in range(number)]


def test_a_weight_is_a_share_and_its_turns_are_spread() -> None:
    assert Team({"a": 2, "b": 1, "c": 1}).turns(8) == "abcaabca"
    assert Team({"a": 5, "b": 1}).turns(6).count("b") == 1
    assert Team({"a": 3, "b": 2}, "round_robin").turns(6) == "ababab"


@settings(deadline=None, max_examples=60)
@given(weights, st.data())
def test_whoever_is_there_shares_are_kept_to_within_two_turns_and_credits_add_up(
    given_weights: dict[str, int], data: st.DataObject
) -> None:
    """Nobody who does not know who comes next can keep to one turn: see the test of the worst case."""
    team = Team(given_weights)
    fair = dict.fromkeys(given_weights, Fraction())
    present = st.sets(st.sampled_from(sorted(given_weights)), min_size=1)
    for here in data.draw(st.lists(present, max_size=60)):
        assert team.turn(here) in here
        total = sum(given_weights[key] for key in here)
        for key in here:
            fair[key] += Fraction(given_weights[key], total)
        assert sum(member.credit for member in team.members.values()) == 0
        assert all(abs(team.given[key] - fair[key]) < 2 for key in given_weights)


def test_the_worst_case_is_that_nobody_comes_back_who_had_a_turn() -> None:
    """Whatever the strategy, the last of n members is then 1/n + ... + 1/3 + 1/2 turns behind before they get one."""
    team, left = Team(dict.fromkeys(KEYS, 1), "round_robin"), set(KEYS)
    while len(left) > 1:
        left.remove(team.turn(left))
    (last,) = left
    assert round(team.credits()[last], 6) == round(sum(1 / number for number in range(2, len(KEYS) + 1)), 6)


def test_whoever_comes_new_begins_with_an_even_account() -> None:
    team = Team({"a": 1, "b": 1})
    team.turns(101)
    team.members["c"] = Member("c")
    following = team.turns(30)
    assert {key: following.count(key) for key in "abc"} == {"a": 10, "b": 10, "c": 10}


def test_whoever_leaves_and_comes_back_is_not_next_for_all_that_passed() -> None:
    team = Team({"a": 1, "b": 1, "c": 1}, "round_robin")
    team.turns(4)
    for _ in range(100):
        team.turn("bc")
    following = team.turns(9)
    assert following.count("a") <= 4
    assert all(one != other for one, other in pairwise(following))


@given(weights, st.integers(2, 30))
def test_a_turn_that_is_played_again_is_as_it_was(given_weights: dict[str, int], number: int) -> None:
    team = Team(given_weights)
    team.turns(number)
    again = [Member(key, weight=weight) for key, weight in given_weights.items()]
    for turn, key in enumerate(team.order):
        after = turn_taken(again, key, turn, lambda member: member.weight)
        again = [replace(member, **after[member.key]._asdict()) for member in again]
    assert {member.key: member for member in again} == team.members


@given(st.lists(st.integers(-3 * TURN, 3 * TURN), min_size=1, max_size=8), st.sampled_from(["round_robin", "weighted"]))
def test_every_state_has_a_next_one_and_the_same_question_the_same_answer(credits: list[int], strategy: str) -> None:
    members = [Member(key, credit=credit) for key, credit in zip(KEYS, credits, strict=False)]
    pick = STRATEGIES[strategy](Pool(tuple(members)))
    assert pick == STRATEGIES[strategy](Pool(tuple(members)))
    assert pick is not None and pick.takes_turn
    assert sum(account.credit for account in pick.accounts.values()) == sum(credits)
