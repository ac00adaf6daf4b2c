"""One write to one lead, by way of its workflow."""

from uuid import UUID

from crm.entities.lead import Lead
from crm.errors import NotFound, StateConflict, Unavailable, missing
from crm.lead_writes import SOURCE, LeadWrite, after_reactivation, change_of, reactivation_of, submission_of
from crm.lifecycle import LeadState, require_open
from crm.operations import CreateRecord, DeleteRecord, Done, Merge, Qualify, UpdateRecord
from crm.requests import DeleteLead, MergeInto, Request
from crm.security import Caller
from crm.store import records
from crm.store.security.lead_access import check_lead_write
from crm.views import LeadView, Qualification
from leadflow.dataverse.call import Services

TRIES = 5


async def write_lead(services: Services, caller: Caller, operation: LeadWrite) -> Done:
    """Carry out one write. Raises LeadflowError, with Dataverse's codes."""
    for _ in range(TRIES):
        if done := await _write(services, caller, operation):
            return done
    raise Unavailable(f"Lead {operation.id} is created and deleted by others just now. Ask again.")


async def _write(services: Services, caller: Caller, operation: LeadWrite) -> Done | None:
    """None where somebody else has created or deleted the lead between looking and writing."""
    choices = services.choices()
    lead = await services.read(lambda connection: check_lead_write(connection, caller, operation, choices))
    if lead is None:
        assert isinstance(operation, CreateRecord | UpdateRecord)
        return await _create(services, caller, operation)
    match operation:
        case UpdateRecord():
            try:
                await _update(services, caller, operation, lead)
            except NotFound:
                if operation.upsert:
                    return None
                raise
        case DeleteRecord():
            request = DeleteLead(expected_version=operation.expected_version, actor=caller.actor)
            await services.leads.delete(lead.leadid, lead.lf_workflowid, lead.lf_source or SOURCE, request)
        case Merge():
            await _merge(services, caller, operation, lead)
        case Qualify():
            return await _qualify(services, caller, operation, lead)
    return Done(entity="lead", id=lead.leadid)


async def _create(services: Services, caller: Caller, operation: CreateRecord | UpdateRecord) -> Done | None:
    """A lead that is not in the database yet. Its run may be: it was asked for before, when no worker answered."""
    submission = submission_of(operation.id, operation.values, caller.actor)
    if await services.leads.create(submission) is None:
        try:
            await services.leads.settled(operation.id)
        except (NotFound, StateConflict):
            return None
        if isinstance(operation, UpdateRecord):
            return None
    return Done(entity="lead", id=operation.id, created=True)


async def _update(services: Services, caller: Caller, operation: UpdateRecord, lead: Lead) -> None:
    values, actor, version = operation.values, caller.actor, operation.expected_version
    if lead.statecode == LeadState.OPEN:
        await _ask(services, lead, change_of(values, actor, version))
        return
    reactivation = reactivation_of(values, actor, version)
    if reactivation is None:
        require_open(lead.statecode)
        return
    rest = after_reactivation(values, actor)
    await services.leads.reactivate(lead.leadid, lead.lf_source or SOURCE, reactivation)
    if rest is not None:
        await services.leads.ask(lead.leadid, rest)


async def _qualify(services: Services, caller: Caller, operation: Qualify, lead: Lead) -> Done:
    qualified = await _ask(services, lead, operation.request.model_copy(update={"actor": caller.actor}))
    assert isinstance(qualified, Qualification)
    return Done(entity="lead", id=lead.leadid, made=qualified.created)


async def _merge(services: Services, caller: Caller, operation: Merge, lead: Lead) -> None:
    subordinate = await _fetch(services, operation.subordinate)
    for one in (lead, subordinate):
        require_open(one.statecode)
    if operation.values:
        await _ask(services, lead, change_of(operation.values, caller.actor))
    await _ask(services, subordinate, MergeInto(master=lead.leadid, actor=caller.actor))


async def _ask(services: Services, lead: Lead, request: Request) -> LeadView | Qualification:
    require_open(lead.statecode)
    return await services.leads.ask(lead.lf_workflowid or lead.leadid, request)


async def _fetch(services: Services, leadid: UUID) -> Lead:
    lead = await services.read(lambda connection: records.fetch(connection, Lead, leadid))
    if lead is None:
        raise missing("lead", leadid)
    return lead
