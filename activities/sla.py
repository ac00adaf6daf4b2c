"""By when a lead must be accepted and contacted, in the working time of whoever owns it in the database."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from activities.keys import key_of
from crm.entities.lead import Lead
from crm.store.rules import decisions
from rules.engine.decision import Assign, RoutingDecision
from rules.engine.directory import Directory
from rules.strategies import sla

Limits = Mapping[str, datetime | None]
NO_LIMITS: Limits = {"lf_acceptby": None, "lf_contactby": None, "lf_waituntil": None}
"""The attributes of a lead for which no time runs."""


def due(
    directory: Directory,
    start: datetime,
    within: timedelta | None,
    *,
    clock: bool,
    ownerid: UUID | None,
    owneridtype: str | None,
    teamid: UUID | None,
) -> datetime | None:
    """When the owner's time is over, in UTC; None: never. `teamid` is the team through which a user has the lead.

    An owner whom the directory does not have works at any time.
    """
    if owneridtype == "team":
        user, team = None, key_of("team", ownerid, directory.teams)
    else:
        user = key_of("systemuser", ownerid, directory.users)
        team = key_of("team", teamid, directory.teams) if user else None
    return sla.accept_by(directory, start, within, clock=clock, user=user, team=team)


def due_times(directory: Directory, start: datetime, outcome: Assign, lead: Lead, **owner: Any) -> Limits:
    """The attributes of a lead that say by when its new owner (arguments of `due`) must accept and contact it."""
    contact = None if lead.lf_firstresponseon else outcome.contact_within
    return {
        "lf_acceptby": due(directory, start, outcome.accept_within, clock=outcome.sla_clock, **owner),
        "lf_contactby": due(directory, start, contact, clock=outcome.contact_clock, **owner),
    }


def due_times_kept(connection: Connection, directory: Directory, start: datetime, lead: Lead, **owner: Any) -> Limits:
    """As `due_times`, by the decision that routed the lead; without any where that was no assignment."""
    kept = decisions.newest(connection, lead.leadid)
    outcome = RoutingDecision.model_validate(kept).outcome if kept else None
    return due_times(directory, start, outcome, lead, **owner) if isinstance(outcome, Assign) else NO_LIMITS
