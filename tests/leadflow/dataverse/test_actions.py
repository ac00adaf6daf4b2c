"""QualifyLead and Merge through the Web API, as clients call them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from crm.entities import Account
from crm.lifecycle import LeadState
from crm.store.people.organisation import record_id
from tests.leadflow.dataverse.live import LiveApi
from tests.leadflow.dataverse.live import dev_server as dev_server
from tests.leadflow.dataverse.live import live as live
from tests.leadflow.dataverse.live import service as service
from tests.leadflow.dataverse.live import workflow_database as workflow_database

pytestmark = pytest.mark.asyncio(loop_scope="session")

ALL: dict[str, Any] = {"CreateAccount": True, "CreateContact": True, "CreateOpportunity": True, "Status": 3}
NOTHING: dict[str, Any] = {"CreateAccount": False, "CreateContact": False, "CreateOpportunity": False}
EURO = str(record_id("transactioncurrency", "EUR"))


def qualify_path(lead: UUID, namespace: str = "Microsoft.Dynamics.CRM") -> str:
    return f"leads({lead})/{namespace}.QualifyLead"


def currency(form: str) -> Any:
    """A currency in each of the forms that clients send."""
    return {
        "typed": {"@odata.type": "Microsoft.Dynamics.CRM.transactioncurrency", "transactioncurrencyid": EURO},
        "link": {"@odata.id": f"transactioncurrencies({EURO})"},
        "bare": EURO,
    }[form]


async def test_it_answers_the_records_that_it_made(live: LiveApi) -> None:
    lead = await live.create(companyname="Analytical GmbH", subject="Fleet")
    answer = await live.done("POST", qualify_path(lead), ALL)
    types = [record["@odata.type"] for record in answer["value"]]
    assert types == [f"#Microsoft.Dynamics.CRM.{name}" for name in ("account", "contact", "opportunity")]
    assert answer["@odata.context"].endswith("$metadata#Collection(Microsoft.Dynamics.CRM.crmbaseentity)")
    account, contact, opportunity = answer["value"]
    assert (account["name"], contact["lastname"], opportunity["name"]) == ("Analytical GmbH", "Lind", "Fleet")
    assert {record["_originatingleadid_value"] for record in answer["value"]} == {str(lead)}
    closed = await live.done("GET", f"leads({lead})?$select=statecode,statuscode,_qualifyingopportunityid_value")
    assert (closed["statecode"], closed["statuscode"]) == (1, 3)
    assert closed["_qualifyingopportunityid_value"] == opportunity["opportunityid"]
    assert (await live.refused("POST", qualify_path(lead), ALL))[:2] == (400, "0x80040519")


@pytest.mark.parametrize("form", ["typed", "link", "bare"])
async def test_references_in_each_form(live: LiveApi, form: str) -> None:
    account = Account(accountid=uuid4(), name="Known")
    live.store(account)
    lead = await live.create()
    body = {
        **NOTHING,
        "CreateOpportunity": True,
        "Status": -1,
        "OpportunityCurrencyId": currency(form),
        "OpportunityCustomerId": {"@odata.type": "mscrm.account", "accountid": str(account.accountid)},
        "SourceCampaignId": None,
    }
    answer = await live.done("POST", qualify_path(lead, "mscrm"), body)
    (opportunity,) = answer["value"]
    assert opportunity["_customerid_value"] == str(account.accountid)
    assert opportunity["_transactioncurrencyid_value"] == EURO


async def test_a_status_of_the_disqualified_state_disqualifies(live: LiveApi) -> None:
    lead = await live.create()
    answer = await live.done("POST", qualify_path(lead), {**NOTHING, "Status": 5})
    row = live.lead(lead)
    assert row is not None
    assert (answer["value"], row.statecode, row.statuscode) == ([], LeadState.DISQUALIFIED, 5)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({**NOTHING}, "Required field 'Status' is missing"),
        ({"CreateAccount": True, "Status": -1}, "Required field 'CreateContact' is missing"),
        ({**ALL, "Status": "3"}, "Status must be a whole number"),
        ({**ALL, "CreateAccount": 1}, "CreateAccount must be true or false"),
        ({**ALL, "Sttus": 3}, "'Sttus' is not one of this action's"),
        ({**ALL, "Status": 1}, "not a valid status code"),
        ({**ALL, "OpportunityCurrencyId": "EUR"}, "must give the record's GUID"),
        ({**ALL, "OpportunityCurrencyId": str(uuid4())}, "Does Not Exist"),
        ({**ALL, "OpportunityCustomerId": {"accountid": EURO}}, "needs @odata.type"),
        (
            {**ALL, "OpportunityCustomerId": {"@odata.type": "Microsoft.Dynamics.CRM.lead", "leadid": EURO}},
            "CustomerIdType for opportunity can either be an account or contact",
        ),
    ],
)
async def test_what_does_not_fit_is_refused(live: LiveApi, body: dict[str, Any], says: str) -> None:
    lead = await live.create()
    status, _, message = await live.refused("POST", qualify_path(lead), body)
    assert (status, says in message) == (400, True), message
    row = live.lead(lead)
    assert row is not None and row.statecode == LeadState.OPEN


async def test_it_is_bound_to_a_lead_by_its_full_name(live: LiveApi) -> None:
    lead = await live.create()
    assert (await live.refused("POST", f"leads({lead})/QualifyLead", ALL))[0] == 400
    assert (await live.refused("POST", qualify_path(uuid4()), ALL))[:2] == (404, "0x80040217")
    assert (await live.refused("POST", "leads/Microsoft.Dynamics.CRM.QualifyLead", ALL))[0] == 404
    assert (await live.refused("POST", f"accounts({lead})/Microsoft.Dynamics.CRM.QualifyLead", ALL))[0] == 404


# Merge


def merging(target: UUID, subordinate: UUID, **content: Any) -> dict[str, Any]:
    return {
        "Target": {"@odata.type": "Microsoft.Dynamics.CRM.lead", "leadid": str(target)},
        "Subordinate": {"@odata.type": "Microsoft.Dynamics.CRM.lead", "leadid": str(subordinate)},
        "UpdateContent": {"@odata.type": "Microsoft.Dynamics.CRM.lead", **content},
        "PerformParentingChecks": False,
    }


async def test_two_leads_become_one(live: LiveApi) -> None:
    target, subordinate = await live.create(), await live.create(jobtitle="Buyer of trucks")
    await live.done("POST", "Merge", merging(target, subordinate, subject="Fleet"))
    kept, gone = live.lead(target), live.lead(subordinate)
    assert kept is not None and gone is not None
    assert (kept.subject, kept.jobtitle, kept.statecode) == ("Fleet", "Buyer of trucks", LeadState.OPEN)
    assert (gone.merged, gone.masterid, gone.statecode) == (True, target, LeadState.DISQUALIFIED)
    assert (await live.refused("POST", "Merge", merging(target, subordinate)))[1] == "0x80040519"


async def test_what_cannot_be_merged(live: LiveApi) -> None:
    lead = await live.create()
    of_accounts = merging(lead, lead) | {
        "Target": {"@odata.type": "Microsoft.Dynamics.CRM.account", "accountid": str(uuid4())}
    }
    for body, says in [
        (merging(lead, lead), "into itself"),
        (of_accounts, "only leads"),
        ({"Target": merging(lead, lead)["Target"]}, "Required field 'Subordinate'"),
    ]:
        status, _, message = await live.refused("POST", "Merge", body)
        assert (status, says in message) == (400, True), message
    assert (await live.refused("POST", "Merge", merging(lead, uuid4())))[0] == 404
