"""The life of one lead, from intake to qualification or disqualification. Read `run` first: it is the whole story."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.assignment import Assignments
    from activities.changes import Changes
    from activities.communication import Communications
    from activities.intake import Intake
    from activities.merging import Merging
    from activities.qualification import Qualifications
    from crm.errors import StateConflict
    from crm.lifecycle import LeadStage
    from crm.requests import (
        AcceptLead,
        AddNote,
        AdoptSteps,
        AssignLead,
        ChangeLead,
        DeclineLead,
        DeleteLead,
        DisqualifyLead,
        EditLead,
        LogCommunication,
        LookAgain,
        MergeInto,
        MergeLead,
        QualifyLead,
        RerouteLead,
    )
    from crm.views import LeadView, Qualification
    from workflows.deadlines import next_deadline
    from workflows.messages import LeadLifecycleInput
    from workflows.steps import refusal, unasked, unless_refused
    from workflows.turns import LeadTurns, while_open

REFUSED_SUBMISSION = ("NotFound", "StateConflict")  # reactivation of an open lead, an external id that is taken
NOTHING = LeadLifecycleInput()  # a start without input fails like any other bad input


# A malformed input fails the run at once, naming the field, instead of blocking its first task for ever.
@workflow.defn(name="LeadLifecycle", failure_exception_types=[ValidationError])
class LeadLifecycle(LeadTurns):
    """One run is one lead's life while it is open. Updates are what people do; every step is an activity."""

    @workflow.init
    def __init__(self, given: LeadLifecycleInput = NOTHING) -> None:
        super().__init__(given)

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
        """The first step. Whoever started the run asked for it: what the store refuses fails the run."""
        async with self._turn:
            try:
                with unasked(but=REFUSED_SUBMISSION):
                    await self._register()
            except ApplicationError as refused:
                self._refused = refused
                await workflow.wait_condition(workflow.all_handlers_finished)
                raise
            await self._end_turn()

    async def _register(self) -> None:
        if self._given.reactivation:
            await self._steps.take(Qualifications.reactivate_lead, self._given.reactivation, "reactivate")
            await self._route_if_received("reactivated")
        elif self._given.deletion:
            await self._steps.take(Changes.delete_lead, self._given.deletion, "delete")
        elif self._given.adopts:
            await self._adopt(self._given.adopts)
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
                    await self._by_itself(self._course.run_out(due))
                    await self._end_turn()

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        changes: dict[str, Any] = {"lead": {}, "reactivation": None, "progress": self._steps.progress}
        going_on = self._given.model_copy(update=changes)
        # A pinned run may move to the newest worker here, and only here.
        versioned = workflow.info().get_current_deployment_version() is not None
        behavior = workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE if versioned else None
        workflow.continue_as_new(going_on, initial_versioning_behavior=behavior)

    # What people do

    @workflow.update(description="Wait until the lead is stored and routed; returns where it stands")
    async def settle(self) -> LeadView:
        await self._after_intake()
        await workflow.wait_condition(lambda: self._over() or self._lead.stage is not LeadStage.RECEIVED)
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
            await self._by_itself(self._course.route(again))
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
            await self._by_itself(self._route_if_received("corrected"))
        return self._lead

    @workflow.update(description="Change attributes, owner and state at once, as a write to the lead's record does")
    async def change(self, request: ChangeLead) -> LeadView:
        async with self._at_work(valid=False):
            await self._steps.take(Changes.change_lead, request, "change")
            await self._by_itself(self._route_if_received("corrected"))
        return self._lead

    @workflow.update(description="Delete the lead and all that hangs on it; ends the run")
    async def delete(self, request: DeleteLead) -> LeadView:
        return await self._do(Changes.delete_lead, request, "delete", valid=False)

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

    change.validator(while_open(ChangeLead))
    delete.validator(while_open(DeleteLead))
    accept.validator(while_open(AcceptLead))
    decline.validator(while_open(DeclineLead))
    assign.validator(while_open(AssignLead))
    reroute.validator(while_open(RerouteLead))
    edit.validator(while_open(EditLead))
    log.validator(while_open(LogCommunication))
    note.validator(while_open(AddNote))
    qualify.validator(while_open(QualifyLead))
    disqualify.validator(while_open(DisqualifyLead))
    merge_into.validator(while_open(MergeInto))

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
                await self._by_itself(self._course.look_again(request))

    @workflow.signal(description="A change set did steps of this lead together with other records: take note of them")
    async def adopt(self, request: AdoptSteps) -> None:
        await unless_refused(self._adopt_in_turn(request.steps))

    async def _adopt_in_turn(self, steps: Iterable[str]) -> None:
        await self._after_intake()
        async with self._turn:
            await self._adopt(steps)

    async def _adopt(self, steps: Iterable[str]) -> None:
        for step in steps:
            await self._course.adopt(step)
            await self._by_itself(self._route_if_received("changed"))
            await self._end_turn()

    async def _route_if_received(self, reason: str) -> None:
        """Route a lead that nobody has, and that is not about to be merged."""
        if self._lead.stage is LeadStage.RECEIVED and not self._lead.merge_into:
            await self._course.route(RerouteLead(reason=reason, counts=False))

    @workflow.signal(description="Another lead of the same person hands over its values")
    async def merge(self, request: MergeLead) -> None:
        await unless_refused(self._merge(request))
        await self._course.merging.answer(request.answer_to)

    async def _merge(self, request: MergeLead) -> None:
        async with self._at_work(valid=False):
            await self._course.merging.take_over(request)
