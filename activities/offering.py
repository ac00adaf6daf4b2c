"""Making an offer: which channel partner is next, why the others are not, and what follows after the last."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from activities.choosing import Chosen, give
from activities.offer_turns import take_turn
from activities.placing import assign_after_offers
from activities.sla import due
from activities.steps import LeadStep
from crm.entities.lead import Lead
from crm.lifecycle import LeadStage
from crm.store.partners import channel_partners, offers, registrations
from crm.store.partners.channel_partners import Partner
from crm.store.partners.offers import OfferEvent, TrailEntry
from crm.store.partners.registrations import Registration
from crm.store.people.organisation import record_id
from rules.engine.decision import Offer
from rules.engine.directory import Directory
from rules.strategies.offering import next_partner

_CAME_OF_IT = {
    OfferEvent.ACCEPTED: "had it already",
    OfferEvent.DECLINED: "declined it",
    OfferEvent.EXPIRED: "let the offer expire",
    OfferEvent.WITHDRAWN: "had it already",
}


def offer(
    connection: Connection,
    directory: Directory,
    lead: Lead,
    step: LeadStep[Any],
    outcome: Offer,
    rule: str,
    why: str,
    **routed: Any,
) -> str:
    """Offer the lead to the next partner, or send it where `if_nobody` says. Returns the event.

    Nobody is asked twice for a lead, whatever the rules say by then. `rule` names the rule and its file; `routed` are
    attributes of the lead that go with it. Raises InvalidInput where the database does not have a team or queue that
    the rules name.
    """
    trail = offers.trail(connection, lead.leadid) if lead.lf_assignedon else ()
    may, reasons = _partners(connection, lead, outcome, trail, step.on)
    asked = next((entry.partner for entry in reversed(trail) if entry.event is OfferEvent.OFFERED), None)
    key = _next(connection, outcome, may, rule, first=asked is None)
    skipped = tuple(f"{key}: {reason}" for key, reason in reasons.items())
    if key is not None:
        return _offer_to(connection, directory, lead, step, outcome, may[key], skipped, why, **routed)
    partner = directory.channel_partners[asked if asked in directory.channel_partners else outcome.partners[0].partner]
    why = f"{why}; no partner may be offered it ({', '.join(skipped)})"
    return assign_after_offers(connection, directory, lead, step, outcome, partner.team, why, **routed)


def _next(connection: Connection, outcome: Offer, may: Mapping[str, Partner], rule: str, *, first: bool) -> str | None:
    """The key of the partner who is next. By weight, a lead takes one turn: later it goes on with the heaviest."""
    if may and first and outcome.by == "weight":
        weights = {may[to.partner].partnerid: to.weight for to in outcome.partners if to.partner in may}
        taker = take_turn(connection, rule, weights)
        return next(key for key, partner in may.items() if partner.partnerid == taker)
    return next_partner(outcome, [to.partner for to in outcome.partners if to.partner not in may], {})


def _partners(
    connection: Connection, lead: Lead, outcome: Offer, trail: Sequence[TrailEntry], now: datetime
) -> tuple[Mapping[str, Partner], Mapping[str, str]]:
    """The partners of the rule who may be offered the lead, by key, and why the others may not."""
    ids = {to.partner: record_id("lf_channelpartner", to.partner) for to in outcome.partners}
    known = channel_partners.find(connection, ids.values())
    came_of_it = {entry.partnerid: entry.event for entry in trail if entry.event in _CAME_OF_IT}
    registered = registrations.holder(connection, registrations.company_of(lead), now)
    reasons = {key: _why_not(known.get(id), came_of_it.get(id), registered) for key, id in ids.items()}
    may = {key: known[ids[key]] for key, reason in reasons.items() if reason is None}
    return may, {key: reason for key, reason in reasons.items() if reason is not None}


def _why_not(partner: Partner | None, came_of_it: OfferEvent | None, registered: Registration | None) -> str | None:
    if partner is None or not partner.active:
        return "not active"
    if partner.teamid is None:
        return "has no team"
    if came_of_it is not None:
        return _CAME_OF_IT[came_of_it]
    if registered is not None and registered.partnerid != partner.partnerid:
        return f"the company is registered for {registered.partner}"
    return None


def _offer_to(
    connection: Connection,
    directory: Directory,
    lead: Lead,
    step: LeadStep[Any],
    outcome: Offer,
    partner: Partner,
    skipped: tuple[str, ...],
    why: str,
    **routed: Any,
) -> str:
    """The partner has a limited time to answer, and the partner's team owns the lead meanwhile."""
    assert partner.teamid is not None
    until = due(
        directory, step.on, outcome.accept_within, clock=outcome.sla_clock,
        ownerid=partner.teamid, owneridtype="team", teamid=None,
    )  # fmt: skip
    event = f"Offered to partner {partner.name} until {until:%Y-%m-%d %H:%M} UTC: {why}"
    event += f"; skipped {', '.join(skipped)}" if skipped else ""
    team = Chosen(ownerid=partner.teamid, owneridtype="team", name=partner.name, teamid=partner.teamid, skipped=skipped)
    offered = {
        "lf_stage": LeadStage.OFFERED,
        "lf_acceptby": until,
        "lf_offeredtoid": partner.partnerid,
        "lf_companykey": registrations.company_of(lead),
    }
    give(connection, lead, step, team, event, **routed, **offered)
    offers.record(
        connection, lead.leadid, partner.partnerid, OfferEvent.OFFERED, step.on,
        until=until, registered_for=outcome.registered_for,
    )  # fmt: skip
    return event
