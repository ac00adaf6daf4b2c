"""The metadata of entities as records: EntityDefinitions and what hangs on them."""

from collections.abc import Awaitable, Callable

from leadflow.dataverse.call import Answer, Call

ROUTES: dict[str, dict[str, Callable[[Call], Awaitable[Answer]]]] = {}
