"""The whole application on a database with the small organisation, asked over HTTP in this process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from crm.store.database import Database
from leadflow.api.app import build_app
from leadflow.api.guard import Callers, TokenGuard
from leadflow.api.health import health_routes
from leadflow.api.limits import Limits
from leadflow.api.roles import open_roles
from leadflow.api.tokens import new_token, open_tokens
from leadflow.settings import Settings
from tests.leadflow.dataverse.conftest import services_on

ROOT = "/api/data/v9.2/"


@dataclass
class Site:
    """The application and a client of it. `clock` is what the guard reads; limits are 40 requests, 3 at once."""

    database: Database
    settings: Settings
    client: httpx.AsyncClient
    now: float = 0.0

    def token(self, user: str) -> str:
        return new_token(self.settings, user, timedelta(hours=1))

    async def ask(self, method: str, path: str, user: str | None = "mia", **more: object) -> httpx.Response:
        """A request with the user's token, and with `more` of what httpx takes."""
        headers = dict(more.pop("headers", {}))  # type: ignore[call-overload]
        if user is not None:
            headers["Authorization"] = f"Bearer {self.token(user)}"
        return await self.client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]


@pytest.fixture
async def site(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    settings = Settings(state_dir=tmp_path / "state")
    services = services_on(sqlite_database)
    site = Site(sqlite_database, settings, httpx.AsyncClient())
    callers = Callers(sqlite_database, open_roles(None), clock=lambda: site.now)
    limits = Limits(40, 1200, 3, clock=lambda: site.now)
    app = build_app(services, TokenGuard(open_tokens(settings), callers, limits), *health_routes(sqlite_database))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://crm.example") as client:
        site.client = client
        yield site
