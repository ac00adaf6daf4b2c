"""What is said between us and a lead: activities, notes and attachments, recorded on the lead."""

from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection
from temporalio import activity

from activities.deps import Dependencies
from activities.steps import Effect, LeadStep, acting_user, perform
from crm.attachments import size_of
from crm.entities.activities import Annotation, Appointment, Email, PhoneCall, Task
from crm.entities.lead import Lead
from crm.lifecycle import LeadStage, LeadStatus, require_open
from crm.requests import AddNote, LogCommunication
from crm.store import records
from crm.store.distribution import rotation
from crm.store.life import leads
from crm.views import LeadView

Kind = type[Email] | type[PhoneCall] | type[Appointment] | type[Task]

# Each kind of communication: its entity, and its status reason when we did it and when the lead did.
KINDS: dict[str, tuple[Kind, int, int]] = {
    "email": (Email, 3, 4),
    "phonecall": (PhoneCall, 2, 4),
    "appointment": (Appointment, 3, 3),
    "task": (Task, 5, 5),
}
COMPLETED = 1


class Communications:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def log_communication(self, step: LeadStep[LogCommunication]) -> LeadView:
        """Record an e-mail, phone call, appointment or task. Our first is the response: it makes the lead Contacted."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            request = step.request
            records.insert(
                connection, _activity_of(lead, step), now=step.on, actor=acting_user(connection, step.request)
            )
            if request.incoming:
                return Effect(event=f"Received {request.kind}: {request.subject}")
            return respond(connection, lead, step, request.kind, request.subject)

        return perform(self._deps, step, "log", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def add_note(self, step: LeadStep[AddNote]) -> LeadView:
        """Record a note, with its attachment. Raises InvalidInput for a body that is no Base64 (not retried)."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            request = step.request
            note = Annotation.model_validate(
                {
                    **request.model_dump(exclude={"actor"}),
                    "annotationid": _id(step, "annotation"),
                    "objectid": lead.leadid,
                    "objectidtype": "lead",
                    "isdocument": request.filename is not None,
                    "filesize": size_of(request.documentbody),
                    **_owner(lead),
                }
            )
            records.insert(connection, note, now=step.on, actor=acting_user(connection, step.request))
            what = f"attachment {request.filename}" if request.filename else "note"
            return Effect(event=f"Added {what}" + (f": {request.subject}" if request.subject else ""))

        return perform(self._deps, step, "note", effect).lead


def respond(connection: Connection, lead: Lead, step: LeadStep[Any], kind: str, subject: str | None) -> Effect:
    """We have spoken with a lead that this transaction has locked: our first time is the response."""
    changes = _response(lead, step)
    if "lf_acceptedon" in changes:
        rotation.record_acceptance(connection, lead.leadid, step.on)
    if changes:
        records.update(connection, Lead, lead.leadid, changes, now=step.on)
    event = f"Made {kind}: {subject or 'without a subject'}"
    return Effect(event=f"{event} (first response)" if lead.lf_firstresponseon is None else event)


def _activity_of(lead: Lead, step: LeadStep[LogCommunication]) -> Email | PhoneCall | Appointment | Task:
    request = step.request
    entity, done_by_us, done_by_them = KINDS[request.kind]
    values: dict[str, Any] = {
        "activityid": _id(step, request.kind),
        "regardingobjectid": lead.leadid,
        "regardingobjectidtype": "lead",
        "subject": request.subject,
        "description": request.description,
        "actualstart": request.started_on or step.on,
        "actualend": request.ended_on or request.started_on or step.on,
        "statecode": COMPLETED,
        "statuscode": done_by_them if request.incoming else done_by_us,
        **_owner(lead),
    }
    if "directioncode" in entity.model_fields:
        values["directioncode"] = not request.incoming
    return entity.model_validate(values)


def _response(lead: Lead, step: LeadStep[Any]) -> dict[str, Any]:
    """What our first communication changes on the lead; whoever speaks with it has taken it."""
    changes: dict[str, Any] = {}
    if lead.lf_firstresponseon is None:
        changes |= {"lf_firstresponseon": step.on, "lf_contactby": None}
    if lead.statuscode == LeadStatus.NEW:
        changes["statuscode"] = LeadStatus.CONTACTED
    if lead.lf_stage == LeadStage.ASSIGNED and lead.owneridtype == "systemuser":
        changes |= {"lf_stage": LeadStage.ACCEPTED, "lf_acceptedon": step.on, "lf_acceptby": None}
    return changes


def _owner(lead: Lead) -> dict[str, Any]:
    return {"ownerid": lead.ownerid, "owneridtype": lead.owneridtype}


def _id(step: LeadStep[Any], kind: str) -> UUID:
    return uuid5(step.leadid, f"{step.step}/{kind}")
