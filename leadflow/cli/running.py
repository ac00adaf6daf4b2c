"""leadflow demo | up | worker: the programs that run until they are done, or told to stop."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from temporalio.client import Client

from activities.deps import Dependencies
from leadflow.addresses import server_address
from leadflow.cli import session
from leadflow.cli.output import say
from leadflow.dev.embedded import embedded
from leadflow.dev.ports import ATTEMPTS
from leadflow.dev.temporal_server import require_server
from leadflow.settings import Settings
from leadflow.temporal import connect, metrics_runtime
from leadflow.worker import open_dependencies, running_worker

Part = Callable[[Client, Dependencies, Settings], AbstractAsyncContextManager[object]]
"""What a program runs: a worker, the Web API."""


def demo(
    examples: Annotated[Path, typer.Option(help="The folder with the example leads.")] = Path("examples"),
) -> None:
    """Route a few hundred leads on an embedded server, qualify and disqualify some, and show what happened."""
    from leadflow.demo import run_demo

    configured = session.settings()
    with embedded(configured) as service:
        asyncio.run(run_demo(service, configured, examples))


def up() -> None:
    """Run everything on this machine until Ctrl-C: Temporal with its Web UI, the database, one worker, the Web API."""
    from leadflow.api.service import running_api, web_api_url
    from leadflow.api.serving import listen, origin_of

    log_to_stderr()
    configured = session.settings()
    is_chosen = "api_address" in configured.model_fields_set
    with embedded(configured) as service, listen(configured.api_address, 1 if is_chosen else ATTEMPTS) as listener:
        say(f"Temporal  {service.address}")
        say(f"Web UI    {service.ui_url}")
        say(f"Database  {configured.database_url}")
        say(f"Web API   {web_api_url(origin_of(listener))}")
        say("Submit a lead: leadflow leads submit lastname=Weber emailaddress1=a.weber@firm.example")
        say("A token for the Web API: leadflow token")
        say("Stop with Ctrl-C.")
        parts = (running_worker, partial(running_api, listener=listener))
        alive = partial(require_server, configured)
        asyncio.run(run_until_told(configured, service.address, service.deps, parts, alive))


def worker() -> None:
    """Run one worker against the configured Temporal server and database, until SIGINT or SIGTERM."""
    log_to_stderr()
    configured = session.settings()
    with session.store(configured) as database:
        deps = open_dependencies(configured, database)
        asyncio.run(run_until_told(configured, server_address(configured), deps, (running_worker,)))


async def run_until_told(
    configured: Settings,
    address: str | None,
    deps: Dependencies,
    parts: Sequence[Part],
    *guards: Callable[[], Awaitable[None]],
) -> None:
    """Run the parts until a signal comes, or until one of the guards raises what it misses. The last begun ends
    first."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    client = await connect(configured, address, metrics_runtime(configured))
    async with AsyncExitStack() as running:
        for part in parts:
            await running.enter_async_context(part(client, deps, configured))
        if running_worker in parts:
            logging.getLogger("leadflow").info("worker is running on task queue %s", configured.task_queue)
        waits = [asyncio.ensure_future(wait()) for wait in (told.wait, *guards)]
        done, waiting = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waiting:
            wait.cancel()
        for wait in done:
            wait.result()


def log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it announces itself at every look at the schema
