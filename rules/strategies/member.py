"""One member of a team, as pool and strategies see it."""

from dataclasses import KW_ONLY, dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """`last_turn` is the pool's sequence number of the member's last turn, None before the first.

    `active`, `absent` and `gave_back` are what the database, or an example, knows beside the directory: whether the
    member gets leads at all, is away today, or had this very lead and gave it back.
    """

    key: str
    _: KW_ONLY
    weight: int = 1
    last_turn: int | None = None
    open_leads: int = 0
    active: bool = True
    absent: bool = False
    gave_back: bool = False
