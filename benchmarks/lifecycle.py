"""Leads per second and latency, beside the floor of Temporal alone: `python -m benchmarks.lifecycle [--json]`.

One embedded server, one worker process for each side with the same settings, one client process. The two sides take
turns, so that whatever else the machine does hits both; the ratios are medians over the rounds.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from benchmarks import workers
from benchmarks.floor import Floor
from crm.requests import AcceptLead, LeadSubmission, QualifyLead
from crm.views import LeadView
from leadflow.dev.embedded import embedded
from leadflow.settings import Settings
from leadflow.starter import Leads
from leadflow.temporal import connect

CONCURRENCY = 50
One = Callable[[], Awaitable[object]]
LEAD = {
    "subject": "500 seats",
    "firstname": "Eva",
    "address1_country": "Germany",
    "numberofemployees": "250",
    "revenue": "12,500,000.00",
    "jobtitle": "CFO",
    "leadsourcecode": "Web",
    "industrycode": "Transportation",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """Leads per second at CONCURRENCY, and milliseconds for one lead at a time."""

    per_second: float
    p50: float
    p95: float


async def submit(leads: Leads) -> LeadView:
    """One lead like no other, so that none is anybody's duplicate, and each is of a company of its own."""
    name = uuid4().hex
    person = {"lastname": f"Muster {name[:8]}", "emailaddress1": f"eva@{name}.example"}
    lead = {**LEAD, **person, "companyname": f"Logistik {name[:8]} GmbH"}
    return await leads.submit(LeadSubmission(source="benchmark", external_id=name, business_unit="dach", lead=lead))


async def whole_life(leads: Leads) -> None:
    lead = await submit(leads)
    await leads.ask(lead.leadid, AcceptLead())
    await leads.ask(lead.leadid, QualifyLead())


async def floor(client: Client, *, life: bool) -> None:
    id = f"floor-{uuid4()}"
    start = WithStartWorkflowOperation(
        Floor.run, "x", id=id, task_queue="floor", id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING
    )
    await client.execute_update_with_start_workflow("settle", start_workflow_operation=start)
    if life:
        handle = client.get_workflow_handle(id)
        await handle.execute_update("accept", id=str(uuid4()))
        await handle.execute_update("qualify", id=str(uuid4()))


async def measured(one: One, leads: int) -> Measure:
    """Latency first, one lead at a time; then throughput with many at once."""
    times = []
    for _ in range(max(leads // 10, 20)):
        began = time.perf_counter()
        await one()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    rate = await throughput(one, leads)
    return Measure(round(rate, 1), round(statistics.median(times), 1), round(times[int(len(times) * 0.95)], 1))


async def throughput(one: One, leads: int) -> float:
    places = asyncio.Semaphore(CONCURRENCY)

    async def guarded() -> None:
        async with places:
            await one()

    began = time.perf_counter()
    await asyncio.gather(*(guarded() for _ in range(leads)))
    return leads / (time.perf_counter() - began)


async def compare(ours: One, base: One, leads: int, rounds: int) -> dict[str, Any]:
    """Both sides in turn, `rounds` times; the figures of each round, and the medians of the ratios."""
    pairs = [(await measured(base, leads), await measured(ours, leads)) for _ in range(rounds)]
    return {
        "leadflow": [asdict(mine) for _, mine in pairs],
        "floor": [asdict(theirs) for theirs, _ in pairs],
        "throughput_ratio": round(statistics.median(mine.per_second / theirs.per_second for theirs, mine in pairs), 2),
        "latency_ratio": round(statistics.median(mine.p50 / theirs.p50 for theirs, mine in pairs), 2),
    }


async def measure(settings: Settings, address: str, leads: int, rounds: int) -> dict[str, dict[str, Any]]:
    client = await connect(settings, address)
    ours = Leads(client, settings.task_queue)

    await throughput(partial(submit, ours), 50)
    await throughput(partial(floor, client, life=True), 50)
    return {
        "submission to owner": await compare(partial(submit, ours), partial(floor, client, life=False), leads, rounds),
        "whole life": await compare(partial(whole_life, ours), partial(floor, client, life=True), leads, rounds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(state_dir=Path(folder))
        with embedded(settings) as service, running_workers(settings, service.address):
            results = asyncio.run(measure(settings, service.address, arguments.leads, arguments.rounds))
    if arguments.json:
        json.dump(results, sys.stdout, indent=2)
        return
    for title, result in results.items():
        print(title)
        for name, value in result.items():
            print(f"  {name}: {value}")


@contextmanager
def running_workers(settings: Settings, address: str) -> Iterator[None]:
    """One worker process for each side."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    processes = [
        context.Process(target=target, args=(settings, address, stop))
        for target in (workers.serve_leads, workers.serve_floor)
    ]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        stop.set()
        for process in processes:
            process.join(30)


if __name__ == "__main__":
    main()
