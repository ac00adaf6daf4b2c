"""Who in the team is next. A strategy is a pure function of the members who may get the lead now."""

from collections.abc import Callable, Mapping, Sequence

from rules.strategies.least_open import least_open
from rules.strategies.member import Member
from rules.strategies.round_robin import round_robin

STRATEGIES: Mapping[str, Callable[[Sequence[Member]], Member]] = {
    "round_robin": round_robin,
    "least_open": least_open,
}
"""Every strategy that rule files may name."""

__all__ = ["STRATEGIES", "Member", "least_open", "round_robin"]
