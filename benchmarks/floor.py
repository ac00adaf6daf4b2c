"""The floor: what Temporal alone costs for as many messages as a lead's life has, and one empty local activity."""

from datetime import timedelta

from temporalio import activity, workflow


@activity.defn
def nothing(value: str) -> str:
    return value


@workflow.defn
class Floor:
    """Started with an update that waits for the local activity; then two more updates, the second ends it."""

    def __init__(self) -> None:
        self._ready = False
        self._done = False

    @workflow.run
    async def run(self, value: str) -> str:
        await workflow.execute_local_activity(nothing, value, start_to_close_timeout=timedelta(seconds=5))
        self._ready = True
        await workflow.wait_condition(lambda: self._done)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return value

    @workflow.update
    async def settle(self) -> str:
        await workflow.wait_condition(lambda: self._ready)
        return "settled"

    @workflow.update
    async def accept(self) -> str:
        return "accepted"

    @workflow.update
    async def qualify(self) -> str:
        self._done = True
        return "qualified"
