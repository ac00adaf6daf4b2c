"""Where to write to people who own leads."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, select

from crm.store.tables import TABLES

_USER = TABLES["systemuser"]
_MEMBER = TABLES["teammembership"]


def of_owner(connection: Connection, owneridtype: str, ownerid: UUID) -> Sequence[str]:
    """The e-mail address of a user, or those of a team's members; of active people only, in order."""
    of_team = select(_MEMBER.c.systemuserid).where(_MEMBER.c.teamid == ownerid)
    people = _USER.c.systemuserid.in_(of_team) if owneridtype == "team" else _USER.c.systemuserid == ownerid
    address = _USER.c.internalemailaddress
    query = select(address).where(people, _USER.c.isdisabled.is_(False), address.is_not(None)).order_by(address)
    return connection.execute(query).scalars().all()
