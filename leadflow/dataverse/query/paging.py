"""Pages of an answer, and the links from each to the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from leadflow.dataverse.preferences import LARGEST_PAGE
from leadflow.dataverse.query.skiptokens import seal, unseal

_SAFE_IN_QUERY = "%$&=',();:/@+*!~?"


@dataclass(frozen=True)
class Pages:
    """The pages of one request. `base` is the service's root, `size` the largest number of rows on a page."""

    base: str
    secret: bytes
    caller: UUID
    size: int = LARGEST_PAGE

    def next_link(self, path: str, query: str, last: Sequence[Any], now: datetime) -> str:
        """The absolute link to the page after a row that is sorted by the values `last`."""
        rest = without_token(query)
        token = seal(self.secret, self._purpose(path, rest), last, now)
        return f"{self.base}{path}?{rest}{'&' if rest else ''}$skiptoken={quote(token, safe='')}"

    def start(self, path: str, query: str, token: str, now: datetime) -> tuple[Any, ...]:
        """The sort values of the row that a page comes after. Raises InvalidInput for a token that is not ours."""
        return unseal(self.secret, self._purpose(path, without_token(query)), token, now)

    def _purpose(self, path: str, query: str) -> str:
        return f"{self.caller}\n{path}\n{query}"


def without_token(query: str) -> str:
    """A query string as it may stand in a link, without its `$skiptoken`."""
    parts = [part for part in query.split("&") if part and unquote(part.partition("=")[0]) != "$skiptoken"]
    return quote("&".join(parts), safe=_SAFE_IN_QUERY)
