"""What the documents that leadflow follows say of leads, their links and what hangs on them, done through the Web API.

docs/conformance.md names the statement that each test shows.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from crm.entities import Account, Contact, Incident, Lead, Opportunity
from crm.store.people.organisation import record_id
from crm.store.reports.sources import source_report
from tests.activities.conftest import NOW
from tests.leadflow.dataverse.conftest import Api

LEAD, CONTACT, ACCOUNT = UUID(int=1), UUID(int=2), UUID(int=3)
OWNED: dict[str, Any] = {"ownerid": record_id("systemuser", "anna"), "owneridtype": "systemuser"}


@pytest.fixture
def linked(api: Api) -> Api:
    """A lead, a contact and an account, none linked with another."""
    api.store(
        Lead(leadid=LEAD, lastname="Lind", leadsourcecode=8, **OWNED),
        Contact(contactid=CONTACT, lastname="Lind", **OWNED),
        Account(accountid=ACCOUNT, name="Lind AB", **OWNED),
    )
    return api


def done(api: Api, method: str, path: str, body: Any = None) -> None:
    answer = api.ask(method, path, body)
    assert answer.status == 204, answer.body


# ContactLeads


def test_contactleads_can_be_read_as_a_collection(linked: Api) -> None:
    done(linked, "POST", f"leads({LEAD})/contactleads_association/$ref", {"@odata.id": f"contacts({CONTACT})"})
    (link,) = linked.get(f"contactleadscollection?$filter=leadid eq {LEAD}")["value"]
    assert {"contactleadid", "contactid", "leadid", "name", "versionnumber"} <= set(link)
    assert (link["contactid"], link["leadid"]) == (str(CONTACT), str(LEAD))


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_contactleads_are_never_written_directly(linked: Api, method: str) -> None:
    done(linked, "POST", f"leads({LEAD})/contactleads_association/$ref", {"@odata.id": f"contacts({CONTACT})"})
    (link,) = linked.get("contactleadscollection?$select=contactleadid")["value"]
    path = "contactleadscollection" + ("" if method == "POST" else f"({link['contactleadid']})")
    assert linked.ask(method, path, {"name": "x"}).status in (400, 405)
    assert len(linked.get("contactleadscollection")["value"]) == 1


# The lead


def test_a_lead_has_three_states(api: Api) -> None:
    path = "EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='statecode')"
    shown = api.get(f"{path}/Microsoft.Dynamics.CRM.StateAttributeMetadata?$expand=OptionSet")
    labels = [one["Label"]["UserLocalizedLabel"]["Label"] for one in shown["OptionSet"]["Options"]]
    assert labels == ["Open", "Qualified", "Disqualified"]


def test_a_lead_names_the_account_and_contact_that_it_may_become(linked: Api) -> None:
    lead = uuid4()
    linked.store(Lead(leadid=lead, parentaccountid=ACCOUNT, parentcontactid=CONTACT, **OWNED))
    shown = linked.get(f"leads({lead})?$select=statecode&$expand=parentaccountid($select=name),parentcontactid")
    assert (shown["statecode"], shown["parentaccountid"]["name"]) == (0, "Lind AB")
    assert shown["parentcontactid"]["lastname"] == "Lind"


def test_a_lead_makes_no_customer_before_it_is_qualified(api: Api) -> None:
    api.store(Lead(leadid=LEAD, lastname="Lind", companyname="Lind AB", **OWNED))
    for entity_set in ("accounts", "contacts", "opportunities"):
        assert api.get(f"{entity_set}?$filter=originatingleadid/leadid eq {LEAD}&$count=true")["@odata.count"] == 0


def test_a_lead_has_links_with_several_contacts_and_accounts(linked: Api) -> None:
    contact, account = uuid4(), uuid4()
    linked.store(Contact(contactid=contact, lastname="Two", **OWNED), Account(accountid=account, name="Two", **OWNED))
    for navigation, others in (
        ("contactleads_association", (f"contacts({CONTACT})", f"contacts({contact})")),
        ("accountleads_association", (f"accounts({ACCOUNT})", f"accounts({account})")),
    ):
        for other in others:
            done(linked, "POST", f"leads({LEAD})/{navigation}/$ref", {"@odata.id": other})
        assert linked.ask("GET", f"leads({LEAD})/{navigation}/$count").content().decode().strip("\ufeff") == "2"


@pytest.mark.parametrize("side", ["lead", "other"])
@pytest.mark.parametrize(("navigation", "other"), [("contactleads_association", f"contacts({CONTACT})"),
                                                   ("accountleads_association", f"accounts({ACCOUNT})")])  # fmt: skip
def test_links_are_made_and_removed_by_association(linked: Api, navigation: str, other: str, side: str) -> None:
    lead = f"leads({LEAD})"
    near, far = (lead, other) if side == "lead" else (other, lead)
    done(linked, "POST", f"{near}/{navigation}/$ref", {"@odata.id": far})
    for one in (lead, other):
        assert len(linked.get(f"{one}/{navigation}")["value"]) == 1
    done(linked, "DELETE", f"{near}/{navigation}({far.partition('(')[2]}/$ref")
    for one in (lead, other):
        assert linked.get(f"{one}/{navigation}")["value"] == []
    assert linked.get(near) and linked.get(far)


@pytest.mark.parametrize(("kind", "body"), [
    ("task", {"subject": "Call back"}), ("phonecall", {"subject": "First call"}), ("email", {"subject": "Offer"}),
    ("appointment", {"subject": "Visit", "scheduledstart": "2026-03-04T09:00:00Z",
                     "scheduledend": "2026-03-04T10:00:00Z"})])  # fmt: skip
def test_activities_hang_on_a_lead(linked: Api, kind: str, body: dict[str, Any]) -> None:
    about = {f"regardingobjectid_lead_{kind}@odata.bind": f"/leads({LEAD})"}
    done(linked, "POST", f"{kind}s", body | about)
    (found,) = linked.get(f"leads({LEAD})/Lead_{kind.capitalize()}s")["value"]
    assert (found["subject"], found["_regardingobjectid_value"]) == (body["subject"], str(LEAD))


def test_notes_and_attachments_hang_on_a_lead(linked: Api) -> None:
    note = {"subject": "Plan", "notetext": "See the file", "objectid_lead@odata.bind": f"/leads({LEAD})"}
    file = {"isdocument": True, "filename": "plan.txt", "mimetype": "text/plain", "documentbody": "cGxhbg=="}
    done(linked, "POST", "annotations", note | file)
    (found,) = linked.get(f"leads({LEAD})/Lead_Annotation")["value"]
    assert (found["notetext"], found["filename"], found["documentbody"]) == ("See the file", "plan.txt", "cGxhbg==")


def test_a_customer_request_can_be_where_a_lead_comes_from(linked: Api) -> None:
    case, lead = uuid4(), uuid4()
    linked.store(Incident(incidentid=case, title="Wants more seats"), Lead(leadid=lead, originatingcaseid=case))
    shown = linked.get(f"leads({lead})?$select=leadid&$expand=originatingcaseid($select=title)")
    assert shown["originatingcaseid"]["title"] == "Wants more seats"
    assert [one["leadid"] for one in linked.get(f"incidents({case})/OriginatingCase_Lead")["value"]] == [str(lead)]


def test_the_worth_of_lead_sources_can_be_reported(linked: Api) -> None:
    """By the report, and the same by a query of the Web API. Closed leads are kept, and count."""
    for source, state, status in [(8, 1, 3), (8, 2, 4), (7, 2, 6)]:
        lead = Lead(leadid=uuid4(), leadsourcecode=source, statecode=state, statuscode=status, **OWNED)
        linked.store(lead)
        if state == 1:
            linked.store(Opportunity(opportunityid=uuid4(), name="Seats", originatingleadid=lead.leadid, **OWNED))
    with linked.services.database.reading() as connection:
        rows = source_report(connection, start=NOW - timedelta(days=1), end=NOW + timedelta(days=1), by="source")
    reported = {(int(row.key or 0), state): count for row in rows
                for state, count in enumerate([row.open, row.qualified, row.disqualified]) if count}  # fmt: skip
    grouped = linked.get("leads?$apply=groupby((leadsourcecode,statecode),aggregate($count as leads))")["value"]
    assert {(one["leadsourcecode"], one["statecode"]): one["leads"] for one in grouped} == reported
    assert reported == {(8, 0): 1, (8, 1): 1, (8, 2): 1, (7, 2): 1}
    assert sum(row.opportunities for row in rows) == 1
    (sold,) = linked.get("opportunities?$filter=originatingleadid/leadsourcecode eq 8&$select=name")["value"]
    assert sold["name"] == "Seats"
