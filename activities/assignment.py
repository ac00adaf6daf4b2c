"""Who owns a lead: by hand, by accepting it, and by giving it back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from temporalio import activity

from activities import offers
from activities.choosing import Chosen, choose_by_hand, give
from activities.deps import Dependencies
from activities.sla import NO_LIMITS, due_times_kept
from activities.steps import Effect, LeadStep, perform
from activities.waiting import freed
from crm.entities.lead import Lead
from crm.errors import ErrorCode, InvalidInput, StateConflict
from crm.lifecycle import LeadStage, require_open
from crm.requests import AcceptLead, AssignLead, DeclineLead
from crm.store import records
from crm.store.distribution import rotation
from crm.store.distribution.members import team_members
from crm.store.life import leads
from crm.views import LeadView
from rules.engine.directory import Directory


class Assignments:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def assign_lead(self, step: LeadStep[AssignLead]) -> LeadView:
        """Give the lead to a user, team or queue. Raises InvalidInput for an unknown or disabled one (not retried)."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            return assign(connection, lead, step, choose_by_hand(connection, step.request), step.request.reason)

        return perform(self._deps, step, "assign", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def accept_lead(self, step: LeadStep[AcceptLead]) -> LeadView:
        """The owner, or a member of the owning team, takes the lead. Raises StateConflict where that cannot be."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            return Effect(event=_accept(connection, lead, step, self._deps.rules.current().directory))

        return perform(self._deps, step, "accept", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def decline_lead(self, step: LeadStep[DeclineLead]) -> LeadView:
        """The owner gives the lead back. Raises StateConflict where nobody owns it. The workflow routes it again."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            offers.require_party(connection, lead, step.request.partner, step.request.actor)
            _require_stage(lead, "declined", LeadStage.ASSIGNED, LeadStage.ACCEPTED, LeadStage.OFFERED)
            partner = offers.declined(connection, lead, step)
            rotation.end_assignment(connection, lead.leadid, step.on, rotation.DECLINED)
            changes = {"lf_stage": LeadStage.RECEIVED, "lf_acceptedon": None, "lf_offeredtoid": None, **NO_LIMITS}
            records.update(connection, Lead, lead.leadid, changes, now=step.on)
            return Effect(event=f"Declined{partner}: {step.request.reason}", follow_up=freed(connection, lead))

        return perform(self._deps, step, "decline", effect).lead


def assign(connection: Connection, lead: Lead, step: LeadStep[Any], chosen: Chosen, reason: str) -> Effect:
    """Give an open lead that this transaction has locked to somebody by hand."""
    offers.take_back(connection, lead, step.on, reason, actor=step.request.actor, unless_theirs=chosen.ownerid)
    event = f"Assigned to {chosen.name}: {reason}"
    give(connection, lead, step, chosen, event)
    return Effect(kind="assign", event=event, follow_up=freed(connection, lead))


def _accept(connection: Connection, lead: Lead, step: LeadStep[AcceptLead], directory: Directory) -> str:
    user = step.request.user
    offers.require_party(connection, lead, step.request.partner, user)
    owner = leads.owner_key(connection, lead)
    if lead.lf_stage == LeadStage.ACCEPTED and user in (None, owner):
        return "Accepted already"
    if lead.lf_stage == LeadStage.ACCEPTED and owner:
        raise StateConflict(
            f"{owner} has accepted the lead already, before {user}. Assign it first.",
            code=ErrorCode.PRIVILEGE_DENIED,
        )
    _require_stage(lead, "accepted", LeadStage.ASSIGNED, LeadStage.WAITING, LeadStage.OFFERED)
    taken: dict[str, Any] = {
        "lf_stage": LeadStage.ACCEPTED,
        "lf_acceptedon": step.on,
        "lf_acceptby": None,
        "lf_offeredtoid": None,
    }
    if lead.owneridtype == "team":
        member = _member_of_owner(connection, lead, user)
        taken["lf_contactby"] = _contact_by(connection, lead, step, directory, member)
        give(connection, lead, step, member, f"accepted by {member.name}", **taken)
        rotation.record_acceptance(connection, lead.leadid, step.on)
        return f"Accepted by {user} for the team" + offers.accepted(connection, lead, step)
    if user not in (None, owner):
        raise StateConflict(
            f"The lead belongs to {owner}, not to {user}. Assign it first.", code=ErrorCode.PRIVILEGE_DENIED
        )
    records.update(connection, Lead, lead.leadid, taken, now=step.on)
    rotation.record_acceptance(connection, lead.leadid, step.on)
    return f"Accepted by {owner}"


def _contact_by(
    connection: Connection, lead: Lead, step: LeadStep[AcceptLead], directory: Directory, member: Chosen
) -> datetime | None:
    """Until when whoever takes a team's lead must contact it: no time ran while it waited, else it runs on."""
    if lead.lf_stage != LeadStage.WAITING:
        return lead.lf_contactby
    owner = member.model_dump(include={"ownerid", "owneridtype", "teamid"})
    return due_times_kept(connection, directory, step.on, lead, **owner)["lf_contactby"]


def _member_of_owner(connection: Connection, lead: Lead, user: str | None) -> Chosen:
    """A team owns the lead: whoever accepts must say who they are, and be an active member."""
    assert lead.ownerid is not None
    members = {row.key: row for row in team_members(connection, lead.ownerid) if not row.isdisabled}
    if user not in members:
        raise InvalidInput(f"A team owns the lead: name the member who accepts it ({', '.join(sorted(members))}).")
    row = members[user]
    return Chosen(
        ownerid=row.systemuserid, owneridtype="systemuser", name=row.name, teamid=lead.ownerid, queueid=lead.lf_queueid
    )


def _require_stage(lead: Lead, verb: str, *stages: LeadStage) -> None:
    if lead.lf_stage not in stages:
        wanted = " or ".join(stages)
        raise StateConflict(
            f"A lead that is {lead.lf_stage} cannot be {verb}; it must be {wanted}.", code=ErrorCode.INVALID_ARGUMENT
        )
