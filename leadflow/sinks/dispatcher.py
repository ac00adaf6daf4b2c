"""A worker's part in telling the sinks: a courier for each, figures for the metrics, and tidying up."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio.common import MetricMeter

from activities.deps import Dependencies
from crm.store.database import Database
from crm.store.sinks import deadletters, outbox
from crm.store.sinks.deadletters import Backlog
from leadflow.sinks.courier import Courier

REPORT_SECONDS = 30.0
TIDY_SECONDS = 3600.0
_log = logging.getLogger("leadflow.sinks")
_NOTHING = Backlog(0, 0, None, None)


@asynccontextmanager
async def delivering(deps: Dependencies, meter: MetricMeter, keep: timedelta) -> AsyncIterator[None]:
    """Inside this block, what steps put into the outbox goes to the sinks. Delivered events are kept for `keep`."""
    if not deps.sinks:
        yield
        return
    metrics = _Metrics(meter)
    ending = asyncio.Event()
    couriers = [Courier(sink, deps.database, metrics.count) for sink in deps.sinks]
    at_work = [asyncio.create_task(courier.run(ending)) for courier in couriers]
    names = [sink.name for sink in deps.sinks]
    house = asyncio.create_task(_keep_house(deps.database, names, metrics, keep))
    try:
        yield
    finally:
        house.cancel()
        ending.set()
        await asyncio.wait([house, *at_work])


async def _keep_house(database: Database, sinks: Sequence[str], metrics: "_Metrics", keep: timedelta) -> None:
    """Say how far the sinks are behind, and forget what they have got long ago, until cancelled."""
    tidied = 0.0
    while True:
        try:
            metrics.show(sinks, await asyncio.to_thread(_backlogs, database))
            if time.monotonic() >= tidied + TIDY_SECONDS or not tidied:
                await asyncio.to_thread(_tidy, database, datetime.now(UTC) - keep)
                tidied = time.monotonic()
        except Exception as error:
            _log.warning("looking after the outbox failed; it goes on: %s", error)
        await asyncio.sleep(REPORT_SECONDS)


def _backlogs(database: Database) -> dict[str, Backlog]:
    with database.reading() as connection:
        return deadletters.backlogs(connection)


def _tidy(database: Database, before: datetime) -> None:
    """A little at a time, so that nobody waits long for the database."""
    forgotten = 1
    while forgotten:
        with database.transaction() as connection:
            forgotten = outbox.forget(connection, before)


class _Metrics:
    def __init__(self, meter: MetricMeter) -> None:
        self._deliveries = meter.create_counter("leadflow_sink_deliveries", "Tries to tell a sink, by their result")
        self._oldest = meter.create_gauge("leadflow_sink_oldest_seconds", "For how long the oldest event waits")
        self._dead = meter.create_gauge("leadflow_sink_dead", "Events that the sink did not take in the end")

    def count(self, sink: str, result: str) -> None:
        self._deliveries.add(1, {"sink": sink, "result": result})

    def show(self, sinks: Sequence[str], backlogs: dict[str, Backlog]) -> None:
        now = datetime.now(UTC)
        for sink in sinks:
            backlog = backlogs.get(sink, _NOTHING)
            waiting = max(now - backlog.oldest, timedelta(0)) if backlog.oldest else timedelta(0)
            self._oldest.set(round(waiting.total_seconds()), {"sink": sink})
            self._dead.set(backlog.dead, {"sink": sink})
