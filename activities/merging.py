"""Merging two leads of one person: one takes the other's values over, and the other is closed. Nothing is lost.

Two runs do it together, for each is the only one that writes its own lead:

    the other lead   it is marked (`masterid`), by intake or by hand, and its run signals the master's
    the master       `take_over`: values, a note of all that differs, and in the same transaction the mark `merged`
    the other lead   `end_merge`: closed if it was taken over; if not, the master was closed first, it goes on by itself

Whatever breaks down in between, the mark says where it stands, and the other lead stays open until it is taken over.
"""

from datetime import datetime
from typing import Any
from uuid import uuid5

from sqlalchemy import Connection
from temporalio import activity

from activities import duplicates
from activities.deps import Dependencies
from activities.intake import NEW_LEAD
from activities.qualification import disqualify
from activities.routing import change_attributes, route
from activities.steps import Effect, FollowUp, LeadStep, perform
from activities.waiting import freed
from crm.entities.activities import Annotation
from crm.entities.lead import Lead
from crm.errors import InvalidInput, StateConflict
from crm.identity import origin
from crm.lifecycle import LeadStage, LeadState, LeadStatus, require_open
from crm.merging import merge
from crm.requests import DisqualifyLead, MergeInto, MergeLead, Request
from crm.store import records
from crm.store.life import leads
from crm.store.life.duplicates import Match, put_pairs
from crm.store.partners import registrations
from crm.views import LeadView, Routing

BY_HAND = "merged by hand"


class Merging:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def begin_merge(self, step: LeadStep[MergeInto]) -> LeadView:
        """Mark a lead to be merged into another one, as a person asked.

        Raises NotFound, InvalidInput or StateConflict where the other one cannot take it over (none of them retried).
        """

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            master = leads.view(connection, step.request.master, now=step.on)
            _require_taker(lead, master)
            _require_unregistered(connection, lead, step.on)
            records.update(connection, Lead, lead.leadid, {"masterid": master.leadid}, now=step.on)
            put_pairs(connection, lead.leadid, [Match(master.leadid, BY_HAND, None, True, None)], step.on)
            event = f"To be merged into lead {master.leadid}: {step.request.reason}"
            return Effect(event=event, follow_up=FollowUp(merge_into=master.workflow_id))

        return perform(self._deps, step, "begin_merge", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def take_over(self, step: LeadStep[MergeLead]) -> LeadView:
        """Fill what this lead does not have with the other's values, and keep in a note what differs.

        Raises StateConflict where this lead is closed, or the other one is not marked for it, or protects a
        partner by now (not retried).
        """

        def effect(connection: Connection) -> Effect:
            master = leads.lock(connection, step.leadid)
            require_open(master.statecode)
            other = leads.lock(connection, step.request.leadid)
            if other.statecode != LeadState.OPEN or other.merged or other.masterid != master.leadid:
                raise StateConflict(f"Lead {other.leadid} is not to be merged into this one (any more).")
            _require_unregistered(connection, other, step.on)
            return self._take_over(connection, master, other, step)

        return perform(self._deps, step, "merge", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def end_merge(self, step: LeadStep[Request]) -> Routing:
        """Close a lead that was taken over. One that was not goes on by itself, and is routed if it is new."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock(connection, step.leadid)
            require_open(lead.statecode)
            if lead.merged:
                closing = DisqualifyLead(status=LeadStatus.CANCELED, reason=f"merged into lead {lead.masterid}")
                disqualify(connection, self._deps, lead, closing, step.on)
                return Effect(event=f"Merged into lead {lead.masterid}", follow_up=freed(connection, lead))
            records.update(connection, Lead, lead.leadid, {"masterid": None}, now=step.on)
            event = f"Not merged: lead {lead.masterid} did not take it over"
            if lead.lf_stage != LeadStage.RECEIVED:
                return Effect(event=event)
            alone = lead.model_copy(update={"masterid": None})
            routed, result = route(connection, self._deps, alone, step, NEW_LEAD)
            return Effect(event=event, result={**result, "event": routed}, then=(("route", routed),))

        done = perform(self._deps, step, "end_merge", effect)
        return Routing.model_validate({**done.result, "lead": done.lead})

    def _take_over(self, connection: Connection, master: Lead, other: Lead, step: LeadStep[Any]) -> Effect:
        merged = merge(master, other)
        changes = duplicates.with_match_keys(merged.filled, master)
        follow_up = change_attributes(connection, self._deps.rules.current(), master, changes, step.on)
        duplicates.renew_keys(connection, master, merged.filled)
        records.update(connection, Lead, other.leadid, {"merged": True}, now=step.on)
        source = origin(other.lf_source, other.lf_externalid)
        records.insert(
            connection, _note(master, other, merged.text(f"Lead {other.leadid} from {source}"), step), now=step.on
        )
        event = (
            f"Merged with lead {other.leadid} from {source}: {len(merged.filled)} attributes taken over, "
            f"{len(merged.beside)} that differ kept in a note"
        )
        return Effect(event=event, follow_up=follow_up)


def _require_taker(lead: Lead, master: LeadView) -> None:
    if master.leadid == lead.leadid:
        raise InvalidInput("A lead cannot be merged into itself; name another one.")
    require_open(master.statecode)
    if master.workflow_id is None or master.master is not None:
        raise StateConflict(f"Lead {master.leadid} is about to be merged itself; name the lead that it goes into.")


def _require_unregistered(connection: Connection, lead: Lead, now: datetime) -> None:
    """A lead that is closed no longer protects the partner who accepted it."""
    if registration := registrations.of_lead(connection, lead.leadid, now):
        raise StateConflict(
            f"By lead {lead.leadid} its company is registered for partner {registration.partner_name} until "
            f"{registration.until:%Y-%m-%d %H:%M} UTC. Merge the other lead into this one, or take this one away "
            "from the partner first: re-route it, or assign it to somebody else."
        )


def _note(master: Lead, other: Lead, text: str, step: LeadStep[Any]) -> Annotation:
    return Annotation(
        annotationid=uuid5(step.leadid, f"{step.step}/annotation"),
        objectid=master.leadid,
        objectidtype="lead",
        subject=f"Merged with lead {other.leadid}",
        notetext=text,
        ownerid=master.ownerid,
        owneridtype=master.owneridtype,
    )
