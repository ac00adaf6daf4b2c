"""What a strategy is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm.turns import Account
from rules.strategies.member import Member


@dataclass(frozen=True, slots=True)
class Pool:
    """Those of a team who may get this lead, at least one; and `missing`, who miss the turn because they are away.

    `most_owed` is how much of missed turns is paid back at most, in parts of a turn.
    """

    eligible: tuple[Member, ...]
    missing: tuple[Member, ...] = ()
    most_owed: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """Who gets the lead; None: the team. `accounts` are those that the turn changes, by the members' keys."""

    member: Member | None
    takes_turn: bool = True
    accounts: Mapping[str, Account] = field(default_factory=dict)
