"""By when a lead must be accepted, in the working time of whoever owns it in the database."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from crm.store.organisation import record_id
from rules.engine.directory import Directory
from rules.strategies import sla


def accept_by(
    directory: Directory,
    start: datetime,
    within: timedelta | None,
    *,
    clock: bool,
    ownerid: UUID | None,
    owneridtype: str | None,
    teamid: UUID | None,
) -> datetime | None:
    """When the owner's time is over, in UTC; None: never. `teamid` is the team through which a user has the lead.

    An owner whom the directory does not have works at any time.
    """
    if owneridtype == "team":
        user, team = None, key_of("team", ownerid, directory.teams)
    else:
        user = key_of("systemuser", ownerid, directory.users)
        team = key_of("team", teamid, directory.teams) if user else None
    return sla.accept_by(directory, start, within, clock=clock, user=user, team=team)


def key_of(entity: str, id: UUID | None, section: Iterable[str]) -> str | None:
    """The directory's key of a record; its id follows from the key. None for one that is not in the directory."""
    return next((key for key in section if record_id(entity, key) == id), None) if id else None
