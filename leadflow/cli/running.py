"""leadflow demo | up | worker: the programs that run until they are done, or told to stop."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from activities.deps import Dependencies
from leadflow.cli import session
from leadflow.cli.output import say
from leadflow.dev.embedded import embedded
from leadflow.dev.temporal_server import require_server
from leadflow.settings import Settings
from leadflow.temporal import connect, metrics_runtime
from leadflow.worker import open_dependencies, running_worker


def demo(
    examples: Annotated[Path, typer.Option(help="The folder with the example leads.")] = Path("examples"),
) -> None:
    """Route a few hundred leads on an embedded server, qualify and disqualify some, and show what happened."""
    from leadflow.demo import run_demo

    configured = session.settings()
    with embedded(configured) as service:
        asyncio.run(run_demo(service, configured, examples))


def up() -> None:
    """Run everything on this machine until Ctrl-C: Temporal with its Web UI, the database, one worker."""
    _log()
    configured = session.settings()
    with embedded(configured) as service:
        say(f"Temporal  {service.address}")
        say(f"Web UI    {service.ui_url}")
        say(f"Database  {configured.database_url}")
        say("Submit a lead: leadflow leads submit lastname=Weber emailaddress1=a.weber@firm.example")
        say("Stop with Ctrl-C.")
        alive = partial(require_server, configured)
        asyncio.run(_work_until_told(configured, service.address, service.deps, alive))


def worker() -> None:
    """Run one worker against the configured Temporal server and database, until SIGINT or SIGTERM."""
    _log()
    configured = session.settings()
    with session.store(configured) as database:
        deps = open_dependencies(configured, database)
        asyncio.run(_work_until_told(configured, session.server_address(configured), deps))


async def _work_until_told(
    configured: Settings, address: str | None, deps: Dependencies, *guards: Callable[[], Awaitable[None]]
) -> None:
    """Run one worker until a signal comes, or until one of the guards raises what it misses."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    client = await connect(configured, address, metrics_runtime(configured))
    async with running_worker(client, deps, configured):
        logging.getLogger("leadflow").info("worker is running on task queue %s", configured.task_queue)
        waits = [asyncio.ensure_future(wait()) for wait in (told.wait, *guards)]
        done, waiting = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waiting:
            wait.cancel()
        for wait in done:
            wait.result()


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it announces itself at every look at the schema
