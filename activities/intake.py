"""Intake: a raw submission becomes a stored lead, or a stored lead in quarantine with the reasons."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection
from temporalio import activity

from activities import duplicates
from activities.deps import Dependencies
from activities.duplicates import Others, find_others, with_match_keys
from activities.routing import change_attributes, route
from activities.steps import Effect, LeadStep, perform
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.lifecycle import LeadStage, require_open
from crm.normalise import normalise_lead
from crm.requests import EditLead, LeadSubmission, RerouteLead
from crm.store import leads, quarantine, records
from crm.store.organisation import record_id
from crm.views import LeadView, Routing

NEW_LEAD = RerouteLead(reason="new lead", counts=False)

# What a submission names by key: the field, the entity that the key belongs to, and the lead's lookup.
KEYED = (
    ("business_unit", "businessunit", "lf_businessunitid"),
    ("channel_partner", "lf_channelpartner", "lf_channelpartnerid"),
    ("campaign", "campaign", "campaignid"),
)

# Attributes of a lead that a request of their own changes, so that routing and closing are never bypassed.
RESERVED = {
    "leadid": "give it beside the attributes, as 'leadid'",
    "statecode": "use qualify, disqualify or reactivate",
    "statuscode": "use qualify, disqualify or log",
    "ownerid": "rules choose the owner; use assign to change it",
    "lf_source": "give it beside the attributes, as 'source'",
    "lf_externalid": "give it beside the attributes, as 'external_id'",
    "lf_businessunitid": "name the unit by its key, as 'business_unit'",
    "lf_channelpartnerid": "name the partner by its key, as 'channel_partner'",
}


class Intake:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def register_lead(self, step: LeadStep[LeadSubmission]) -> Routing:
        """Store the lead with its normalised attributes and its duplicates, and route it.

        Both in one transaction: no lead is ever stored without somebody to look after it, and it costs less. A
        lead that does not validate is stored with what is valid, quarantined, and not routed. A lead that is known
        already stays as it is: the answer shows it, with the workflow that leads its life.
        """

        def effect(connection: Connection) -> Effect:
            submission = step.request
            values, problems, notes = self._read(submission)
            new = _new_lead(step, values, problems)
            others = find_others(connection, self._deps.rules.current(), new, valid=not problems)
            lead = records.insert(connection, new.model_copy(update=others.merging), now=step.on)
            duplicates.record(connection, lead, others, step.on)
            event = _intake_event(submission, problems, notes, others)
            if problems:
                quarantine.put(connection, step.leadid, submission.model_dump(mode="json"), problems, step.on)
                return Effect(event=event)
            if others.master:
                return Effect(event=event, follow_up=others.follow_up)
            routed, result = route(connection, self._deps, lead, step, NEW_LEAD)
            return Effect(event=event, result={**result, "event": routed}, then=("route", routed))

        done = perform(self._deps, step, "intake", effect)
        return Routing.model_validate({**done.result, "lead": done.lead})

    @activity.defn(no_thread_cancel_exception=True)
    def edit_lead(self, step: LeadStep[EditLead]) -> LeadView:
        """Change attributes. A quarantined lead is read again as a whole, and released once it validates.

        Raises InvalidInput, naming each attribute, where an open lead's change does not validate (not retried).
        """

        def effect(connection: Connection) -> Effect:
            lead = leads.lock(connection, step.leadid)
            require_open(lead.statecode)
            if lead.lf_stage == LeadStage.QUARANTINED:
                return self._correct(connection, lead, step)
            return self._edit(connection, lead, step)

        return perform(self._deps, step, "edit", effect).lead

    def _edit(self, connection: Connection, lead: Lead, step: LeadStep[EditLead]) -> Effect:
        keys, given = _split(step.request.changes)
        changes, problems = self._lookups(keys)
        raw, reserved = _without_reserved(given)
        read = normalise_lead(raw, self._deps.choices, default_country=self._country(lead), update=True)
        problems += reserved + [str(problem) for problem in read.problems]
        if problems:
            raise InvalidInput("; ".join(problems))
        changes |= with_match_keys(read.values, lead)
        duplicates.renew_keys(connection, lead, changes)
        follow_up = change_attributes(connection, self._deps.rules.current(), lead, changes, step.on)
        return Effect(event=f"Edited: {', '.join(sorted(step.request.changes))}", follow_up=follow_up)

    def _correct(self, connection: Connection, lead: Lead, step: LeadStep[EditLead]) -> Effect:
        submission = LeadSubmission.model_validate(quarantine.get(connection, lead.leadid))
        keys, raw = _split(step.request.changes)
        given = {name: value for name, value in {**submission.lead, **raw}.items() if value is not None}
        corrected = submission.model_copy(update={**keys, "lead": given})
        values, problems, _ = self._read(corrected)
        if problems:
            quarantine.put(connection, lead.leadid, corrected.model_dump(mode="json"), problems, step.on)
            return Effect(event=f"Corrected, still in quarantine: {'; '.join(problems)}")
        quarantine.release(connection, lead.leadid, step.on)
        lead = lead.model_copy(update={**values, "lf_stage": LeadStage.RECEIVED})
        others = find_others(connection, self._deps.rules.current(), lead)
        duplicates.record_again(connection, lead, others, step.on)
        changes = {**values, "lf_stage": LeadStage.RECEIVED, **others.merging}
        records.update(connection, Lead, lead.leadid, changes, now=step.on)
        event = f"Corrected and released from quarantine: {', '.join(sorted(step.request.changes))}{others}"
        return Effect(event=event, follow_up=others.follow_up)

    def _read(self, submission: LeadSubmission) -> tuple[dict[str, Any], list[str], list[str]]:
        """Typed values, problems and notes of a whole submission."""
        given = {name: getattr(submission, name) for name, _, _ in KEYED if getattr(submission, name) is not None}
        values, problems = self._lookups(given)
        raw, reserved = _without_reserved(submission.lead)
        read = normalise_lead(raw, self._deps.choices, default_country=self._deps.default_country)
        problems += reserved + [str(problem) for problem in read.problems]
        return {**values, **with_match_keys(read.values)}, problems, read.notes

    def _lookups(self, keys: Mapping[str, str | None]) -> tuple[dict[str, Any], list[str]]:
        directory = self._deps.rules.current().directory
        known: dict[str, Collection[str]] = {
            "business_unit": directory.business_units,
            "channel_partner": directory.channel_partners,
            "campaign": directory.campaigns,
        }
        values: dict[str, Any] = {}
        problems: list[str] = []
        for name, entity, lookup in KEYED:
            key = keys.get(name)
            if key is not None and key not in known[name]:
                names = ", ".join(sorted(known[name])) or "none"
                problems.append(f"{name} '{key}' is not in the directory; known are: {names}")
            elif name in keys:
                values[lookup] = record_id(entity, key) if key is not None else None
        return values, problems

    def _country(self, lead: Lead) -> str | None:
        return lead.address1_country or self._deps.default_country


def _new_lead(step: LeadStep[LeadSubmission], values: dict[str, Any], problems: list[str]) -> Lead:
    submission = step.request
    own = {
        "leadid": step.leadid,
        "lf_source": submission.source,
        "lf_externalid": submission.external_id,
        "lf_stage": LeadStage.QUARANTINED if problems else LeadStage.RECEIVED,
        "lf_workflowid": activity.info().workflow_id,
        "overriddencreatedon": submission.received_on,
    }
    return Lead.model_validate(values | {name: value for name, value in own.items() if value is not None})


def _split(changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changes that name a unit, partner or campaign by key, and the others."""
    names = {name for name, _, _ in KEYED}
    return (
        {name: value for name, value in changes.items() if name in names},
        {name: value for name, value in changes.items() if name not in names},
    )


def _without_reserved(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The raw attributes without those that have a request of their own, and a problem for each of these."""
    problems = [f"{name} is not set here; {remedy}" for name, remedy in RESERVED.items() if raw.get(name) is not None]
    return {name: value for name, value in raw.items() if name not in RESERVED}, problems


def _intake_event(submission: LeadSubmission, problems: list[str], notes: list[str], others: Others) -> str:
    event = f"Received from {submission.source}"
    if problems:
        event += f", quarantined: {'; '.join(problems)}"
    event += str(others)
    if notes:
        event += f"; notes: {'; '.join(notes)}"
    return event
