"""One partner's bulk import, and what others feel of it: `python -m benchmarks.fairness [--leads N] [--json]`.

One embedded server, one worker process, imports by the command line in processes of their own. Hot leads come in one at
a time, first on the idle system, then while the import is under way; so do requests for leads of that very import. A
tenth as many leads of a second partner are imported once a fifth of the first one's are stored.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select

from benchmarks import workers
from benchmarks.lifecycle import LEAD
from crm.requests import AcceptLead, LeadSubmission
from crm.store.database import Database
from crm.store.tables import TABLES
from leadflow.dev.embedded import embedded
from leadflow.settings import Settings
from leadflow.starter import Leads
from leadflow.temporal import connect

FIRST, SECOND = "contoso", "fabrikam"
IDLE_LEADS = 20
PAUSE = 0.25
_LEAD = TABLES["lead"]


@dataclass(slots=True)
class Times:
    """Milliseconds from the call to the answer."""

    all: list[float] = field(default_factory=list)

    async def of(self, work: Awaitable[object]) -> None:
        began = time.perf_counter()
        await work
        self.all.append((time.perf_counter() - began) * 1000)

    def summary(self) -> dict[str, float]:
        ordered = sorted(self.all)
        p95 = ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]
        return {"count": len(ordered), "p50": round(statistics.median(ordered), 1), "p95": round(p95, 1)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How many leads of each partner are stored and routed, and when (seconds)."""

    at: float
    first: int
    second: int


class Bench:
    def __init__(self, settings: Settings, database: Database, leads: Leads, number: int) -> None:
        self._settings, self._database, self._leads, self._number = settings, database, leads, number
        self._progress: list[Progress] = []

    async def measure(self) -> dict[str, Any]:
        await self._alternately(Times(), Times(), IDLE_LEADS // 2)  # warm
        idle, idle_accept = Times(), Times()
        await self._alternately(idle, idle_accept, IDLE_LEADS)
        loaded, loaded_accept = Times(), Times()
        began = time.perf_counter()
        with self._importing(FIRST, self._number):
            await self._until(lambda now: now.first >= self._number // 5, loaded, loaded_accept)
            with self._importing(SECOND, self._number // 10):
                await self._until(lambda now: now.second >= self._number // 10, loaded, loaded_accept)
            await self._until(lambda now: now.first >= self._number, loaded, loaded_accept)
        took = time.perf_counter() - began
        return {
            "hot lead to owner, idle": idle.summary(),
            "hot lead to owner, under load": loaded.summary(),
            "hot lead, ratio of medians": _ratio(loaded, idle),
            "accept, idle": idle_accept.summary(),
            "accept of an imported lead, under load": loaded_accept.summary(),
            "accept, ratio of medians": _ratio(loaded_accept, idle_accept),
            "leads per second": round(self._number * 1.1 / took, 1),
            "second partner": self._share(),
        }

    async def _until(self, done: Callable[[Progress], bool], hot: Times, accepted: Times) -> None:
        while True:
            now = self._look()
            self._progress.append(now)
            if done(now):
                return
            await hot.of(self._hot())
            lead = self._one_of(FIRST)
            if lead:
                await accepted.of(self._leads.ask(lead, AcceptLead()))
            await asyncio.sleep(PAUSE)

    async def _alternately(self, hot: Times, accepted: Times, number: int) -> None:
        for _ in range(number):
            await hot.of(self._hot())
            lead = await self._leads.submit(_submission("normal"))
            await accepted.of(self._leads.ask(lead.leadid, AcceptLead()))

    async def _hot(self) -> None:
        await self._leads.submit(_submission("hot"))

    def _look(self) -> Progress:
        query = select(_LEAD.c.lf_source, func.count()).group_by(_LEAD.c.lf_source)
        with self._database.reading() as connection:
            rows = dict(tuple(row) for row in connection.execute(query))
        return Progress(time.perf_counter(), rows.get(FIRST, 0), rows.get(SECOND, 0))

    def _one_of(self, source: str) -> UUID | None:
        """An imported lead that waits to be accepted, the oldest."""
        query = select(_LEAD.c.leadid).where(_LEAD.c.lf_source == source, _LEAD.c.lf_stage == "assigned").limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).scalar()

    def _share(self) -> dict[str, Any]:
        """How much of the work was the second partner's while it had leads that waited; its fair share is a half."""
        waiting = [now for now in self._progress if now.second > 0]
        start, end = waiting[0], next(now for now in waiting if now.second >= self._number // 10)
        mine, theirs = end.second - start.second, end.first - start.first
        return {
            "leads": end.second,
            "seconds": round(end.at - start.at, 1),
            "first partner had when it was done": end.first,
            "share of the work": round(mine / max(mine + theirs, 1), 2),
        }

    @contextmanager
    def _importing(self, partner: str, number: int) -> Iterator[None]:
        """`leadflow leads import`, in a process of its own."""
        feed = self._settings.state_dir / f"{partner}.jsonl"
        feed.write_text("\n".join(_row(partner) for _ in range(number)))
        command = [str(Path(sys.executable).with_name("leadflow")), "leads", "import", str(feed), "--source", partner]
        env = {**os.environ, "LEADFLOW_STATE_DIR": str(self._settings.state_dir)}
        with subprocess.Popen([*command, "--channel-partner", partner], env=env, stdout=subprocess.DEVNULL) as process:
            yield
        if process.returncode:
            raise RuntimeError(f"the import of {partner} ended with {process.returncode}")


def _person() -> dict[str, Any]:
    name = uuid4().hex
    return {**LEAD, "lastname": f"Muster {name[:8]}", "emailaddress1": f"eva@{name}.example"}


def _row(partner: str) -> str:
    """A lead of a size and trade that the partners' rules leave to the unit's."""
    values = {**_person(), "industrycode": "Insurance", "numberofemployees": "80"}
    return json.dumps({**values, "external_id": uuid4().hex, "business_unit": "dach"})


def _submission(urgency: str) -> LeadSubmission:
    values = {"source": "benchmark", "external_id": uuid4().hex, "business_unit": "dach", "urgency": urgency}
    return LeadSubmission.model_validate({**values, "lead": _person()})


def _ratio(loaded: Times, idle: Times) -> float:
    return round(statistics.median(loaded.all) / statistics.median(idle.all), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(state_dir=Path(folder))
        with embedded(settings) as service:
            results = _with_worker(settings, service.address, service.deps.database, arguments.leads)
    if arguments.json:
        json.dump(results, sys.stdout, indent=2)
        return
    for title, result in results.items():
        print(f"{title}: {result}")


def _with_worker(settings: Settings, address: str, database: Database, number: int) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    worker = context.Process(target=workers.serve_leads, args=(settings, address, stop))
    worker.start()

    async def measure() -> dict[str, Any]:
        leads = Leads(await connect(settings, address), settings.task_queue)
        return await Bench(settings, database, leads, number).measure()

    try:
        return asyncio.run(measure())
    finally:
        stop.set()
        worker.join(60)


if __name__ == "__main__":
    main()
