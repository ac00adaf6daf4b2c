"""Users as callers of the Web API: who is meant by a name, and what decides what they may see and do."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, or_, select

from crm.roles import CHANNEL_PARTNER, DEFAULT_ROLE, Roles, united
from crm.security import Caller
from crm.store.tables import TABLES

_USER, _UNIT = TABLES["systemuser"].c, TABLES["businessunit"].c
_MEMBER, _PARTNER = TABLES["teammembership"].c, TABLES["lf_channelpartner"].c


@dataclass(frozen=True, slots=True)
class KnownUser:
    systemuserid: UUID
    isdisabled: bool


def find_user(connection: Connection, name: str) -> KnownUser | None:
    """The user with this id, directory key, or e-mail address or domain name (without regard to case).

    None for an unknown name, and for an address that several active users share.
    """
    found = _users(connection, _is_named(name))
    if len(found) > 1:
        found = [user for user in found if not user.isdisabled]
    return found[0] if len(found) == 1 else None


def _users(connection: Connection, condition: ColumnElement[bool]) -> list[KnownUser]:
    query = select(_USER.systemuserid, _USER.isdisabled).where(condition)
    return [KnownUser(*row) for row in connection.execute(query)]


def _is_named(name: str) -> ColumnElement[bool]:
    try:
        return _USER.systemuserid == UUID(name)
    except ValueError:
        pass
    if "@" not in name and "\\" not in name:
        return _USER.lf_key == name
    # Letters beyond ASCII compare as they are: no other letter may pass for one of an address.
    lower = name.lower() if name.isascii() else name
    return or_(func.lower(_USER.internalemailaddress) == lower, func.lower(_USER.domainname) == lower)


def load_caller(connection: Connection, userid: UUID, roles: Roles) -> Caller | None:
    """The active user with what decides what they may do; None for an unknown or disabled one.

    Who has no role gets the default: `channel-partner` in a channel partner's team, `salesperson` elsewhere. A role
    that `roles` does not have grants nothing.
    """
    query = select(_USER.lf_key, _USER.fullname, _USER.businessunitid, _USER.lf_roles)
    user = connection.execute(query.where(_USER.systemuserid == userid, _USER.isdisabled.is_(False))).one_or_none()
    if user is None:
        return None
    teams = _ids(connection.execute(select(_MEMBER.teamid).where(_MEMBER.systemuserid == userid)).scalars())
    represented = connection.execute(
        select(_PARTNER.lf_channelpartnerid, _PARTNER.lf_teamid).where(_PARTNER.lf_teamid.in_(teams))
    ).all()
    partner_teams = _ids(row.lf_teamid for row in represented)
    default = CHANNEL_PARTNER if represented else DEFAULT_ROLE
    keys = _split(user.lf_roles or default)
    held = [roles[key] for key in keys if key in roles]
    return Caller(
        userid,
        user.lf_key,
        user.fullname or user.lf_key or str(userid),
        user.businessunitid,
        units=_units(connection, user.businessunitid),
        teams=teams,
        roles=keys,
        partners=_ids(row.lf_channelpartnerid for row in represented),
        partner_teams=partner_teams,
        colleagues=_ids(
            connection.execute(select(_MEMBER.systemuserid).where(_MEMBER.teamid.in_(partner_teams))).scalars()
        )
        | {userid},
        partner_only=any(role.partner_only for role in held),
        grants=united(held),
    )


def roles_in_use(connection: Connection) -> frozenset[str]:
    """The keys of all roles that a user has."""
    texts = connection.execute(select(_USER.lf_roles).where(_USER.lf_roles.is_not(None)).distinct()).scalars()
    return frozenset(key for text in texts for key in _split(text))


def user_with_role(connection: Connection, role: str) -> str | None:
    """The key of the first active user of the directory who has the role."""
    query = select(_USER.lf_key, _USER.lf_roles).where(_USER.lf_key.is_not(None), _USER.isdisabled.is_(False))
    return next((key for key, roles in connection.execute(query.order_by(_USER.lf_key)) if role in _split(roles)), None)


def _split(roles: str | None) -> tuple[str, ...]:
    return tuple(key for key in (roles or "").split(",") if key)


def _units(connection: Connection, unit: UUID | None) -> frozenset[UUID]:
    """The business unit and all below it."""
    if unit is None:
        return frozenset()
    below = select(_UNIT.businessunitid).where(_UNIT.businessunitid == unit).cte("below", recursive=True)
    below = below.union(select(_UNIT.businessunitid).where(_UNIT.parentbusinessunitid == below.c.businessunitid))
    return _ids(connection.execute(select(below.c.businessunitid)).scalars())


def _ids(values: Iterable[UUID]) -> frozenset[UUID]:
    return frozenset(values)
