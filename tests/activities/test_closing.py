"""What qualification refuses, disqualification, and the way back from both."""

from typing import Any
from uuid import UUID, uuid5

import pytest

from crm.entities import Account, Contact, Opportunity
from crm.lifecycle import LeadStage, LeadStatus
from crm.requests import (
    DisqualifyLead,
    EditLead,
    EntityReference,
    LogCommunication,
    QualifyLead,
    ReactivateLead,
)
from crm.store import records
from crm.store.tables import TABLES
from crm.views import LeadView, Qualification
from tests.activities.conftest import LEAD, NOW, Desk, refused

UNKNOWN = uuid5(LEAD, "unknown")
NOTHING = {"CreateAccount": False, "CreateContact": False, "CreateOpportunity": False}


def qualify(desk: Desk, **parameters: Any) -> Qualification:
    return desk.take(desk.qualification.qualify_lead, QualifyLead(**parameters))


def disqualify(desk: Desk, **more: Any) -> LeadView:
    return desk.take(desk.qualification.disqualify_lead, DisqualifyLead(**more))


def reactivate(desk: Desk, *, workflow: str | None = None, **more: Any) -> LeadView:
    return desk.take(desk.qualification.reactivate_lead, ReactivateLead(**more), workflow=workflow)


def insert(desk: Desk, *entities: Account | Contact | Opportunity) -> None:
    with desk.database.transaction() as connection:
        for entity in entities:
            records.insert(connection, entity, now=NOW)


# What qualification refuses


@pytest.mark.parametrize(
    ("parameters", "code", "says"),
    [
        ({"Status": 4}, "0x80048408", "4 is not a valid status code for state Qualified. Valid are: 3 Qualified"),
        ({"Status": 1}, "0x80048408", "1 is not a valid status code"),
        ({"Status": 99}, "0x80048408", "99 is not a valid status code"),
        (
            {"OpportunityCustomerId": EntityReference(logicalname="lead", id=UNKNOWN)},
            "0x80040203",
            "can either be an account or contact, not lead",
        ),
        (
            {"OpportunityCustomerId": EntityReference(logicalname="account", id=UNKNOWN)},
            "0x80040217",
            f"OpportunityCustomerId: account With Id = {UNKNOWN} Does Not Exist",
        ),
        ({"OpportunityCurrencyId": UNKNOWN}, "0x80040217", "OpportunityCurrencyId: transactioncurrency With Id"),
        ({"SourceCampaignId": UNKNOWN}, "0x80040217", "SourceCampaignId: campaign With Id"),
    ],
)
def test_a_wrong_parameter_is_refused_and_creates_nothing(
    desk: Desk, parameters: dict[str, Any], code: str, says: str
) -> None:
    desk.given()
    before = desk.contents()
    refused(lambda: qualify(desk, **parameters), "InvalidInput", code=code, says=says)
    assert desk.contents() == before


def test_a_closed_lead_is_not_qualified_again(desk: Desk) -> None:
    desk.given()
    qualify(desk)
    before = desk.contents()
    refused(lambda: qualify(desk), "StateConflict", code="0x80040519", says="already closed")
    refused(lambda: disqualify(desk), "StateConflict", code="0x80040519", says="already closed")
    assert desk.contents() == before


@pytest.mark.parametrize(
    ("account", "contact", "parameters", "says"),
    [
        (True, False, {}, "A matching account exist"),
        (False, True, {}, "A matching contact exist"),
        (True, True, {}, "A matching account and a matching contact exist"),
        (True, True, {"CreateAccount": False}, "A matching contact exist"),
    ],
)
def test_duplicates_are_refused_where_the_caller_asks_for_it(
    desk: Desk, account: bool, contact: bool, parameters: dict[str, bool], says: str
) -> None:
    desk.given(companyname="Analytical GmbH", emailaddress1="ada@analytical.example")
    insert(desk, *[Account(name="Analytical GmbH")] * account)
    insert(desk, *[Contact(lastname="King", emailaddress1="ada@analytical.example")] * contact)
    before = desk.contents()
    refused(
        lambda: qualify(desk, SuppressDuplicateDetection=False, **parameters),
        "StateConflict",
        code="0x80040333",
        says=says,
    )
    assert desk.contents() == before
    assert qualify(desk, **parameters).lead.stage is LeadStage.QUALIFIED  # suppressed by default


def test_a_linked_parent_is_no_duplicate(desk: Desk) -> None:
    desk.given(companyname="Analytical GmbH")
    account = Account(name="Analytical GmbH")
    insert(desk, account)
    desk.take(desk.intake.edit_lead, EditLead(changes={"parentaccountid": str(account.accountid)}))
    assert qualify(desk, SuppressDuplicateDetection=False).lead.stage is LeadStage.QUALIFIED


def test_what_the_database_refuses_halfway_leaves_nothing(desk: Desk) -> None:
    """The opportunity's key is taken: the account and contact, written before it, are not there afterwards."""
    desk.given(companyname="Analytical GmbH")
    insert(desk, Opportunity(opportunityid=uuid5(LEAD, "broken/opportunity"), name="In the way"))
    before = desk.contents()
    request = QualifyLead()
    refused(
        lambda: desk.take(desk.qualification.qualify_lead, request, step="broken"), "StateConflict", code="0x80040237"
    )
    assert desk.contents() == before
    assert desk.lead().statecode == 0


# Disqualifying


def test_a_status_of_disqualified_with_nothing_to_create_disqualifies(desk: Desk) -> None:
    desk.given()
    done = qualify(desk, Status=5, **NOTHING)
    assert (done.created, done.lead.stage, done.lead.statecode, done.lead.statuscode) == (
        (),
        LeadStage.DISQUALIFIED,
        2,
        5,
    )


def test_nothing_to_create_and_the_default_status_qualifies(desk: Desk) -> None:
    desk.given()
    done = qualify(desk, **NOTHING)
    assert (done.created, done.lead.stage) == ((), LeadStage.QUALIFIED)


@pytest.mark.parametrize(
    ("status", "value", "label"),
    [
        (-1, 4, "Lost"),
        (5, 5, "Cannot Contact"),
        ("no longer interested", 6, "No Longer Interested"),
        ("Competitor", 804240000, "Competitor"),
    ],
)
def test_disqualify_keeps_the_lead_with_its_reason(desk: Desk, status: int | str, value: int, label: str) -> None:
    desk.given(jobtitle="urgent")
    lead = disqualify(desk, status=status, reason="no budget")
    assert (lead.stage, lead.statecode, lead.statuscode) == (LeadStage.DISQUALIFIED, 2, value)
    assert lead.event == f"Disqualified as {label}: no budget"
    assert (desk.lead().lf_closereason, desk.lead().lastname) == ("no budget", "Lind")


def test_the_status_is_the_reason_where_none_is_given(desk: Desk) -> None:
    desk.given()
    assert disqualify(desk, status="Lost").event == "Disqualified as Lost"
    assert desk.lead().lf_closereason == "Lost"


@pytest.mark.parametrize("status", [3, 1, "Qualified", "Too far away", 99])
def test_a_status_of_another_state_is_refused(desk: Desk, status: int | str) -> None:
    desk.given()
    says = f"{status} is not a valid status code for state Disqualified. Valid are: 4 Lost"
    refused(lambda: disqualify(desk, status=status), "InvalidInput", code="0x80048408", says=says)


def test_a_lead_in_quarantine_may_be_disqualified(desk: Desk) -> None:
    desk.given(revenue="much")
    assert disqualify(desk).stage is LeadStage.DISQUALIFIED


# And back


@pytest.mark.parametrize("answered", [False, True])
def test_a_reactivated_lead_is_with_its_owner_again(desk: Desk, answered: bool) -> None:
    owner = desk.given().owner
    if answered:
        desk.take(desk.communication.log_communication, LogCommunication(kind="email", subject="Hello"))
    disqualify(desk)
    lead = reactivate(desk, workflow="another", reason="they called")
    assert (lead.stage, lead.owner, lead.closed_on) == (LeadStage.ACCEPTED, owner, None)
    assert (lead.statecode, lead.statuscode) == (0, LeadStatus.CONTACTED if answered else LeadStatus.NEW)
    assert (lead.event, lead.workflow_id) == ("Reactivated: they called", "another")
    assert desk.lead().lf_closereason is None


def test_a_reactivated_lead_may_be_routed_anew(desk: Desk) -> None:
    desk.given()
    disqualify(desk)
    assert reactivate(desk, route=True).stage is LeadStage.RECEIVED
    assert desk.route().lead.stage is LeadStage.ASSIGNED


def test_a_lead_that_nobody_owned_is_routed_after_reactivation(desk: Desk) -> None:
    desk.given(jobtitle="competitor")
    assert reactivate(desk).stage is LeadStage.RECEIVED


def test_an_open_lead_is_not_reactivated(desk: Desk) -> None:
    desk.given()
    refused(lambda: reactivate(desk), "StateConflict", code="0x80040518", says="already in the open state")


def test_qualifying_again_makes_no_second_account_or_contact(desk: Desk) -> None:
    desk.given(companyname="Analytical GmbH")
    first = qualify(desk)
    reactivate(desk)
    second = qualify(desk)
    assert [record.logicalname for record in second.created] == ["opportunity"]
    sizes = desk.sizes()
    made = ("account", "contact", "opportunity", "accountleads", "contactleads")
    assert [sizes[name] for name in made] == [1, 1, 2, 1, 1]
    parents: set[tuple[UUID, UUID]] = {
        (row["parentaccountid"], row["parentcontactid"]) for row in desk.rows(TABLES["opportunity"])
    }
    assert parents == {(first.created[0].id, first.created[1].id)}
    assert desk.lead().qualifyingopportunityid == second.created[0].id
