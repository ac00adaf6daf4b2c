"""What qualification makes of a lead: the account, contact and opportunity, and how they hang together. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from crm.entities.account import Account
from crm.entities.contact import Contact
from crm.entities.lead import Lead
from crm.entities.links import AccountLeads, ContactLeads
from crm.entities.opportunity import Opportunity
from crm.mapping import mapped_values
from crm.requests import EntityReference, QualifyLead


@dataclass(frozen=True, slots=True)
class Plan:
    """The records to create, account first, and what changes on the lead. An existing parent is used."""

    account: Account | None
    contact: Contact | None
    opportunity: Opportunity | None
    links: tuple[AccountLeads | ContactLeads, ...]
    lead_changes: dict[str, Any]

    def records(self) -> Iterator[Account | Contact | Opportunity]:
        yield from (record for record in (self.account, self.contact, self.opportunity) if record is not None)


def plan(lead: Lead, request: QualifyLead, step: str, currency: UUID | None) -> Plan:
    """What `request` makes of `lead`. Ids follow from the lead and the step, so a repetition plans the same records."""
    account = _account(lead, step) if request.CreateAccount and not lead.parentaccountid else None
    accountid = account.accountid if account else lead.parentaccountid
    contact = _contact(lead, step, accountid) if request.CreateContact and not lead.parentcontactid else None
    contactid = contact.contactid if contact else lead.parentcontactid
    opportunity = None
    if request.CreateOpportunity:
        customer = request.OpportunityCustomerId or _customer(accountid, contactid)
        opportunity = _opportunity(lead, request, step, accountid, contactid, customer, currency)
    changes: dict[str, Any] = {"parentaccountid": accountid, "parentcontactid": contactid}
    if opportunity:
        changes["qualifyingopportunityid"] = opportunity.opportunityid
    return Plan(account, contact, opportunity, tuple(_links(lead, step, accountid, contactid)), changes)


OWNER = ("ownerid", "owneridtype", "owninguser", "owningteam", "owningbusinessunit")


def _common(lead: Lead) -> dict[str, Any]:
    """What all records have from the lead: where they come from, and who owns them."""
    return {"originatingleadid": lead.leadid, **{name: getattr(lead, name) for name in OWNER}}


def _account(lead: Lead, step: str) -> Account:
    values = mapped_values(lead, "account")
    name = values.pop("name", None) or lead.fullname or lead.subject
    return Account(accountid=_id(lead, step, "account"), name=name, **values, **_common(lead))


def _contact(lead: Lead, step: str, accountid: UUID | None) -> Contact:
    values = mapped_values(lead, "contact")
    parent: dict[str, Any] = {"parentcustomerid": accountid, "parentcustomeridtype": "account"} if accountid else {}
    return Contact(contactid=_id(lead, step, "contact"), **values, **parent, **_common(lead))


def _opportunity(
    lead: Lead,
    request: QualifyLead,
    step: str,
    accountid: UUID | None,
    contactid: UUID | None,
    customer: EntityReference | None,
    currency: UUID | None,
) -> Opportunity:
    values = mapped_values(lead, "opportunity")
    values.setdefault("name", lead.companyname or lead.fullname)
    if request.SourceCampaignId:
        values["campaignid"] = request.SourceCampaignId
    if customer:
        values |= {"customerid": customer.id, "customeridtype": customer.logicalname}
    if request.ProcessInstanceId:
        values["lf_processinstanceid"] = request.ProcessInstanceId.id
    return Opportunity(
        opportunityid=_id(lead, step, "opportunity"),
        parentaccountid=accountid,
        parentcontactid=contactid,
        transactioncurrencyid=currency,
        **values,
        **_common(lead),
    )


def _customer(accountid: UUID | None, contactid: UUID | None) -> EntityReference | None:
    """The potential customer where the caller names none: the account, else the contact."""
    if accountid:
        return EntityReference(logicalname="account", id=accountid)
    return EntityReference(logicalname="contact", id=contactid) if contactid else None


def _links(
    lead: Lead, step: str, accountid: UUID | None, contactid: UUID | None
) -> Iterator[AccountLeads | ContactLeads]:
    name = (lead.fullname or lead.subject or "")[:100] or None
    if accountid:
        yield AccountLeads(
            accountleadid=_id(lead, step, f"accountleads/{accountid}"),
            accountid=accountid,
            leadid=lead.leadid,
            name=name,
        )
    if contactid:
        yield ContactLeads(
            contactleadid=_id(lead, step, f"contactleads/{contactid}"),
            contactid=contactid,
            leadid=lead.leadid,
            name=name,
        )


def _id(lead: Lead, step: str, kind: str) -> UUID:
    return uuid5(lead.leadid, f"{step}/{kind}")
