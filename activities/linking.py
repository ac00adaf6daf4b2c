"""A new lead of a person who has an owner already: the rules decide as ever, but the lead goes to that owner."""

from datetime import datetime

from sqlalchemy import Connection

from activities.choosing import Chosen
from crm.entities.lead import Lead
from crm.store.life import duplicates
from crm.store.life.duplicates import OtherOwner
from crm.store.people import roster
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.engine.policy import Policy
from rules.strategies import Member
from rules.strategies.presence import why_away

LINKED = "linked"


def linked_owner(
    connection: Connection, lead: Lead, policy: Policy, directory: Directory, now: datetime
) -> Chosen | None:
    """The owner of the oldest open lead of the same person, without a turn, where the rules say `link`.

    None where there is no such lead, its owner may get no leads now, or this one has had an owner of its own.
    """
    same, similar = policy.duplicates.same == "link", policy.duplicates.similar == "link"
    if lead.lf_assignedon or not (same or similar):
        return None
    other = duplicates.owner_of_other(connection, lead.leadid, same=same, similar=similar)
    if other is None or _is_away(connection, other, directory, now):
        return None
    return Chosen(
        ownerid=other.ownerid,
        owneridtype=other.owneridtype,
        name=other.name,
        teamid=other.teamid,
        queueid=other.queueid,
        strategy=LINKED,
        note=f"who has lead {other.leadid} of the same person",
    )


def _is_away(connection: Connection, other: OtherOwner, directory: Directory, now: datetime) -> bool:
    """Whether a user is inactive or absent, by the directory file or by hand. A team never is."""
    if other.user is None:
        return False
    entered = roster.absences_of(connection, [other.ownerid], now).get(other.ownerid, ())
    user = Member(other.user, away=tuple((absence.firstday, absence.lastday) for absence in entered))
    return other.is_disabled or why_away(user, Assign(to="user", key=other.user), directory, now) is not None
