"""What partners and people do with offered leads, as one call each, for tests."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from activities.deps import Dependencies
from activities.offers import ExpireOffer, Offers
from crm.requests import AcceptLead, AssignLead, DeclineLead, RerouteLead
from crm.store.database import Database
from crm.store.partners import offers, registrations
from crm.store.people.organisation import apply_directory
from crm.views import LeadView
from rules.engine.live import LiveRules
from tests.activities.conftest import LEAD, NOW, Desk


def open_desk(database: Database, rules: LiveRules) -> Desk:
    """Activities on a database that has the organisation of these rules."""
    with database.transaction() as connection:
        apply_directory(connection, rules.current().directory, now=NOW)
    return Desk(Dependencies(database, rules, "DE"))


def offered(desk: Desk, lead: UUID = LEAD, /, title: str = "for partners", **more: Any) -> LeadView:
    return desk.given(lead, jobtitle=title, companyname="Firm GmbH", **more)


def accept(desk: Desk, user: str | None, lead: UUID = LEAD, **more: Any) -> LeadView:
    return desk.take(desk.assignment.accept_lead, AcceptLead(user=user, **more), lead=lead)


def decline(desk: Desk, lead: UUID = LEAD, **more: Any) -> LeadView:
    """The answer, and the routing that follows it."""
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time", **more), lead=lead)
    return desk.take(desk.routing.route_lead, RerouteLead(reason="declined", counts=False), lead=lead).lead


def expire(desk: Desk, lead: UUID = LEAD) -> LeadView:
    desk.take(Offers(desk.deps).expire_offer, ExpireOffer(), lead=lead)
    return desk.take(desk.routing.route_lead, RerouteLead(reason="offer expired", counts=False), lead=lead).lead


def reroute(desk: Desk, lead: UUID = LEAD, **more: Any) -> LeadView:
    return desk.take(desk.routing.route_lead, RerouteLead(**more), lead=lead).lead


def assign(desk: Desk, **target: Any) -> LeadView:
    return desk.take(desk.assignment.assign_lead, AssignLead(**target, actor="mia"))


def trail(desk: Desk, lead: UUID = LEAD) -> list[str]:
    """What happened, as `event partner`."""
    with desk.database.reading() as connection:
        return [f"{entry.event} {entry.partner}" for entry in offers.trail(connection, lead)]


def registered(desk: Desk, now: datetime = NOW + timedelta(days=1)) -> list[tuple[str, str]]:
    with desk.database.reading() as connection:
        return [(entry.partner, entry.companykey) for entry in registrations.listed(connection, now)]
