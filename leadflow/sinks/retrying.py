"""When an event that a sink did not take is tried again, when it is given up, and when the sink is left alone. Pure."""

from datetime import timedelta

TRIES = 8  # over some 23 hours
TRIES_WHEN_REFUSED = 4  # over some 5 minutes: time enough for a receiver that is being replaced
FIRST_WAIT = timedelta(seconds=15)
FACTOR = 4
SPREAD = 0.2
LONGEST_WAIT = timedelta(days=1)

PATIENCE = 3
LONGEST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE_ASKED = timedelta(hours=1)


class NotDelivered(Exception):
    """A sink did not take an event. `tries` is how many are worth while for this reason, `wait` what it asked for."""

    def __init__(self, outcome: str, *, tries: int = TRIES, wait: timedelta | None = None) -> None:
        super().__init__(outcome)
        self.tries = tries
        self.wait = wait


def next_try(attempt: int, failure: NotDelivered, chance: float) -> timedelta | None:
    """How long to wait after the failed `attempt` (from 1); None: give it up.

    `chance` in [0, 1) spreads the retries of many events that failed together.
    """
    if attempt >= failure.tries:
        return None
    wait: timedelta = FIRST_WAIT * FACTOR ** (attempt - 1) * (1 - SPREAD + 2 * SPREAD * chance)
    return min(max(wait, failure.wait or wait), LONGEST_WAIT)


class Pause:
    """Whether a sink that fails again and again is left alone for now. Times are seconds of one clock."""

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    def lasts(self, now: float) -> bool:
        return now < self._until

    @property
    def is_probing(self) -> bool:
        """Whether one event at a time is enough, to see if the sink is back."""
        return self._failures >= PATIENCE

    def delivered(self) -> None:
        self._failures = 0
        self._until = 0.0

    def failed(self, now: float, wait: timedelta | None) -> None:
        """`wait` is what the sink itself asked for."""
        self._failures += 1
        pause = timedelta(0)
        if self.is_probing:
            pause = min(timedelta(seconds=2.0 ** min(self._failures - PATIENCE, 10)), LONGEST_PAUSE)
        if wait:
            pause = max(pause, min(wait, LONGEST_PAUSE_ASKED))
        self._until = max(self._until, now + pause.total_seconds())
