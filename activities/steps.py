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
from crm.store.life import journal, leads
from crm.store.life.journal import Entry
from crm.store.security.callers import find_user
from crm.views import LeadView, Routing

R = TypeVar("R")
T = TypeVar("T")
FOLLOW_UP = "follow_up"
MOVED_ON = "Changed together with other records"


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

    `kind` is given where it depends on what was asked.
    `then` are further lines, each with its kind, where one transaction did several steps at once.
    """

    event: str
    kind: str | None = None
    result: dict[str, Any] = {}
    follow_up: FollowUp = FollowUp()
    then: tuple[tuple[str, str], ...] = ()


class Done(BaseModel):
    """A step that is done: the lead as it stands now, and the step's result."""

    lead: LeadView
    result: dict[str, Any]


def perform(deps: Dependencies, step: LeadStep[Any], kind: str, effect: Callable[[Connection], Effect]) -> Done:
    """Run `effect` in one transaction with its journal row, once and only once.

    Raises ApplicationError for what `effect` refuses (not retried) and for a store that does not answer (retried).
    """
    return twice_if_refused(lambda: _once(deps, step, kind, effect))


def twice_if_refused(attempt: Callable[[], T]) -> T:
    """Run a transaction that finds in the journal what an earlier try of it did. Raises ApplicationError.

    What is refused is tried once more: another try may have been faster, and its row is there now. A true refusal
    comes again.
    """
    with as_application_errors():
        try:
            return attempt()
        except LeadflowError as refused:
            if refused.retryable:
                raise
        return attempt()


def _once(deps: Dependencies, step: LeadStep[Any], kind: str, effect: Callable[[Connection], Effect]) -> Done:
    with deps.database.transaction() as connection:
        return take_step(connection, deps, step, kind, effect)


def take_step(
    connection: Connection, deps: Dependencies, step: LeadStep[Any], kind: str, effect: Callable[[Connection], Effect]
) -> Done:
    """Run `effect` with its journal row in an open transaction, or find that it was done. Raises LeadflowError."""
    new: dict[str, Entry] = {}
    entry = journal.find(connection, step.leadid, step.step)
    if entry is None:
        done = effect(connection)
        follow_up = done.follow_up.model_dump(mode="json", exclude_defaults=True)
        result = done.result | ({FOLLOW_UP: follow_up} if follow_up else {})
        entry = Entry(step.on, done.kind or kind, done.event, getattr(step.request, "actor", None), result)
        new = _entries(step, entry, done)
        journal.write(connection, step.leadid, new)
        if user := acting_user(connection, step.request):
            leads.sign(connection, step.leadid, user, created=kind == "intake")
    lead = leads.view(connection, step.leadid, event=entry.summary, now=step.on)
    publish(connection, deps.sinks, lead, step.step, new)
    return Done(lead=_with_follow_up(lead, entry), result=entry.result)


def acting_user(connection: Connection, request: Any) -> UUID | None:
    """The user whom a request names as its actor; None where it names nobody, or nobody whom we know."""
    actor = getattr(request, "actor", None)
    user = find_user(connection, actor) if actor else None
    return user.systemuserid if user else None


def adopted(connection: Connection, step: LeadStep[Any]) -> Routing:
    """The lead as it stands, and what the step leaves to do if it is in the journal. Raises NotFound."""
    entry = journal.find(connection, step.leadid, step.step) or Entry(step.on, "", MOVED_ON, None)
    lead = leads.view(connection, step.leadid, event=entry.summary, now=step.on)
    return Routing.model_validate({**entry.result, "lead": _with_follow_up(lead, entry)})


def _with_follow_up(lead: LeadView, entry: Entry) -> LeadView:
    return lead.model_copy(update=dict(FollowUp.model_validate(entry.result.get(FOLLOW_UP, {}))))


def _entries(step: LeadStep[Any], entry: Entry, done: Effect) -> dict[str, Entry]:
    """The journal's rows of one step, by key, in their order."""
    more = {f"{step.step}/{kind}": Entry(step.on, kind, event, entry.actor) for kind, event in done.then}
    return {step.step: entry} | more
