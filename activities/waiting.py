"""Leads that wait for somebody to be free: when they look again, and who is woken when somebody is."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from activities.steps import FollowUp
from crm.entities.lead import Lead
from crm.lifecycle import LeadStage
from crm.store.distribution import waiting

WOKEN_AT_ONCE = 3
"""So many are woken for each place that becomes free: the one that waited longest may need somebody else."""
SOONEST, LATEST = timedelta(minutes=15), timedelta(hours=4)


def look_again_at(lead: Lead, opening: datetime | None, now: datetime) -> datetime:
    """When a lead whom nobody may get looks again (UTC): when somebody is back, where that is known.

    Else after 15 minutes, and the longer it has waited the later, up to 4 hours: whoever becomes free wakes it anyway.
    """
    if opening is not None:
        return opening
    waited = now - lead.lf_assignedon if lead.lf_stage == LeadStage.WAITING and lead.lf_assignedon else SOONEST
    return now + min(max(waited, SOONEST), LATEST)


def freed(connection: Connection, before: Lead) -> FollowUp:
    """Whom to wake when a lead leaves its owner; `before` is the lead as that owner had it."""
    if before.owneridtype != "systemuser" or before.ownerid is None:
        return FollowUp()
    return FollowUp(wakes=tuple(waiting.for_user(connection, before.ownerid, WOKEN_AT_ONCE)))
