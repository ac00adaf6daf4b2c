"""Whose turn it is: one counter a team, and the last turn of each member.

Taking a turn locks the team's counter until the transaction ends, so two leads never get the same turn, and a lead
whose transaction fails takes none.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update

from crm.store.service_tables import lf_assignment, lf_pool, lf_turn

_TAKE = (
    update(lf_pool)
    .where(lf_pool.c.teamid == bindparam("team"))
    .values(turns=lf_pool.c.turns + 1)
    .returning(lf_pool.c.turns)
)
_HAD = update(lf_turn).where(lf_turn.c.teamid == bindparam("team"), lf_turn.c.systemuserid == bindparam("member"))
_END = update(lf_assignment).where(lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.endedon.is_(None))
_GAVE_BACK = select(lf_assignment.c.ownerid).where(
    lf_assignment.c.leadid == bindparam("lead"), lf_assignment.c.endreason.in_(("declined", "SLA missed"))
)


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
    connection.execute(_END.values(endedon=on, endreason=reason), {"lead": leadid})


def gave_back(connection: Connection, leadid: UUID) -> Sequence[UUID]:
    """Who had this lead and declined it, or let its time run out."""
    return connection.execute(_GAVE_BACK, {"lead": leadid}).scalars().all()
