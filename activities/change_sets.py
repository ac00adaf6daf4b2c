"""Change sets: writes to leads and to other records in one transaction, all of them or none.

What is done to a lead is a step of its life like any other, with its row in the journal. The lead's run hears of it
afterwards, finds the row, and goes on from there (`Changes.adopt_step`). The change set has a row of its own, under its
own id, so that it happens once.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from temporalio import activity

from activities.changes import change, erase
from activities.communication import respond
from activities.deps import Dependencies
from activities.intake import INTAKE, register
from activities.qualification import qualified, reactivate
from activities.steps import Done as StepDone
from activities.steps import Effect, LeadStep, take_step, twice_if_refused
from crm.change_sets import ChangeSetDone, ChangeSetStep, TouchedLead
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.identity import workflow_id
from crm.lead_writes import (
    SOURCE,
    LeadWrite,
    after_reactivation,
    change_of,
    is_lead_write,
    reactivation_of,
    submission_of,
)
from crm.lifecycle import LeadState, require_open
from crm.operations import AnyOperation, CreateRecord, DeleteRecord, Done, Merge, Qualify, UpdateRecord
from crm.requests import ChangeLead, DeleteLead, Request
from crm.store.life import journal, leads
from crm.store.life.communications import spoken
from crm.store.life.journal import DELETION, Entry
from crm.store.security.lead_access import check_lead_write
from crm.store.writing import operations
from crm.views import CreatedRecord

PREFIX = "changes-"
_GUARD = "change set"


class ChangeSets:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def perform_changes(self, step: ChangeSetStep) -> ChangeSetDone:
        """Carry out a change set, once and only once. Raises what any of its operations is refused with (not retried);
        nothing has happened then."""
        return twice_if_refused(lambda: self._once(step))

    def _once(self, step: ChangeSetStep) -> ChangeSetDone:
        guard = UUID(step.id.removeprefix(PREFIX))
        with self._deps.database.transaction() as connection:
            if entry := journal.find(connection, guard, _GUARD):
                return ChangeSetDone.model_validate(entry.result)
            done = _Writing(connection, self._deps, step).all()
            result = done.model_dump(mode="json")
            summary, actor = f"{len(done.done)} operations", step.request.caller.actor
            journal.write(connection, guard, {_GUARD: Entry(step.on, _GUARD, summary, actor, result)})
            return done


class _Writing:
    """One change set on its way through its transaction."""

    def __init__(self, connection: Connection, deps: Dependencies, asked: ChangeSetStep) -> None:
        self._connection = connection
        self._deps = deps
        self._asked = asked
        self._caller = asked.request.caller
        self._touched: dict[UUID, TouchedLead] = {}

    def all(self) -> ChangeSetDone:
        done = [
            self._write(f"{self._asked.id}/{number}", one) for number, one in enumerate(self._asked.request.operations)
        ]
        return ChangeSetDone(done=tuple(done), leads=tuple(self._touched.values()))

    def _write(self, key: str, operation: AnyOperation) -> Done:
        if not isinstance(operation, LeadWrite) or not is_lead_write(operation):
            return self._write_record(key, operation)
        lead = check_lead_write(self._connection, self._caller, operation, self._deps.choices)
        self._touch(operation.id, lead)
        match operation:
            case CreateRecord():
                return self._create(operation.id, operation.values)
            case UpdateRecord():
                if lead is None:
                    return self._create(operation.id, operation.values)
                return self._update(key, operation, lead)
            case DeleteRecord():
                return self._delete(key, operation)
            case Qualify():
                return self._qualify(key, operation)
            case Merge():
                raise InvalidInput("Leads cannot be merged in a change set. Send Merge by itself.")

    def _write_record(self, key: str, operation: AnyOperation) -> Done:
        now = self._asked.on
        (done,) = operations.perform(self._connection, self._caller, [operation], self._deps.choices, now=now)
        if said := spoken(self._connection, operation):
            lead = leads.lock_state(self._connection, said.leadid)
            if lead.statecode == LeadState.OPEN:
                self._touch(lead.leadid, lead)
                step = self._step(f"{key}/log", lead.leadid, Request(actor=self._caller.actor))
                self._take(step, "log", lambda: respond(self._connection, lead, step, said.kind, said.subject))
        return done

    def _create(self, leadid: UUID, values: dict[str, Any]) -> Done:
        submission = submission_of(leadid, values, self._caller.actor)
        step, workflow = self._step(INTAKE, leadid, submission), workflow_id(leadid)
        self._take(step, "intake", lambda: register(self._connection, self._deps, step, submission, workflow))
        return Done(entity="lead", id=leadid, created=True)

    def _update(self, key: str, operation: UpdateRecord, lead: Lead) -> Done:
        values, actor, version = operation.values, self._caller.actor, operation.expected_version
        wanted: ChangeLead | None
        if lead.statecode == LeadState.OPEN:
            wanted = change_of(values, actor, version)
        else:
            reactivation = reactivation_of(values, actor, version)
            if reactivation is None:
                require_open(lead.statecode)
            again = self._step(f"{key}/reactivate", lead.leadid, reactivation)
            workflow = workflow_id(lead.leadid)
            self._take(again, "reactivate", lambda: reactivate(self._connection, again, again.request, workflow))
            wanted = after_reactivation(values, actor)
        if wanted is not None:
            step = self._step(f"{key}/change_lead", lead.leadid, wanted)
            self._take(step, "edit", lambda: change(self._connection, self._deps, step))
        return Done(entity="lead", id=lead.leadid)

    def _delete(self, key: str, operation: DeleteRecord) -> Done:
        request = DeleteLead(expected_version=operation.expected_version, actor=self._caller.actor)
        step = self._step(f"{key}/delete_lead", operation.id, request)
        self._take(step, DELETION, lambda: erase(self._connection, step))
        return Done(entity="lead", id=operation.id)

    def _qualify(self, key: str, operation: Qualify) -> Done:
        request = operation.request.model_copy(update={"actor": self._caller.actor})
        step = self._step(f"{key}/qualify_lead", operation.id, request)
        taken = self._take(step, "qualify", lambda: qualified(self._connection, self._deps, step, request))
        made = tuple(CreatedRecord.model_validate(one) for one in taken.result["created"])
        return Done(entity="lead", id=operation.id, made=made)

    def _step(self, key: str, leadid: UUID, request: Any) -> LeadStep[Any]:
        return LeadStep[Any](leadid=leadid, step=key, on=self._asked.on, request=request)

    def _take(self, step: LeadStep[Any], kind: str, effect: Callable[[], Effect]) -> StepDone:
        """Take a step of a lead's life; its run is to hear of it."""
        taken = take_step(self._connection, self._deps, step, kind, lambda _: effect())
        touched = self._touched[step.leadid]
        before = () if kind == DELETION else touched.steps  # which are in no journal any more
        self._touched[step.leadid] = touched.model_copy(update={"steps": (*before, step.step)})
        return taken

    def _touch(self, leadid: UUID, lead: Lead | None) -> None:
        """Keep how the lead was before the change set first wrote it."""
        is_open = lead is not None and lead.statecode == LeadState.OPEN
        self._touched.setdefault(
            leadid,
            TouchedLead(
                leadid=leadid,
                workflow_id=(lead.lf_workflowid if lead and is_open else None) or workflow_id(leadid),
                source=(lead.lf_source if lead else None) or SOURCE,
                has_run=is_open,
            ),
        )
