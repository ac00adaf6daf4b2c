"""Whom a lead goes to: the member that a strategy picks, or who was named; and making them its owner."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from activities.sla import NO_LIMITS
from activities.steps import LeadStep
from crm.entities.lead import Lead
from crm.entities.organisation import ChannelPartner, Queue, SystemUser, Team
from crm.errors import InvalidInput, Misconfigured
from crm.lifecycle import LeadStage
from crm.requests import AssignLead, Request
from crm.store import records, rotation
from crm.store.organisation import TeamMember, record_id, team_members
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies import Member
from rules.strategies.pool import choose

Named = TypeVar("Named", SystemUser, Team, Queue, ChannelPartner)

MEND_TEAM = "name one in rules/directory.yaml and run 'leadflow directory apply'"
LEAST_OPEN = "least_open"


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
    note: str | None = None


class Nobody(Request):
    """No member may get the lead now; `skipped` says of each why.

    `next_opening` (UTC) is when the first of those may who are only away for a time: absent, on holiday, outside their
    hours; None where nobody is. `full` says that somebody has as many open leads as allowed and may get it otherwise.
    """

    skipped: tuple[str, ...]
    next_opening: datetime | None = None
    full: bool = False


def give(
    connection: Connection,
    lead: Lead,
    step: LeadStep[Any],
    chosen: Chosen,
    reason: str,
    **more: Any,
) -> None:
    """Make `chosen` the owner: ends the present assignment, records the new one, changes the lead.

    No time runs for the new owner unless `more`, attributes of the lead, says so.
    """
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
        **NO_LIMITS,
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


def choose_member(
    connection: Connection, outcome: Assign, lead: Lead, directory: Directory, now: datetime
) -> Chosen | Nobody:
    """Who gets a lead whose outcome names a team with a strategy, or a user: a pool of one.

    The team itself is chosen where the strategy says so (`all`). A turn is taken only if somebody is chosen. A named
    user who is absent or has too many leads gets the lead nevertheless, with a `note`; one who is inactive, or gave
    this very lead back, does not.
    """
    teamid = record_id("team", outcome.key)
    turn = rotation.take_turn(connection, teamid)
    gave_back = set(rotation.gave_back(connection, lead.leadid)) if lead.lf_assignedon else set()
    rows = {row.key: row for row in team_members(connection, teamid, count_open=outcome.strategy == LEAST_OPEN)}
    choice = choose(outcome, [_member(row, gave_back) for row in rows.values()], directory, now)
    if choice.member is None:
        return Nobody(skipped=choice.skipped)
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


def _named(connection: Connection, entity: type[Named], key: str) -> Named:
    found = records.fetch(connection, entity, record_id(entity.logical_name, key))
    if found is None:
        raise InvalidInput(
            f"{entity.logical_name} '{key}' does not exist. It is missing in rules/directory.yaml, or "
            "'leadflow directory apply' was not run since."
        )
    return found
