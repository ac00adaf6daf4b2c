"""One step of a lead's life: a transaction that changes the lead and writes one journal row, or neither.

The journal row is both the lead's timeline and the guard against repetition: a step that is tried again (after a crash,
a time-out, a lost answer) finds its row and changes nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from activities.deps import Dependencies
from activities.errors import as_application_errors
from crm.errors import LeadflowError
from crm.store import journal, leads
from crm.store.journal import Entry
from crm.views import LeadView

R = TypeVar("R")


class LeadStep(BaseModel, Generic[R]):
    """What an activity receives: which lead, which step of its life, when it was asked (UTC), and the request."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    leadid: UUID
    step: str
    on: datetime
    request: R


class Effect(BaseModel):
    """What a step did: one line for people, and what a repetition must be able to return again."""

    event: str
    result: dict[str, Any] = {}


class Done(BaseModel):
    """A step that is done: the lead as it stands now, and the step's result."""

    lead: LeadView
    result: dict[str, Any]


def perform(deps: Dependencies, step: LeadStep[Any], kind: str, effect: Callable[[Connection], Effect]) -> Done:
    """Run `effect` in one transaction with its journal row, once and only once.

    Raises ApplicationError for what `effect` refuses (not retried) and for a store that does not answer (retried).
    """
    with as_application_errors():
        try:
            return _once(deps, step, kind, effect)
        except LeadflowError as refused:
            if refused.retryable:
                raise
        # Another try of this very step may have been faster: its row is there now. A true refusal comes again.
        return _once(deps, step, kind, effect)


def _once(deps: Dependencies, step: LeadStep[Any], kind: str, effect: Callable[[Connection], Effect]) -> Done:
    with deps.database.transaction() as connection:
        entry = journal.find(connection, step.leadid, step.step)
        if entry is None:
            done = effect(connection)
            actor = getattr(step.request, "actor", None)
            entry = Entry(step.on, kind, done.event, actor, done.result)
            journal.write(connection, step.leadid, step.step, entry)
        return Done(lead=leads.view(connection, step.leadid, event=entry.summary), result=entry.result)
