"""What a write to a lead's record changes at once: attributes, owner, state; and the deletion of the lead."""

from collections.abc import Callable

from sqlalchemy import Connection
from temporalio import activity

from activities import offers
from activities.assignment import assign
from activities.choosing import choose_by_hand
from activities.deps import Dependencies
from activities.errors import as_application_errors
from activities.intake import correct, edit
from activities.qualification import disqualify, qualify
from activities.steps import Effect, FollowUp, LeadStep, adopted, perform
from activities.waiting import freed
from crm.entities.lead import Lead
from crm.errors import ErrorCode, InvalidInput, StateConflict
from crm.lifecycle import LeadStage, LeadState, require_open, require_valid, require_version, status_in_state
from crm.requests import AssignLead, ChangeLead, DeleteLead, DisqualifyLead, QualifyLead, Request
from crm.store import records
from crm.store.life import leads
from crm.store.life.erasing import erase_lead
from crm.store.life.journal import DELETION
from crm.views import LeadView, Routing

Part = Callable[[Connection, Dependencies, Lead, LeadStep[ChangeLead]], Effect]
BY_WRITING = "ownerid was written"


class Changes:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def change_lead(self, step: LeadStep[ChangeLead]) -> LeadView:
        """Change what the request names, all of it or nothing.

        Raises StateConflict for a closed lead, or one that is not at the expected version; InvalidInput for what does
        not fit (neither is retried).
        """
        return perform(self._deps, step, "edit", lambda connection: change(connection, self._deps, step)).lead

    @activity.defn(no_thread_cancel_exception=True)
    def delete_lead(self, step: LeadStep[DeleteLead]) -> LeadView:
        """Delete the lead with all that hangs on it. Raises StateConflict where another workflow leads its life."""
        workflow = activity.info().workflow_id

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            if lead.statecode == LeadState.OPEN and lead.lf_workflowid != workflow:
                raise StateConflict("The lead was opened again meanwhile.", code=ErrorCode.LEAD_ALREADY_OPEN)
            return erase(connection, step)

        return perform(self._deps, step, DELETION, effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def adopt_step(self, step: LeadStep[Request]) -> Routing:
        """Where the lead stands after a step that a change set did, and what that leaves to do. Raises NotFound.

        Without such a step in its journal (it was deleted since, or nobody says which step it was) only the former.
        """
        with as_application_errors(), self._deps.database.reading() as connection:
            return adopted(connection, step)


def change(connection: Connection, deps: Dependencies, step: LeadStep[ChangeLead]) -> Effect:
    """Carry out each part that the request has, and tell of each by its own line."""
    lead = _open_lead(connection, step, step.request.expected_version)
    parts = [part for wanted, part in _parts(step.request, lead) if wanted]
    if not parts:
        return Effect(event="Written, with nothing to change")
    done = [part(connection, deps, leads.lock(connection, lead.leadid), step) for part in parts]
    first, *others = done
    lines = [*first.then, *((str(other.kind), other.event) for other in others)]
    return first.model_copy(update={"then": tuple(lines), "follow_up": _left_to_do(connection, lead, done)})


def erase(connection: Connection, step: LeadStep[DeleteLead]) -> Effect:
    """Delete the lead with all that hangs on it. One row of its journal stays."""
    lead = leads.lock(connection, step.leadid)
    require_version(lead.versionnumber, step.request.expected_version)
    offers.take_back(connection, lead, step.on, "the lead was deleted", actor=step.request.actor)
    erase_lead(connection, lead.leadid, now=step.on)
    kept = {"statecode": lead.statecode, "statuscode": lead.statuscode, "workflow_id": lead.lf_workflowid}
    return Effect(event="Deleted", result=kept, follow_up=freed(connection, lead))


def _open_lead(connection: Connection, step: LeadStep[ChangeLead], version: int | None) -> Lead:
    lead = leads.lock(connection, step.leadid)
    require_open(lead.statecode)
    require_version(lead.versionnumber, version)
    return lead


def _parts(request: ChangeLead, lead: Lead) -> list[tuple[bool, Part]]:
    """The parts of a change, in their order, and whether this one has them."""
    corrects = lead.lf_stage == LeadStage.QUARANTINED
    closes = request.statecode not in (None, LeadState.OPEN)
    return [
        (corrects and bool(request.changes or request.owner), _correct),
        (not corrects and bool(request.changes), _edit),
        (not corrects and request.owner is not None, _assign),
        (closes, _close),
        (not closes and request.statuscode is not None, _restatus),
    ]


def _correct(connection: Connection, deps: Dependencies, lead: Lead, step: LeadStep[ChangeLead]) -> Effect:
    return correct(connection, deps, lead, step, step.request.changes, step.request.owner)


def _edit(connection: Connection, deps: Dependencies, lead: Lead, step: LeadStep[ChangeLead]) -> Effect:
    return edit(connection, deps, lead, step, step.request.changes)


def _assign(connection: Connection, deps: Dependencies, lead: Lead, step: LeadStep[ChangeLead]) -> Effect:
    """Give the lead to its new owner; whoever owns it already keeps it as it is."""
    chosen = choose_by_hand(connection, AssignLead(owner=step.request.owner))
    if lead.ownerid == chosen.ownerid:
        return Effect(kind="assign", event=f"Assigned to {chosen.name} already")
    return assign(connection, lead, step, chosen, BY_WRITING)


def _close(connection: Connection, deps: Dependencies, lead: Lead, step: LeadStep[ChangeLead]) -> Effect:
    request = step.request
    status = -1 if request.statuscode is None else request.statuscode
    if request.statecode == LeadState.DISQUALIFIED:
        event = disqualify(connection, deps, lead, DisqualifyLead(status=status), step.on)
        return Effect(kind="disqualify", event=event)
    if request.statecode != LeadState.QUALIFIED:
        raise InvalidInput(f"{request.statecode} is no state of a lead. Valid are 0, 1 and 2.")
    require_valid(lead.lf_stage)
    status_in_state(deps.choices, status, LeadState.QUALIFIED)
    nothing = QualifyLead(CreateAccount=False, CreateContact=False, CreateOpportunity=False, Status=status)
    qualify(connection, deps, lead, nothing, step)
    return Effect(kind="qualify", event="Qualified: no records created")


def _restatus(connection: Connection, deps: Dependencies, lead: Lead, step: LeadStep[ChangeLead]) -> Effect:
    status = status_in_state(deps.choices, step.request.statuscode, LeadState.OPEN)
    records.update(connection, Lead, lead.leadid, {"statuscode": status.value}, now=step.on)
    return Effect(kind="edit", event=f"Status: {status.label}")


def _left_to_do(connection: Connection, before: Lead, done: list[Effect]) -> FollowUp:
    """What the run must do next. Rules are not asked again where the request named the owner, or closed the lead."""
    after = leads.lock_state(connection, before.leadid)
    left = FollowUp(merge_into=next((one.follow_up.merge_into for one in done if one.follow_up.merge_into), None))
    if after.ownerid != before.ownerid or after.statecode != LeadState.OPEN:
        return left.model_copy(update={"wakes": freed(connection, before).wakes})
    owns = any(one.kind == "assign" for one in done)
    return left.model_copy(update={"reconsider": not owns and any(one.follow_up.reconsider for one in done)})
