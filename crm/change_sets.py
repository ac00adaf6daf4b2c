"""Several writes that happen together or not at all, with leads among them: what is asked, and what came of it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm.operations import AnyOperation, Done
from crm.security import Caller


class ChangeSetRequest(BaseModel):
    """`operations` in their order, and who asked for them, with what they may do."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    caller: Caller
    operations: tuple[AnyOperation, ...]


class ChangeSetStep(BaseModel):
    """What the activity receives: the change set's id (its workflow's), and when it was asked (UTC)."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    id: str
    on: datetime
    request: ChangeSetRequest


class TouchedLead(BaseModel):
    """A lead that a change set wrote, by `steps`, their keys in its journal. `workflow_id` is the run that leads its
    life, if it was open before (`has_run`), else the run that is to be started."""

    model_config = ConfigDict(frozen=True)

    leadid: UUID
    workflow_id: str
    source: str
    has_run: bool
    steps: tuple[str, ...] = ()


class ChangeSetDone(BaseModel):
    """What became of each operation, in order, and the leads whose runs must hear of it."""

    model_config = ConfigDict(frozen=True)

    done: tuple[Done, ...]
    leads: tuple[TouchedLead, ...] = ()


class ChangeSetResult(BaseModel):
    """How a change set ended: how many operations it has, and why it was refused."""

    model_config = ConfigDict(frozen=True)

    operations: int
    refused: str | None = None
