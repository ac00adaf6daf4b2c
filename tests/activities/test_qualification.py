"""QualifyLead in full: what is created, from which attributes, how it hangs together, and what is refused."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest

from crm.entities import Account, Contact, Entity, Opportunity
from crm.entities.commerce import Campaign, TransactionCurrency
from crm.lifecycle import LeadStage
from crm.mapping import QUALIFICATION_MAP
from crm.requests import EditLead, EntityReference, QualifyLead
from crm.store import records
from crm.store.people.organisation import record_id
from crm.store.service_tables import lf_assignment
from crm.store.tables import TABLES, table_of
from crm.views import Qualification
from tests.activities.conftest import LEAD, NOW, Desk, refused

# One raw value for each attribute that the map names, different for each, and the value it is stored with.
VALUES: dict[str, tuple[Any, Any]] = {
    "subject": ("Two licences",) * 2,
    "companyname": ("Analytical GmbH",) * 2,
    "yomicompanyname": ("Anarichikaru",) * 2,
    "websiteurl": ("https://analytical.example",) * 2,
    "telephone1": ("+4930901820",) * 2,
    "telephone2": ("+4930901821",) * 2,
    "telephone3": ("+4930901822",) * 2,
    "mobilephone": ("+4915112345678",) * 2,
    "pager": ("+4930901823",) * 2,
    "fax": ("+4930901824",) * 2,
    "emailaddress1": ("ada@analytical.example",) * 2,
    "emailaddress2": ("ada2@analytical.example",) * 2,
    "emailaddress3": ("ada3@analytical.example",) * 2,
    "sic": ("7372",) * 2,
    "description": ("Met at the fair",) * 2,
    "qualificationcomments": ("Has a budget",) * 2,
    "revenue": ("1000000", Decimal(1000000)),
    "industrycode": (1, 1),
    "numberofemployees": (90, 90),
    "transactioncurrencyid": (str(record_id("transactioncurrency", "USD")), record_id("transactioncurrency", "USD")),
    "firstname": ("Ada",) * 2,
    "middlename": ("Augusta",) * 2,
    "lastname": ("King",) * 2,
    "yomifirstname": ("Eida",) * 2,
    "yomimiddlename": ("Ogasuta",) * 2,
    "yomilastname": ("Kingu",) * 2,
    "salutation": ("Countess",) * 2,
    "jobtitle": ("Analyst",) * 2,
    "budgetamount": ("5000", Decimal(5000)),
    "budgetstatus": (1, 1),
    "need": (1, 1),
    "purchaseprocess": (1, 1),
    "purchasetimeframe": (1, 1),
    "initialcommunication": (1, 1),
    "estimatedamount": ("7000", Decimal(7000)),
    "leadqualitycode": (1, 1),
    "preferredcontactmethodcode": (2, 2),
    **{f"donot{what}": (True, True) for what in ("bulkemail", "email", "fax", "phone", "postalmail", "sendmm")},
    **{
        f"address1_{part}": (f"the {part}",) * 2
        for part in ("line1", "line2", "line3", "city", "stateorprovince", "county", "postalcode", "postofficebox")
    },
    "address1_country": ("Germany", "DE"),
}
ENTITIES: dict[str, type[Entity]] = {"account": Account, "contact": Contact, "opportunity": Opportunity}
ROWS = [
    (entity, *((row, row) if isinstance(row, str) else row))
    for entity, rows in QUALIFICATION_MAP.items()
    for row in rows
]
IN_PLACE = {"campaignid", "estimatedclosedate"}  # a key beside the attributes, and a date: each has a test of its own


def qualify(desk: Desk, **parameters: Any) -> Qualification:
    return desk.take(desk.qualification.qualify_lead, QualifyLead(**parameters))


def created(desk: Desk, done: Qualification, entity: type[Any]) -> Any:
    """The record of this entity that the qualification created."""
    (id,) = (record.id for record in done.created if record.logicalname == entity.logical_name)
    with desk.database.reading() as connection:
        return records.fetch(connection, entity, id)


def insert(desk: Desk, entity: Entity) -> UUID:
    with desk.database.transaction() as connection:
        records.insert(connection, entity, now=NOW)
    id: UUID = entity.__dict__[entity.primary_id]
    return id


def edit(desk: Desk, **changes: Any) -> None:
    desk.take(desk.intake.edit_lead, EditLead(changes=changes))


def test_account_contact_and_opportunity_are_created_and_linked(desk: Desk) -> None:
    owner = desk.given(firstname="Ada", companyname="Analytical GmbH", subject="Two licences").owner
    assert owner is not None
    done = qualify(desk)
    assert [record.logicalname for record in done.created] == ["account", "contact", "opportunity"]
    account, contact, sale = (created(desk, done, entity) for entity in (Account, Contact, Opportunity))
    lead = desk.lead()
    assert (account.name, contact.fullname, sale.name) == ("Analytical GmbH", "Ada Lind", "Two licences")
    for record in (account, contact, sale):
        assert (record.originatingleadid, record.ownerid, record.owneridtype) == (LEAD, owner.id, "systemuser")
    assert (contact.parentcustomerid, contact.parentcustomeridtype) == (account.accountid, "account")
    assert (sale.parentaccountid, sale.parentcontactid) == (account.accountid, contact.contactid)
    assert (sale.customerid, sale.customeridtype) == (account.accountid, "account")
    assert (lead.parentaccountid, lead.parentcontactid) == (account.accountid, contact.contactid)
    assert lead.qualifyingopportunityid == sale.opportunityid
    assert [(row["accountid"], row["leadid"]) for row in desk.rows(TABLES["accountleads"])] == [
        (account.accountid, LEAD)
    ]
    assert [(row["contactid"], row["leadid"]) for row in desk.rows(TABLES["contactleads"])] == [
        (contact.contactid, LEAD)
    ]


def test_the_lead_is_closed_and_leaves_its_owners_desk(desk: Desk) -> None:
    desk.given(jobtitle="urgent")
    lead = qualify(desk).lead
    assert (lead.stage, lead.statecode, lead.statuscode, lead.accept_by) == (LeadStage.QUALIFIED, 1, 3, None)
    assert lead.closed_on == desk.lead().lf_closedon is not None
    assert lead.event.startswith("Qualified")
    assert [row["endreason"] for row in desk.rows(lf_assignment)] == ["qualified"]


def test_every_row_of_the_map_has_a_value_here() -> None:
    assert {source for _, source, _ in ROWS} - IN_PLACE == VALUES.keys()


def test_the_attributes_are_mapped_row_by_row(desk: Desk) -> None:
    desk.given(**{name: raw for name, (raw, _) in VALUES.items()}, estimatedclosedate="2026-09-30")
    done = qualify(desk)
    made = {name: created(desk, done, entity) for name, entity in ENTITIES.items()}
    expected = {(entity, target): VALUES[source][1] for entity, source, target in ROWS if source not in IN_PLACE}
    assert {(entity, target): getattr(made[entity], target) for entity, target in expected} == expected
    assert str(made["opportunity"].estimatedclosedate) == "2026-09-30"


def test_states_are_never_copied(desk: Desk) -> None:
    desk.given()
    done = qualify(desk)
    for entity in (Account, Contact, Opportunity):
        record = created(desk, done, entity)
        assert (record.statecode, record.statuscode) == (0, 1)


@pytest.mark.parametrize(
    "wanted", [(), ("Account",), ("Contact",), ("Opportunity",), ("Account", "Opportunity"), ("Contact", "Opportunity")]
)
def test_only_what_is_asked_for_is_created(desk: Desk, wanted: tuple[str, ...]) -> None:
    desk.given()
    flags = {f"Create{name}": name in wanted for name in ("Account", "Contact", "Opportunity")}
    done = qualify(desk, **flags)
    assert [record.logicalname for record in done.created] == [name.lower() for name in wanted]
    sizes = desk.sizes()
    assert [sizes[name] for name in ENTITIES] == [int(name.capitalize() in wanted) for name in ENTITIES]
    assert (sizes["accountleads"], sizes["contactleads"]) == (int("Account" in wanted), int("Contact" in wanted))


def test_without_an_account_the_contact_is_the_customer(desk: Desk) -> None:
    desk.given()
    done = qualify(desk, CreateAccount=False)
    sale = created(desk, done, Opportunity)
    assert (sale.customerid, sale.customeridtype) == (created(desk, done, Contact).contactid, "contact")


def test_existing_parents_are_used_and_not_made_again(desk: Desk) -> None:
    desk.given(companyname="Analytical GmbH")
    account = insert(desk, Account(name="Known GmbH"))
    contact = insert(desk, Contact(lastname="Known"))
    edit(desk, parentaccountid=str(account), parentcontactid=str(contact))
    done = qualify(desk)
    assert [record.logicalname for record in done.created] == ["opportunity"]
    sale = created(desk, done, Opportunity)
    assert (sale.parentaccountid, sale.parentcontactid, sale.customerid) == (account, contact, account)
    assert [row["accountid"] for row in desk.rows(TABLES["accountleads"])] == [account]
    assert [row["contactid"] for row in desk.rows(TABLES["contactleads"])] == [contact]


def test_a_new_contact_belongs_to_the_existing_account(desk: Desk) -> None:
    desk.given()
    account = insert(desk, Account(name="Known GmbH"))
    edit(desk, parentaccountid=str(account))
    contact = created(desk, qualify(desk), Contact)
    assert (contact.parentcustomerid, contact.parentcustomeridtype) == (account, "account")


@pytest.mark.parametrize("kind", ["account", "contact"])
def test_the_callers_customer_comes_first(desk: Desk, kind: str) -> None:
    desk.given()
    customer = insert(desk, Account(name="Payer") if kind == "account" else Contact(lastname="Payer"))
    done = qualify(desk, OpportunityCustomerId=EntityReference(logicalname=kind, id=customer))
    sale = created(desk, done, Opportunity)
    assert (sale.customerid, sale.customeridtype) == (customer, kind)


@pytest.mark.parametrize(
    ("asked", "of_the_lead", "expected"), [("USD", "EUR", "USD"), (None, "USD", "USD"), (None, None, "EUR")]
)
def test_the_currency_is_the_callers_or_the_leads_or_the_base(
    desk: Desk, asked: str | None, of_the_lead: str | None, expected: str
) -> None:
    currency: Callable[[str], UUID] = lambda code: record_id("transactioncurrency", code)  # noqa: E731
    desk.given(estimatedamount="100", **({"transactioncurrencyid": str(currency(of_the_lead))} if of_the_lead else {}))
    done = qualify(desk, OpportunityCurrencyId=currency(asked) if asked else None)
    sale = created(desk, done, Opportunity)
    assert sale.transactioncurrencyid == currency(expected)
    assert sale.estimatedvalue_base == (Decimal(80) if expected == "USD" else Decimal(100))


def test_an_opportunity_needs_a_currency(desk: Desk) -> None:
    desk.given()
    with desk.database.transaction() as connection:
        connection.execute(table_of(TransactionCurrency).update().values(statecode=1))
    before = desk.contents()
    refused(
        lambda: qualify(desk), "InvalidInput", says="needs a currency.*OpportunityCurrencyId, or name a base_currency"
    )
    assert desk.contents() == before
    assert qualify(desk, CreateOpportunity=False).lead.stage is LeadStage.QUALIFIED


def test_the_campaign_is_the_callers_or_the_leads(desk: Desk) -> None:
    spring = record_id("campaign", "spring")
    autumn = insert(desk, Campaign(name="Autumn"))
    desk.given()
    edit(desk, campaign="spring")
    assert created(desk, qualify(desk, SourceCampaignId=autumn), Opportunity).campaignid == autumn
    assert desk.lead().campaignid == spring


def test_the_leads_campaign_goes_to_the_opportunity(desk: Desk) -> None:
    desk.given()
    edit(desk, campaign="spring")
    assert created(desk, qualify(desk), Opportunity).campaignid == record_id("campaign", "spring")


def test_the_process_goes_on_with_the_opportunity(desk: Desk) -> None:
    desk.given()
    process = EntityReference(logicalname="leadtoopportunitysalesprocess", id=uuid5(LEAD, "process"))
    assert created(desk, qualify(desk, ProcessInstanceId=process), Opportunity).lf_processinstanceid == process.id


@pytest.mark.parametrize("status", [-1, 3])
def test_the_default_status_and_the_named_one(desk: Desk, status: int) -> None:
    desk.given()
    assert qualify(desk, Status=status).lead.statuscode == 3


def test_a_later_qualification_creates_after_its_time(desk: Desk) -> None:
    desk.given()
    done = desk.take(desk.qualification.qualify_lead, QualifyLead(), on=NOW + timedelta(days=9))
    assert created(desk, done, Opportunity).createdon == done.lead.closed_on == NOW + timedelta(days=9)
