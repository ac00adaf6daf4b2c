"""The two worker processes that a lifecycle benchmark compares, with the same settings."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event

from temporalio.worker import Worker

from benchmarks.floor import Floor, nothing
from crm.store.database import open_database
from leadflow.settings import Settings
from leadflow.temporal import connect
from leadflow.worker import open_dependencies, running_worker, spare_the_collector, tuning


def serve_leads(settings: Settings, address: str, stop: Event) -> None:
    """The service's own worker, as `leadflow worker` runs it."""

    async def serve() -> None:
        database = open_database(settings.database_url)
        client = await connect(settings, address)
        async with running_worker(client, open_dependencies(settings, database), settings):
            await asyncio.to_thread(stop.wait)

    asyncio.run(serve())


def serve_floor(settings: Settings, address: str, stop: Event) -> None:
    async def serve() -> None:
        client = await connect(settings, address)
        spare_the_collector()
        with ThreadPoolExecutor(settings.max_concurrent_activities) as threads:
            worker = Worker(
                client,
                task_queue="floor",
                workflows=[Floor],
                activities=[nothing],
                activity_executor=threads,
                **tuning(settings),
            )
            async with worker:
                await asyncio.to_thread(stop.wait)

    asyncio.run(serve())
