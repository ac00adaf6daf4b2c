"""How a run executes an activity: at once as a local one, and where that fails, as a normal one until it succeeds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import Priority
from temporalio.exceptions import ActivityError, ApplicationError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from workflows import options

Given = TypeVar("Given")
Result = TypeVar("Result")


async def execute(
    activity: Callable[[Any, Given], Result],
    given: Given,
    summary: str,
    priority: Priority,
    *,
    local: bool = True,
    timeout: timedelta = options.STEP_TIMEOUT,
) -> Result:
    """Run the activity, with `local` at once. Raises ApplicationError where it refuses what was asked."""
    if local:
        try:
            return await workflow.execute_local_activity_method(
                activity,
                given,
                summary=summary,
                start_to_close_timeout=options.LOCAL_TIMEOUT,
                retry_policy=options.LOCAL_RETRY,
            )
        except FailureError as error:
            _raise_refusal(error)
    try:
        return await workflow.execute_activity_method(
            activity,
            given,
            summary=summary,
            start_to_close_timeout=timeout,
            retry_policy=options.STEP_RETRY,
            priority=priority,
        )
    except ActivityError as error:
        _raise_refusal(error)
        raise


def _raise_refusal(error: FailureError) -> None:
    """Pass on what the activity refused, and a cancellation; anything else is left to be tried again.

    What a local activity raises comes as it is, what a normal one raises is wrapped.
    """
    cause = error.cause if isinstance(error, ActivityError) else error
    if is_cancelled_exception(error) or (isinstance(cause, ApplicationError) and cause.non_retryable):
        raise cause or error
