"""What is counted and recorded when nobody has accepted or contacted a lead in time."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection
from temporalio import activity

from activities.deps import Dependencies
from activities.sla import due
from activities.steps import Effect, FollowUp, LeadStep, perform
from activities.waiting import freed
from crm.entities.lead import Lead
from crm.errors import StateConflict
from crm.lifecycle import require_open
from crm.requests import Request
from crm.store import records
from crm.store.distribution import rotation
from crm.store.life import leads
from crm.views import LeadView

Limit = Literal["accept", "contact"]
BREACHES = "leadflow_sla_breaches"
_COLUMNS: dict[Limit, str] = {"accept": "lf_acceptby", "contact": "lf_contactby"}
_DONE: dict[Limit, str] = {"accept": "accepted", "contact": "contacted"}


class MissedSla(Request):
    """The owner did not answer in time: `limit` has run out, and so may have the other one by now.

    Where the ladder says to remind, `accept_within` and `contact_within` are given once more for whichever ran out, in
    working time of the owner, or with `sla_clock` and `contact_clock` by the clock. `accept_by` is the new due time as
    runs gave it that began before there was working time. `due` is the moment that the run waited for.
    """

    due: datetime | None = None
    action: str | None = None
    limit: Limit = "accept"
    accept_by: datetime | None = None
    accept_within: timedelta | None = None
    sla_clock: bool = False
    contact_within: timedelta | None = None
    contact_clock: bool = False


class Ladder:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def record_missed_sla(self, step: LeadStep[MissedSla]) -> LeadView:
        """Count the breach. The next step of the ladder, if it moves the lead, is a step of its own.

        Raises StateConflict where the lead is not due at that moment any more.
        """

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            _require_due(lead, step.request)
            action, missed = step.request.action, _missed(lead, step)
            rotation.count_breaches(connection, lead.leadid, len(missed))
            moves = action in ("re-route", "escalate")
            if moves:
                rotation.end_assignment(connection, lead.leadid, step.on, rotation.SLA_MISSED)
            changes = {_COLUMNS[limit]: self._once_more(connection, lead, step, limit) for limit in missed}
            breaches = (lead.lf_breaches or 0) + len(missed)
            records.update(connection, Lead, lead.leadid, {**changes, "lf_breaches": breaches}, now=step.on)
            _measure(missed, action)
            what = " and ".join(f"not {_DONE[limit]}" for limit in missed)
            return Effect(
                event=f"SLA missed: {what} in time; {action or 'no further step'}",
                follow_up=freed(connection, lead) if moves else FollowUp(),
            )

        return perform(self._deps, step, "sla_missed", effect).lead

    def _once_more(
        self, connection: Connection, lead: Lead, step: LeadStep[MissedSla], limit: Limit
    ) -> datetime | None:
        """Until when the owner, who is reminded, may answer; None where nobody is."""
        request = step.request
        if limit == "accept" and request.accept_by:
            return request.accept_by
        within = request.accept_within if limit == "accept" else request.contact_within
        if within is None:
            return None
        return due(
            self._deps.rules.current().directory, step.on, within,
            clock=request.sla_clock if limit == "accept" else request.contact_clock,
            ownerid=lead.ownerid, owneridtype=lead.owneridtype, teamid=rotation.team_asked(connection, lead.leadid),
        )  # fmt: skip


def _require_due(lead: Lead, request: MissedSla) -> None:
    if request.due not in (None, getattr(lead, _COLUMNS[request.limit])):
        raise StateConflict(f"The lead need not be {_DONE[request.limit]} by then any more.")


def _missed(lead: Lead, step: LeadStep[MissedSla]) -> list[Limit]:
    """The limits that have run out: one step of the ladder is for all of them."""
    by = {"accept": lead.lf_acceptby, "contact": lead.lf_contactby}
    return [
        limit for limit in _COLUMNS if limit == step.request.limit or ((at := by[limit]) is not None and at <= step.on)
    ]


def _measure(missed: list[Limit], action: str | None) -> None:
    counter = activity.metric_meter().create_counter(BREACHES, "Time limits of leads that ran out")
    for limit in missed:
        counter.add(1, {"limit": limit, "step": action or "none"})
