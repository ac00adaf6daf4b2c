"""Intake: a raw submission becomes a stored lead, or a stored lead in quarantine with the reasons."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from temporalio import activity

from activities import duplicates
from activities.choosing import choose_by_hand, give
from activities.deps import Dependencies
from activities.duplicates import Others, find_others
from activities.routing import change_attributes, route
from activities.steps import Effect, LeadStep, perform
from activities.submissions import read_changes, read_submission, split
from crm.attributes import AttributeType
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.lifecycle import LeadStage, require_open
from crm.requests import AssignLead, EditLead, EntityReference, LeadSubmission, RerouteLead
from crm.store import records
from crm.store.life import leads, quarantine
from crm.views import LeadView, Routing

NEW_LEAD = RerouteLead(reason="new lead", counts=False)
INTAKE = "intake"
"""The key of the step that stores a lead, in every run of it."""
_REFERRING = frozenset(
    {"customerid", "transactioncurrencyid"}
    | {name for name, attribute in Lead.attributes().items() if attribute.type is AttributeType.MONEY}
)


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
        workflow = str(activity.info().workflow_id)

        def effect(connection: Connection) -> Effect:
            return register(connection, self._deps, step, step.request, workflow)

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
                return correct(connection, self._deps, lead, step, step.request.changes)
            return edit(connection, self._deps, lead, step, step.request.changes)

        return perform(self._deps, step, "edit", effect).lead


def register(
    connection: Connection, deps: Dependencies, step: LeadStep[Any], submission: LeadSubmission, workflow: str
) -> Effect:
    """Store a new lead whose life `workflow` leads, and route it."""
    read = read_submission(connection, deps, submission)
    new = _new_lead(step, submission, workflow, read.values, quarantined=bool(read.problems))
    others = find_others(connection, deps.rules.current(), new, valid=not read.problems)
    lead = _insert(connection, new.model_copy(update=others.merging), step, read.problems)
    duplicates.record(connection, lead, others, step.on)
    event = _intake_event(submission, read.problems, read.notes, others)
    if read.problems:
        quarantine.put(connection, step.leadid, submission.model_dump(mode="json"), read.problems, step.on)
        return Effect(event=event)
    if others.master:
        return Effect(event=event, follow_up=others.follow_up)
    if submission.owner:
        given = hand_over(connection, lead, step, submission.owner, "named by whoever created it")
        return Effect(event=event, result={"event": given}, then=(("assign", given),))
    routed, result = route(connection, deps, lead, step, NEW_LEAD)
    return Effect(event=event, result={**result, "event": routed}, then=(("route", routed),))


def edit(
    connection: Connection, deps: Dependencies, lead: Lead, step: LeadStep[Any], given: Mapping[str, Any]
) -> Effect:
    """Change attributes of an open lead that this transaction has locked. Raises InvalidInput."""
    changes = read_changes(connection, deps, lead, given)
    duplicates.renew_keys(connection, lead, changes)
    follow_up = change_attributes(connection, deps.rules.current(), lead, changes, step.on)
    return Effect(event=f"Edited: {', '.join(sorted(given))}", follow_up=follow_up)


def correct(
    connection: Connection,
    deps: Dependencies,
    lead: Lead,
    step: LeadStep[Any],
    given: Mapping[str, Any],
    owner: EntityReference | None = None,
) -> Effect:
    """Read a quarantined lead again, with changes. Released, it is to be routed, or is given to its `owner`."""
    submission = LeadSubmission.model_validate(quarantine.get(connection, lead.leadid))
    keys, raw = split(given)
    attributes = {name: value for name, value in {**submission.lead, **raw}.items() if value is not None}
    corrected = submission.model_copy(update={**keys, "lead": attributes, "owner": owner or submission.owner})
    read = read_submission(connection, deps, corrected)
    if read.problems:
        quarantine.put(connection, lead.leadid, corrected.model_dump(mode="json"), read.problems, step.on)
        return Effect(event=f"Corrected, still in quarantine: {'; '.join(read.problems)}")
    quarantine.release(connection, lead.leadid, step.on)
    lead = lead.model_copy(update={**read.values, "lf_stage": LeadStage.RECEIVED})
    others = find_others(connection, deps.rules.current(), lead)
    duplicates.record_again(connection, lead, others, step.on)
    changes = {**read.values, "lf_stage": LeadStage.RECEIVED, **others.merging}
    records.update(connection, Lead, lead.leadid, changes, now=step.on)
    event = f"Corrected and released from quarantine: {', '.join(sorted(given))}{others}"
    if others.master is None and corrected.owner:
        given_to = hand_over(connection, lead, step, corrected.owner, "named by whoever created it")
        return Effect(event=event, then=(("assign", given_to),))
    return Effect(event=event, follow_up=others.follow_up)


def hand_over(connection: Connection, lead: Lead, step: LeadStep[Any], owner: EntityReference, reason: str) -> str:
    """Give a lead that nobody has to the user or team that was named. Returns the event. Raises InvalidInput."""
    chosen = choose_by_hand(connection, AssignLead(owner=owner))
    event = f"Assigned to {chosen.name}: {reason}"
    give(connection, lead, step, chosen, event)
    return event


def _insert(connection: Connection, lead: Lead, step: LeadStep[Any], problems: list[str]) -> Lead:
    """Store the lead. What refers to records that do not exist is left out, and a problem."""
    try:
        return records.insert(connection, lead, now=step.on)
    except InvalidInput as refused:
        problems.append(refused.message)
    unreferring = dict.fromkeys(_REFERRING) | {"lf_stage": LeadStage.QUARANTINED, "masterid": None}
    return records.insert(connection, lead.model_copy(update=unreferring), now=step.on)


def _new_lead(
    step: LeadStep[Any], submission: LeadSubmission, workflow: str, values: dict[str, Any], *, quarantined: bool
) -> Lead:
    own = {
        "leadid": step.leadid,
        "lf_source": submission.source,
        "lf_externalid": submission.external_id,
        "lf_stage": LeadStage.QUARANTINED if quarantined else LeadStage.RECEIVED,
        "lf_workflowid": workflow,
        "overriddencreatedon": submission.received_on,
        "statuscode": None if quarantined else submission.statuscode,
    }
    return Lead.model_validate(values | {name: value for name, value in own.items() if value is not None})


def _intake_event(submission: LeadSubmission, problems: list[str], notes: list[str], others: Others) -> str:
    event = f"Received from {submission.source}"
    if problems:
        event += f", quarantined: {'; '.join(problems)}"
    event += str(others)
    if notes:
        event += f"; notes: {'; '.join(notes)}"
    return event
