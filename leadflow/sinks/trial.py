"""An event that is none, to see whether a sink takes it."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from activities.publishing import payload_of
from crm.lifecycle import LeadStage
from crm.store.life.journal import Entry
from crm.store.sinks.outbox import Event
from crm.views import LeadView

TEST = "sink.test"
NO_LEAD = UUID(int=0)


def trial_event(sink: str) -> Event:
    """Of type `sink.test`, about the lead 00000000-..., which does not exist."""
    now = datetime.now(UTC)
    entry = Entry(now, TEST, f"A test of the sink {sink}. No lead is concerned.", None)
    lead = LeadView(leadid=NO_LEAD, stage=LeadStage.RECEIVED)
    id = uuid4()
    return Event(id, NO_LEAD, 0, TEST, payload_of(id, 0, TEST, entry, lead), now)
