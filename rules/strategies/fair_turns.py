"""Turns by credit: each member gets the share of its weight, to within a turn while the same are there (docs/adr/0018).

At every turn each eligible member is credited with its share of the turn, all of them together with one turn. Of those
with credit, whoever must get a turn soonest so as not to fall behind by a whole one gets this turn and pays for it. The
credits of all members are 0 together, always. While the same members are there, nobody is ever a whole turn ahead or
behind: the rule is earliest deadline first, which misses no deadline that can be kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from crm.turns import Account
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


@dataclass(slots=True)
class _Standing:
    """A member in this turn. Whoever is owed turns counts twice (`pace`) until they are paid back."""

    member: Member
    weight: int
    owed: int
    pace: int = field(init=False)
    credit: int = field(init=False)

    def __post_init__(self) -> None:
        self.pace = self.weight * (2 if self.owed else 1)
        self.credit = self.member.credit

    @property
    def account(self) -> Account:
        return Account(self.member.last_turn, self.credit, self.owed)

    @property
    def urgency(self) -> tuple[int, int, int, str]:
        """Sorts first who is soonest a whole turn behind; of those who are, who is most; then the longest wait."""
        left = TURN - self.credit
        until_late = (max(left, 0) + DUST * self.pace // 2) // (DUST * self.pace)
        return (until_late, min(left, 0) // DUST, *waiting_order(self.member))


def turn_taken(members: Sequence[Member], taker: str, turn: int, weigh: Weigh) -> Mapping[str, Account]:
    """The accounts after a turn of this number that all of them could have had, and `taker` had."""
    standing = _credited(Pool(tuple(members)), weigh)
    accounts = {one.member.key: one.account for one in standing}
    paid = accounts[taker]
    return {**accounts, taker: paid._replace(last_turn=turn, credit=paid.credit - TURN)}


def _fair(pool: Pool, weigh: Weigh) -> Pick:
    standing = _credited(pool, weigh)
    behind = [one for one in standing if one.credit > DUST] or standing
    chosen = min(behind, key=lambda one: one.urgency)
    chosen.credit -= TURN
    accounts = {one.member.key: one.account for one in standing}
    return Pick(chosen.member, accounts=accounts | _owed(pool, weigh))


def _credited(pool: Pool, weigh: Weigh) -> list[_Standing]:
    """The eligible members, each with its share of a turn. What is above the usual share pays back what is owed."""
    standing = [_Standing(member, weigh(member), min(member.owed, pool.most_owed)) for member in pool.eligible]
    total = sum(one.weight for one in standing)
    for one, share in zip(standing, _shares(standing), strict=True):
        one.credit += share
        one.owed -= min(one.owed, max(share - TURN * one.weight // total, 0))
    return standing


def _shares(standing: Sequence[_Standing]) -> list[int]:
    """One turn, divided by pace. What does not divide goes to those who wait longest."""
    total = sum(one.pace for one in standing)
    shares = [TURN * one.pace // total for one in standing]
    rest = TURN - sum(shares)
    if rest:
        for place in sorted(range(len(shares)), key=lambda place: waiting_order(standing[place].member))[:rest]:
            shares[place] += 1
    return shares


def _owed(pool: Pool, weigh: Weigh) -> dict[str, Account]:
    """Those who are away, with what they would have got of this turn."""
    everybody = sum(map(weigh, (*pool.eligible, *pool.missing)))
    shares = {member: TURN * weigh(member) // everybody for member in pool.missing}
    return {
        member.key: member.account._replace(owed=min(member.owed + share, pool.most_owed))
        for member, share in shares.items()
    }
