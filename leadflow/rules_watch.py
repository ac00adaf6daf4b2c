"""A worker's watch over its rule files: it takes up edited ones beside the work, and says what it decides by."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from temporalio.common import MetricMeter

from activities.deps import Dependencies
from crm.errors import LeadflowError, Unavailable
from crm.store.rules import rulestatus
from crm.store.rules.rulestatus import WorkerRules
from rules.engine.live import LiveRules
from rules.engine.sources import RuleSources
from rules.engine.trial import try_out

LOOK_SECONDS = 1.0
REPORT_SECONDS = 10.0
AGAIN_SECONDS = 60.0
_log = logging.getLogger("leadflow.rules")


@asynccontextmanager
async def watching_rules(deps: Dependencies, meter: MetricMeter) -> AsyncIterator[None]:
    """Inside this block, edited files are taken up within seconds; database and metrics say which rules decide.

    Candidates that people put into the shadow, and take out of it, are followed too.
    """
    watch = _Watch(deps, meter)
    watching = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        await watch.end()


@asynccontextmanager
async def following_rules(rules: LiveRules) -> AsyncIterator[None]:
    """Inside this block, edited files are taken up within seconds, by a program that decides nothing by them."""
    following = asyncio.create_task(_follow(rules))
    try:
        yield
    finally:
        following.cancel()
        await asyncio.wait([following])


async def _follow(rules: LiveRules) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if sources := await asyncio.to_thread(rules.edited):
                await asyncio.to_thread(rules.take_up, sources)
        except Exception:
            _log.exception("following the rule files failed; it goes on")


class _Watch:
    def __init__(self, deps: Dependencies, meter: MetricMeter) -> None:
        self._rules = deps.rules
        self._shadow = deps.shadow
        self._database = deps.database
        self._metrics = _Metrics(meter)
        self._worker = f"{socket.gethostname()}:{os.getpid()}"
        self._said: tuple[str, datetime, str | None] | None = None
        self._said_at = 0.0
        self._is_written = True
        self._shadow_fault: str | None = None

    async def run(self) -> None:
        """Look, and say what there is, until cancelled. Nothing that goes wrong ends it."""
        while True:
            try:
                if sources := await asyncio.to_thread(self._rules.edited):
                    await self._take_up(sources)
                await self._say()
                await asyncio.to_thread(self._follow_shadow)
            except Exception:
                _log.exception("watching the rule files failed; it goes on")
            await asyncio.sleep(LOOK_SECONDS)

    async def end(self) -> None:
        """A worker that ends is no worker that is gone."""
        if self._said and self._is_written:
            await asyncio.to_thread(self._withdraw)

    async def _take_up(self, sources: RuleSources) -> None:
        taken = False
        try:
            await try_out(sources, self._rules.name)
        except Unavailable as fault:
            self._rules.refuse(f"{fault} Tried again every {AGAIN_SECONDS:.0f} s.", again_in=AGAIN_SECONDS)
        except LeadflowError as error:
            self._rules.refuse(str(error))
        else:
            taken = await asyncio.to_thread(self._rules.take_up, sources)
        self._metrics.loads.add(1, {"result": "accepted" if taken else "refused"})

    def _follow_shadow(self) -> None:
        """A candidate that cannot be loaded, or a database that does not answer, is told once."""
        fault = None
        try:
            self._shadow.refresh(self._database)
        except LeadflowError as error:
            fault = str(error)
            if fault != self._shadow_fault:
                _log.warning("rules in the shadow cannot be followed: %s", fault)
        self._shadow_fault = fault

    async def _say(self) -> None:
        """Which rules decide: at once when that changed, else every REPORT_SECONDS, as a sign of life."""
        rules = self._rules
        now = (rules.current().digest, rules.since, rules.refusal)
        if now == self._said and time.monotonic() < self._said_at + REPORT_SECONDS:
            return
        self._metrics.show(now[0], refused=now[2] is not None)
        self._said, self._said_at = now, time.monotonic()
        await asyncio.to_thread(self._write, WorkerRules(self._worker, *now, seenon=datetime.now(UTC)))

    def _write(self, status: WorkerRules) -> None:
        try:
            with self._database.transaction() as connection:
                rulestatus.report(connection, status)
        except LeadflowError as error:
            if self._is_written:
                _log.warning("the rules' status cannot be written, which disturbs nothing else: %s", error)
            self._is_written = False
        else:
            self._is_written = True

    def _withdraw(self) -> None:
        try:
            with self._database.transaction() as connection:
                rulestatus.withdraw(connection, self._worker)
        except LeadflowError as error:
            _log.warning("the rules' status cannot be withdrawn: %s", error)


class _Metrics:
    """What the worker's metrics say of its rules. A digest that was in force before stays, with 0."""

    def __init__(self, meter: MetricMeter) -> None:
        self.loads = meter.create_counter("leadflow_rules_loads", "Edited rule files, taken up or refused")
        self._refused = meter.create_gauge("leadflow_rules_refused", "1 while the rule files are refused")
        self._info = meter.create_gauge("leadflow_rules_info", "1 for the digest of the rules in force")
        self._digest: str | None = None

    def show(self, digest: str, *, refused: bool) -> None:
        if self._digest not in (None, digest):
            self._info.set(0, {"digest": self._digest[:12]})
        self._digest = digest
        self._info.set(1, {"digest": digest[:12]})
        self._refused.set(int(refused))
