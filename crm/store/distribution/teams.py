"""Teams and their members as they stand: who is active, how many leads they have open, and how many turns they had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, ScalarSelect, and_, func, select

from crm.store.service_tables import lf_assignment
from crm.store.tables import TABLES

_TEAM, _USER, _MEMBER, _LEAD = (TABLES[name] for name in ("team", "systemuser", "teammembership", "lead"))


@dataclass(frozen=True, slots=True)
class MemberState:
    """A user in a team. `turns` are those that the team's rotation gave them, `open_leads` all that they own.

    `deactivated_on` is set where a person, not the directory file, says that the user gets no leads.
    """

    team: str
    team_name: str
    systemuserid: UUID
    user: str
    name: str
    weight: int
    active: bool
    deactivated_on: datetime | None
    open_leads: int
    turns: int


@dataclass(frozen=True, slots=True)
class UserState:
    """A user of the directory, in a team or not."""

    systemuserid: UUID
    key: str
    name: str
    active: bool
    deactivated_on: datetime | None
    open_leads: int


@dataclass(frozen=True, slots=True)
class OwnedLead:
    """An open lead of a user, and the workflow that leads its life. `assignedon` is since when they own it."""

    leadid: UUID
    workflow_id: str | None
    assignedon: datetime | None


def _open_leads() -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(_LEAD.c.ownerid == _USER.c.systemuserid, _LEAD.c.statecode == 0)
        .correlate(_USER)
        .scalar_subquery()
    )


def member_states(connection: Connection) -> Sequence[MemberState]:
    """The members of every team of the directory that is not disabled, by the keys of team and user."""
    turns = (
        select(func.count())
        .where(
            and_(lf_assignment.c.ownerid == _USER.c.systemuserid, lf_assignment.c.teamid == _TEAM.c.teamid),
            lf_assignment.c.turn.is_not(None),
        )
        .correlate(_USER, _TEAM)
        .scalar_subquery()
    )
    query = (
        select(
            _TEAM.c.lf_key,
            _TEAM.c.name,
            _USER.c.systemuserid,
            _USER.c.lf_key,
            func.coalesce(_USER.c.fullname, _USER.c.lf_key),
            _MEMBER.c.lf_weight,
            _USER.c.isdisabled.is_(False),
            _USER.c.lf_deactivatedon,
            _open_leads(),
            turns,
        )
        .select_from(_MEMBER)
        .join(_TEAM, _TEAM.c.teamid == _MEMBER.c.teamid)
        .join(_USER, _USER.c.systemuserid == _MEMBER.c.systemuserid)
        .where(_TEAM.c.lf_key.is_not(None), _TEAM.c.lf_isdisabled.is_(False), _USER.c.lf_key.is_not(None))
        .order_by(_TEAM.c.lf_key, _USER.c.lf_key)
    )
    return [MemberState(*row) for row in connection.execute(query)]


def user_state(connection: Connection, key: str) -> UserState | None:
    """A user of the directory by key, in a team or not."""
    query = select(
        _USER.c.systemuserid,
        _USER.c.lf_key,
        func.coalesce(_USER.c.fullname, _USER.c.lf_key),
        _USER.c.isdisabled.is_(False),
        _USER.c.lf_deactivatedon,
        _open_leads(),
    )
    row = connection.execute(query.where(_USER.c.lf_key == key)).one_or_none()
    return UserState(*row) if row else None


def user_keys(connection: Connection) -> Sequence[str]:
    """The keys of all users of the directory."""
    return connection.execute(select(_USER.c.lf_key).where(_USER.c.lf_key.is_not(None))).scalars().all()


def open_leads(connection: Connection, user: UUID) -> Sequence[OwnedLead]:
    """The open leads that a user owns, longest owned first."""
    query = select(_LEAD.c.leadid, _LEAD.c.lf_workflowid, _LEAD.c.lf_assignedon)
    query = query.where(_LEAD.c.ownerid == user, _LEAD.c.statecode == 0)
    return [OwnedLead(*row) for row in connection.execute(query.order_by(_LEAD.c.lf_assignedon, _LEAD.c.leadid))]
