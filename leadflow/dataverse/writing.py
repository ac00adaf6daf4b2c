"""Creating, changing and deleting records."""

from collections.abc import Awaitable, Callable

from leadflow.dataverse.call import Answer, Call

ROUTES: dict[str, dict[str, Callable[[Call], Awaitable[Answer]]]] = {}
