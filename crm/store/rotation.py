"""Whose turn it is: one counter a team, and the last turn of each member.

Taking a turn locks the team's counter until the transaction ends, so two leads never get the same turn, and a lead
whose transaction fails takes none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, insert, select, update

from crm.store.service_tables import lf_assignment, lf_pool, lf_turn
from crm.store.tables import TABLES

_TAKE = (
    update(lf_pool)
    .where(lf_pool.c.teamid == bindparam("team"))
    .values(turns=lf_pool.c.turns + 1)
    .returning(lf_pool.c.turns)
)
_HAD = update(lf_turn).where(lf_turn.c.teamid == bindparam("team"), lf_turn.c.systemuserid == bindparam("member"))
_PRESENT = update(lf_assignment).where(lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.endedon.is_(None))
_GAVE_BACK = select(lf_assignment.c.ownerid).where(
    lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.endreason.in_(("declined", "SLA missed", "left"))
)
_ASSIGNED_BY = select(lf_assignment.c.step).where(
    lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.step == bindparam("key")
)
_TEAM_ASKED = select(lf_assignment.c.teamid).where(
    lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.endedon.is_(None)
)


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


def take_turn(connection: Connection, teamid: UUID) -> int:
    """The number of the team's next turn; holds the team's lock."""
    turn = connection.execute(_TAKE, {"team": teamid}).scalar_one_or_none()
    if turn is None:
        connection.execute(insert(lf_pool), {"teamid": teamid, "turns": 1})
        return 1
    return int(turn)


def give_turn(connection: Connection, teamid: UUID, member: UUID, turn: int) -> None:
    """Record that the member had this turn."""
    result = connection.execute(_HAD.values(last_turn=turn), {"team": teamid, "member": member})
    if result.rowcount == 0:
        connection.execute(insert(lf_turn), {"teamid": teamid, "systemuserid": member, "last_turn": turn})


def start_assignment(connection: Connection, leadid: UUID, step: str, **values: Any) -> None:
    """Record who got the lead, and why (columns of lf_assignment)."""
    connection.execute(insert(lf_assignment), {"leadid": leadid, "step": step, **values})


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
