"""Whether a caller may write a lead as they ask to, before its workflow is asked."""

from typing import Any

from sqlalchemy import Connection, select

from crm.choices import ChoiceBook
from crm.entities import Account, Contact, Opportunity
from crm.entities.lead import Lead
from crm.errors import ErrorCode, StateConflict, missing
from crm.lead_writes import SOURCE, LeadWrite
from crm.operations import CreateRecord, DeleteRecord, Merge, Qualify, UpdateRecord
from crm.requests import QualifyLead
from crm.security import Caller, Privilege
from crm.store import records
from crm.store.security.access import require_new, require_on
from crm.store.tables import TABLES
from crm.store.writing.lookups import check_lookups
from crm.values import read_values

_LEAD = TABLES["lead"]
_CREATED = (("CreateAccount", Account), ("CreateContact", Contact), ("CreateOpportunity", Opportunity))


def check_lead_write(connection: Connection, caller: Caller, operation: LeadWrite, choices: ChoiceBook) -> Lead | None:
    """Check the values of a write to a lead, and the caller's privileges for it. Returns the lead as it is, None where
    there is none and the write creates it.

    Raises NotFound, InvalidInput, StateConflict or PermissionDenied, with Dataverse's codes.
    """
    lead = records.fetch(connection, Lead, operation.id)
    if isinstance(operation, CreateRecord) or (lead is None and _creates(operation)):
        caller.require("lead", Privilege.CREATE)
        _check_free(connection, operation, lead)
        _check_values(connection, caller, operation, None, choices)
        return None
    if lead is None:
        raise missing("lead", operation.id)
    match operation:
        case DeleteRecord():
            require_on(connection, caller, Lead, Privilege.DELETE, lead.leadid)
        case UpdateRecord():
            require_on(connection, caller, Lead, Privilege.WRITE, lead.leadid)
            _check_values(connection, caller, operation, lead, choices)
        case Qualify():
            require_on(connection, caller, Lead, Privilege.WRITE, lead.leadid)
            _check_creation(caller, operation.request)
        case Merge():
            require_on(connection, caller, Lead, Privilege.WRITE, lead.leadid)
            require_on(connection, caller, Lead, Privilege.WRITE, operation.subordinate)
            _check_values(connection, caller, operation, lead, choices)
    return lead


def _creates(operation: LeadWrite) -> bool:
    return isinstance(operation, UpdateRecord) and operation.upsert


def _check_free(connection: Connection, operation: LeadWrite, lead: Lead | None) -> None:
    """Raises StateConflict where a lead has this id, or comes from this record of its source."""
    if lead is not None:
        raise StateConflict(
            "Cannot insert duplicate key: there is a lead with this id.", code=ErrorCode.DUPLICATE_RECORD
        )
    values = getattr(operation, "values", {})
    source, external = values.get("lf_source") or SOURCE, values.get("lf_externalid")
    taken = select(_LEAD.c.leadid).where(_LEAD.c.lf_source == source, _LEAD.c.lf_externalid == external)
    if external is not None and connection.execute(taken).first() is not None:
        raise StateConflict(
            "A record with matching key values already exists (lf_source, lf_externalid).", code=ErrorCode.KEY_EXISTS
        )


def _check_values(
    connection: Connection, caller: Caller, operation: LeadWrite, lead: Lead | None, choices: ChoiceBook
) -> None:
    """The values fit their attributes, and the caller may link what they name, and give the lead to its new owner."""
    values: dict[str, Any] = read_values(Lead, getattr(operation, "values", {}), choices)
    if lead is None:
        require_new(connection, caller, Lead, values)
    changed = {name: value for name, value in values.items() if lead is None or getattr(lead, name) != value}
    if lead is not None and changed.get("ownerid") is not None:
        require_on(connection, caller, Lead, Privilege.ASSIGN, lead.leadid)
    check_lookups(connection, caller, Lead, changed)


def _check_creation(caller: Caller, request: QualifyLead) -> None:
    for parameter, entity in _CREATED:
        if getattr(request, parameter):
            caller.require(entity.logical_name, Privilege.CREATE)
