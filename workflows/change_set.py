"""A change set: several writes with leads among them, in one transaction; then the leads' runs hear of it."""

import asyncio
from datetime import timedelta
from uuid import UUID

from pydantic import ValidationError
from temporalio import workflow
from temporalio.common import Priority, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, FailureError, WorkflowAlreadyStartedError

from workflows.executing import execute
from workflows.lead_lifecycle import LeadLifecycle

with workflow.unsafe.imports_passed_through():
    from activities.change_sets import PREFIX, ChangeSets
    from crm.change_sets import ChangeSetDone, ChangeSetRequest, ChangeSetResult, ChangeSetStep, TouchedLead
    from crm.identity import workflow_id
    from crm.operations import Done
    from crm.requests import AdoptSteps
    from workflows import options
    from workflows.messages import LeadLifecycleInput

PATIENCE = timedelta(seconds=5)
"""So long an answer waits until the leads' runs were told; they are told all the same."""
SMALL = 20
"""So many operations fit into a local activity's time."""
TIMEOUT = timedelta(minutes=2)
TRIES = 6


def change_set_id(id: UUID) -> str:
    """The id of a change set's workflow."""
    return f"{PREFIX}{id}"


@workflow.defn(name="ChangeSet", failure_exception_types=[ValidationError])
class ChangeSet:
    """One change set. It ends when every lead that it wrote has a run that knows of it, or none as it is closed."""

    @workflow.init
    def __init__(self, request: ChangeSetRequest) -> None:
        self._done: ChangeSetDone | None = None
        self._refusal: ApplicationError | None = None
        self._told = False

    @workflow.run
    async def run(self, request: ChangeSetRequest) -> ChangeSetResult:
        """Write everything, or nothing; then tell the leads' runs."""
        step = ChangeSetStep(id=workflow.info().workflow_id, on=workflow.now(), request=request)
        small = len(request.operations) <= SMALL
        # A worker that dies amid a normal activity is missed only after the timeout.
        timeout = options.STEP_TIMEOUT if small else TIMEOUT
        try:
            self._done = await execute(
                ChangeSets.perform_changes, step, "all or nothing", Priority.default, local=small, timeout=timeout
            )
            await asyncio.gather(*(_tell(lead) for lead in self._done.leads))
        except ApplicationError as refused:
            self._refusal = refused
        self._told = True
        await workflow.wait_condition(workflow.all_handlers_finished)
        return ChangeSetResult(
            operations=len(request.operations), refused=self._refusal.message if self._refusal else None
        )

    @workflow.update(description="Wait until everything is written; returns what became of each operation")
    async def carried_out(self) -> list[Done]:
        await workflow.wait_condition(lambda: self._done is not None or self._told)
        if self._refusal is not None:
            refused = self._refusal
            raise ApplicationError(refused.message, *refused.details, type=refused.type, non_retryable=True)
        assert self._done is not None
        done = list(self._done.done)
        try:
            await workflow.wait_condition(lambda: self._told, timeout=PATIENCE, timeout_summary="Answer")
        except TimeoutError:
            workflow.logger.info("the answer does not wait for the leads' runs any longer")
        return done


async def _tell(lead: TouchedLead) -> None:
    """Tell the lead's run what was done, or start one; whoever opens or closes the lead meanwhile may be faster."""
    for attempt in range(TRIES):
        tell = _signal if lead.has_run is (attempt % 2 == 0) else _start
        if await tell(lead):
            return
    raise RuntimeError(f"the run of lead {lead.leadid} could be neither told nor started")


async def _signal(lead: TouchedLead) -> bool:
    run = workflow.get_external_workflow_handle_for(LeadLifecycle.run, lead.workflow_id)
    try:
        await run.signal(LeadLifecycle.adopt, AdoptSteps(steps=lead.steps))
    except FailureError as over:
        workflow.logger.info("workflow %s has no open run: %s", lead.workflow_id, over)
        return False
    return True


async def _start(lead: TouchedLead) -> bool:
    try:
        await workflow.start_child_workflow(
            LeadLifecycle.run,
            LeadLifecycleInput(leadid=lead.leadid, source=lead.source, adopts=lead.steps),
            id=workflow_id(lead.leadid),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=f"Lead from {lead.source}, by a change set",
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
