"""Who owns a lead: by rule, by hand, by accepting it; and what happens when nobody answers in time."""

from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection
from temporalio import activity

from activities.deps import Dependencies
from activities.sla import accept_by
from activities.steps import Effect, LeadStep, perform
from crm.entities.lead import Lead
from crm.entities.organisation import ChannelPartner, Queue, SystemUser, Team
from crm.errors import ErrorCode, InvalidInput, Misconfigured, StateConflict
from crm.lifecycle import LeadStage, require_open
from crm.requests import AcceptLead, AssignLead, DeclineLead, Request
from crm.store import leads, records, rotation
from crm.store.organisation import TeamMember, record_id, team_members
from crm.views import LeadView
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies import Member
from rules.strategies.pool import choose

Named = TypeVar("Named", SystemUser, Team, Queue, ChannelPartner)

MEND_TEAM = "name one in rules/directory.yaml and run 'leadflow directory apply'"
LEAST_OPEN = "least_open"
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


class Chosen(Request):
    """Who gets the lead, and the record of the choice."""

    ownerid: UUID
    owneridtype: str
    name: str
    teamid: UUID | None = None
    queueid: UUID | None = None
    strategy: str | None = None
    turn: int | None = None
    skipped: tuple[str, ...] = Field(default=())


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


def give(
    connection: Connection,
    lead: Lead,
    step: LeadStep[Any],
    chosen: Chosen,
    reason: str,
    *,
    accept_by: datetime | None = None,
    **more: Any,
) -> None:
    """Make `chosen` the owner: ends the present assignment, records the new one, changes the lead."""
    if lead.lf_assignedon:
        rotation.end_assignment(connection, lead.leadid, step.on, "reassigned")
    record = chosen.model_dump(include={"ownerid", "owneridtype", "teamid", "queueid", "strategy", "turn", "skipped"})
    rotation.start_assignment(connection, lead.leadid, step.step, **record, reason=reason, assignedon=step.on)
    changes = {
        "ownerid": chosen.ownerid,
        "owneridtype": chosen.owneridtype,
        "lf_queueid": chosen.queueid,
        "lf_stage": LeadStage.ASSIGNED,
        "lf_assignedon": step.on,
        "lf_acceptedon": None,
        "lf_acceptby": accept_by,
    }
    records.update(connection, Lead, lead.leadid, changes | more, now=step.on)


def choose_by_hand(connection: Connection, request: AssignLead) -> Chosen:
    """The user, team or queue that a person named, whatever the rotation says; it takes no turn."""
    if request.user:
        user = _named(connection, SystemUser, request.user)
        if user.isdisabled:
            raise InvalidInput(f"user '{request.user}' is disabled; choose an active one")
        return Chosen(ownerid=user.systemuserid, owneridtype="systemuser", name=str(user.fullname))
    if request.team:
        return choose_team(connection, request.team)
    return choose_queue(connection, str(request.queue))


def choose_team(connection: Connection, key: str) -> Chosen:
    team = _named(connection, Team, key)
    return Chosen(ownerid=team.teamid, owneridtype="team", name=f"team {team.name}", teamid=team.teamid)


def choose_queue(connection: Connection, key: str) -> Chosen:
    """A queue's leads belong to the team that works on it."""
    queue = _named(connection, Queue, key)
    if queue.ownerid is None:
        raise Misconfigured(f"queue '{key}' has no team; {MEND_TEAM}")
    return Chosen(ownerid=queue.ownerid, owneridtype="team", name=f"queue {queue.name}", queueid=queue.queueid)


def choose_partner(connection: Connection, key: str) -> Chosen:
    """A channel partner's leads belong to the partner's team."""
    partner = _named(connection, ChannelPartner, key)
    if partner.lf_teamid is None:
        raise Misconfigured(f"partner '{key}' has no team; {MEND_TEAM}")
    return Chosen(
        ownerid=partner.lf_teamid, owneridtype="team", name=f"partner {partner.lf_name}", teamid=partner.lf_teamid
    )


def choose_member(connection: Connection, outcome: Assign, lead: Lead, directory: Directory, now: datetime) -> Chosen:
    """The member of a team whom the strategy picks, and whom it skipped; the team itself if nobody is eligible."""
    teamid = record_id("team", outcome.key)
    turn = rotation.take_turn(connection, teamid)
    gave_back = set(rotation.gave_back(connection, lead.leadid)) if lead.lf_assignedon else set()
    rows = {row.key: row for row in team_members(connection, teamid, count_open=outcome.strategy == LEAST_OPEN)}
    choice = choose(outcome, [_member(row, gave_back) for row in rows.values()], directory, now)
    if choice.member is None:
        team = choose_team(connection, outcome.key)
        return team.model_copy(update={"strategy": outcome.strategy, "skipped": choice.skipped})
    row = rows[choice.member.key]
    rotation.give_turn(connection, teamid, row.systemuserid, turn)
    return Chosen(
        ownerid=row.systemuserid,
        owneridtype="systemuser",
        name=row.name,
        teamid=teamid,
        strategy=outcome.strategy,
        turn=turn,
        skipped=choice.skipped,
    )


def _member(row: TeamMember, gave_back: set[UUID]) -> Member:
    return Member(
        row.key,
        weight=row.weight,
        last_turn=row.last_turn,
        open_leads=row.open_leads,
        active=not row.isdisabled,
        gave_back=row.systemuserid in gave_back,
    )


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


def _named(connection: Connection, entity: type[Named], key: str) -> Named:
    found = records.fetch(connection, entity, record_id(entity.logical_name, key))
    if found is None:
        raise InvalidInput(
            f"{entity.logical_name} '{key}' does not exist. It is missing in rules/directory.yaml, or "
            "'leadflow directory apply' was not run since."
        )
    return found
