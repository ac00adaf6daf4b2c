"""The service itself: its document, $metadata, and who calls."""

from collections.abc import Awaitable, Callable

from leadflow.dataverse.call import Answer, Call

ROUTES: dict[str, dict[str, Callable[[Call], Awaitable[Answer]]]] = {}
