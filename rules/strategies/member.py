"""One member of a team, as pool and strategies see it."""

from dataclasses import KW_ONLY, dataclass
from datetime import date

from crm.turns import Account

TURN = 10**14
"""Credit is counted in these parts of a turn."""


@dataclass(frozen=True, slots=True)
class Member:
    """What the pool keeps: `last_turn` is the team's number of the member's last turn, None before the first; `credit`
    what the member is ahead (below 0) or behind of the fair share; `owed` what is still to be paid back of turns that
    passed while the member was away. Both in parts of a turn (`TURN`).

    `active`, `absent`, `away`, `gave_back` and `keeps` are what the database, or an example, knows beside the
    directory: whether the member gets leads at all, is away today or on whole local days (the first and the last
    included), had this very lead and gave it back, and had other leads of its person or company: 0 for whoever comes
    first.

    `capacity` is how many open leads the member may have, None for any number; the pool fills it in from the directory.
    """

    key: str
    _: KW_ONLY
    weight: int = 1
    last_turn: int | None = None
    credit: int = 0
    owed: int = 0
    open_leads: int = 0
    capacity: int | None = None
    active: bool = True
    absent: bool = False
    away: tuple[tuple[date, date], ...] = ()
    gave_back: bool = False
    keeps: int | None = None

    @property
    def account(self) -> Account:
        """What the pool keeps."""
        return Account(self.last_turn, self.credit, self.owed)


def waiting_order(member: Member) -> tuple[int, str]:
    """Sorts the longest wait first; one without a turn comes before all, a tie goes by key."""
    return (-1 if member.last_turn is None else member.last_turn, member.key)
