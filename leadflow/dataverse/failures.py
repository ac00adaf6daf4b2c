"""Answers to requests that failed: as the error says, or with a number under which the log has the defect."""

import logging
from collections.abc import Awaitable
from uuid import uuid4

from crm.errors import LeadflowError
from leadflow.dataverse.call import Answer
from leadflow.dataverse.errors import error_body, headers_of, status_of

_LOG = logging.getLogger("leadflow.api")


async def guarded(work: Awaitable[Answer]) -> Answer:
    """The answer, whatever goes wrong on the way to it. Never raises."""
    try:
        return await work
    except Exception as error:
        return failed(error)


def failed(error: Exception) -> Answer:
    """The answer to an error. A defect of ours gets a number, under which the log has everything."""
    if not isinstance(error, LeadflowError):
        number = uuid4()
        _LOG.error("unexpected error %s", number, exc_info=error)
        error = LeadflowError(f"An unexpected error occurred. The service's log has it under {number}.")
    return Answer(status_of(error), error_body(error), headers_of(error))
