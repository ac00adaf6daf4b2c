"""Activities that were written as records: which of them say that we have spoken with a lead."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from crm.entities import ENTITIES
from crm.entities.lead import Lead
from crm.operations import AnyOperation, CreateRecord, UpdateRecord
from crm.relationships import ACTIVITIES
from crm.store import records

COMPLETED = 1


@dataclass(frozen=True, slots=True)
class Spoken:
    """A completed communication of ours with a lead: its kind (logical name) and subject."""

    leadid: UUID
    kind: str
    subject: str | None


def may_be_spoken(operation: AnyOperation) -> bool:
    """Whether an operation completes an activity: it may be about a lead."""
    return (
        operation.entity in ACTIVITIES
        and isinstance(operation, CreateRecord | UpdateRecord)
        and operation.values.get("statecode") == COMPLETED
    )


def is_about_a_lead(connection: Connection, operation: AnyOperation) -> bool:
    """Whether an operation that is to be carried out completes an activity about a lead, as far as can be told."""
    assert isinstance(operation, CreateRecord | UpdateRecord)
    if regarding := operation.values.get("regardingobjectid"):
        return records.fetch(connection, Lead, UUID(str(regarding))) is not None
    activity = records.fetch(connection, ENTITIES[operation.entity], operation.id)
    return activity is not None and vars(activity).get("regardingobjectidtype") == "lead"


def spoken(connection: Connection, operation: AnyOperation) -> Spoken | None:
    """What an operation that has just been carried out says of a lead; None where it says nothing of one, or the lead
    was the one who spoke."""
    if not may_be_spoken(operation):
        return None
    activity = records.fetch(connection, ENTITIES[operation.entity], operation.id)
    values = vars(activity) if activity else {}
    if values.get("regardingobjectidtype") != "lead" or values.get("directioncode") is False:
        return None
    return Spoken(values["regardingobjectid"], operation.entity, values.get("subject"))
