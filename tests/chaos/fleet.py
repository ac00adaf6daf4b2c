"""`leadflow worker` processes with a Temporal server of their own, killed at random moments while leads come in."""

import asyncio
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

from crm.errors import Unavailable
from crm.store.database import Database
from leadflow.dev.embedded import embedded
from leadflow.settings import Settings
from leadflow.starter import Leads
from leadflow.temporal import connect
from tests.chaos.plan import RULES, WORKERS, Course, Lead
from tests.service import environment, kill, start, start_worker, stop

AT_ONCE = 20
LOOK_SECONDS = 0.2
KillOne = Callable[[], None]


def run(database: Database, leads: Sequence[Lead], kills: int, chance: Random, within: timedelta) -> list[str]:
    """Let the workers work until everything is done, with so many kills. What is wrong then. Fails after `within`."""
    course = Course(database, leads, kills, chance)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(state_dir=Path(folder), database_url=database.url, rules_dir=RULES)
        with embedded(settings) as server, _workers(settings, server.address, chance) as kill_one:
            sending = _see_through(settings, server.address, leads, course, kill_one)
            asyncio.run(asyncio.wait_for(sending, within.total_seconds()))
    return course.problems()


@contextmanager
def _workers(settings: Settings, address: str, chance: Random) -> Iterator[KillOne]:
    """Running workers, and how to kill one of them; another takes its place at once."""
    more = {"database_url": settings.database_url, "temporal_address": address, "rules_dir": str(settings.rules_dir)}
    env, log = environment(settings.state_dir, **more), settings.state_dir / "worker.log"
    workers: list[subprocess.Popen[bytes]] = []

    def kill_one() -> None:
        number = chance.randrange(WORKERS)
        kill(workers[number])
        workers[number] = start("worker", env=env, log=log)

    try:
        workers += [start_worker(env, log) for _ in range(WORKERS)]
        yield kill_one
    finally:
        for worker in workers:
            stop(worker)


async def _see_through(
    settings: Settings, address: str, leads: Sequence[Lead], course: Course, kill_one: KillOne
) -> None:
    """Send the leads in, and what is asked of them; kill workers meanwhile."""
    asked, places = Leads(await connect(settings, address), settings.task_queue), asyncio.Semaphore(AT_ONCE)

    async def live(lead: Lead) -> None:
        async with places:
            await _live(asked, lead)

    lives = asyncio.gather(*map(live, leads))
    while not lives.done():
        for _ in range(course.kills_due()):
            await asyncio.to_thread(kill_one)
        await asyncio.sleep(LOOK_SECONDS)
    await lives


async def _live(leads: Leads, lead: Lead) -> None:
    """One lead comes in twice at the same time; then its owner asks for something."""
    await asyncio.gather(*(_answered(lambda: leads.submit(lead.submission)) for _ in range(2)))
    if asked := lead.asked:
        request_id = str(uuid4())
        await _answered(lambda: leads.ask(lead.leadid, asked, request_id))


async def _answered(call: Callable[[], Awaitable[object]]) -> None:
    """Call until there is an answer."""
    while True:
        try:
            await call()
            return
        except Unavailable:
            await asyncio.sleep(LOOK_SECONDS)
