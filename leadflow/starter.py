"""What an integrator calls: start a lead's workflow, and send it what people do.

client = await connect(load_settings())
lead = await Leads(client).submit(LeadSubmission(source="website", external_id="42", lead={...}))
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from crm.change_sets import ChangeSetRequest
from crm.errors import ErrorCode, NotFound, StateConflict
from crm.identity import workflow_id
from crm.lifecycle import LeadStage
from crm.operations import Done
from crm.requests import (
    AcceptLead,
    AddNote,
    AssignLead,
    ChangeLead,
    DeclineLead,
    DeleteLead,
    DisqualifyLead,
    EditLead,
    LeadSubmission,
    LogCommunication,
    LookAgain,
    MergeInto,
    QualifyLead,
    ReactivateLead,
    Request,
    RerouteLead,
)
from crm.views import LeadView, Qualification
from leadflow.asking import FAILURES, as_leadflow_error, until_taken, was_not_taken
from leadflow.lead_runs import identified, options_of
from workflows.change_set import ChangeSet, change_set_id
from workflows.lead_lifecycle import LeadLifecycle
from workflows.messages import LeadLifecycleInput
from workflows.search_attributes import LEAD_STAGE

ONCE, AGAIN = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY, WorkflowIDReusePolicy.ALLOW_DUPLICATE
UPDATES: dict[type[Request], Any] = {
    AcceptLead: LeadLifecycle.accept,
    DeclineLead: LeadLifecycle.decline,
    AssignLead: LeadLifecycle.assign,
    ChangeLead: LeadLifecycle.change,
    DeleteLead: LeadLifecycle.delete,
    EditLead: LeadLifecycle.edit,
    RerouteLead: LeadLifecycle.reroute,
    LogCommunication: LeadLifecycle.log,
    AddNote: LeadLifecycle.note,
    QualifyLead: LeadLifecycle.qualify,
    DisqualifyLead: LeadLifecycle.disqualify,
    MergeInto: LeadLifecycle.merge_into,
}


class Leads:
    """Leads by way of their workflows. Errors are those of `crm.errors`."""

    def __init__(self, client: Client, task_queue: str = "leads") -> None:
        self._client = client
        self._task_queue = task_queue

    async def submit(self, submission: LeadSubmission) -> LeadView:
        """Start the lead's workflow, and answer when the lead is stored and routed, or merged into its `master`.

        A resend answers the same. Raises StateConflict for a lead that is known and closed, unless it was merged.
        """
        given = identified(submission)
        try:
            return await self._begin(given, WorkflowIDConflictPolicy.USE_EXISTING)
        except WorkflowAlreadyStartedError:
            ended = await self._ended(given)
            if ended and ended.master:
                return ended
            raise StateConflict(f"Lead {given.leadid} is known and closed. Reactivate it instead.") from None

    async def create(self, submission: LeadSubmission) -> LeadView | None:
        """As `submit`, for a lead that must be new: None, and nothing has happened, where Temporal knows it already."""
        try:
            return await self._begin(identified(submission), WorkflowIDConflictPolicy.FAIL)
        except WorkflowAlreadyStartedError:
            return None

    async def settled(self, leadid: UUID) -> LeadView:
        """A lead that was started, once it is stored and routed. Raises as `ask` does."""
        try:
            handle = self._client.get_workflow_handle(workflow_id(leadid))
            lead: LeadView = await until_taken(lambda: handle.execute_update("settle", result_type=LeadView))
        except FAILURES as error:
            raise as_leadflow_error(error, leadid) from error
        return lead

    async def _begin(self, given: LeadLifecycleInput, conflict: WorkflowIDConflictPolicy) -> LeadView:
        """Start a lead's run, and wait for it. A lead that was deleted may come again."""
        try:
            return await self._settle(given, conflict=conflict)
        except WorkflowAlreadyStartedError:
            if not await self._was_deleted(given):
                raise
        return await self._settle(given, AGAIN, conflict)

    async def enqueue(self, submission: LeadSubmission, memo: Mapping[str, str] | None = None) -> UUID | None:
        """Start the lead's workflow without waiting for it. Returns the lead's id; None where it is known already:
        nothing starts then. `memo` is kept with the run, for `memo_of`."""
        given = identified(submission)
        options = self._options(given) | {"memo": memo, "id_conflict_policy": WorkflowIDConflictPolicy.FAIL}
        try:
            await self._client.start_workflow(LeadLifecycle.run, given, **options)
        except WorkflowAlreadyStartedError:
            if not await self._was_deleted(given):
                return None
            options["id_reuse_policy"] = AGAIN
            with suppress(WorkflowAlreadyStartedError):
                await self._client.start_workflow(LeadLifecycle.run, given, **options)
        except RPCError as error:
            raise as_leadflow_error(error, given.leadid) from error
        return given.leadid

    async def memo_of(self, leadid: UUID) -> Mapping[str, Any] | None:
        """What was kept with the lead's newest run; None where Temporal knows no run. Asks no worker.

        Raises Unavailable.
        """
        try:
            return await (await self._client.get_workflow_handle(workflow_id(leadid)).describe()).memo()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise as_leadflow_error(error, leadid) from error

    async def is_taken_in(self, leadid: UUID) -> bool:
        """Whether a lead that was started is stored by now, as its run says. Asks no worker. Raises Unavailable."""
        try:
            run = await self._client.get_workflow_handle(workflow_id(leadid)).describe()
        except RPCError as error:
            raise as_leadflow_error(error, leadid) from error
        return (
            run.status is not WorkflowExecutionStatus.RUNNING or run.typed_search_attributes.get(LEAD_STAGE) is not None
        )

    async def ask(self, lead: UUID | str, request: Request, request_id: str | None = None) -> LeadView | Qualification:
        """Send a request to an open lead, by lead id or workflow id. The same `request_id` again does nothing again.

        Raises StateConflict for a closed lead, NotFound for an unknown one, and whatever the request is refused with.
        """
        handle = self._client.get_workflow_handle(workflow_id(lead) if isinstance(lead, UUID) else lead)
        id = request_id or str(uuid4())
        try:
            answer: LeadView | Qualification = await until_taken(
                lambda: handle.execute_update(UPDATES[type(request)], request, id=id)
            )
        except FAILURES as error:
            raise as_leadflow_error(error, lead) from error
        return answer

    async def wake(self, workflow_ids: Iterable[str], request: LookAgain) -> int:
        """Tell leads that wait that somebody is free. Returns how many were told; a run that is over is passed over.

        Raises Unavailable.
        """
        told = 0
        for workflow in workflow_ids:
            try:
                await self._client.get_workflow_handle(workflow).signal(LeadLifecycle.look_again, request)
                told += 1
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise as_leadflow_error(error, workflow) from error
        return told

    async def reactivate(self, leadid: UUID, source: str, request: ReactivateLead) -> LeadView:
        """Open a closed lead again, in a new run. Raises StateConflict where it is open."""
        given = LeadLifecycleInput(source=source, leadid=leadid, reactivation=request)
        try:
            return await self._settle(given, AGAIN)
        except WorkflowAlreadyStartedError:
            raise StateConflict("The lead is already in the open state.", code=ErrorCode.LEAD_ALREADY_OPEN) from None

    async def delete(self, leadid: UUID, run: str | None, source: str, request: DeleteLead) -> LeadView:
        """Delete a lead, by the workflow `run` that leads its life; where that is over, in a new run.

        Raises StateConflict where it was opened meanwhile, or is not at the expected version; NotFound.
        """
        try:
            deleted = await self.ask(run or leadid, request)
            assert isinstance(deleted, LeadView)
            return deleted
        except (NotFound, StateConflict) as over:
            if over.code not in (ErrorCode.LEAD_ALREADY_CLOSED, ErrorCode.RECORD_NOT_FOUND):
                raise
        try:
            return await self._settle(LeadLifecycleInput(source=source, leadid=leadid, deletion=request), AGAIN)
        except WorkflowAlreadyStartedError:
            raise StateConflict("The lead was opened again meanwhile.", code=ErrorCode.LEAD_ALREADY_OPEN) from None

    async def change_together(self, request: ChangeSetRequest) -> Sequence[Done]:
        """Carry out a change set, and answer when it is done. Raises what one of its operations is refused with."""
        start = WithStartWorkflowOperation(
            ChangeSet.run,
            request,
            id=change_set_id(uuid4()),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"{len(request.operations)} operations",
        )
        try:
            done: list[Done] = await self._client.execute_update_with_start_workflow(
                "carried_out", start_workflow_operation=start, result_type=list[Done]
            )
        except FAILURES as error:
            raise as_leadflow_error(error, "of the change set") from error
        return done

    async def _settle(
        self,
        given: LeadLifecycleInput,
        reuse: WorkflowIDReusePolicy = ONCE,
        conflict: WorkflowIDConflictPolicy = WorkflowIDConflictPolicy.FAIL,
    ) -> LeadView:
        options = self._options(given) | {"id_reuse_policy": reuse, "id_conflict_policy": conflict}
        start = WithStartWorkflowOperation(LeadLifecycle.run, given, **options)
        try:
            lead: LeadView = await self._client.execute_update_with_start_workflow(
                "settle", start_workflow_operation=start, result_type=LeadView
            )
        except (WorkflowAlreadyStartedError, *FAILURES) as error:
            # The operation keeps the failure for whoever asks for the handle; if nobody does, asyncio logs it as lost.
            with suppress(WorkflowAlreadyStartedError, RPCError):
                await start.workflow_handle()
            if isinstance(error, WorkflowAlreadyStartedError):
                raise
            if was_not_taken(error):
                return await self._outcome(given)
            raise as_leadflow_error(error, given.leadid) from error
        return lead

    async def _outcome(self, given: LeadLifecycleInput) -> LeadView:
        """What a run says that was started, and gave the question back: it may have ended in its first task."""
        assert given.leadid is not None
        handle = self._client.get_workflow_handle_for(LeadLifecycle.run, workflow_id(given.leadid))
        try:
            return await until_taken(lambda: handle.execute_update("settle", result_type=LeadView))
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise as_leadflow_error(error, given.leadid) from error
        except FAILURES as error:
            raise as_leadflow_error(error, given.leadid) from error
        try:
            return await handle.result()
        except WorkflowFailureError as failed:
            raise as_leadflow_error(failed, given.leadid) from failed

    async def _ended(self, given: LeadLifecycleInput) -> LeadView | None:
        """The lead as its last run left it; None where that failed."""
        assert given.leadid is not None
        with suppress(WorkflowFailureError):
            handle = self._client.get_workflow_handle_for(LeadLifecycle.run, workflow_id(given.leadid))
            return await handle.result()
        return None

    async def _was_deleted(self, given: LeadLifecycleInput) -> bool:
        """Whether the lead's last run is over because the lead was deleted."""
        assert given.leadid is not None
        run = await self._client.get_workflow_handle(workflow_id(given.leadid)).describe()
        if run.status is not WorkflowExecutionStatus.COMPLETED:
            return False
        return run.typed_search_attributes.get(LEAD_STAGE) == LeadStage.DELETED

    def _options(self, given: LeadLifecycleInput) -> dict[str, Any]:
        return {**options_of(given), "task_queue": self._task_queue, "id_reuse_policy": ONCE}
