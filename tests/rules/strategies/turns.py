"""Turns of a team, one after the other, as the pure strategies give them."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from rules.strategies import STRATEGIES, Member, Pool
from rules.strategies.member import TURN


class Team:
    """A team of these weights that takes turns. `owed` is as `Pool.most_owed`."""

    def __init__(self, weights: Mapping[str, int], strategy: str = "weighted", owed: int = 0) -> None:
        self.members = {key: Member(key, weight=weight) for key, weight in weights.items()}
        self.given: Counter[str] = Counter()
        self.order: list[str] = []
        self._strategy = STRATEGIES[strategy]
        self._owed = owed

    def turn(self, here: Collection[str] | None = None, away: Collection[str] = ()) -> str:
        """One turn of those who are here (everybody, if nobody says); `away` miss it. Who got it."""
        eligible = [member for key, member in self.members.items() if here is None or key in here]
        missing = [self.members[key] for key in away]
        pick = self._strategy(Pool(tuple(eligible), tuple(missing), self._owed))
        assert pick is not None and pick.member is not None
        key = pick.member.key
        self.members |= {key: replace(self.members[key], **kept._asdict()) for key, kept in pick.accounts.items()}
        self.members[key] = replace(self.members[key], last_turn=len(self.order))
        self.given[key] += 1
        self.order.append(key)
        return key

    def turns(self, number: int) -> str:
        return "".join(self.turn() for _ in range(number))

    def credits(self) -> dict[str, float]:
        return {key: member.credit / TURN for key, member in self.members.items()}


def shares(weights: Mapping[str, int], turns: int | Iterable[object]) -> dict[str, Fraction]:
    """What each member should have got of so many turns, exactly."""
    number = turns if isinstance(turns, int) else len(list(turns))
    return {key: Fraction(number * weight, sum(weights.values())) for key, weight in weights.items()}
