"""Turns by credit: each member gets the share of its weight, to within a turn while the same are there (docs/adr/0018).

At every turn each eligible member is credited with its share of the turn, all of them together with one turn. Of those
with credit, whoever must get a turn soonest so as not to fall behind by a whole one gets this turn and pays for it. The
credits of all members are 0 together, always. While the same members are there, nobody is ever a whole turn ahead or
behind: the rule is earliest deadline first, which misses no deadline that can be kept.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rules.strategies.member import TURN, Member, waiting_order
from rules.strategies.pick import Pick, Pool

DUST = TURN // 10**9
"""Not everything divides a turn evenly. So little is what dividing leaves over, and makes no difference."""

Weigh = Callable[[Member], int]


def round_robin(pool: Pool) -> Pick:
    """Each in turn, the longest wait first. All shares are equal."""
    return _fair(pool, equal)


def weighted(pool: Pool) -> Pick:
    """Each in turn, as often as the member's weight says. A weight of 2 is twice as many leads as a weight of 1."""
    return _fair(pool, by_weight)


def equal(_: Member) -> int:
    return 1


def by_weight(member: Member) -> int:
    return member.weight


def turn_taken(members: Sequence[Member], taker: str, turn: int, weigh: Weigh) -> list[Member]:
    """The members after a turn of this number that all of them could have had, and `taker` had."""
    paid = _paid(_credited(Pool(tuple(members)), weigh), taker)
    return [replace(member, last_turn=turn) if member.key == taker else member for member in paid]


def _fair(pool: Pool, weigh: Weigh) -> Pick:
    members = _credited(pool, weigh)
    behind = [member for member in members if member.credit > DUST] or members
    chosen = min(behind, key=lambda member: _urgency(member, _pace(member, weigh)))
    return Pick(chosen, accounts=(*_paid(members, chosen.key), *_owed(pool, weigh)))


def _paid(members: Sequence[Member], taker: str) -> list[Member]:
    return [replace(member, credit=member.credit - TURN) if member.key == taker else member for member in members]


def _credited(pool: Pool, weigh: Weigh) -> list[Member]:
    """The eligible members with their shares of a turn. Whoever is owed turns counts twice until they are paid back."""
    eligible = [_limited(member, pool.most_owed) for member in pool.eligible]
    shares = _shares(eligible, lambda member: _pace(member, weigh))
    total = sum(map(weigh, eligible))
    members = []
    for member, share in zip(eligible, shares, strict=True):
        paid_back = min(member.owed, max(share - TURN * weigh(member) // total, 0))
        members.append(replace(member, credit=member.credit + share, owed=member.owed - paid_back))
    return members


def _shares(members: Sequence[Member], weigh: Weigh) -> list[int]:
    """One turn, divided by weight. What does not divide goes to those who wait longest."""
    total = sum(map(weigh, members))
    shares = [TURN * weigh(member) // total for member in members]
    rest = TURN - sum(shares)
    for place in sorted(range(len(members)), key=lambda place: waiting_order(members[place]))[:rest]:
        shares[place] += 1
    return shares


def _pace(member: Member, weigh: Weigh) -> int:
    return weigh(member) * (2 if member.owed else 1)


def _urgency(member: Member, pace: int) -> tuple[int, int, int, str]:
    """Sorts first who is soonest a whole turn behind; of those who are already, who is most; then the longest wait."""
    left = TURN - member.credit
    until_late = (max(left, 0) + DUST * pace // 2) // (DUST * pace)
    return (until_late, min(left, 0) // DUST, *waiting_order(member))


def _owed(pool: Pool, weigh: Weigh) -> list[Member]:
    """Those who are away, with what they would have got of this turn."""
    everybody = sum(map(weigh, (*pool.eligible, *pool.missing)))
    return [
        _limited(replace(member, owed=member.owed + TURN * weigh(member) // everybody), pool.most_owed)
        for member in pool.missing
    ]


def _limited(member: Member, most: int) -> Member:
    return member if member.owed <= most else replace(member, owed=most)
