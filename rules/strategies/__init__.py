"""Who in the team is next. A strategy is a pure function of the members who may get the lead now."""

from collections.abc import Callable, Mapping

from rules.strategies.by_load import capacity, least_open
from rules.strategies.fair_turns import round_robin, weighted
from rules.strategies.member import Member
from rules.strategies.pick import Pick, Pool
from rules.strategies.without_turns import all_members, sticky

STICKY = "sticky"
"""Decides for leads whom somebody knows only; the fallback does for all others."""
STRATEGIES: Mapping[str, Callable[[Pool], Pick | None]] = {
    "round_robin": round_robin,
    "weighted": weighted,
    "least_open": least_open,
    "capacity": capacity,
    STICKY: sticky,
    "all": all_members,
}
"""Every strategy that rule files may name. None: the fallback decides."""
DEFAULT_STRATEGY = "round_robin"
"""What decides where a rule names no strategy, or no fallback."""
BY_LOAD = frozenset({"least_open", "capacity"})
"""Strategies that must know how many open leads each member has."""

__all__ = ["BY_LOAD", "DEFAULT_STRATEGY", "STICKY", "STRATEGIES", "Member", "Pick", "Pool"]
