"""The sources of an installation: what the file says of each, with its secret and its limits."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from limits import RateLimitItem
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from crm.errors import Misconfigured
from crm.store.database import Database
from crm.store.people import named
from leadflow.config_files import secret, webhook_of
from leadflow.dataverse.errors import TooManyRequests
from leadflow.intake.web.config import SourceConfig, read_sources
from leadflow.intake.web.credentials import ApiKey, Credentials, PublicForm, Signature, StandardWebhook
from leadflow.settings import Settings

SHORTEST_SECRET = 16
_LIMIT_REACHED = "0x80072322"


@dataclass(frozen=True, slots=True)
class Source:
    """One source: its key, what the file says of it, and what checks its requests."""

    key: str
    config: SourceConfig
    credentials: Credentials
    limiter: SlidingWindowCounterRateLimiter

    def count(self, address: str) -> None:
        """Count a request from a client's address, whoever sends it. Raises TooManyRequests."""
        self._hit(self.config.limit_per_address, "this address", address)

    def count_own(self) -> None:
        """Count a request that is known to be the source's. Raises TooManyRequests."""
        self._hit(self.config.limit, f"the source '{self.key}'")

    def _hit(self, limit: RateLimitItem, whose: str, *who: str) -> None:
        if not self.limiter.hit(limit, self.key, *who):
            reset = self.limiter.get_window_stats(limit, self.key, *who).reset_time
            seconds = max(1, math.ceil(reset - time.time()))
            message = f"The limit of {limit} for {whose} is reached. Try again in {seconds} seconds."
            raise TooManyRequests(message, code=_LIMIT_REACHED, seconds=seconds)


def open_sources(settings: Settings, database: Database) -> dict[str, Source]:
    """The configured sources by key; none without a file.

    Raises Misconfigured, naming file, place and remedy, for what the file, a secret or the organisation does not allow.
    """
    file = settings.intake_file
    if file is None:
        return {}
    limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
    configured = read_sources(file)
    _check_keys(file, configured, database)
    return {
        key: Source(key, config, _credentials(f"{file}: {key}", config), limiter) for key, config in configured.items()
    }


def _credentials(place: str, config: SourceConfig) -> Credentials:
    if config.api_key_env:
        return ApiKey(_long(f"{place}.api_key_env", config.api_key_env))
    if config.webhook_secret_env:
        return StandardWebhook(webhook_of(f"{place}.webhook_secret_env", config.webhook_secret_env))
    if config.signature_secret_env:
        return Signature(_long(f"{place}.signature_secret_env", config.signature_secret_env))
    return PublicForm(config.origins)


def _long(place: str, name: str) -> str:
    value = secret(place, name)
    if len(value) < SHORTEST_SECRET or not value.isascii():
        raise Misconfigured(
            f'{place}: {name} is too weak a secret. Write {SHORTEST_SECRET} or more random ASCII characters, such as "$'
            '(openssl rand -hex 24)".'
        )
    return value


def _check_keys(file: Path, configured: Mapping[str, SourceConfig], database: Database) -> None:
    """What each source fixes must be in the organisation: every one of its leads would go to quarantine."""
    with database.reading() as connection:
        for key, config in configured.items():
            given = {name: value for name, value in config.fixed.items() if name in named.NAMED}
            for field in named.unknown(connection, given):
                raise Misconfigured(
                    f"{file}: {key}.{field}: '{given[field]}' is not in the directory. Correct it there, or run "
                    "'leadflow directory apply' after adding it to rules/directory.yaml."
                )
