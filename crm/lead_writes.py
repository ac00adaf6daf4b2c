"""Writes to a lead's record, as the Web API's operations have them, to what is asked of the lead's workflow."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.choices import standard_choices
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.lifecycle import LeadState
from crm.operations import AnyOperation, CreateRecord, DeleteRecord, Merge, Qualify, UpdateRecord
from crm.requests import ChangeLead, EntityReference, LeadSubmission, ReactivateLead
from crm.values import read_value

SOURCE = "dataverse"
"""The source of a lead that a program creates, unless it names another."""
_APART = frozenset({"leadid", "ownerid", "owneridtype", "customeridtype", "statecode", "statuscode"})
_BESIDE = frozenset({"lf_source", "lf_externalid", "overriddencreatedon"})
LeadWrite = CreateRecord | UpdateRecord | DeleteRecord | Qualify | Merge


def is_lead_write(operation: AnyOperation) -> bool:
    """Whether the lead's workflow carries it out. Links between a lead and other records are no such write."""
    return operation.entity == "lead" and isinstance(operation, LeadWrite)


def submission_of(leadid: UUID, values: Mapping[str, Any], actor: str) -> LeadSubmission:
    """A new lead. Raises InvalidInput for one that is closed, or empty."""
    given = {name: value for name, value in values.items() if value is not None}
    if given.get("statecode", LeadState.OPEN) != LeadState.OPEN:
        raise InvalidInput("statecode: a lead is created open. Create it, then set its statecode.")
    attributes = {name: value for name, value in given.items() if name not in _APART | _BESIDE}
    if not attributes:
        raise InvalidInput("A lead needs at least one attribute, such as its subject or lastname.")
    return LeadSubmission(
        lead=attributes,
        leadid=leadid,
        source=given.get("lf_source", SOURCE),
        external_id=given.get("lf_externalid"),
        received_on=_moment(given.get("overriddencreatedon")),
        owner=_owner(given),
        statuscode=given.get("statuscode"),
        actor=actor,
    )


def change_of(values: Mapping[str, Any], actor: str, expected_version: int | None = None) -> ChangeLead:
    """A change of an open lead. Raises InvalidInput where what every lead has is to be cleared."""
    for name in ("ownerid", "statecode", "statuscode"):
        if name in values and values[name] is None:
            raise InvalidInput(f"{name} cannot be empty. Give a value, or leave it out.")
    return ChangeLead(
        changes={name: value for name, value in values.items() if name not in _APART},
        owner=_owner(values),
        statecode=values.get("statecode"),
        statuscode=values.get("statuscode"),
        expected_version=expected_version,
        actor=actor,
    )


def reactivation_of(
    values: Mapping[str, Any], actor: str, expected_version: int | None = None
) -> ReactivateLead | None:
    """The reactivation of a closed lead, if that is what the values ask for."""
    if values.get("statecode") != LeadState.OPEN:
        return None
    return ReactivateLead(reason="statecode was written", expected_version=expected_version, actor=actor)


def after_reactivation(values: Mapping[str, Any], actor: str) -> ChangeLead | None:
    """What is left to change once the lead is open again."""
    change = change_of({name: value for name, value in values.items() if name != "statecode"}, actor)
    return change if change.changes or change.owner or change.statuscode is not None else None


def _owner(values: Mapping[str, Any]) -> EntityReference | None:
    if values.get("ownerid") is None:
        return None
    return EntityReference(logicalname=values.get("owneridtype") or "principal", id=values["ownerid"])


def _moment(value: object) -> datetime | None:
    name = "overriddencreatedon"
    moment: datetime | None = read_value(name, Lead.attributes()[name], value, standard_choices())
    return moment
