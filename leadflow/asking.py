"""What a refused or failed call to Temporal means, as one of our errors."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio.client import (
    WorkflowFailureError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

import crm.errors
from crm.errors import LeadflowError, NotFound, StateConflict, Unavailable

FAILURES = (WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCError)
"""What a call to Temporal may raise."""

T = TypeVar("T")
_PAUSES = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
"""In seconds; a run on a busy worker takes its time to end."""
_NOT_TAKEN = "unexpected workflow task failure"


async def until_taken(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask again where the run was about to end, or to do something else, when the question came: Temporal then gives
    it back. `ask` must do nothing twice."""
    for pause in _PAUSES:
        try:
            return await ask()
        except RPCError as error:
            if not was_not_taken(error):
                raise
        await asyncio.sleep(pause)
    return await ask()


def was_not_taken(error: BaseException) -> bool:
    """Whether Temporal gave a question back, because the run ended, or did something else, when it came."""
    return isinstance(error, RPCError) and _NOT_TAKEN in error.message


def as_leadflow_error(error: Exception, lead: object) -> LeadflowError:
    """The error that a failure in asking for a lead stands for."""
    cause = error.cause if isinstance(error, WorkflowUpdateFailedError | WorkflowFailureError) else None
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
