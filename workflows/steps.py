"""How a run takes a step: call the activity, remember what came back, show it in the Web UI."""

from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.executing import execute

with workflow.unsafe.imports_passed_through():
    from activities.steps import LeadStep
    from crm.errors import ErrorCode, LeadflowError, StateConflict
    from crm.requests import Request
    from crm.views import LeadView, Qualification, Routing
    from workflows import options
    from workflows.details import current_details
    from workflows.messages import TIMELINE_LENGTH, LeadProgress, TimelineEntry
    from workflows.search_attributes import updates, values_of

Result = TypeVar("Result", LeadView, Routing, Qualification)


class LeadSteps:
    """The progress of one lead, changed by nothing but its steps."""

    def __init__(self, leadid: UUID, progress: LeadProgress) -> None:
        self.progress = progress
        self._leadid = leadid
        self._published: dict[str, object] = {}
        self._wakes: list[str] = []

    @property
    def lead(self) -> LeadView:
        """The lead after its last step. Only to be asked after intake."""
        assert self.progress.lead is not None
        return self.progress.lead

    @property
    def taken_in(self) -> bool:
        return self.progress.lead is not None

    async def take(
        self,
        activity: Callable[[Any, LeadStep[Any]], Result],
        request: Request,
        summary: str,
        *,
        key: str | None = None,
    ) -> Result:
        """Run one activity and remember the lead that it returns.

        Raises ApplicationError where the activity refuses what was asked. Every other failure is retried until it
        succeeds.
        """
        step = LeadStep[Any](
            leadid=self._leadid, step=key or self._next_key(activity.__name__), on=workflow.now(), request=request
        )
        result = await self._execute(activity, step, summary)
        self._remember(result)
        return result

    def take_wakes(self) -> list[str]:
        """The workflows of waiting leads that the steps since the last call named, each once."""
        wakes, self._wakes = list(dict.fromkeys(self._wakes)), []
        return wakes

    def show(self) -> None:
        """Bring the search attributes and the details up to date; at most one command."""
        values = values_of(self.lead, self.progress.decision)
        changes = updates(self._published, values)
        if changes:
            workflow.upsert_search_attributes(changes)
            self._published = values
        workflow.set_current_details(current_details(self.progress))

    def _next_key(self, activity: str) -> str:
        """Stable over retries, resets and continue-as-new: the first run, and the update or the count within it."""
        self.progress.steps += 1
        update = workflow.current_update_info()
        return f"{workflow.info().first_execution_run_id}/{update.id if update else self.progress.steps}/{activity}"

    async def _execute(
        self, activity: Callable[[Any, LeadStep[Any]], Result], step: LeadStep[Any], summary: str
    ) -> Result:
        return await execute(activity, step, summary, options.priority_of(self.progress.lead))

    def _remember(self, result: LeadView | Routing | Qualification) -> None:
        lead = result if isinstance(result, LeadView) else result.lead
        events = [lead.event]
        if isinstance(result, Routing) and result.decision:
            self.progress.decision = result.decision
            self.progress.accept_within, self.progress.sla_clock = result.accept_within, result.sla_clock
            self.progress.contact_within, self.progress.contact_clock = result.contact_within, result.contact_clock
            events += [result.event] if result.event else []
        if self.progress.lead is None or lead.owner != self.progress.lead.owner:
            self.progress.why = events[-1]
        self._wakes += lead.wakes
        self.progress.lead = lead.model_copy(update={"event": events[-1], "wakes": ()})
        happened = [TimelineEntry(on=workflow.now(), event=event) for event in events]
        self.progress.timeline = [*self.progress.timeline, *happened][-TIMELINE_LENGTH:]


@contextmanager
def unasked(but: Collection[str] = ()) -> Iterator[None]:
    """What the run does by itself. Nobody is there to mend what is refused: that is a defect, and fails the workflow
    task, so that the run waits for a mended worker or directory and loses nothing. Errors of the types `but` pass."""
    try:
        yield
    except ApplicationError as refused:
        if refused.type in but:
            raise
        raise RuntimeError(f"the run's own step was refused: {refused.message}") from refused


async def unless_refused(update: Awaitable[object]) -> None:
    """A signal has nobody to tell of a refusal, and must not fail the lead's run: the log keeps it."""
    try:
        await update
    except ApplicationError as refused:
        workflow.logger.warning("signal refused: %s", refused.message)


def refusal(error: LeadflowError) -> ApplicationError:
    """Our error as the answer to an update."""
    return ApplicationError(error.message, error.code, type=type(error).__name__, non_retryable=True)


def not_valid_yet() -> ApplicationError:
    return refusal(
        StateConflict(
            "The lead is in quarantine: it does not validate. Correct it first with the update `edit`.",
            code=ErrorCode.INVALID_ARGUMENT,
        )
    )
