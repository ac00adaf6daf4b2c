"""Answers to offers: a channel partner accepts, declines, or lets the time run out; or we take the lead back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from temporalio import activity

from activities.deps import Dependencies
from activities.sla import NO_LIMITS
from activities.steps import Effect, LeadStep, perform
from crm.entities.lead import Lead
from crm.errors import ErrorCode, StateConflict
from crm.lifecycle import LeadStage, LeadState, require_open
from crm.requests import Request
from crm.store import records
from crm.store.distribution import rotation
from crm.store.distribution.members import team_members
from crm.store.life import leads
from crm.store.partners import channel_partners, offers, registrations
from crm.store.partners.offers import OfferEvent, TrailEntry
from crm.store.people.organisation import record_id
from crm.views import LeadView

OFFER_EXPIRED = "offer expired"
_BECAME = {
    OfferEvent.ACCEPTED: "accepted it",
    OfferEvent.DECLINED: "declined it",
    OfferEvent.EXPIRED: "let the offer expire",
    OfferEvent.WITHDRAWN: "lost it when it was taken back",
}
_NOW = {OfferEvent.OFFERED: "is offered the lead now", OfferEvent.ACCEPTED: "has accepted the lead"}


class ExpireOffer(Request):
    """The time of the open offer is over."""


class Offers:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def expire_offer(self, step: LeadStep[ExpireOffer]) -> LeadView:
        """The partner has not answered in time. The workflow routes the lead again.

        Raises StateConflict where nobody is offered the lead.
        """

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            entry = offers.present(connection, lead.leadid)
            if entry is None or entry.event is not OfferEvent.OFFERED:
                raise StateConflict("The lead is offered to nobody: there is no offer that could expire.")
            offers.record(connection, lead.leadid, entry.partnerid, OfferEvent.EXPIRED, step.on)
            rotation.end_assignment(connection, lead.leadid, step.on, OFFER_EXPIRED)
            changes = {"lf_stage": LeadStage.RECEIVED, "lf_offeredtoid": None, **NO_LIMITS}
            records.update(connection, Lead, lead.leadid, changes, now=step.on)
            return Effect(event=f"Offer expired: partner {entry.partner_name} has not answered in time")

        return perform(self._deps, step, "expire", effect).lead


def accepted(connection: Connection, lead: Lead, step: LeadStep[Any]) -> str:
    """Record that the partner accepts the open offer, and register the company. Returns the end of the event."""
    entry = offers.present(connection, lead.leadid)
    if entry is None or entry.event is not OfferEvent.OFFERED:
        return ""
    until = step.on + entry.registered_for if entry.registered_for else None
    company = registrations.company_of(lead)
    other = None
    if until and company:
        other = registrations.register(connection, company, entry.partnerid, lead.leadid, step.on, until)
    registered = until if company and other is None else None
    offers.record(
        connection, lead.leadid, entry.partnerid, OfferEvent.ACCEPTED, step.on, until=registered,
        actor=step.request.user,
    )  # fmt: skip
    said = f", partner {entry.partner_name}"
    if other is not None:
        offers.record(connection, lead.leadid, other.partnerid, OfferEvent.CONFLICT, step.on, until=other.until)
        return f"{said}; conflict: the company is registered for {other.partner_name}"
    return f"{said}; the company is registered until {registered:%Y-%m-%d %H:%M} UTC" if registered else said


def declined(connection: Connection, lead: Lead, step: LeadStep[Any]) -> str:
    """Record that the partner who has the lead, or is offered it, does not want it. Returns who, for the event."""
    entry = offers.present(connection, lead.leadid)
    if entry is None:
        return ""
    registrations.end(connection, lead.leadid, step.on)
    offers.record(
        connection, lead.leadid, entry.partnerid, OfferEvent.DECLINED, step.on,
        actor=step.request.actor, reason=step.request.reason,
    )  # fmt: skip
    return f" by partner {entry.partner_name}"


def take_back(
    connection: Connection,
    lead: Lead,
    on: datetime,
    reason: str,
    *,
    actor: str | None = None,
    unless_theirs: UUID | None = None,
) -> None:
    """The lead leaves the partner who has it or is offered it, and its registration ends.

    A lead that a partner has accepted stays theirs if `unless_theirs`, its new owner, is one of their own people.
    """
    entry = offers.present(connection, lead.leadid) if lead.lf_assignedon else None
    if entry is None:
        return
    theirs = unless_theirs is not None and entry.partnerid in channel_partners.represented_by(connection, unless_theirs)
    if theirs and entry.event is OfferEvent.ACCEPTED:
        return
    registrations.end(connection, lead.leadid, on)
    offers.record(connection, lead.leadid, entry.partnerid, OfferEvent.WITHDRAWN, on, actor=actor, reason=reason)
    records.update(connection, Lead, lead.leadid, {"lf_offeredtoid": None}, now=on)


def closed(connection: Connection, lead: Lead, state: LeadState, on: datetime) -> None:
    """The lead is closed: an open offer is withdrawn; the registration of one that is disqualified ends."""
    entry = offers.present(connection, lead.leadid) if lead.lf_assignedon else None
    if entry is None:
        return
    if entry.event is OfferEvent.OFFERED:
        take_back(connection, lead, on, f"the lead was {state.name.lower()}")
    elif state is LeadState.DISQUALIFIED and registrations.of_lead(connection, lead.leadid, on):
        registrations.end(connection, lead.leadid, on)
        event = OfferEvent.RELEASED
        offers.record(connection, lead.leadid, entry.partnerid, event, on, reason="the lead was disqualified")


def require_party(connection: Connection, lead: Lead, partner: str | None, user: str | None) -> None:
    """Refuse an answer of somebody who had the offer and has it no more, or of a partner who never had it.

    `partner` is the one who answers, where that is said; else it is known by the team of `user`. Who answers nothing
    that has to do with offers passes. Raises StateConflict, which says what became of the offer.
    """
    trail = offers.trail(connection, lead.leadid) if partner or user else ()
    present = offers.present_in(trail)
    if partner is not None:
        claimed = frozenset({record_id("lf_channelpartner", partner)})
    elif trail and user is not None and not _owns(connection, lead, user):
        claimed = channel_partners.represented_by(connection, record_id("systemuser", user)) & {
            entry.partnerid for entry in trail
        }
    else:
        return
    if claimed and (present is None or present.partnerid not in claimed):
        raise StateConflict(_too_late(trail, claimed, partner, present), code=ErrorCode.PRIVILEGE_DENIED)


def _owns(connection: Connection, lead: Lead, user: str) -> bool:
    """Whether the user owns the lead, or is in the team that does."""
    if lead.owneridtype == "team" and lead.ownerid:
        return user in {member.key for member in team_members(connection, lead.ownerid)}
    return leads.owner_key(connection, lead) == user


def _too_late(
    trail: Sequence[TrailEntry], claimed: frozenset[UUID], partner: str | None, present: TrailEntry | None
) -> str:
    last = next((e for e in reversed(trail) if e.partnerid in claimed and e.event in _BECAME), None)
    if last is None:
        said = f"The lead was not offered to partner {partner}"
    else:
        said = (
            f"The lead was offered to partner {last.partner}, who {_BECAME[last.event]} on {last.on:%Y-%m-%d %H:%M} UTC"
        )
    return f"{said}; partner {present.partner} {_NOW[present.event]}." if present else f"{said}."
