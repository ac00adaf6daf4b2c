"""One member of a pool, as a strategy sees it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Member:
    """`last_turn` is the pool's sequence number of the member's last turn, None before the first."""

    key: str
    id: UUID
    weight: int = 1
    last_turn: int | None = None
    open_leads: int = 0
