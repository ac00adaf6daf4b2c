"""The life of one lead, from intake to qualification or disqualification. Read `run` first: it is the whole story."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import ValidationError
from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.assignment import Assignments
    from activities.communication import Communications
    from activities.intake import Intake
    from activities.merging import Merging
    from activities.qualification import Qualifications
    from activities.steps import LeadStep
    from crm.errors import StateConflict
    from crm.identity import leadid_for
    from crm.lifecycle import LeadStage, require_open
    from crm.requests import (
        AcceptLead,
        AddNote,
        AssignLead,
        DeclineLead,
        DisqualifyLead,
        EditLead,
        LogCommunication,
        LookAgain,
        MergeInto,
        MergeLead,
        QualifyLead,
        Request,
        RerouteLead,
    )
    from crm.views import Decision, LeadView, Qualification
    from workflows.course import LeadCourse
    from workflows.deadlines import next_deadline
    from workflows.messages import LeadLifecycleInput, LeadProgress, TimelineEntry
    from workflows.steps import LeadSteps, not_valid_yet, refusal, unasked, unless_refused


R = TypeVar("R", bound=Request)
REFUSED_SUBMISSION = ("NotFound", "StateConflict")  # reactivation of an open lead, an external id that is taken
NOTHING = LeadLifecycleInput()  # a start without input fails like any other bad input


def _while_open(kind: type[R]) -> Callable[..., None]:
    """A validator of requests of one kind: what it refuses leaves no trace in the history."""

    def validator(self: "LeadLifecycle", request: R) -> None:
        self.require_open()

    validator.__annotations__ = {"request": kind, "return": None}  # Temporal wants the update's own signature
    return validator


# A malformed input fails the run at once, naming the field, instead of blocking its first task for ever.
@workflow.defn(name="LeadLifecycle", failure_exception_types=[ValidationError])
class LeadLifecycle:
    """One run is one lead's life while it is open. Updates are what people do; every step is an activity."""

    @workflow.init
    def __init__(self, given: LeadLifecycleInput = NOTHING) -> None:
        self._given = given
        leadid = leadid_for(given, otherwise=workflow.info().workflow_id)
        self._steps = LeadSteps(leadid, given.progress or LeadProgress())
        self._course = LeadCourse(self._steps)
        # Steps of one lead run one at a time: an update must not overtake the step before it.
        self._turn = asyncio.Lock()

    @workflow.run
    async def run(self, given: LeadLifecycleInput = NOTHING) -> LeadView:
        """Take the lead in, route it, and stay with it until it is closed."""
        if not self._steps.taken_in:
            await self._take_in()
        while not self._over():
            if workflow.info().is_continue_as_new_suggested():
                await self._continue_as_new()
            await self._wait_for_people()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._lead

    async def _take_in(self) -> None:
        """The first step. Whoever started the run asked for it: a submission that the store refuses fails the run."""
        async with self._turn:
            with unasked(but=REFUSED_SUBMISSION):
                await self._register()
            await self._end_turn()

    async def _register(self) -> None:
        if self._given.reactivation:
            await self._steps.take(Qualifications.reactivate_lead, self._given.reactivation, "reactivate")
            if self._lead.stage is LeadStage.RECEIVED:
                await self._course.route(RerouteLead(reason="reactivated", counts=False))
        else:
            submission = self._given.submission()
            routing = await self._steps.take(Intake.register_lead, submission, "intake and routing", key="intake")
            self._steps.progress.if_missed = routing.if_missed

    async def _wait_for_people(self) -> None:
        """Until somebody has done something, or a time limit runs out."""
        due = next_deadline(self._lead)
        try:
            await workflow.wait_condition(
                lambda: (
                    self._over() or next_deadline(self._lead) != due or workflow.info().is_continue_as_new_suggested()
                ),
                timeout=max(due.at - workflow.now(), timedelta(0)) if due else None,
                timeout_summary=due.summary if due else None,
            )
        except TimeoutError:
            async with self._turn:
                if due and next_deadline(self._lead) == due:
                    with unasked():
                        await self._course.run_out(due)
                    await self._end_turn()

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        changes: dict[str, Any] = {"lead": {}, "reactivation": None, "progress": self._steps.progress}
        going_on = self._given.model_copy(update=changes)
        # A pinned run may move to the newest worker here, and only here.
        versioned = workflow.info().get_current_deployment_version() is not None
        behavior = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE if versioned else None
        workflow.continue_as_new(going_on, initial_versioning_behavior=behavior)

    @property
    def _lead(self) -> LeadView:
        return self._steps.lead

    def _over(self) -> bool:
        """Whether this run has nothing left to do: the lead is closed, or another workflow leads its life."""
        return self._lead.is_closed or self._lead.workflow_id != workflow.info().workflow_id

    # What people do

    @workflow.update(description="Wait until the lead is stored and routed; returns where it stands")
    async def settle(self) -> LeadView:
        await workflow.wait_condition(
            lambda: self._steps.taken_in and (self._over() or self._lead.stage is not LeadStage.RECEIVED)
        )
        return self._lead

    @workflow.update(description="The owner takes the lead")
    async def accept(self, request: AcceptLead) -> LeadView:
        return await self._do(Assignments.accept_lead, request, "accept")

    @workflow.update(description="The owner gives the lead back; it is routed to somebody else")
    async def decline(self, request: DeclineLead) -> LeadView:
        async with self._at_work():
            counts = self._lead.stage is not LeadStage.OFFERED
            await self._steps.take(Assignments.decline_lead, request, "decline")
            again = RerouteLead(reason=f"declined: {request.reason}", actor=request.actor, counts=counts)
            with unasked():
                await self._course.route(again)
        return self._lead

    @workflow.update(description="Give the lead to a user, team or queue by hand")
    async def assign(self, request: AssignLead) -> LeadView:
        return await self._do(Assignments.assign_lead, request, "assign")

    @workflow.update(description="Route the lead again by today's rules")
    async def reroute(self, request: RerouteLead) -> LeadView:
        async with self._at_work():
            await self._course.route(request)
        return self._lead

    @workflow.update(description="Change attributes of the lead, or correct a quarantined one")
    async def edit(self, request: EditLead) -> LeadView:
        return await self._edit(request)

    async def _edit(self, request: EditLead) -> LeadView:
        async with self._at_work(valid=False):
            await self._steps.take(Intake.edit_lead, request, "edit")
            if self._lead.stage is LeadStage.RECEIVED and not self._lead.merge_into:
                with unasked():
                    await self._course.route(RerouteLead(reason="corrected", counts=False))
        return self._lead

    @workflow.update(description="Record an e-mail, phone call, appointment or task")
    async def log(self, request: LogCommunication) -> LeadView:
        return await self._do(Communications.log_communication, request, request.kind)

    @workflow.update(description="Add a note, with or without an attachment")
    async def note(self, request: AddNote) -> LeadView:
        return await self._do(Communications.add_note, request, "note", valid=False)

    @workflow.update(description="Close the lead as won: create account, contact and opportunity")
    async def qualify(self, request: QualifyLead) -> Qualification:
        async with self._at_work():
            return await self._steps.take(Qualifications.qualify_lead, request, "qualify")

    @workflow.update(description="Close the lead without a sale; it is kept for reporting")
    async def disqualify(self, request: DisqualifyLead) -> LeadView:
        return await self._do(Qualifications.disqualify_lead, request, "disqualify", valid=False)

    @workflow.update(description="Merge the lead into another one of the same person, which takes over its values")
    async def merge_into(self, request: MergeInto) -> LeadView:
        async with self._at_work():
            await self._steps.take(Merging.begin_merge, request, "begin to merge")
        if self._lead.master is None:
            raise refusal(StateConflict(f"Lead {request.master} is closed by now, or busy; nothing was changed."))
        return self._lead

    accept.validator(_while_open(AcceptLead))
    decline.validator(_while_open(DeclineLead))
    assign.validator(_while_open(AssignLead))
    reroute.validator(_while_open(RerouteLead))
    edit.validator(_while_open(EditLead))
    log.validator(_while_open(LogCommunication))
    note.validator(_while_open(AddNote))
    qualify.validator(_while_open(QualifyLead))
    disqualify.validator(_while_open(DisqualifyLead))
    merge_into.validator(_while_open(MergeInto))

    @workflow.signal(description="Attributes changed elsewhere: an edit that nobody waits for")
    async def attributes_changed(self, request: EditLead) -> None:
        await unless_refused(self._edit(request))

    @workflow.signal(description="The lead wrote or called: a communication that nobody waits for")
    async def contact_replied(self, request: LogCommunication) -> None:
        reply = request.model_copy(update={"incoming": True})
        await unless_refused(self._do(Communications.log_communication, reply, request.kind))

    @workflow.signal(description="Somebody is free: a lead that waits is routed now")
    async def look_again(self, request: LookAgain) -> None:
        waited = self._steps.taken_in and self._lead.stage is LeadStage.WAITING
        await unless_refused(self._look_again(request))
        if not waited or self._lead.stage is LeadStage.WAITING:
            await self._course.wake(request.others)

    async def _look_again(self, request: LookAgain) -> None:
        async with self._at_work(valid=False):
            if self._lead.stage is LeadStage.WAITING:
                with unasked():
                    await self._course.look_again(request)

    @workflow.signal(description="Another lead of the same person hands over its values")
    async def merge(self, request: MergeLead) -> None:
        await unless_refused(self._merge(request))
        await self._course.merging.answer(request.answer_to)

    async def _merge(self, request: MergeLead) -> None:
        async with self._at_work(valid=False):
            await self._course.merging.take_over(request)

    async def _do(
        self, activity: Callable[[Any, LeadStep[Any]], LeadView], request: Request, summary: str, *, valid: bool = True
    ) -> LeadView:
        async with self._at_work(valid=valid):
            await self._steps.take(activity, request, summary)
        return self._lead

    @asynccontextmanager
    async def _at_work(self, *, valid: bool = True) -> AsyncIterator[None]:
        """One turn: after intake, alone, and only while the lead is open (and valid, where that matters)."""
        await workflow.wait_condition(lambda: self._steps.taken_in)
        async with self._turn:
            self.require_open()
            if valid and self._lead.stage is LeadStage.QUARANTINED:
                raise not_valid_yet()
            yield
            await self._end_turn()

    async def _end_turn(self) -> None:
        """After the last step of whoever had the turn: what it leaves to do elsewhere, and what people see."""
        with unasked():
            await self._course.follow_up()
        self._steps.show()

    def require_open(self) -> None:
        """Refuse a request on a closed lead, with Dataverse's code."""
        if self._steps.taken_in:
            try:
                require_open(self._lead.statecode)
            except StateConflict as error:
                raise refusal(error) from None

    # What people see

    @workflow.query(description="Where the lead stands")
    def status(self) -> LeadView | None:
        return self._steps.progress.lead

    @workflow.query(description="Why it went there")
    def decision(self) -> Decision | None:
        return self._steps.progress.decision

    @workflow.query(description="What happened, oldest first")
    def timeline(self) -> list[TimelineEntry]:
        return self._steps.progress.timeline
