"""What tests of re-routing do with a lead."""

from typing import Any

from activities.deps import Dependencies
from crm.requests import AcceptLead, DeclineLead, EditLead, RerouteLead
from crm.store.database import Database
from crm.store.people import roster
from crm.store.people.organisation import record_id
from crm.views import LeadView, Routing
from rules.engine.live import LiveRules
from tests.activities.conftest import NOW, Desk

AGAIN = RerouteLead(reason="edited: jobtitle", unless_same=True)


def edit(desk: Desk, **changes: Any) -> LeadView:
    return desk.take(desk.intake.edit_lead, EditLead(changes=changes))


def accept(desk: Desk, user: str | None = None) -> LeadView:
    return desk.take(desk.assignment.accept_lead, AcceptLead(user=user))


def decline(desk: Desk, **more: Any) -> Routing:
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time"))
    return again(desk, reason="declined: no time", **more)


def again(desk: Desk, request: RerouteLead | None = None, **more: Any) -> Routing:
    return desk.take(desk.routing.route_lead, request or RerouteLead(**more))


def owner(view: LeadView) -> str | None:
    return view.owner.key if view.owner else None


def deactivated(database: Database, user: str) -> None:
    with database.transaction() as connection:
        roster.deactivate(connection, record_id("systemuser", user), "left", actor=None, now=NOW)


def by(rules: LiveRules, desk: Desk) -> Desk:
    """The same database, with other rules."""
    return Desk(Dependencies(desk.database, rules, "DE"))
