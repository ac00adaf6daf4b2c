"""The one place where our errors become Temporal's: the code is the type, and `retryable` decides about a retry."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from crm.errors import LeadflowError


@contextmanager
def as_application_errors() -> Iterator[None]:
    """Raise LeadflowError as ApplicationError: `type` is the error's class, the first detail its code.

    Without its causes: the message says it all, and a pending activity whose failure is above 4 KB shows none of it.
    What was refused is the asker's to mend, not the operator's: Temporal neither logs nor counts it as a failure.
    Anything else (a bug) goes on as it is and is retried: the lead waits, visibly, until a fixed worker takes it.
    """
    try:
        yield
    except LeadflowError as error:
        category = ApplicationErrorCategory.UNSPECIFIED if error.retryable else ApplicationErrorCategory.BENIGN
        raise ApplicationError(
            error.message,
            error.code,
            type=type(error).__name__,
            non_retryable=not error.retryable,
            category=category,
        ) from None
