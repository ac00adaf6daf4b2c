"""One step of a lead's life: a transaction that changes the lead and writes one journal row, or neither.

The journal row is both the lead's timeline and the guard against repetition: a step that is tried again (after a crash,
a time-out, a lost answer) finds its row and changes nothing.

Every activity has `no_thread_cancel_exception`: after a time-out, Temporal would otherwise raise in the activity's
thread at any point, say between taking the database's lock and the block that gives it back. A step ends by itself.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from activities.deps import Dependencies
from activities.errors import as_application_errors
from activities.publishing import publish
from crm.errors import LeadflowError
from crm.store import journal, leads
from crm.store.journal import Entry
from crm.views import LeadView

R = TypeVar("R")
FOLLOW_UP = "follow_up"


class LeadStep(BaseModel, Generic[R]):
    """What an activity receives: which lead, which step of its life, when it was asked (UTC), and the request."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    leadid: UUID
    step: str
    on: datetime
    request: R


class FollowUp(BaseModel):
    """What the run must do next, as LeadView says it: fields of the same names. It is kept for a repetition."""

    reconsider: bool = False
    wakes: tuple[str, ...] = ()
    merge_into: str | None = None


class Effect(BaseModel):
    """What a step did: one line for people, and what a repetition must be able to return again.

    `then` is a second line, with its kind, where one transaction did two steps at once.
    """

    event: str
    result: dict[str, Any] = {}
    follow_up: FollowUp = FollowUp()
    then: tuple[str, str] | None = None


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
        new: dict[str, Entry] = {}
        entry = journal.find(connection, step.leadid, step.step)
        if entry is None:
            done = effect(connection)
            follow_up = done.follow_up.model_dump(mode="json", exclude_defaults=True)
            result = done.result | ({FOLLOW_UP: follow_up} if follow_up else {})
            entry = Entry(step.on, kind, done.event, getattr(step.request, "actor", None), result)
            new = _entries(step, entry, done)
            journal.write(connection, step.leadid, new)
        lead = leads.view(connection, step.leadid, event=entry.summary, now=step.on)
        publish(connection, deps.sinks, lead, step.step, new)
        next_ = FollowUp.model_validate(entry.result.get(FOLLOW_UP, {}))
        return Done(lead=lead.model_copy(update=dict(next_)), result=entry.result)


def _entries(step: LeadStep[Any], entry: Entry, done: Effect) -> dict[str, Entry]:
    """The journal's rows of one step, by key, in their order."""
    if done.then is None:
        return {step.step: entry}
    kind, event = done.then
    return {step.step: entry, f"{step.step}/{kind}": Entry(step.on, kind, event, entry.actor)}
