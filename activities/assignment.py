"""Who owns a lead: by rule, by hand, by accepting it; and what happens when nobody answers in time."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from temporalio import activity

from activities.choosing import Chosen, choose_by_hand, give
from activities.deps import Dependencies
from activities.sla import accept_by
from activities.steps import Effect, LeadStep, perform
from crm.entities.lead import Lead
from crm.errors import ErrorCode, InvalidInput, StateConflict
from crm.lifecycle import LeadStage, require_open
from crm.requests import AcceptLead, AssignLead, DeclineLead, Request
from crm.store import leads, records, rotation
from crm.store.organisation import team_members
from crm.views import LeadView

DECLINED = "declined"
SLA_MISSED = "SLA missed"


class MissedSla(Request):
    """The owner did not answer in time. Where the ladder says to remind, the same time is given once more.

    `accept_within` is working time of the owner, or with `sla_clock` by the clock. `accept_by` is the new due time as
    runs gave it that began before there was working time.
    """

    action: str | None = None
    accept_by: datetime | None = None
    accept_within: timedelta | None = None
    sla_clock: bool = False


class Assignments:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def assign_lead(self, step: LeadStep[AssignLead]) -> LeadView:
        """Give the lead to a user, team or queue. Raises InvalidInput for an unknown or disabled one (not retried)."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            chosen = choose_by_hand(connection, step.request)
            event = f"Assigned to {chosen.name}: {step.request.reason}"
            give(connection, lead, step, chosen, event)
            return Effect(event=event)

        return perform(self._deps, step, "assign", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def accept_lead(self, step: LeadStep[AcceptLead]) -> LeadView:
        """The owner, or a member of the owning team, takes the lead. Raises StateConflict where that cannot be."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            return Effect(event=_accept(connection, lead, step))

        return perform(self._deps, step, "accept", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def decline_lead(self, step: LeadStep[DeclineLead]) -> LeadView:
        """The owner gives the lead back. Raises StateConflict where nobody owns it. The workflow routes it again."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            _require_stage(lead, "declined", LeadStage.ASSIGNED, LeadStage.ACCEPTED)
            rotation.end_assignment(connection, lead.leadid, step.on, DECLINED)
            changes = {"lf_stage": LeadStage.RECEIVED, "lf_acceptby": None, "lf_acceptedon": None}
            records.update(connection, Lead, lead.leadid, changes, now=step.on)
            return Effect(event=f"Declined: {step.request.reason}")

        return perform(self._deps, step, "decline", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def record_missed_sla(self, step: LeadStep[MissedSla]) -> LeadView:
        """Count the breach. The next step of the ladder, if it moves the lead, is a step of its own."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            if step.request.action in ("re-route", "escalate"):
                rotation.end_assignment(connection, lead.leadid, step.on, SLA_MISSED)
            due = step.request.accept_by or self._once_more(connection, lead, step)
            records.update(connection, Lead, lead.leadid, {"lf_acceptby": due}, now=step.on)
            return Effect(event=f"SLA missed: not accepted in time; {step.request.action or 'no further step'}")

        return perform(self._deps, step, "sla_missed", effect).lead

    def _once_more(self, connection: Connection, lead: Lead, step: LeadStep[MissedSla]) -> datetime | None:
        """Until when the owner, who is reminded, may answer."""
        if step.request.accept_within is None:
            return None
        return accept_by(
            self._deps.rules.current().directory, step.on, step.request.accept_within, clock=step.request.sla_clock,
            ownerid=lead.ownerid, owneridtype=lead.owneridtype, teamid=rotation.team_asked(connection, lead.leadid),
        )  # fmt: skip


def _accept(connection: Connection, lead: Lead, step: LeadStep[AcceptLead]) -> str:
    user = step.request.user
    owner = leads.owner_key(connection, lead)
    if lead.lf_stage == LeadStage.ACCEPTED and user in (None, owner):
        return "Accepted already"
    _require_stage(lead, "accepted", LeadStage.ASSIGNED)
    taken: dict[str, Any] = {"lf_stage": LeadStage.ACCEPTED, "lf_acceptedon": step.on, "lf_acceptby": None}
    if lead.owneridtype == "team":
        member = _member_of_owner(connection, lead, user)
        give(connection, lead, step, member, f"accepted by {member.name}", **taken)
        return f"Accepted by {user} for the team"
    if user not in (None, owner):
        raise StateConflict(
            f"The lead belongs to {owner}, not to {user}. Assign it first.", code=ErrorCode.PRIVILEGE_DENIED
        )
    records.update(connection, Lead, lead.leadid, taken, now=step.on)
    return f"Accepted by {owner}"


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
