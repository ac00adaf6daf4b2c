"""Strategies that look at open leads, at earlier leads, or at nothing."""

from hypothesis import given
from hypothesis import strategies as st

from rules.strategies import STRATEGIES, Member, Pick, Pool

loads = st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(7, 20)), min_size=1, max_size=6)


def pick(strategy: str, *members: Member) -> Pick | None:
    return STRATEGIES[strategy](Pool(members))


def picked(strategy: str, *members: Member) -> str | None:
    found = pick(strategy, *members)
    return found.member.key if found and found.member else None


def of(loads: list[tuple[int, int | None]]) -> list[Member]:
    return [Member(key, open_leads=load, capacity=room) for key, (load, room) in zip("abcdef", loads, strict=False)]


@given(loads)
def test_least_open_goes_to_the_fewest(loads: list[tuple[int, int | None]]) -> None:
    members = of(loads)
    chosen = picked("least_open", *members)
    assert {member.key: member.open_leads for member in members}[chosen or ""] == min(load for load, _ in loads)


@given(loads)
def test_capacity_goes_to_the_largest_free_part_and_last_to_who_states_none(
    loads: list[tuple[int, int | None]],
) -> None:
    members = of(loads)
    chosen = next(member for member in members if member.key == picked("capacity", *members))
    free = {member.key: 1 - member.open_leads / member.capacity for member in members if member.capacity}
    assert (chosen.capacity is None) == (not free)
    assert not free or free[chosen.key] == max(free.values())


def test_ties_go_to_the_longest_wait() -> None:
    for strategy in ("least_open", "capacity"):
        a, b, c = (Member(key, last_turn=turn, capacity=5) for key, turn in (("a", 4), ("b", 2), ("c", None)))
        assert picked(strategy, a, b, c) == "c"
        assert picked(strategy, a, b) == "b"


def test_leads_by_load_take_a_turn_and_no_credit() -> None:
    for strategy in ("least_open", "capacity"):
        found = pick(strategy, Member("a", credit=7), Member("b", credit=-7))
        assert found and found.takes_turn and not found.accounts


def test_sticky_goes_to_the_first_who_is_known_and_leaves_the_rest_to_the_fallback() -> None:
    a, b, c = Member("a"), Member("b", keeps=1), Member("c", keeps=0)
    assert pick("sticky", a, b, c) == Pick(c, takes_turn=False)
    assert pick("sticky", a) is None


def test_all_leaves_it_to_the_team() -> None:
    assert pick("all", Member("a"), Member("b")) == Pick(None, takes_turn=False)
