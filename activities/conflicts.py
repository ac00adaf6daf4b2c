"""Companies that are registered for a channel partner: what protects the partner, and what is in conflict with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from activities.choosing import choose_partner, give
from activities.steps import LeadStep
from crm.entities.lead import Lead
from crm.lifecycle import LeadStage
from crm.requests import RerouteLead
from crm.store import records
from crm.store.partners import offers, registrations
from crm.store.partners.offers import OfferEvent
from crm.store.partners.registrations import Registration
from crm.store.people.organisation import record_id
from rules.engine.decision import Assign, Disqualify, Offer, Outcome


def kept_by_partner(connection: Connection, lead: Lead, step: LeadStep[Any], request: RerouteLead) -> str | None:
    """Why a lead stays with the partner for whom its company is registered, as an event; None where it may move.

    Only a person, who gives a name, takes such a lead from its partner, and thereby ends the registration. If the
    partner's own user leaves, or the lead is reactivated to be routed, the partner's team has it.
    """
    registration = registrations.protects(connection, lead, step.on)
    if registration is None:
        return None
    if request.actor is not None and not request.unless_same and not request.leaving:
        registrations.end(connection, lead.leadid, step.on)
        return None
    event = (
        f"Stays with partner {registration.partner_name}, for whom the company is registered until "
        f"{registration.until:%Y-%m-%d %H:%M} UTC; {request.reason}"
    )
    left = request.leaving is not None and lead.ownerid == record_id("systemuser", request.leaving)
    if left or lead.lf_stage == LeadStage.RECEIVED:
        give(connection, lead, step, choose_partner(connection, registration.partner), event)
    return event


def note_conflict(connection: Connection, lead: Lead, outcome: Outcome, now: datetime) -> str:
    """Record in the trail that the company is registered for a partner who is passed over, or that this is over.

    Returns the end of the event; empty where there is no conflict.
    """
    company = registrations.company_of(lead)
    registered = registrations.holder(connection, company, now)
    conflict = registered if registered and _passed_over(registered, lead, outcome) else None
    before = offers.open_conflict(connection, lead.leadid) if lead.lf_routingrule else None
    if before is not None and (conflict is None or conflict.partnerid != before):
        offers.record(connection, lead.leadid, before, OfferEvent.RESOLVED, now)
    if conflict is None:
        return ""
    if conflict.partnerid != before:
        offers.record(connection, lead.leadid, conflict.partnerid, OfferEvent.CONFLICT, now, until=conflict.until)
        if lead.lf_companykey is None:
            records.update(connection, Lead, lead.leadid, {"lf_companykey": company}, now=now)
    return (
        f"; conflict: the company is registered for partner {conflict.partner_name} until "
        f"{conflict.until:%Y-%m-%d %H:%M} UTC"
    )


def _passed_over(registered: Registration, lead: Lead, outcome: Outcome) -> bool:
    """Whether somebody else than the registered partner brought the lead, or is to have it."""
    if lead.lf_channelpartnerid not in (None, registered.partnerid):
        return True
    match outcome:
        case Offer():
            return registered.partner not in {to.partner for to in outcome.partners}
        case Assign(to="partner"):
            return registered.partner != outcome.key
        case Disqualify():
            return False
        case _:
            return lead.lf_channelpartnerid is None
