"""Strategies that look at how many open leads each member has. They take a turn, and no credit."""

from fractions import Fraction

from rules.strategies.member import Member, waiting_order
from rules.strategies.pick import Pick, Pool


def least_open(pool: Pool) -> Pick:
    """To whoever has the fewest open leads; a tie goes to the longest wait."""
    return Pick(min(pool.eligible, key=lambda member: (member.open_leads, *waiting_order(member))))


def capacity(pool: Pool) -> Pick:
    """To whoever has the largest part of their capacity free; a tie goes to the longest wait.

    Members without a capacity come after all who have one: they get what the others have no room for.
    """
    return Pick(min(pool.eligible, key=lambda member: (-_free(member), *waiting_order(member))))


def _free(member: Member) -> Fraction:
    """The free part of the capacity, 0 to 1; less than that of anybody with room where no capacity is stated."""
    if not member.capacity:
        return Fraction(0)
    return Fraction(member.capacity - member.open_leads, member.capacity)
