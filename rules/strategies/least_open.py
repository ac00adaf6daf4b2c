"""To whoever has the fewest open leads."""

from collections.abc import Sequence

from rules.strategies.member import Member
from rules.strategies.round_robin import waiting_order


def least_open(members: Sequence[Member]) -> Member:
    """The member with the fewest open leads; a tie goes to the longest wait. `members` holds at least one."""
    return min(members, key=lambda member: (member.open_leads, *waiting_order(member)))
