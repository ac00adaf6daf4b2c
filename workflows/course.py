"""What a run does by itself, without being asked: it routes the lead, and acts when a time limit runs out."""

from temporalio import workflow

from workflows.deadlines import Deadline
from workflows.steps import LeadSteps

with workflow.unsafe.imports_passed_through():
    from activities.assignment import Assignments, MissedSla
    from activities.routing import Routings
    from crm.requests import AssignLead, RerouteLead


class LeadCourse:
    """The course of one lead. Whoever calls holds the lead's turn."""

    def __init__(self, steps: LeadSteps) -> None:
        self._steps = steps

    async def route(self, request: RerouteLead, *, keep_ladder: bool = False) -> None:
        """Ask the rules (again). A new decision brings a new ladder, unless the lead is on one (`keep_ladder`)."""
        routing = await self._steps.take(Routings.route_lead, request, "route")
        if routing.decision and not keep_ladder:
            self._steps.progress.if_missed = routing.if_missed

    async def run_out(self, deadline: Deadline) -> None:
        """A time limit has run out."""
        match deadline.limit:
            case "wait":
                await self.route(RerouteLead(reason="looked again", counts=False))
            case _:
                await self._sla_missed()
        self._steps.show()

    async def _sla_missed(self) -> None:
        """Take the next step of the rule's ladder. After the last one the breach stands, and nothing more happens."""
        progress = self._steps.progress
        ladder = progress.if_missed
        progress.if_missed = ladder[1:]
        action = ladder[0].action if ladder else None
        again = progress.accept_within if action == "remind" else None
        missed = MissedSla(action=action, accept_within=again, sla_clock=progress.sla_clock)
        await self._steps.take(Assignments.record_missed_sla, missed, "SLA missed")
        if action == "re-route":
            await self.route(RerouteLead(reason="SLA missed"), keep_ladder=True)
        if action == "escalate":
            escalation = AssignLead(team=ladder[0].team, reason="escalated, SLA missed")
            await self._steps.take(Assignments.assign_lead, escalation, "escalate")
