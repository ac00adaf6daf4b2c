"""Whom a lead goes to: the member that a strategy picks, or who was named; and making them its owner."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import Connection

from activities.pooling import TeamPool
from activities.sla import NO_LIMITS
from activities.steps import LeadStep
from crm.entities.lead import Lead
from crm.entities.organisation import ChannelPartner, Queue, SystemUser, Team
from crm.errors import ErrorCode, InvalidInput, Misconfigured
from crm.lifecycle import LeadStage
from crm.requests import AssignLead, EntityReference, Request
from crm.store import records
from crm.store.distribution import rotation
from crm.store.people import roster
from crm.store.people.organisation import record_id
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies import STICKY, Member
from rules.strategies.pool import choose_named

Named = TypeVar("Named", SystemUser, Team, Queue, ChannelPartner)

MEND_TEAM = "name one in rules/directory.yaml and run 'leadflow directory apply'"
KNOWN_BEFORE = "the owner of other leads of this person or company"


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
    """The user, team or queue that a person named, whatever the rotation says; it takes no turn.

    Raises InvalidInput for one that does not exist, or is disabled.
    """
    if request.owner:
        return _choose_owner(connection, request.owner)
    if request.user:
        user = _named(connection, SystemUser, request.user)
        if user.isdisabled:
            raise InvalidInput(f"user '{request.user}' is disabled; choose an active one")
        return Chosen(ownerid=user.systemuserid, owneridtype="systemuser", name=str(user.fullname))
    if request.team:
        return choose_team(connection, request.team)
    return choose_queue(connection, str(request.queue))


def _choose_owner(connection: Connection, owner: EntityReference) -> Chosen:
    """The user or team (in Dataverse, a principal is either) of this GUID, whether the directory has it or not."""
    if owner.logicalname not in ("systemuser", "team", "principal"):
        raise InvalidInput(f"a lead is owned by a systemuser or a team, not by a {owner.logicalname}")
    user = records.fetch(connection, SystemUser, owner.id) if owner.logicalname != "team" else None
    if user is not None and not user.isdisabled:
        return Chosen(ownerid=user.systemuserid, owneridtype="systemuser", name=user.fullname or str(owner.id))
    team = records.fetch(connection, Team, owner.id) if owner.logicalname != "systemuser" else None
    if team is not None and not team.lf_isdisabled:
        return _as_chosen(team)
    raise InvalidInput(f"there is no active {owner.logicalname} {owner.id}", code=ErrorCode.RECORD_NOT_FOUND)


def choose_team(connection: Connection, key: str) -> Chosen:
    return _as_chosen(_named(connection, Team, key))


def _as_chosen(team: Team) -> Chosen:
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

    The team itself is chosen where the strategy says so (`all`). A turn is taken only if somebody is chosen. For a
    named user see `choose_named`.
    """
    if outcome.to == "user":
        return _choose_user(connection, outcome, lead, directory, now)
    pool = TeamPool(connection, outcome, lead, directory, now)
    choice = pool.choose()
    if not choice.eligible:
        return Nobody(skipped=choice.skipped, next_opening=choice.next_opening, full=choice.full)
    if choice.member is None:
        team = choose_team(connection, outcome.key)
        return team.model_copy(update={"strategy": choice.strategy, "skipped": choice.skipped})
    row = pool.rows[choice.member.key]
    return Chosen(
        ownerid=row.systemuserid,
        owneridtype="systemuser",
        name=row.name,
        teamid=pool.teamid,
        strategy=choice.strategy,
        turn=pool.take_turn(choice) if choice.takes_turn else None,
        note=KNOWN_BEFORE if choice.strategy == STICKY else None,
        skipped=choice.skipped,
    )


def _choose_user(
    connection: Connection, outcome: Assign, lead: Lead, directory: Directory, now: datetime
) -> Chosen | Nobody:
    user = _named(connection, SystemUser, outcome.key)
    away = roster.absences_of(connection, [user.systemuserid], now).get(user.systemuserid, ())
    limited = directory.capacity(user=outcome.key) is not None
    member = Member(
        outcome.key,
        open_leads=rotation.open_leads(connection, user.systemuserid, lead.leadid) if limited else 0,
        active=not user.isdisabled,
        away=tuple((absence.firstday, absence.lastday) for absence in away),
        gave_back=user.systemuserid in rotation.gave_back(connection, lead.leadid),
    )
    choice = choose_named(outcome, member, directory, now)
    if choice.member is None:
        return Nobody(skipped=choice.skipped, next_opening=choice.next_opening, full=choice.full)
    return Chosen(ownerid=user.systemuserid, owneridtype="systemuser", name=str(user.fullname), note=choice.note)


def _named(connection: Connection, entity: type[Named], key: str) -> Named:
    found = records.fetch(connection, entity, record_id(entity.logical_name, key))
    if found is None:
        raise InvalidInput(
            f"{entity.logical_name} '{key}' does not exist. It is missing in rules/directory.yaml, or "
            "'leadflow directory apply' was not run since."
        )
    return found
