"""Sinks that keep what they get, and an outbox to deliver from."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from temporalio.common import MetricMeter

from activities.deps import Dependencies
from activities.publishing import EVENT_TYPES, Sink
from crm.store.database import Database
from crm.store.service_tables import lf_delivery
from crm.store.sinks import outbox
from crm.store.sinks.outbox import Event
from leadflow.sinks.dispatcher import delivering
from tests.leadflow.sinks.conftest import new_event
from tests.rulebook import small_rules


@dataclass
class Recorder:
    """A sink that keeps what it gets. `fails` says why it does not take an event; `gate` is what it waits for."""

    name: str
    fails: Callable[[Event], Exception | None] = lambda _: None
    gate: threading.Event | None = None
    got: list[Event] = field(default_factory=list)
    tried: list[Event] = field(default_factory=list)

    def wants(self, event: str) -> bool:
        return event in EVENT_TYPES

    def deliver(self, event: Event) -> str:
        self.tried.append(event)
        if self.gate:
            self.gate.wait(30)
        if error := self.fails(event):
            raise error
        self.got.append(event)
        return "kept"


@asynccontextmanager
async def delivery(database: Database, *sinks: Sink, keep: timedelta = timedelta(days=36500)) -> AsyncIterator[None]:
    async with delivering(Dependencies(database, small_rules(), sinks=sinks), MetricMeter.noop, keep):
        yield


def put(database: Database, events: Sequence[Event], *sinks: str, on: datetime | None = None) -> None:
    with database.transaction() as connection:
        for each in events:
            outbox.put(connection, each, sinks, on or datetime.now(UTC))


def states(database: Database, sink: str) -> dict[str, int]:
    """How many deliveries stand where."""
    with database.reading() as connection:
        found = connection.execute(select(lf_delivery.c.state).where(lf_delivery.c.sink == sink)).scalars().all()
    return {state: found.count(state) for state in sorted(set(found))}


async def until(look: Callable[[], object], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.01)


def a_life(steps: int = 3) -> list[Event]:
    lead = uuid4()
    return [new_event(lead, number) for number in range(1, steps + 1)]
