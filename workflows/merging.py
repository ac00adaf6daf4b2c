"""How two runs merge their leads: one hands its lead over and waits for the answer, the other takes it over."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows.steps import LeadSteps

with workflow.unsafe.imports_passed_through():
    from activities.merging import Merging
    from crm.requests import MergeLead, Request

PATIENCE = timedelta(minutes=1)
ANSWER = "merge_answered"


class LeadMerging:
    """The merging of one lead. Whoever calls holds the lead's turn."""

    def __init__(self, steps: LeadSteps) -> None:
        self._steps = steps
        self._answered = False

    async def hand_over(self, master: str) -> None:
        """Give the lead to the run of another one, and close it. It goes on by itself if that run does not take it."""
        self._answered = False
        workflow.set_signal_handler(ANSWER, self._hear)
        request = MergeLead(leadid=self._steps.lead.leadid, answer_to=workflow.info().workflow_id)
        if await _signalled(master, "merge", request):
            with suppress(TimeoutError):
                await workflow.wait_condition(
                    lambda: self._answered, timeout=PATIENCE, timeout_summary="Merge: go on alone"
                )
        routing = await self._steps.take(Merging.end_merge, Request(), "end of the merge")
        if routing.decision:
            self._steps.progress.if_missed = routing.if_missed

    async def take_over(self, request: MergeLead) -> None:
        """Take the values of another run's lead. Raises ApplicationError where that cannot be."""
        await self._steps.take(Merging.take_over, request, "merge")

    async def answer(self, waiting: str) -> None:
        """Tell the other run to look what became of its lead."""
        await _signalled(waiting, ANSWER)

    def _hear(self) -> None:
        self._answered = True


async def _signalled(workflow_id: str, signal: str, *given: MergeLead) -> bool:
    """Whether the run is there to take the signal."""
    try:
        await workflow.get_external_workflow_handle(workflow_id).signal(signal, args=given)
    except FailureError as failed:
        workflow.logger.info("workflow %s did not take %s: %s", workflow_id, signal, failed)
        return False
    return True
