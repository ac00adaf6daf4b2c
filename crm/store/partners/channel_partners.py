"""Channel partners as offers need them, and whose people they are."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, select

from crm.store.tables import TABLES

_PARTNER = TABLES["lf_channelpartner"]
_MEMBER = TABLES["teammembership"]


@dataclass(frozen=True, slots=True)
class Partner:
    """A channel partner as the database has it. Without a team, or inactive, it gets no offers."""

    partnerid: UUID
    key: str
    name: str
    teamid: UUID | None
    active: bool


_KNOWN = select(
    _PARTNER.c.lf_channelpartnerid, _PARTNER.c.lf_key, _PARTNER.c.lf_name, _PARTNER.c.lf_teamid, _PARTNER.c.statecode
).where(_PARTNER.c.lf_channelpartnerid.in_(bindparam("ids", expanding=True)))
_REPRESENTED_BY = (
    select(_PARTNER.c.lf_channelpartnerid)
    .outerjoin(_MEMBER, _MEMBER.c.teamid == _PARTNER.c.lf_teamid)
    .where(or_(_MEMBER.c.systemuserid == bindparam("owner"), _PARTNER.c.lf_teamid == bindparam("owner")))
)


def find(connection: Connection, ids: Collection[UUID]) -> dict[UUID, Partner]:
    """The channel partners with these ids, as far as the database has them."""
    rows = connection.execute(_KNOWN, {"ids": list(ids)})
    return {
        row.lf_channelpartnerid: Partner(
            row.lf_channelpartnerid, row.lf_key, row.lf_name, row.lf_teamid, row.statecode == 0
        )
        for row in rows
    }


def represented_by(connection: Connection, owner: UUID) -> frozenset[UUID]:
    """The partners whose team this is, or in whose teams this user is."""
    return frozenset(connection.execute(_REPRESENTED_BY, {"owner": owner}).scalars())
