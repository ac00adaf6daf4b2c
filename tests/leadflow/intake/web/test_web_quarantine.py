"""Leads in quarantine over HTTP, with real tokens: listed, shown, corrected and released, discarded."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from temporalio.testing import WorkflowEnvironment

from activities.deps import Dependencies
from crm.errors import StateConflict
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, LeadSubmission
from leadflow.api.service import open_api
from leadflow.api.tokens import new_token
from leadflow.organisation import apply_organisation
from leadflow.settings import Settings
from leadflow.starter import Leads
from tests.rulebook import edited_rules
from tests.workflows.conftest import open_organisation, serving

NOBODY = "/95cafdd8-5934-4797-8daf-407e6990af1f"

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROLES = {"mia": "system-administrator", "anna": "salesperson", "ben": "auditor"}
AUDITOR = "roles: {auditor: {name: Auditor, privileges: {lead: {Read: organisation}}}}\n"


def with_roles(directory: str) -> str:
    for user, role in ROLES.items():
        directory = directory.replace(f"  {user}: {{", f"  {user}: {{roles: [{role}], ")
    return directory


class Office:
    """The service as users with tokens see it."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, leads: Leads) -> None:
        self.client, self.settings, self.leads = client, settings, leads

    async def ask(self, method: str, path: str, user: str = "mia", **request: Any) -> httpx.Response:
        token = new_token(self.settings, user, timedelta(hours=1))
        headers = {"authorization": f"Bearer {token}"}
        return await self.client.request(method, f"/quarantine{path}", headers=headers, **request)

    async def invalid(self, source: str = "web", **attributes: Any) -> UUID:
        view = await self.leads.submit(LeadSubmission(source=source, lead={"lastname": "L", **attributes}))
        assert view.stage is LeadStage.QUARANTINED
        return view.leadid


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(dev_server: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    database = open_organisation(folder)
    rules = edited_rules(folder / "rules", directory=with_roles)
    apply_organisation(database, rules.current())
    (folder / "roles.yaml").write_text(AUDITOR)
    async with serving(dev_server, Dependencies(database, rules, "DE")) as service:
        settings = Settings(state_dir=folder, roles_file=folder / "roles.yaml", task_queue=service.task_queue)
        app = open_api(service.client, service.deps, settings)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://api.example") as client:
            yield Office(client, settings, service.leads)


async def test_those_that_wait_longest_are_listed_first_in_pages(office: Office) -> None:
    source = f"feed-{uuid4()}"
    leads = [await office.invalid(source, revenue="much") for _ in range(5)]
    await office.invalid("another", revenue="much")
    found, path = [], f"?source={source}&limit=2"
    while path:
        page = (await office.ask("GET", path)).json()
        assert len(page["value"]) <= 2
        found += page["value"]
        path = page.get("next", "").removeprefix("https://api.example/quarantine")
    assert [UUID(each["leadid"]) for each in found] == leads
    assert found[0].keys() == {"leadid", "source", "external_id", "received_on", "problems"}
    assert [problem.split()[0] for problem in found[0]["problems"]] == ["revenue"]


async def test_a_lead_is_shown_with_what_came_in(office: Office) -> None:
    lead = await office.invalid(revenue="much", shoesize=43)
    shown = (await office.ask("GET", f"/{lead}")).json()
    assert shown["submission"]["lead"] == {"lastname": "L", "revenue": "much", "shoesize": 43}


async def test_a_correction_releases_the_lead_once_it_validates(office: Office) -> None:
    lead = await office.invalid(revenue="much", shoesize=43)
    first = await office.ask("PATCH", f"/{lead}", json={"revenue": "5000"})
    assert (first.status_code, first.json()["stage"]) == (200, "quarantined")
    assert [problem.split()[0] for problem in first.json()["problems"]] == ["shoesize"]
    second = await office.ask("PATCH", f"/{lead}", json={"shoesize": None})
    assert (second.json()["stage"], second.json()["problems"]) == ("assigned", [])
    for method, body in (("GET", None), ("PATCH", {"revenue": 1}), ("DELETE", None)):
        again = await office.ask(method, f"/{lead}", json=body)
        assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")


async def test_a_discarded_lead_is_kept_as_disqualified(office: Office) -> None:
    lead = await office.invalid(revenue="much")
    assert (await office.ask("DELETE", f"/{lead}")).status_code == 204
    with pytest.raises(StateConflict, match="already closed"):
        await office.leads.ask(lead, AcceptLead())
    assert (await office.ask("GET", f"/{lead}")).status_code == 409


@pytest.mark.parametrize(
    ("user", "statuses"),
    [
        ("mia", {"GET": 200, "PATCH": 200}),
        ("anna", {"GET": 404, "PATCH": 404}),  # a salesperson sees leads of the own unit; this one has no owner
        ("ben", {"GET": 200, "PATCH": 403}),
        ("dora", {"GET": 404, "PATCH": 404}),  # of a partner, whose lead this is not
    ],
)  # fmt: skip
async def test_privileges_decide_who_sees_and_who_corrects(office: Office, user: str, statuses: dict[str, int]) -> None:
    source = f"feed-{uuid4()}"
    lead = await office.invalid(source, revenue="much")
    listed = await office.ask("GET", f"?source={source}", user)
    assert len(listed.json().get("value", [])) == (statuses["GET"] == 200)
    for method, status in statuses.items():
        answer = await office.ask(method, f"/{lead}", user, json={"revenue": "5000"})
        assert answer.status_code == status, answer.text
        if status != 200:
            assert "much" not in answer.text


async def test_without_a_token_nothing_is_answered(office: Office) -> None:
    for path in ("/quarantine", f"/quarantine/{uuid4()}"):
        answer = await office.client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "request_", "status"),
    [
        ("GET", "?limit=0", {}, 400),
        ("GET", "?limit=501", {}, 400),
        ("GET", "?limit=x", {}, 400),
        ("GET", "?after=yesterday", {}, 400),
        ("GET", "?after=2026-01-01_11111111-1111-5111-8111-111111111111", {}, 400),
        ("GET", "?page=2", {}, 400),
        ("GET", "/12", {}, 404),
        ("GET", NOBODY, {}, 404),
        ("PATCH", NOBODY, {"json": {"a": 1}}, 404),
        ("PATCH", NOBODY, {"json": {}}, 400),
        ("PATCH", NOBODY, {"json": [1]}, 400),
        ("PATCH", NOBODY, {"content": b"{"}, 400),
        ("POST", "", {}, 405),
        ("PUT", NOBODY, {}, 405),
    ],
)
async def test_what_cannot_be_asked_is_told(
    office: Office, method: str, path: str, request_: dict[str, Any], status: int
) -> None:
    answer = await office.ask(method, path, **request_)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
