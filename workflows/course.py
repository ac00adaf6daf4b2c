"""What a run does by itself, unasked: it routes the lead, acts when a time limit runs out, and follows up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows.deadlines import Deadline
from workflows.merging import LeadMerging
from workflows.steps import LeadSteps

with workflow.unsafe.imports_passed_through():
    from activities.assignment import Assignments
    from activities.changes import Changes
    from activities.ladder import Ladder, MissedSla
    from activities.offers import OFFER_EXPIRED, ExpireOffer, Offers
    from activities.routing import Routings
    from crm.requests import AssignLead, LookAgain, Request, RerouteLead

LONGEST_REASON = 1000


class LeadCourse:
    """The course of one lead. Whoever calls holds the lead's turn."""

    def __init__(self, steps: LeadSteps) -> None:
        self._steps = steps
        self.merging = LeadMerging(steps)

    async def route(self, request: RerouteLead, *, keep_ladder: bool = False) -> None:
        """Ask the rules (again). A new decision brings a new ladder, unless the lead is on one (`keep_ladder`)."""
        routing = await self._steps.take(Routings.route_lead, request, "route")
        if routing.decision and not keep_ladder:
            self._steps.progress.if_missed = routing.if_missed
            self._steps.progress.climbing = False

    async def adopt(self, step: str) -> None:
        """Take note of a step that a change set did."""
        routing = await self._steps.take(Changes.adopt_step, Request(), "adopt", key=step)
        if routing.decision:
            self._steps.progress.if_missed = routing.if_missed
            self._steps.progress.climbing = False

    async def look(self) -> None:
        """See where the lead stands."""
        await self._steps.take(Changes.adopt_step, Request(), "look at the lead", key="look")

    async def run_out(self, deadline: Deadline) -> None:
        """A time limit has run out."""
        match deadline.limit:
            case "wait":
                await self.look_again(LookAgain(reason="the wait is over"))
            case "offer":
                await self._steps.take(Offers.expire_offer, ExpireOffer(), "offer expired")
                await self.route(RerouteLead(reason=OFFER_EXPIRED, counts=False))
            case "accept" | "contact" as limit:
                await self._sla_missed(limit, deadline.at)

    async def look_again(self, request: LookAgain) -> None:
        """Route a lead that waits. One that waits in the middle of its ladder goes on from there."""
        request_ = RerouteLead(reason=request.reason, counts=False, actor=request.actor, if_waiting=True)
        await self.route(request_, keep_ladder=self._steps.progress.climbing)

    async def follow_up(self) -> None:
        """Do what the steps of this turn have left to do. Called once a turn, after its last step."""
        lead = self._steps.lead
        if lead.merge_into and lead.master and not lead.is_closed:
            await self.merging.hand_over(lead.merge_into)
        elif lead.reconsider and not lead.is_closed:
            reason = f"{lead.event[:1].lower()}{lead.event[1:LONGEST_REASON]}"
            await self.route(RerouteLead(reason=reason, unless_same=True))
        await self.wake(self._steps.take_wakes())

    async def wake(self, waiting: Sequence[str]) -> None:
        """Tell the lead that waited longest that somebody is free; it tells the next one if it does not go there.

        A run that is over by now needs no telling.
        """
        for place, workflow_id in enumerate(waiting):
            told = workflow.get_external_workflow_handle(workflow_id)
            try:
                await told.signal("look_again", LookAgain(others=tuple(waiting[place + 1 :])))
            except FailureError as failed:
                workflow.logger.info("lead of workflow %s was not woken: %s", workflow_id, failed)
            else:
                return

    async def _sla_missed(self, limit: Literal["accept", "contact"], due: datetime) -> None:
        """Take the next step of the rule's ladder. After the last one the breach stands, and nothing more happens."""
        progress = self._steps.progress
        ladder = progress.if_missed
        action = ladder[0].action if ladder else None
        reminds = action == "remind"
        missed = MissedSla(
            action=action,
            limit=limit,
            due=due,
            accept_within=progress.accept_within if reminds else None,
            sla_clock=progress.sla_clock,
            contact_within=progress.contact_within if reminds else None,
            contact_clock=progress.contact_clock,
        )
        await self._steps.take(Ladder.record_missed_sla, missed, "SLA missed")
        progress.if_missed = ladder[1:]
        progress.climbing = True
        if action == "re-route":
            await self.route(RerouteLead(reason="SLA missed"), keep_ladder=True)
        if action == "escalate":
            escalation = AssignLead(team=ladder[0].team, reason="escalated, SLA missed")
            await self._steps.take(Assignments.assign_lead, escalation, "escalate")
