"""Service-protection limits as Dataverse has them: what one user may ask of one server in five minutes.

The windows are our own, though intake uses the library `limits`: what a request costs is known once it is answered,
and counts also where it is more than was left. The library refuses such a hit, and then does not count it.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from uuid import UUID

from leadflow.dataverse.errors import TooManyRequests

WINDOW_SECONDS = 300.0
REFUSALS = 200
"""How many requests without a valid token an address may send in the window."""
MOST_ADDRESSES = 10_000


@dataclass
class Window:
    """How much was used in the last `seconds`, as whole numbers."""

    seconds: float = WINDOW_SECONDS
    used: int = 0
    _uses: deque[tuple[float, int]] = field(default_factory=deque)

    def advance(self, now: float) -> None:
        """Forget what was used before the window."""
        while self._uses and self._uses[0][0] <= now - self.seconds:
            self.used -= self._uses.popleft()[1]

    def add(self, now: float, amount: int) -> None:
        self._uses.append((now, amount))
        self.used += amount

    def seconds_until_below(self, limit: int, now: float) -> float:
        """After how long less than `limit` is used, if nothing is added."""
        used = self.used
        for at, amount in self._uses:
            used -= amount
            if used < limit:
                return at + self.seconds - now
        return 0.0


@dataclass
class _Use:
    """What one user has used."""

    requests: Window = field(default_factory=Window)
    milliseconds: Window = field(default_factory=Window)
    concurrent: int = 0


class Limits:
    """Counts in this process. Each admitted request must be released."""

    def __init__(
        self, requests: int, seconds: int, concurrency: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._requests = requests
        self._milliseconds = seconds * 1000
        self._concurrency = concurrency
        self._clock = clock
        self._by_user: dict[UUID, _Use] = {}
        self._refused: dict[str, Window] = {}

    def admit(self, user: UUID) -> None:
        """Count a request of the user. Raises TooManyRequests, with the seconds to wait, where a limit is reached."""
        now = self._clock()
        use = self._by_user.setdefault(user, _Use())
        use.requests.advance(now)
        use.milliseconds.advance(now)
        if use.requests.used >= self._requests:
            raise TooManyRequests(
                f"Number of requests exceeded the limit of {self._requests} over time window of 300 seconds.",
                code="0x80072322",
                seconds=_whole(use.requests.seconds_until_below(self._requests, now)),
            )
        if use.milliseconds.used >= self._milliseconds:
            raise TooManyRequests(
                f"Combined execution time of incoming requests exceeded limit of {self._milliseconds:,} milliseconds "
                "over time window of 300 seconds. Decrease number of concurrent requests or reduce the duration of "
                "requests and try again later.",
                code="0x80072321",
                seconds=_whole(use.milliseconds.seconds_until_below(self._milliseconds, now)),
            )
        if use.concurrent >= self._concurrency:
            raise TooManyRequests(
                f"Number of concurrent requests exceeded the limit of {self._concurrency}.",
                code="0x80072326",
                seconds=1,
            )
        use.requests.add(now, 1)
        use.concurrent += 1

    def charge(self, user: UUID, requests: int) -> None:
        """Count the parts of a batch, which is let in as a whole."""
        self._by_user[user].requests.add(self._clock(), requests)

    def release(self, user: UUID, seconds: float) -> None:
        """The request is answered; that took `seconds`."""
        use = self._by_user[user]
        use.concurrent -= 1
        use.milliseconds.add(self._clock(), ceil(seconds * 1000))

    def left(self, user: UUID) -> dict[str, str]:
        """The headers that tell the user what is left in the window: requests, and seconds of execution."""
        use = self._by_user.get(user, _Use())
        milliseconds = self._milliseconds - use.milliseconds.used
        return {
            "x-ms-ratelimit-burst-remaining-xrm-requests": str(max(0, self._requests - use.requests.used)),
            "x-ms-ratelimit-time-remaining-xrm-requests": f"{max(0, milliseconds) / 1000:.2f}",
        }

    def refuse(self, address: str) -> None:
        """Count a request without a valid token. Raises TooManyRequests where an address sends too many."""
        now = self._clock()
        if len(self._refused) >= MOST_ADDRESSES:
            self._forget(now)
        window = self._refused.setdefault(address, Window())
        window.advance(now)
        if window.used >= REFUSALS:
            raise TooManyRequests(
                f"Number of requests without a valid token exceeded the limit of {REFUSALS} over time window of 300 "
                "seconds.",
                code="0x80072322",
                seconds=_whole(window.seconds_until_below(REFUSALS, now)),
            )
        window.add(now, 1)

    def _forget(self, now: float) -> None:
        for window in self._refused.values():
            window.advance(now)
        self._refused = {address: window for address, window in self._refused.items() if window.used}
        if len(self._refused) >= MOST_ADDRESSES:
            self._refused.clear()


def _whole(seconds: float) -> int:
    return max(1, ceil(seconds))
