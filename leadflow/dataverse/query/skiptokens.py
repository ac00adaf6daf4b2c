"""The `$skiptoken` of a next page: where the last page ended, so that only this service can read or make one.

A token holds the values that the last row was sorted by, which may be somebody's name; so it is not only signed but
encrypted. It works for the query and the caller that it was made for, until it expires.
"""

import base64
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from cryptography.fernet import Fernet, InvalidToken

from crm.errors import InvalidInput
from leadflow.dataverse.errors import bad_query

LIFETIME = timedelta(days=1)
_KINDS: dict[str, Any] = {
    "decimal": Decimal,
    "guid": UUID,
    "time": datetime.fromisoformat,
    "date": date.fromisoformat,
    "plain": lambda value: value,
}


def seal(secret: bytes, purpose: str, values: Sequence[Any], now: datetime) -> str:
    """A token with these values, for one `purpose`: text that names the query and the caller."""
    body = orjson.dumps([_digest(purpose), *map(_packed, values)])
    return _fernet(secret).encrypt_at_time(body, int(now.timestamp())).decode()


def unseal(secret: bytes, purpose: str, token: str, now: datetime) -> tuple[Any, ...]:
    """The values of a token. Raises InvalidInput for one that is made up, altered, expired, or of another purpose."""
    try:
        body = _fernet(secret).decrypt_at_time(token, int(LIFETIME.total_seconds()), int(now.timestamp()))
    except (InvalidToken, ValueError):
        raise _refused() from None
    digest, *values = orjson.loads(body)
    if digest != _digest(purpose):
        raise _refused()
    return tuple(_KINDS[kind](value) if value is not None else None for kind, value in values)


@lru_cache(8)
def _fernet(secret: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(sha256(b"skiptoken\x00" + secret).digest()))


def _digest(purpose: str) -> str:
    return sha256(purpose.encode()).hexdigest()[:32]


def _packed(value: Any) -> tuple[str, Any]:
    match value:
        case Decimal():
            return "decimal", str(value)
        case UUID():
            return "guid", str(value)
        case datetime():
            return "time", value.isoformat()
        case date():
            return "date", value.isoformat()
    return "plain", value


def _refused() -> InvalidInput:
    return bad_query("The $skiptoken is not valid for this query, or has expired. Ask for the first page again.")
