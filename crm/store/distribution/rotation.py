"""Whose turn it is: what each team's pool knows of its members' turns; and who was given which lead.

Whoever takes a turn locks the pool until the transaction ends, so two leads never get the same turn, and a lead whose
transaction fails takes none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, bindparam, func, insert, select, update

from crm.store.service_tables import lf_assignment, lf_pool
from crm.store.tables import TABLES
from crm.turns import Account

_POOL = select(lf_pool.c.turns, lf_pool.c.members).where(lf_pool.c.teamid == bindparam("team"))
_LOCKED_POOL = _POOL.with_for_update()
_TAKE = update(lf_pool).where(lf_pool.c.teamid == bindparam("team"))
_USER, _LEAD = TABLES["systemuser"].c, TABLES["lead"].c
_LOCK_USER = select(_USER.systemuserid).where(_USER.systemuserid == bindparam("user")).with_for_update(key_share=True)
_OPEN_LEADS = select(func.count()).where(
    _LEAD.ownerid == bindparam("user"), _LEAD.statecode == 0, _LEAD.leadid != bindparam("lead")
)
_PRESENT = update(lf_assignment).where(lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.endedon.is_(None))
DECLINED, SLA_MISSED, LEFT = "declined", "SLA missed", "left"
GAVE_BACK = (DECLINED, SLA_MISSED, LEFT)
"""Why an assignment ended whose owner does not get the lead again."""
_GAVE_BACK = select(lf_assignment.c.ownerid).where(
    lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.endreason.in_(GAVE_BACK)
)
_ASSIGNED_BY = select(lf_assignment.c.step).where(
    lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.step == bindparam("key")
)
_TEAM_ASKED = select(lf_assignment.c.teamid).where(
    lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.endedon.is_(None)
)


@dataclass(frozen=True, slots=True)
class Pool:
    """How many turns a team has taken, and the accounts of those who were there, by user."""

    turns: int
    accounts: Mapping[UUID, Account] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptAssignment:
    """Who was given a lead, by key, and how they were chosen then. The present assignment has no `endedon`."""

    step: str
    owner_type: str
    owner: str
    name: str
    team: str | None
    queue: str | None
    strategy: str | None
    turn: int | None
    skipped: Sequence[str] | None
    assignedon: datetime
    endedon: datetime | None
    endreason: str | None


def pool_of(connection: Connection, teamid: UUID, *, lock: bool = False) -> Pool:
    """The team's turns. With `lock`, no other transaction takes one until this one ends."""
    row = connection.execute(_LOCKED_POOL if lock else _POOL, {"team": teamid}).one_or_none()
    if row is None:
        return Pool(0)
    return Pool(row.turns, {UUID(user): Account(**account) for user, account in row.members.items()})


def take_turn(connection: Connection, teamid: UUID, pool: Pool, accounts: Mapping[UUID, Account]) -> None:
    """The next turn of a pool that is locked, with the accounts that it changes."""
    members = {str(user): account._asdict() for user, account in {**pool.accounts, **accounts}.items()}
    values = {"turns": pool.turns + 1, "members": members}
    if connection.execute(_TAKE.values(values), {"team": teamid}).rowcount == 0:
        connection.execute(insert(lf_pool), {"teamid": teamid, **values})


def open_leads(connection: Connection, user: UUID, besides: UUID) -> int:
    """How many open leads the user owns beside this one."""
    return int(connection.execute(_OPEN_LEADS, {"user": user, "lead": besides}).scalar_one())


def hold_place(connection: Connection, user: UUID, capacity: int, besides: UUID) -> bool:
    """Whether the user may have one more lead beside this one. If so, others who ask wait until the transaction ends.

    Where there is no room nobody is kept waiting: two leads that look for a place in turn would wait for each other.
    """
    with connection.begin_nested() as savepoint:
        connection.execute(_LOCK_USER, {"user": user})
        if open_leads(connection, user, besides) < capacity:
            return True
        savepoint.rollback()
    return False


def start_assignment(connection: Connection, leadid: UUID, step: str, **values: Any) -> None:
    """Record who got the lead, and why (columns of lf_assignment)."""
    id = uuid5(leadid, f"assignment/{step}")
    connection.execute(insert(lf_assignment), {"leadid": leadid, "step": step, "lf_assignmentid": id, **values})


def end_assignment(connection: Connection, leadid: UUID, on: datetime, reason: str) -> None:
    """Close the present assignment, if there is one."""
    connection.execute(_PRESENT.values(endedon=on, endreason=reason), {"lead": leadid})


def record_acceptance(connection: Connection, leadid: UUID, on: datetime) -> None:
    """The owner has accepted the lead."""
    connection.execute(_PRESENT.values(acceptedon=on), {"lead": leadid})


def count_breaches(connection: Connection, leadid: UUID, number: int) -> None:
    """The owner let so many more time limits run out."""
    connection.execute(_PRESENT.values(breaches=lf_assignment.c.breaches + number), {"lead": leadid})


def gave_back(connection: Connection, leadid: UUID) -> Sequence[UUID]:
    """Who had this lead and declined it, let its time run out, or left."""
    return connection.execute(_GAVE_BACK, {"lead": leadid}).scalars().all()


def was_assigned(connection: Connection, leadid: UUID, step: str) -> bool:
    """Whether this step gave the lead to somebody."""
    return connection.execute(_ASSIGNED_BY, {"lead": leadid, "key": step}).first() is not None


def team_asked(connection: Connection, leadid: UUID) -> UUID | None:
    """The team through which the lead has its present owner; None for one who was named."""
    team: UUID | None = connection.execute(_TEAM_ASKED, {"lead": leadid}).scalar()
    return team


def assignments(connection: Connection, leadid: UUID) -> Mapping[str, KeptAssignment]:
    """Every assignment of a lead by its step, oldest first."""
    given = lf_assignment.c
    user, owning, team, queue = TABLES["systemuser"], TABLES["team"].alias("owning"), TABLES["team"], TABLES["queue"]
    query = (
        select(
            given.step,
            given.owneridtype,
            func.coalesce(user.c.lf_key, owning.c.lf_key),
            func.coalesce(user.c.fullname, owning.c.name),
            team.c.lf_key,
            queue.c.lf_key,
            *(given[name] for name in ("strategy", "turn", "skipped", "assignedon", "endedon", "endreason")),
        )
        .outerjoin(user, user.c.systemuserid == given.ownerid)
        .outerjoin(owning, owning.c.teamid == given.ownerid)
        .outerjoin(team, team.c.teamid == given.teamid)
        .outerjoin(queue, queue.c.queueid == given.queueid)
        .where(given.leadid == leadid)
        .order_by(given.assignedon)
    )
    return {row.step: KeptAssignment(*row) for row in connection.execute(query)}
