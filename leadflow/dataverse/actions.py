"""Bound and unbound actions on leads: QualifyLead and Merge."""

from collections.abc import Awaitable, Callable

from leadflow.dataverse.call import Answer, Call

ROUTES: dict[str, dict[str, Callable[[Call], Awaitable[Answer]]]] = {}
