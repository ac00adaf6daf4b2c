"""The two worker processes that a lifecycle benchmark compares, with the same settings."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event

from temporalio.worker import PollerBehaviorSimpleMaximum, UnsandboxedWorkflowRunner, Worker

from benchmarks.floor import Floor, nothing
from crm.store.database import open_database
from leadflow.settings import Settings
from leadflow.temporal import connect
from leadflow.worker import open_dependencies, running_worker, spare_the_collector


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
                max_concurrent_workflow_tasks=settings.max_concurrent_workflow_tasks,
                max_concurrent_activities=settings.max_concurrent_activities,
                max_concurrent_local_activities=settings.max_concurrent_local_activities,
                max_cached_workflows=settings.max_cached_workflows,
                workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(10),
                workflow_runner=UnsandboxedWorkflowRunner(),
            )
            async with worker:
                await asyncio.to_thread(stop.wait)

    asyncio.run(serve())
