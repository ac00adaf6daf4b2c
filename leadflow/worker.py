"""The worker: runs the workflows and activities of leads until it is told to stop."""

import gc
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.common import VersioningBehavior
from temporalio.worker import (
    PollerBehaviorSimpleMaximum,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkerDeploymentConfig,
    WorkerDeploymentVersion,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.assignment import Assignments
from activities.change_sets import ChangeSets
from activities.changes import Changes
from activities.communication import Communications
from activities.deps import Dependencies
from activities.intake import Intake
from activities.ladder import Ladder
from activities.merging import Merging
from activities.offers import Offers
from activities.qualification import Qualifications
from activities.routing import Routings
from crm.store.database import Database
from leadflow.rules_watch import watching_rules
from leadflow.settings import Settings
from leadflow.sinks.dispatcher import delivering
from leadflow.sinks.opening import open_sinks
from leadflow.temporal import metric_meter
from rules.engine.live import LiveRules
from workflows.change_set import ChangeSet
from workflows.lead_lifecycle import LeadLifecycle

WORKFLOWS = (LeadLifecycle, ChangeSet)
GRACE = timedelta(seconds=30)


def open_dependencies(settings: Settings, database: Database) -> Dependencies:
    """What activities work with. Raises Misconfigured where the rules or the file of sinks do not check."""
    rules, sinks = LiveRules(settings.rules_dir), open_sinks(settings, database)
    return Dependencies(database, rules, settings.default_country, sinks=sinks)


def activities(deps: Dependencies) -> list[object]:
    """Every activity, bound to what it works with."""
    intake, routing, assignment = Intake(deps), Routings(deps), Assignments(deps)
    communication, qualification, merging = Communications(deps), Qualifications(deps), Merging(deps)
    changes = Changes(deps)
    return [
        intake.register_lead,
        intake.edit_lead,
        changes.change_lead,
        changes.delete_lead,
        changes.adopt_step,
        ChangeSets(deps).perform_changes,
        merging.begin_merge,
        merging.take_over,
        merging.end_merge,
        routing.route_lead,
        assignment.assign_lead,
        assignment.accept_lead,
        assignment.decline_lead,
        Offers(deps).expire_offer,
        Ladder(deps).record_missed_sla,
        communication.log_communication,
        communication.add_note,
        qualification.qualify_lead,
        qualification.disqualify_lead,
        qualification.reactivate_lead,
    ]


@asynccontextmanager
async def running_worker(client: Client, deps: Dependencies, settings: Settings) -> AsyncIterator[Worker]:
    """A worker that runs inside this block, and finishes its work in hand (30 s at most) when the block ends.

    It takes up edited rule files by itself, and tells the sinks what happened to leads.
    """
    spare_the_collector()
    with ThreadPoolExecutor(settings.max_concurrent_activities, "activity") as threads:
        meter = metric_meter(client)
        delivery = delivering(deps, meter, timedelta(days=settings.sinks_keep_days))
        async with watching_rules(deps, meter), delivery, _worker(client, deps, settings, threads) as worker:
            yield worker


def spare_the_collector() -> None:
    """What is loaded now stays, and leads leave few cycles: the collector need not look at everything so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def tuning(settings: Settings) -> dict[str, Any]:
    """How much a worker does at once, and how: the options of Temporal's Worker that do not depend on its work."""
    return {
        "max_concurrent_workflow_tasks": settings.max_concurrent_workflow_tasks,
        "max_concurrent_activities": settings.max_concurrent_activities,
        "max_concurrent_local_activities": settings.max_concurrent_local_activities,
        "max_cached_workflows": settings.max_cached_workflows,
        "workflow_task_poller_behavior": PollerBehaviorSimpleMaximum(10),
        "workflow_runner": SandboxedWorkflowRunner() if settings.workflow_sandbox else UnsandboxedWorkflowRunner(),
    }


def _worker(client: Client, deps: Dependencies, settings: Settings, threads: ThreadPoolExecutor) -> Worker:
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=activities(deps),  # type: ignore[arg-type]
        activity_executor=threads,
        **tuning(settings),
        graceful_shutdown_timeout=GRACE,
        deployment_config=_deployment(settings),
    )


def _deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    """With a build id, a run stays on the build that it began with until it continues as new, and then moves on."""
    if settings.build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment_name, settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )
