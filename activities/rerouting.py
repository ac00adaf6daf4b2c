"""Routing a lead again: whether it moves, who loses it, and how often it may before the team's manager gets it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from activities.choosing import Chosen, choose_by_hand, choose_team, give
from activities.sla import NO_LIMITS
from activities.steps import LeadStep
from crm.entities.lead import Lead
from crm.entities.organisation import SystemUser
from crm.lifecycle import LeadStage
from crm.requests import AssignLead, RerouteLead
from crm.store import records
from crm.store.distribution import rotation
from crm.store.people.organisation import record_id
from crm.store.rules import decisions
from rules.engine.decision import Assign, Offer, RoutingDecision
from rules.engine.directory import Directory
from rules.engine.policy import Policy
from rules.strategies.destination import team_behind


def leave(connection: Connection, lead: Lead, request: RerouteLead, on: datetime) -> str | None:
    """Take the lead from the user who is to lose it: it never comes back to them.

    Returns why it stays where it is, as an event of its timeline, where they do not own it.
    """
    if request.leaving is None:
        return None
    if lead.ownerid != record_id("systemuser", request.leaving):
        return f"Rules not asked again: {request.leaving} does not own the lead any more ({request.reason})"
    rotation.end_assignment(connection, lead.leadid, on, rotation.LEFT)
    records.update(connection, Lead, lead.leadid, {"ownerid": None}, now=on)
    return None


def stays(
    connection: Connection, lead: Lead, request: RerouteLead, decision: RoutingDecision, policy: Policy
) -> str | None:
    """Why the lead stays where it is, as an event of its timeline; None where it goes where the rules send it."""
    if not request.unless_same:
        return None
    asked = f"Rules asked again ({request.reason})"
    kept = decisions.newest(connection, lead.leadid)
    if kept is not None and RoutingDecision.model_validate(kept).outcome == decision.outcome:
        return f"{asked}: same outcome"
    if why := _kept_by(connection, policy, lead):
        return f"{asked}: the lead stays, for {why}; now it would be {decision.outcome.destination}, {decision.reason}"
    return None


def _kept_by(connection: Connection, policy: Policy, lead: Lead) -> str | None:
    """What keeps an edited lead where it is although the rules would send it elsewhere."""
    match policy.reroute_on_edit, lead.lf_stage:
        case "never", _:
            return "its rules say `reroute_on_edit: never`"
        case "until_accepted", LeadStage.ACCEPTED:
            return "its owner has accepted it"
        case "until_accepted", LeadStage.ASSIGNED if not decisions.placed_lead(connection, lead.leadid):
            return "it was assigned by hand or escalated"
    return None


def count(
    connection: Connection,
    lead: Lead,
    request: RerouteLead,
    decision: RoutingDecision,
    policy: Policy,
    on: datetime,
) -> bool:
    """Count that the lead is given to somebody once more; true where that was done as often as its rules allow."""
    if not (request.counts and isinstance(decision.outcome, Assign | Offer)):
        return False
    done = lead.lf_reroutes or 0
    if done >= policy.max_reroutes:
        return True
    records.update(connection, Lead, lead.leadid, {"lf_reroutes": done + 1}, now=on)
    return False


def to_manager(
    connection: Connection,
    lead: Lead,
    step: LeadStep[Any],
    outcome: Assign | Offer,
    directory: Directory,
    why: str,
    **routed: Any,
) -> str:
    """Give a lead that was routed again too often to the manager of its team, else to the team, without time limits.

    Where no team stands behind the outcome, the lead is held. `routed` are attributes of the lead that go with it.
    Returns the event.
    """
    often = f"routed again {lead.lf_reroutes} times, as often as max_reroutes allows"
    team = team_behind(outcome, directory)
    if team is None:
        held = {**routed, "lf_stage": LeadStage.HELD, **NO_LIMITS}
        records.update(connection, Lead, lead.leadid, held, now=step.on)
        return f"Held: {often}, and no team stands behind {outcome.destination}; {why}"
    chosen, reason = _manager_or_team(connection, lead, team, directory.teams[team].manager)
    event = f"Assigned to {chosen.name}: {often}, {reason}; {why}"
    give(connection, lead, step, chosen, event, **routed)
    return event


def _manager_or_team(connection: Connection, lead: Lead, team: str, manager: str | None) -> tuple[Chosen, str]:
    """Who gets the lead in the end, and why they do."""
    if manager is None:
        return choose_team(connection, team), "and the team has no manager"
    user = records.fetch(connection, SystemUser, record_id("systemuser", manager))
    if user is None or user.isdisabled:
        return choose_team(connection, team), f"and the team's manager {manager} is not active"
    if user.systemuserid in rotation.gave_back(connection, lead.leadid):
        return choose_team(connection, team), f"and the team's manager {manager} gave it back"
    chosen = choose_by_hand(connection, AssignLead(user=manager))
    return chosen.model_copy(update={"teamid": record_id("team", team)}), "so it goes to the team's manager"
