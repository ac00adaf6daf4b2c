"""Writing leads through the Web API: each is its workflow's doing, and the row and the run agree."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from crm.entities import Account, Campaign, SystemUser
from crm.lifecycle import LeadStage, LeadState
from crm.requests import AcceptLead
from crm.store.life import journal
from crm.store.people.organisation import record_id
from crm.views import LeadView
from leadflow.dataverse import carrying_out
from leadflow.starter import Leads
from tests.leadflow.dataverse.live import LiveApi
from tests.leadflow.dataverse.live import dev_server as dev_server
from tests.leadflow.dataverse.live import live as live
from tests.leadflow.dataverse.live import service as service
from tests.leadflow.dataverse.live import workflow_database as workflow_database
from tests.workflows.conftest import serving
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")


def user(key: str) -> str:
    return f"/systemusers({record_id('systemuser', key)})"


async def status(live: LiveApi, lead: UUID) -> LeadView:
    """What the lead's run says of it; the row must say the same."""
    view = await live.service.handle(lead).query(LeadLifecycle.status)
    assert view is not None
    row = live.lead(lead)
    assert row is not None
    assert (view.stage, view.statecode, view.statuscode) == (row.lf_stage, row.statecode, row.statuscode)
    assert (view.owner and view.owner.id) == row.ownerid
    return view


def kinds(live: LiveApi, lead: UUID) -> list[str]:
    with live.service.deps.database.reading() as connection:
        return [entry.kind for entry in journal.timeline(connection, lead)]


def etag(live: LiveApi, lead: UUID) -> str:
    row = live.lead(lead)
    assert row is not None
    return f'W/"{row.versionnumber}"'


# New leads


async def test_a_new_lead_is_routed_and_the_caller_is_known(live: LiveApi) -> None:
    lead = await live.create(emailaddress1=f"{uuid4()}@firm.example")
    view = await status(live, lead)
    assert (view.stage, view.source) == (LeadStage.ASSIGNED, "dataverse")
    with live.service.deps.database.reading() as connection:
        assert {entry.actor for entry in journal.timeline(connection, lead)} == {"admin"}


async def test_who_names_the_owner_does_not_ask_the_rules(live: LiveApi) -> None:
    lead = await live.create(**{"ownerid@odata.bind": user("mia"), "statuscode": 2})
    view = await status(live, lead)
    assert (view.owner and view.owner.key, view.stage, view.statuscode) == ("mia", LeadStage.ASSIGNED, 2)
    assert kinds(live, lead) == ["intake", "assign"]


async def test_a_user_without_a_key_may_own_a_lead(live: LiveApi) -> None:
    stranger = SystemUser(systemuserid=uuid4(), firstname="No", lastname="Key")
    live.store(stranger)
    lead = await live.create(**{"ownerid@odata.bind": f"/systemusers({stranger.systemuserid})"})
    view = await status(live, lead)
    assert view.owner is not None
    assert (view.owner.name, view.owner.key) == ("No Key", str(stranger.systemuserid))
    assert (await live.service.ask(lead, AcceptLead())).stage is LeadStage.ACCEPTED


async def test_units_and_campaigns_go_by_their_ids(live: LiveApi) -> None:
    unit, campaign = record_id("businessunit", "north"), uuid4()
    live.store(Campaign(campaignid=campaign, name="Fair"))
    binds = {
        "lf_businessunitid@odata.bind": f"/businessunits({unit})",
        "campaignid@odata.bind": f"/campaigns({campaign})",
    }
    lead = await live.create(**binds)
    row = live.lead(lead)
    assert row is not None
    assert (row.lf_businessunitid, row.campaignid) == (unit, campaign)
    assert (await status(live, lead)).business_unit == "north"


async def test_when_it_came_in_and_from_where(live: LiveApi) -> None:
    external = str(uuid4())
    lead = await live.create(overriddencreatedon="2025-03-04T05:06:07Z", lf_source="fair", lf_externalid=external)
    row = live.lead(lead)
    assert row is not None and row.createdon is not None
    assert (row.createdon.isoformat(), row.lf_source) == ("2025-03-04T05:06:07+00:00", "fair")
    again = {"lastname": "Lind", "lf_source": "fair", "lf_externalid": external}
    assert (await live.refused("POST", "leads", again))[:2] == (412, "0x80060892")


async def test_an_id_that_exists_is_refused(live: LiveApi) -> None:
    lead = await live.create()
    refused = await live.refused("POST", "leads", {"leadid": str(lead), "lastname": "Other"})
    assert refused[:2] == (412, "0x80040237")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"lastname": "Lind", "statecode": 2, "statuscode": 4}, "created open"),
        ({"statuscode": 1}, "at least one attribute"),
    ],
)
async def test_what_cannot_be_created(live: LiveApi, body: dict[str, Any], says: str) -> None:
    status, _, message = await live.refused("POST", "leads", body)
    assert status == 400 and says in message


# Changes


async def test_one_patch_changes_attributes_owner_and_status_in_one_step(live: LiveApi) -> None:
    lead = await live.create()
    before = etag(live, lead)
    body = {"subject": "Fleet", "statuscode": 2, "ownerid@odata.bind": user("ben")}
    await live.done("PATCH", f"leads({lead})", body, if_match=before)
    view = await status(live, lead)
    assert (view.owner and view.owner.key, view.statuscode) == ("ben", 2)
    assert kinds(live, lead) == ["intake", "route", "edit", "assign", "edit"]
    assert await live.service.story(lead) == ["Received", "Assigned", "Edited"]
    late = await live.refused("PATCH", f"leads({lead})", {"subject": "Late"}, if_match=before)
    assert late[:2] == (412, "0x80060882")


async def test_facts_that_change_ask_the_rules_again(live: LiveApi) -> None:
    lead = await live.create()
    await live.done("PATCH", f"leads({lead})", {"jobtitle": "for the inbox"})
    assert (await status(live, lead)).queue == "inbox"


async def test_a_named_owner_stays_though_the_facts_change(live: LiveApi) -> None:
    lead = await live.create()
    await live.done("PATCH", f"leads({lead})", {"jobtitle": "for the inbox", "ownerid@odata.bind": user("mia")})
    view = await status(live, lead)
    assert (view.owner and view.owner.key, view.queue) == ("mia", None)


async def test_lookups_are_set_and_cleared(live: LiveApi) -> None:
    account = Account(accountid=uuid4(), name="Analytical")
    live.store(account)
    lead = await live.create()
    await live.done("PATCH", f"leads({lead})", {"customerid_account@odata.bind": f"/accounts({account.accountid})"})
    row = live.lead(lead)
    assert row is not None
    assert (row.customerid, row.customeridtype) == (account.accountid, "account")
    await live.done("PATCH", f"leads({lead})", {"customerid_account@odata.bind": None})
    row = live.lead(lead)
    assert row is not None and row.customerid is None


async def test_states(live: LiveApi) -> None:
    lead = await live.create()
    path = f"leads({lead})"
    assert (await live.refused("PATCH", path, {"statuscode": 5}))[1] == "0x80048408"
    await live.done("PATCH", path, {"statecode": 2, "statuscode": 5})
    assert (await status(live, lead)).stage is LeadStage.DISQUALIFIED
    assert (await live.refused("PATCH", path, {"subject": "Late"}))[1] == "0x80040519"
    await live.done("PATCH", path, {"statecode": 0, "statuscode": 1, "subject": "Again"})
    view = await status(live, lead)
    row = live.lead(lead)
    assert row is not None
    assert (view.statecode, view.statuscode, row.subject) == (LeadState.OPEN, 1, "Again")
    await live.done("PATCH", path, {"statecode": 1})
    assert (await status(live, lead)).stage is LeadStage.QUALIFIED


async def test_a_lead_in_quarantine_is_corrected(live: LiveApi) -> None:
    lead = await live.create(emailaddress1="not an address")
    assert (await status(live, lead)).stage is LeadStage.QUARANTINED
    body = {"emailaddress1": "a.lind@firm.example", "ownerid@odata.bind": user("mia")}
    await live.done("PATCH", f"leads({lead})", body)
    view = await status(live, lead)
    assert (view.stage, view.owner and view.owner.key) == (LeadStage.ASSIGNED, "mia")


async def test_an_upsert_creates_and_then_changes(live: LiveApi) -> None:
    lead = uuid4()
    made = await live.ask("PATCH", f"leads({lead})", {"lastname": "Lind"}, prefer="return=representation")
    again = await live.ask("PATCH", f"leads({lead})", {"lastname": "Berg"}, prefer="return=representation")
    assert (made.status, again.status) == (201, 200)
    assert orjson.loads(again.content())["lastname"] == "Berg"
    await status(live, lead)
    assert (await live.ask("PATCH", f"leads({uuid4()})", {"lastname": "Lind"}, if_match="*")).status == 404


# Deletion


@pytest.mark.parametrize("closed", [False, True])
async def test_a_deleted_lead_is_gone_and_may_come_again(live: LiveApi, closed: bool) -> None:
    lead = await live.create(subject="Secret")
    path = f"leads({lead})"
    if closed:
        await live.done("PATCH", path, {"statecode": 2})
    await live.done("POST", f"{path}/Lead_Tasks", {"subject": "Call"})
    assert (await live.refused("DELETE", path, if_match='W/"1"'))[0] == 412
    await live.done("DELETE", path)
    assert live.lead(lead) is None
    assert kinds(live, lead) == ["delete"]
    assert (await live.service.handle(lead).result()).stage is LeadStage.DELETED
    assert [(await live.ask(method, path)).status for method in ("GET", "DELETE")] == [404, 404]
    assert (await live.done("GET", f"tasks?$filter=_regardingobjectid_value eq {lead}"))["value"] == []
    await live.done("PATCH", path, {"lastname": "Berg"})
    assert (await status(live, lead)).stage is LeadStage.ASSIGNED


async def test_without_a_worker_nothing_is_lost(live: LiveApi, monkeypatch: pytest.MonkeyPatch) -> None:
    queue, body = f"later-{uuid4()}", {"leadid": str(uuid4()), "lastname": "Lind"}
    later = replace(live, services=replace(live.services, leads=Leads(live.service.client, queue)))
    monkeypatch.setattr(carrying_out, "ANSWER_SECONDS", 0.5)
    answer = await later.ask("POST", "leads", body)
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)
    assert live.lead(UUID(body["leadid"])) is None
    monkeypatch.setattr(carrying_out, "ANSWER_SECONDS", 20)
    async with serving(live.service.env, live.service.deps, task_queue=queue):
        assert (await later.ask("POST", "leads", body)).status == 204
        assert (await later.ask("POST", "leads", body)).status == 412
    assert kinds(live, UUID(body["leadid"])) == ["intake", "route"]
