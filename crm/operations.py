"""What the Web API asks the store to do: one operation a record, as data.

A request becomes operations; one transaction carries out all of them, or none. They travel through Temporal where a
lead is among them, so values are those of JSON: GUIDs and times as text. `values` are raw attributes by logical name,
lookups by their attribute's name (with `<name>type` beside those that may name several entities).
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from crm.requests import QualifyLead
from crm.views import CreatedRecord


class Operation(BaseModel):
    """Base of all operations: on the record `id` of `entity` (a logical name)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    entity: str
    id: UUID


class CreateRecord(Operation):
    op: Literal["create"] = "create"
    values: dict[str, Any] = {}


class UpdateRecord(Operation):
    """Change attributes; None clears. With `upsert`, a record that does not exist is created; with
    `expected_version`, one that has changed since is refused."""

    op: Literal["update"] = "update"
    values: dict[str, Any]
    upsert: bool = False
    expected_version: int | None = None


class DeleteRecord(Operation):
    op: Literal["delete"] = "delete"
    expected_version: int | None = None


class Associate(Operation):
    """Link the record with another by a many-to-many relationship."""

    op: Literal["associate"] = "associate"
    relationship: str
    related: UUID


class Disassociate(Operation):
    op: Literal["disassociate"] = "disassociate"
    relationship: str
    related: UUID


class Qualify(Operation):
    """The QualifyLead action on a lead."""

    op: Literal["qualify"] = "qualify"
    request: QualifyLead


class Merge(Operation):
    """Merge another lead into the lead `id`. `values` are then set on it."""

    op: Literal["merge"] = "merge"
    subordinate: UUID
    values: dict[str, Any] = {}


AnyOperation = Annotated[
    CreateRecord | UpdateRecord | DeleteRecord | Associate | Disassociate | Qualify | Merge, Field(discriminator="op")
]


class Done(BaseModel):
    """What became of one operation: whether the record is new, and what was made beside it (by QualifyLead)."""

    model_config = ConfigDict(frozen=True)

    entity: str
    id: UUID
    created: bool = False
    made: tuple[CreatedRecord, ...] = ()
