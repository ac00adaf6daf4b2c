"""Many records in one request: CreateMultiple, UpdateMultiple, UpsertMultiple, BulkDelete."""

from collections.abc import Awaitable, Callable

from leadflow.dataverse.call import Answer, Call

ROUTES: dict[str, dict[str, Callable[[Call], Awaitable[Answer]]]] = {}
