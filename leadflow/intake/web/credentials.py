"""How a source proves that a request is its own: a key, a signature, or for a public form the page it comes from."""

import hmac
import re
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Protocol

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from crm.errors import PermissionDenied
from leadflow.dataverse.errors import Unauthenticated
from leadflow.intake.web.problems import bad_request

TOLERANCE_SECONDS = 300  # as Standard Webhooks: how old or new a signature may be
LONGEST_KEY = 200
_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}")
_SIGNED_KEY = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_KEY}}}")  # without the dot that separates the signed parts

Headers = Mapping[str, str]


class Credentials(Protocol):
    """One way to prove who sends. `headers` have lower-case names."""

    def check(self, headers: Headers, body: bytes) -> str | None:
        """The key under which a repetition of this request is known, if it bears one.

        Raises Unauthenticated or PermissionDenied; Refused (400) for a key that cannot be one.
        """
        ...


class ApiKey:
    """A secret that the request bears, as `X-Api-Key` or `Authorization: Bearer`."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def check(self, headers: Headers, body: bytes) -> str | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = headers.get("x-api-key") or (token.strip() if scheme.lower() == "bearer" else "")
        if not hmac.compare_digest(given.encode(), self._key):
            raise Unauthenticated("This needs the source's API key, as X-Api-Key or Authorization: Bearer.")
        return idempotency_key(headers)


class StandardWebhook:
    """A signature by the Standard Webhooks specification. Its `webhook-id` is the idempotency key."""

    def __init__(self, verifier: Webhook) -> None:
        self._verifier = verifier

    def check(self, headers: Headers, body: bytes) -> str | None:
        try:
            self._verifier.verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):  # the library lets malformed Base64 and text through as such
            raise Unauthenticated(
                "This needs a valid signature, not older than 5 minutes, as webhook-id, webhook-timestamp and "
                "webhook-signature (standardwebhooks.com)."
            ) from None
        return _valid(headers["webhook-id"], "webhook-id", _KEY)


class Signature:
    """`X-Signature: sha256=<hex>`: HMAC of `<X-Timestamp>.<body>`, or `<X-Timestamp>.<Idempotency-Key>.<body>`.

    Without an idempotency key the signature itself is one: a request that somebody repeats makes no second lead.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def check(self, headers: Headers, body: bytes) -> str | None:
        key = headers.get("idempotency-key")
        if key is not None:
            _valid(key, "Idempotency-Key", _SIGNED_KEY)
        timestamp = headers.get("x-timestamp", "")
        signed = b".".join([timestamp.encode(), *([key.encode()] if key else []), body])
        expected = "sha256=" + hmac.new(self._secret, signed, sha256).hexdigest()
        given = headers.get("x-signature", "").lower()
        if not (_is_now(timestamp) and hmac.compare_digest(given.encode(), expected.encode())):
            raise Unauthenticated(
                "This needs X-Timestamp (seconds since 1970, not older than 5 minutes) and X-Signature: sha256=<hex>, "
                "the HMAC of '<timestamp>.<body>', or with an Idempotency-Key of '<timestamp>.<key>.<body>'."
            )
        return key or expected


class PublicForm:
    """No secret, for a browser could not keep it: the request must come from a page of these origins."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._origins = origins

    def check(self, headers: Headers, body: bytes) -> str | None:
        if headers.get("origin") not in self._origins:
            raise PermissionDenied("This source takes forms of its own pages only. Add the page's origin to 'origins'.")
        return idempotency_key(headers)


def idempotency_key(headers: Headers) -> str | None:
    key = headers.get("idempotency-key")
    return None if key is None else _valid(key, "Idempotency-Key", _KEY)


def _valid(key: str, header: str, shape: re.Pattern[str]) -> str:
    if not shape.fullmatch(key):
        allowed = "letters, digits, _ and -" if shape is _SIGNED_KEY else "printable ASCII characters without spaces"
        raise bad_request(f"{header} must be 1 to {LONGEST_KEY} {allowed}.")
    return key


def _is_now(timestamp: str) -> bool:
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII):
        return False
    return abs(time.time() - int(timestamp)) <= TOLERANCE_SECONDS
