"""Each in turn: whoever has waited longest."""

from collections.abc import Sequence

from rules.strategies.member import Member


def round_robin(members: Sequence[Member]) -> Member:
    """The member whose last turn is longest ago; one without a turn comes first, a tie goes by key.

    `members` are those who may get the lead now, at least one.
    """
    return min(members, key=waiting_order)


def waiting_order(member: Member) -> tuple[int, str]:
    """Sorts the longest wait first. Sequence numbers start at 0."""
    return (-1 if member.last_turn is None else member.last_turn, member.key)
