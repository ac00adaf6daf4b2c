"""What is kept of the turns of a team, or of the partners of a rule."""

from typing import NamedTuple


class Account(NamedTuple):
    """Of one member: the number of the last turn, None before the first; the credit, and what is owed for turns that
    passed while the member was away, both in parts of a turn (`TURN` of `rules.strategies.member`)."""

    last_turn: int | None = None
    credit: int = 0
    owed: int = 0
