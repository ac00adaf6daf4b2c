"""The guard of the Web API: who calls, with what roles, and whether they have asked too much."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from starlette.requests import Request

from crm.roles import Roles
from crm.security import Caller
from crm.store.database import Database
from crm.store.security.callers import find_user, load_caller, roles_in_use
from leadflow.api.limits import Limits
from leadflow.api.tokens import Tokens
from leadflow.dataverse.errors import Unauthenticated

KEEP_SECONDS = 5.0
MOST_CALLERS = 10_000
UNKNOWN_USER = "0x80072560"
DISABLED_USER = "0x80040225"
_log = logging.getLogger("leadflow.api")


class TokenGuard:
    """Admits active users with a valid token, within their limits."""

    def __init__(self, tokens: Tokens, callers: "Callers", limits: Limits) -> None:
        self._tokens = tokens
        self._callers = callers
        self._limits = limits

    async def admit(self, request: Request) -> Caller:
        try:
            name = await self._tokens.user_of(request.headers.get("authorization"))
            found = await self._callers.find(name)
            if isinstance(found, str):
                raise self._refusal(found)
        except Unauthenticated:
            self._limits.refuse(request.client.host if request.client else "")
            raise
        self._limits.admit(found.userid)
        return found

    def charge(self, caller: Caller, requests: int) -> None:
        self._limits.charge(caller.userid, requests)

    def release(self, caller: Caller, seconds: float) -> Mapping[str, str]:
        self._limits.release(caller.userid, seconds)
        return self._limits.left(caller.userid)

    def _refusal(self, code: str) -> Unauthenticated:
        message = (
            "The user whom the token names is disabled. An administrator can enable the user."
            if code == DISABLED_USER
            else "The user whom the token names is not a member of the organization. An administrator can add the user."
        )
        return self._tokens.refusal(message, "invalid_token", code)


class Callers:
    """Users by the names in their tokens. What is known of one is kept for a few seconds: a change of roles or teams,
    or a user who is disabled, counts from then on."""

    def __init__(
        self, database: Database, roles: Roles, clock: Callable[[], float] = time.monotonic, keep: float = KEEP_SECONDS
    ) -> None:
        self._database = database
        self._roles = roles
        self._clock = clock
        self._keep = keep
        self._known: OrderedDict[str, tuple[float, Caller | str]] = OrderedDict()

    async def find(self, name: str) -> Caller | str:
        """The caller, or the code that says why there is none."""
        kept = self._known.get(name)
        if kept and self._clock() < kept[0] + self._keep:
            return kept[1]
        asked = self._clock()
        found = await asyncio.to_thread(self._load, name)
        self._known[name] = (asked, found)
        self._known.move_to_end(name)
        if len(self._known) > MOST_CALLERS:
            self._known.popitem(last=False)
        return found

    def _load(self, name: str) -> Caller | str:
        with self._database.reading() as connection:
            user = find_user(connection, name)
            if user is None:
                return UNKNOWN_USER
            return load_caller(connection, user.systemuserid, self._roles) or DISABLED_USER

    def warn_of_unknown_roles(self) -> None:
        """Log each role that users have and no file describes; it grants nothing."""
        with self._database.reading() as connection:
            for key in sorted(roles_in_use(connection) - self._roles.keys()):
                _log.warning("users have the role '%s', which is not among the roles: it grants nothing", key)
