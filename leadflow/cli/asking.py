"""How commands ask the leads' workflows."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from crm.errors import Unavailable
from leadflow.addresses import server_address
from leadflow.cli.session import settings
from leadflow.starter import Leads
from leadflow.temporal import connect

Result = TypeVar("Result")
ANSWER_SECONDS = 30.0


def with_leads(work: Callable[[Leads], Awaitable[Result]], *, long: bool = False) -> Result:
    """Run `work` with a client for the leads' workflows, for ANSWER_SECONDS at most unless it is `long`.

    Raises Unavailable when Temporal or the workers do not answer.
    """
    configured = settings()

    async def run() -> Result:
        client = await connect(configured, server_address(configured))
        try:
            async with asyncio.timeout(None if long else ANSWER_SECONDS):
                return await work(Leads(client, configured.task_queue))
        except TimeoutError:
            raise Unavailable(
                f"No worker has answered within {ANSWER_SECONDS:.0f} s. See that one runs ('leadflow up' or "
                "'leadflow worker'), and ask again."
            ) from None

    return asyncio.run(run())
