"""How a lead's run lets steps happen: one turn at a time, after intake, while the lead is open; and what people see."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.course import LeadCourse
from workflows.deadlines import next_deadline
from workflows.steps import LeadSteps, not_valid_yet, refusal, unasked

with workflow.unsafe.imports_passed_through():
    from activities.steps import LeadStep
    from crm.errors import NotFound, StateConflict
    from crm.identity import leadid_for
    from crm.lifecycle import LeadStage, require_open
    from crm.requests import Request
    from crm.views import Decision, LeadView
    from workflows.messages import LeadLifecycleInput, LeadProgress, TimelineEntry

R = TypeVar("R", bound=Request)
OVERTAKEN = ("NotFound", "StateConflict")  # what a step is refused with whose lead has moved on


def while_open(kind: type[R]) -> Callable[..., None]:
    """A validator of requests of one kind: what it refuses leaves no trace in the history."""

    def validator(self: "LeadTurns", request: R) -> None:
        self.require_open()

    validator.__annotations__ = {"request": kind, "return": None}  # Temporal wants the update's own signature
    return validator


class LeadTurns:
    """The part of a lead's run that all of its messages share."""

    def __init__(self, given: LeadLifecycleInput) -> None:
        self._given = given
        leadid = leadid_for(given, otherwise=workflow.info().workflow_id)
        self._steps = LeadSteps(leadid, given.progress or LeadProgress())
        self._course = LeadCourse(self._steps)
        self._refused: ApplicationError | None = None
        # Steps of one lead run one at a time: an update must not overtake the step before it.
        self._turn = asyncio.Lock()

    @property
    def _lead(self) -> LeadView:
        return self._steps.lead

    def _over(self) -> bool:
        """Whether this run has nothing left to do: the lead is closed, or another workflow leads its life."""
        return self._lead.is_closed or self._lead.workflow_id != workflow.info().workflow_id

    async def _do(
        self, activity: Callable[[Any, LeadStep[Any]], LeadView], request: Request, summary: str, *, valid: bool = True
    ) -> LeadView:
        async with self._at_work(valid=valid):
            await self._steps.take(activity, request, summary)
        return self._lead

    @asynccontextmanager
    async def _at_work(self, *, valid: bool = True) -> AsyncIterator[None]:
        """One turn: after intake, alone, and only while the lead is open (and valid, where that matters)."""
        await self._after_intake()
        async with self._turn:
            self.require_open()
            if valid and self._lead.stage is LeadStage.QUARANTINED:
                raise not_valid_yet()
            yield
            await self._end_turn()

    async def _after_intake(self) -> None:
        """Wait until the lead is stored. Raises what the store refused it with."""
        await workflow.wait_condition(lambda: self._steps.taken_in or self._refused is not None)
        if not self._steps.taken_in and self._refused is not None:
            refused = self._refused
            raise ApplicationError(refused.message, *refused.details, type=refused.type, non_retryable=True)

    async def _end_turn(self) -> None:
        """After the last step of whoever had the turn: what it leaves to do elsewhere, and what people see."""
        await self._by_itself(self._course.follow_up())
        self._steps.show()

    async def _by_itself(self, doing: Awaitable[None]) -> None:
        """What the run does unasked. It is dropped where a change set has overtaken the run: the lead is not as it was
        when the run set out. Any other refusal is a defect, see `unasked`."""
        with unasked():
            try:
                await doing
            except ApplicationError as refused:
                before = self._lead
                if refused.type not in OVERTAKEN or not self._steps.taken_in:
                    raise
                await self._course.look()
                stays = (self._lead.stage, next_deadline(self._lead)) == (before.stage, next_deadline(before))
                if stays and not self._over():
                    raise

    def require_open(self) -> None:
        """Refuse a request on a closed lead, with Dataverse's code; or on one that is deleted."""
        if self._steps.taken_in:
            if self._lead.stage is LeadStage.DELETED:
                raise refusal(NotFound(f"lead With Id = {self._lead.leadid} Does Not Exist"))
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
