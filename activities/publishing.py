"""What the world outside is told of a lead's life: one event a step, put into the outbox in the step's transaction."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid5

from sqlalchemy import Connection

from crm.lifecycle import LeadStage
from crm.store.distribution import rotation
from crm.store.life import journal
from crm.store.life.journal import Entry
from crm.store.rules import decisions
from crm.store.sinks import outbox
from crm.store.sinks.outbox import Event
from crm.views import LeadView

# What a step of each kind is called outside, unless the lead says what came of it: see `_name`.
_NAMES = {
    "intake": "received",
    "route": "routed",
    "edit": "edited",
    "assign": "assigned",
    "accept": "accepted",
    "decline": "declined",
    "expire": "expired",
    "sla_missed": "sla_missed",
    "begin_merge": "merging",
    "merge": "took_over",
    "end_merge": "merged",
    "log": "logged",
    "note": "noted",
    "qualify": "qualified",
    "disqualify": "disqualified",
    "reactivate": "reactivated",
    "delete": "deleted",
}
_NOT_MERGED = "not_merged"
_OUTCOMES = frozenset(LeadStage) - {LeadStage.RECEIVED, LeadStage.ASSIGNED, LeadStage.ACCEPTED}
EVENT_TYPES = tuple(sorted({f"lead.{name}" for name in {*_NAMES.values(), *_OUTCOMES, _NOT_MERGED}}))
_FOR_THE_RUN = {"event", "reconsider", "wakes", "merge_into"}


class Sink(Protocol):
    """Somebody outside who is told what happens to leads."""

    @property
    def name(self) -> str: ...

    def wants(self, event: str) -> bool:
        """Whether events of this type go there."""
        ...

    def deliver(self, event: Event) -> str:
        """Tell it, once; returns what became of it, in a few words. Whatever it raises: it was not told."""
        ...


def publish(
    connection: Connection, sinks: Sequence[Sink], lead: LeadView, step: str, entries: Mapping[str, Entry]
) -> None:
    """Put the journal rows that a step has just written into the outbox, for the sinks that want them.

    `lead` is as it stands after the step. Without sinks this costs nothing.
    """
    if not sinks or not entries:
        return
    # A lead that comes again after it was deleted has a new journal; sinks may still be told of the old one.
    before = max(journal.count(connection, lead.leadid) - len(entries), outbox.newest(connection, lead.leadid))
    for number, (key, entry) in enumerate(entries.items(), start=before + 1):
        name = _name(connection, lead, step, entry.kind)
        if wanting := [sink.name for sink in sinks if sink.wants(name)]:
            id = uuid5(lead.leadid, f"event/{key}")
            payload = payload_of(id, number, name, entry, lead)
            outbox.put(connection, Event(id, lead.leadid, number, name, payload, entry.on), wanting, datetime.now(UTC))


def payload_of(id: UUID, number: int, name: str, entry: Entry, lead: LeadView) -> dict[str, Any]:
    """What receivers get, as JSON. No attribute of the lead: who may see them asks for them by its id."""
    return {
        "type": name,
        "id": str(id),
        "timestamp": entry.on.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "number": number,
        "event": entry.summary,
        "actor": entry.actor,
        "lead": lead.model_dump(mode="json", exclude=_FOR_THE_RUN),
    }


def _name(connection: Connection, lead: LeadView, step: str, kind: str) -> str:
    """Rules that are asked again and leave the lead where it is tell of no new owner, offer or end."""
    match kind, lead.stage:
        case "intake", LeadStage.QUARANTINED:
            return "lead.quarantined"
        case "route", LeadStage.ASSIGNED if rotation.was_assigned(connection, lead.leadid, step):
            return "lead.assigned"
        case "route", stage if stage in _OUTCOMES and decisions.was_made(connection, lead.leadid, step):
            return f"lead.{stage}"
        case "end_merge", _ if lead.master is None:
            return f"lead.{_NOT_MERGED}"
    return f"lead.{_NAMES.get(kind, kind)}"
