"""What other rules promise the leads, and which promises would have been kept at the speed of that time."""

from dataclasses import dataclass, field
from datetime import datetime

from rules.backtest.comparison import promise
from rules.engine.decision import Outcome, Priority


@dataclass(slots=True)
class Kept:
    """Promises to leads whose time to acceptance is known: how many that time keeps, and how many it breaks."""

    in_time: int = 0
    late: int = 0

    def count(self, acceptedon: datetime | None, due: datetime | None) -> None:
        if acceptedon is not None and due is not None:
            self.in_time += acceptedon <= due
            self.late += acceptedon > due


@dataclass(slots=True)
class PromiseEffect:
    """The leads that get one priority by the new rules: how their promise to be accepted in time changes.

    `added`: only the new rules promise a time; `dropped`: only the old ones did; `without`: neither does. The six sum
    up to `leads`. `old` and `new` compare each rule book's due times with when the lead was really accepted.
    """

    priority: Priority
    leads: int = 0
    same: int = 0
    shorter: int = 0
    longer: int = 0
    added: int = 0
    dropped: int = 0
    without: int = 0
    old: Kept = field(default_factory=Kept)
    new: Kept = field(default_factory=Kept)

    def count(self, old: Outcome, new: Outcome) -> None:
        self.leads += 1
        match promise(old), promise(new):
            case None, None:
                self.without += 1
            case None, _:
                self.added += 1
            case _, None:
                self.dropped += 1
            case before, after:
                self.same += before == after
                self.shorter += after < before
                self.longer += after > before
