"""Intake over HTTP: the real routes, on a real Temporal server with a worker, asked in this process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.applications import Starlette

from crm.choices import standard_choices
from crm.store.database import Database
from leadflow.dataverse.call import Services
from leadflow.intake.web.routes import intake_routes
from leadflow.intake.web.sources import Source, open_sources
from leadflow.settings import Settings
from tests.workflows.conftest import Service, dev_server, service, workflow_database

__all__ = ["dev_server", "service", "workflow_database"]

API_KEY = "a-key-of-the-website"
SIGNING_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SHARED_SECRET = "a-secret-shared-with-the-feed"
ORIGIN = "https://www.ours.example"
SOURCES = f"""
website: {{api_key_env: WEBSITE_KEY, origins: ['{ORIGIN}'], honeypot: nickname,
  fields: {{Mail: emailaddress1, csrf: , message: description}}}}
partner: {{api_key_env: WEBSITE_KEY, channel_partner: contoso, external_id: Vorgang, invalid: quarantine}}
hooks: {{webhook_secret_env: HOOKS_SECRET, business_unit: north, urgency: hot}}
signed: {{signature_secret_env: SHARED_SECRET}}
form: {{public: true, origins: ['{ORIGIN}'], redirect: 'https://www.ours.example/thanks', invalid: quarantine}}
slow: {{api_key_env: WEBSITE_KEY, limit: 2 per hour}}
crowded: {{api_key_env: WEBSITE_KEY, limit_per_address: 2 per hour}}
"""
Sources = dict[str, Source]


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBSITE_KEY", API_KEY)
    monkeypatch.setenv("HOOKS_SECRET", SIGNING_SECRET)
    monkeypatch.setenv("SHARED_SECRET", SHARED_SECRET)


@pytest.fixture
def sources_of(tmp_path: Path, workflow_database: Database) -> Callable[[str], Sources]:
    """The sources of a file with this text."""

    def opened(text: str) -> Sources:
        file = tmp_path / "intake.yaml"
        file.write_text(text, encoding="utf-8")
        return open_sources(Settings(intake_file=file), workflow_database)

    return opened


class Web:
    """Intake as its senders see it."""

    def __init__(self, client: httpx.AsyncClient, service: Service) -> None:
        self.client = client
        self.service = service

    async def post(self, source: str, **request: Any) -> httpx.Response:
        """A request with the API key, unless headers are given."""
        return await self.client.post(f"/intake/{source}", **{"headers": {"x-api-key": API_KEY}, **request})

    async def get(self, source: str, lead: object, **headers: str) -> httpx.Response:
        return await self.client.get(f"/intake/{source}/{lead}", headers={"x-api-key": API_KEY, **headers})

    async def stored(self, answer: httpx.Response) -> Any:
        """Where the lead of an answer stands, once a worker has stored and routed it."""
        return await self.service.settle(UUID(answer.json()["leadid"]))


@asynccontextmanager
async def web_on(service: Service, sources: Sources, *more: Any) -> AsyncIterator[Web]:
    services = Services(service.deps.database, service.leads, standard_choices, uuid4().bytes, "DE")
    app = Starlette(routes=[*intake_routes(services, sources), *more])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://api.example") as client:
        yield Web(client, service)


@pytest.fixture
async def web(service: Service, sources_of: Callable[[str], Sources]) -> AsyncIterator[Web]:
    async with web_on(service, sources_of(SOURCES)) as running:
        yield running
