"""Strategies are fair, and the same question has the same answer."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from rules.strategies import STRATEGIES, Member, least_open, round_robin


def pool(*keys: str) -> list[Member]:
    return [Member(key) for key in keys]


def after_turn(members: list[Member], chosen: Member, turn: int) -> list[Member]:
    return [
        replace(member, last_turn=turn, open_leads=member.open_leads + 1) if member == chosen else member
        for member in members
    ]


@given(st.permutations(["a", "b", "c", "d", "e"]), st.integers(1, 60))
def test_shares_differ_by_at_most_one(keys: list[str], turns: int) -> None:
    for strategy in STRATEGIES.values():
        members, taken = pool(*keys), dict.fromkeys(keys, 0)
        for turn in range(turns):
            chosen = strategy(members)
            taken[chosen.key] += 1
            members = after_turn(members, chosen, turn)
        assert max(taken.values()) - min(taken.values()) <= 1


@given(st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=60))
def test_round_robin_gives_nobody_a_second_turn_while_another_who_is_there_waits(present: list[set[str]]) -> None:
    members = pool(*"abcd")
    for turn, here in enumerate(present):
        eligible = [member for member in members if member.key in here]
        chosen = round_robin(eligible)
        waits = [-1 if member.last_turn is None else member.last_turn for member in eligible]
        assert (-1 if chosen.last_turn is None else chosen.last_turn) == min(waits)
        members = after_turn(members, chosen, turn)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_least_open_evens_out(loads: list[int]) -> None:
    members = [replace(member, open_leads=load) for member, load in zip(pool(*"abcdef"), loads, strict=False)]
    chosen = least_open(members)
    assert chosen.open_leads == min(loads)


def test_ties_go_by_turn_then_by_key() -> None:
    a, b, c = pool("a", "b", "c")
    assert round_robin([c, b, a]) == a
    assert round_robin([replace(a, last_turn=0), c, b]) == b
    assert least_open([replace(a, last_turn=4), replace(b, last_turn=2)]).key == "b"
