"""A webhook: each event as a signed POST, by the Standard Webhooks specification."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpx
import orjson
from standardwebhooks import Webhook

from crm.store.sinks.outbox import Event
from leadflow.sinks.config import WebhookConfig
from leadflow.sinks.retrying import TRIES, TRIES_WHEN_REFUSED, NotDelivered

ANSWER_BYTES = 500
_LATER = {408, 425, 429}
_GONE = 410


class WebhookSink:
    """Delivers to one address. Safe to use from several threads."""

    def __init__(self, name: str, config: WebhookConfig, signer: Webhook) -> None:
        self.name = name
        self._config = config
        self._signer = signer
        self._host = httpx.URL(config.url).host
        self._client = httpx.Client(
            timeout=config.timeout,
            follow_redirects=False,
            headers={"user-agent": f"leadflow/{version('leadflow')}", "accept-encoding": "identity"},
        )

    def wants(self, event: str) -> bool:
        return event in self._config.events

    def deliver(self, event: Event) -> str:
        """POST the event; any 2xx means that the receiver has it. Raises NotDelivered."""
        body = orjson.dumps(event.payload)
        try:
            with self._client.stream("POST", self._config.url, content=body, headers=self._headers(event, body)) as got:
                return self._judge(got)
        except httpx.HTTPError as error:
            raise NotDelivered(f"{self._host}: {type(error).__name__}: {error}") from error

    def _headers(self, event: Event, body: bytes) -> dict[str, str]:
        """The id is the event's own, the same at each try: a receiver knows by it what it has already."""
        now = datetime.now(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": str(event.id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(str(event.id), now, body.decode()),
        }

    def _judge(self, response: httpx.Response) -> str:
        outcome = f"HTTP {response.status_code}"
        said = self._beginning(response)
        if response.is_success:
            return outcome
        if response.has_redirect_location:
            said = "redirects are not followed; put the new address into the file of sinks"
        raise NotDelivered(f"{outcome}: {said}", tries=_tries(response.status_code), wait=_wait(response))

    def _beginning(self, response: httpx.Response) -> str:
        """What the receiver says, as far as it matters: a sender that never ends is not listened to."""
        enough = time.monotonic() + self._config.timeout
        said = b""
        for part in response.iter_raw(ANSWER_BYTES):
            said += part
            if len(said) >= ANSWER_BYTES or time.monotonic() > enough:
                break
        return " ".join(said[:ANSWER_BYTES].decode(errors="replace").split())


def _tries(status: int) -> int:
    if status == _GONE:
        return 1
    return TRIES_WHEN_REFUSED if 300 <= status < 500 and status not in _LATER else TRIES


def _wait(response: httpx.Response) -> timedelta | None:
    """Retry-After: seconds, or a date. What is neither is ignored."""
    given = response.headers.get("retry-after", "").strip()
    try:
        seconds = int(given) if given.isdigit() else (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
        return timedelta(seconds=seconds) if seconds > 0 else None
    except (ValueError, TypeError, OverflowError):
        return None
