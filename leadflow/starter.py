"""What an integrator calls: start a lead's workflow, and send it what people do.

client = await connect(load_settings())
lead = await Leads(client).submit(LeadSubmission(source="website", external_id="42", lead={...}))
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

import crm.errors
from crm.errors import ErrorCode, LeadflowError, NotFound, StateConflict, Unavailable
from crm.identity import leadid_for, origin, workflow_id
from crm.requests import (
    AcceptLead,
    AddNote,
    AssignLead,
    DeclineLead,
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
from workflows.lead_lifecycle import LeadLifecycle
from workflows.messages import LeadLifecycleInput
from workflows.options import PRIORITIES
from workflows.search_attributes import LEAD_STAGE

FAIRNESS_KEY_BYTES = 64  # Temporal refuses longer ones
UPDATES: dict[type[Request], Any] = {
    AcceptLead: LeadLifecycle.accept,
    DeclineLead: LeadLifecycle.decline,
    AssignLead: LeadLifecycle.assign,
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
        given = _identified(submission)
        start = WithStartWorkflowOperation(
            LeadLifecycle.run, given, id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING, **self._options(given)
        )
        try:
            return await self._settle(start)
        except WorkflowAlreadyStartedError:
            if merged := await self._merged(given):
                return merged
            raise StateConflict(f"Lead {given.leadid} is known and closed. Reactivate it instead.") from None
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
            raise as_leadflow_error(error, given.leadid) from error

    async def enqueue(self, submission: LeadSubmission) -> UUID | None:
        """Start the lead's workflow without waiting for it. Returns the lead's id; None where it is known already:
        nothing starts then."""
        given = _identified(submission)
        try:
            await self._client.start_workflow(
                LeadLifecycle.run,
                given,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                **self._options(given),
            )
        except WorkflowAlreadyStartedError:
            return None
        except RPCError as error:
            raise as_leadflow_error(error, given.leadid) from error
        return given.leadid

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
        try:
            answer: LeadView | Qualification = await handle.execute_update(
                UPDATES[type(request)], request, id=request_id or str(uuid4())
            )
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
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
        given = LeadLifecycleInput(lead={}, source=source, leadid=leadid, reactivation=request)
        options = self._options(given) | {"id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE}
        start = WithStartWorkflowOperation(
            LeadLifecycle.run, given, id_conflict_policy=WorkflowIDConflictPolicy.FAIL, **options
        )
        try:
            return await self._settle(start)
        except WorkflowAlreadyStartedError:
            raise StateConflict("The lead is already in the open state.", code=ErrorCode.LEAD_ALREADY_OPEN) from None
        except (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCError) as error:
            raise as_leadflow_error(error, leadid) from error

    async def _settle(self, start: WithStartWorkflowOperation[LeadLifecycle, LeadView]) -> LeadView:
        try:
            lead: LeadView = await self._client.execute_update_with_start_workflow(
                "settle", start_workflow_operation=start, result_type=LeadView
            )
        except (WorkflowAlreadyStartedError, RPCError):
            # The operation keeps the failure for whoever asks for the handle; if nobody does, asyncio logs it as lost.
            with suppress(WorkflowAlreadyStartedError, RPCError):
                await start.workflow_handle()
            raise
        return lead

    async def _merged(self, given: LeadLifecycleInput) -> LeadView | None:
        """The lead, if its run is over because it was merged into another one."""
        assert given.leadid is not None
        with suppress(WorkflowFailureError):
            lead = await self._client.get_workflow_handle_for(LeadLifecycle.run, workflow_id(given.leadid)).result()
            return lead if lead.master else None
        return None

    def _options(self, given: LeadLifecycleInput) -> dict[str, Any]:
        assert given.leadid is not None
        return {
            "id": workflow_id(given.leadid),
            "task_queue": self._task_queue,
            "id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE,
            "static_summary": _summary(given),
            "priority": Priority(
                priority_key=PRIORITIES[given.urgency],
                fairness_key=_fairness_key(given),
            ),
        }


def _identified(submission: LeadSubmission) -> LeadLifecycleInput:
    """The submission with the lead's GUID, which is also in the workflow's id."""
    leadid = leadid_for(submission, otherwise=str(uuid4()))
    return LeadLifecycleInput(**{**dict(submission), "leadid": leadid})


def _fairness_key(given: LeadLifecycleInput) -> str:
    """Leads of one partner, unit or feed wait for each other, never for those of another."""
    key = given.channel_partner or given.business_unit or given.source
    return key.encode()[:FAIRNESS_KEY_BYTES].decode(errors="ignore")


def _summary(given: LeadLifecycleInput) -> str:
    """The run's title in the Web UI: where the lead came from and for whom; nothing personal."""
    came_from = origin(given.source, given.external_id)
    target = given.channel_partner or given.business_unit
    return f"Lead from {came_from} for {target}" if target else f"Lead from {came_from}"


def as_leadflow_error(error: Exception, lead: object) -> LeadflowError:
    """What a refused or failed call to Temporal means, as one of ours."""
    cause = error.cause if isinstance(error, WorkflowUpdateFailedError) else None
    if isinstance(cause, ApplicationError):
        kind: type[LeadflowError] = getattr(crm.errors, cause.type or "", crm.errors.InvalidInput)
        return kind(cause.message, code=cause.details[0] if cause.details else None)
    if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
        if "completed" in error.message:
            return StateConflict("The lead is already closed. Reactivate it first.")
        return NotFound(f"lead {lead} has no open run: it is unknown, or its life is over")
    if isinstance(error, WorkflowUpdateRPCTimeoutOrCancelledError):
        return Unavailable(
            f"No worker has answered for lead {lead} yet. See that one runs ('leadflow up' or 'leadflow worker'), "
            "and ask again."
        )
    return Unavailable(f"Temporal did not carry out the request for lead {lead}: {error}")
