"""The courier of one sink: it takes what is due from the outbox and delivers it, beside the work on leads.

Each sink has a courier and threads of its own, so that one that is slow or dead holds up nobody else. No transaction is
open while a sink is being told.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from activities.publishing import Sink
from crm.errors import LeadflowError
from crm.store.database import Database
from crm.store.sinks import outbox
from crm.store.sinks.outbox import Claim
from leadflow.sinks.retrying import NotDelivered, Pause, next_try

LOOK_SECONDS = 1.0
AT_ONCE = 4
GRACE_SECONDS = 5.0
# Longer than any try takes: what is due again after it was claimed by somebody who is gone.
LEASE = timedelta(minutes=5)
_log = logging.getLogger("leadflow.sinks")

T = TypeVar("T")


class Courier:
    """Delivers to one sink. `count` hears of each result: delivered, failed or dead."""

    def __init__(self, sink: Sink, database: Database, count: Callable[[str, str], None]) -> None:
        self._sink = sink
        self._database = database
        self._count = count
        self._threads = ThreadPoolExecutor(AT_ONCE + 1, f"sink-{sink.name}")
        self._pause = Pause()
        self._busy: set[asyncio.Task[None]] = set()
        self._fault: str | None = None

    async def run(self, ending: asyncio.Event) -> None:
        """Look, and deliver what there is, until `ending`. Nothing that goes wrong ends it.

        What is under way then may end; what takes longer comes again after its lease.
        """
        end = asyncio.create_task(ending.wait())
        while not ending.is_set():
            try:
                claims = await self._claim()
                self._fault = None
            except Exception as error:
                self._tell_once(error)
                claims = []
            self._busy |= {asyncio.create_task(self._deliver(claim)) for claim in claims}
            await asyncio.wait({end, *self._busy}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            self._busy = {task for task in self._busy if not task.done()}
        if self._busy:
            await asyncio.wait(self._busy, timeout=GRACE_SECONDS)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _claim(self) -> Sequence[Claim]:
        free = (1 if self._pause.is_probing else AT_ONCE) - len(self._busy)
        if free <= 0 or self._pause.lasts(time.monotonic()):
            return []
        return await self._in_thread(lambda: self._take(free))

    def _take(self, limit: int) -> Sequence[Claim]:
        """A look costs no lock: on SQLite, whoever writes keeps all others waiting."""
        now = datetime.now(UTC)
        with self._database.reading() as connection:
            if not outbox.is_due(connection, self._sink.name, now):
                return []
        with self._database.transaction() as connection:
            return outbox.claim(connection, self._sink.name, now, LEASE, limit)

    async def _deliver(self, claim: Claim) -> None:
        try:
            failure = await self._in_thread(lambda: self._send(claim))
        except Exception as error:
            _log.warning("sink %s: what became of event %s is not recorded: %s", claim.sink, claim.event.id, error)
            return
        if failure is None:
            self._pause.delivered()
        else:
            self._pause.failed(time.monotonic(), failure.wait)

    def _send(self, claim: Claim) -> NotDelivered | None:
        """Tell the sink, then record what became of it; returns why it was not told."""
        try:
            outcome = self._sink.deliver(claim.event)
        except Exception as error:
            return self._failed(claim, _meaning(error))
        with self._database.transaction() as connection:
            outbox.delivered(connection, claim, datetime.now(UTC), outcome)
        self._count(claim.sink, "delivered")
        return None

    def _failed(self, claim: Claim, failure: NotDelivered) -> NotDelivered:
        now = datetime.now(UTC)
        wait = next_try(claim.attempt, failure, random.random())
        with self._database.transaction() as connection:
            outbox.failed(connection, claim, now, str(failure), now + wait if wait else None)
        self._count(claim.sink, "failed" if wait else "dead")
        if wait is None:
            _log.warning("sink %s: event %s is a dead letter: leadflow sinks dead", claim.sink, claim.event.id)
        return failure

    def _tell_once(self, error: Exception) -> None:
        if str(error) != self._fault:
            known = isinstance(error, LeadflowError)
            _log.warning("sink %s: the outbox cannot be read: %s", self._sink.name, error, exc_info=not known)
        self._fault = str(error)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _meaning(error: Exception) -> NotDelivered:
    """Our database that does not answer is no fault of the sink, and a defect may be mended: both are tried again."""
    return error if isinstance(error, NotDelivered) else NotDelivered(f"{type(error).__name__}: {error}")
