"""A worker's part in telling the sinks: figures for the metrics, tidying up, and nothing at all without sinks."""

import asyncio
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from activities.deps import Dependencies
from crm.store.database import Database
from crm.store.service_tables import lf_outbox
from crm.store.sinks.outbox import Event
from leadflow.sinks import courier, dispatcher
from leadflow.sinks.dispatcher import delivering
from leadflow.sinks.retrying import NotDelivered
from tests.leadflow.sinks.conftest import new_event
from tests.leadflow.sinks.recording import Recorder, delivery, put, states, until
from tests.rulebook import small_rules

pytestmark = pytest.mark.usefixtures("quick")


async def test_what_every_sink_got_long_ago_is_forgotten(sqlite_database: Database) -> None:
    old, new = new_event(), new_event()
    new = Event(new.id, new.leadid, new.number, new.event, new.payload, datetime.now(UTC))
    put(sqlite_database, [old, new], "a")
    async with delivery(sqlite_database, Recorder("a")):
        await until(lambda: states(sqlite_database, "a") == {"delivered": 2})
    async with delivery(sqlite_database, Recorder("a"), keep=timedelta(days=1)):
        await until(lambda: states(sqlite_database, "a") == {"delivered": 1})
    with sqlite_database.reading() as connection:
        assert connection.execute(select(lf_outbox.c.id)).scalars().all() == [new.id]


class Meter:
    """What the metrics would show: the sum of a counter, the last value of a gauge, by labels."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], int] = {}

    def create_counter(self, name: str, _description: str) -> "_Instrument":
        return _Instrument(self, name)

    create_gauge = create_counter


@dataclass
class _Instrument:
    meter: Meter
    name: str

    def add(self, value: int, labels: dict[str, str]) -> None:
        key = (self.name.removeprefix("leadflow_sink_"), *labels.values())
        self.meter.values[key] = self.meter.values.get(key, 0) + value

    def set(self, value: int, labels: dict[str, str]) -> None:
        self.meter.values[(self.name.removeprefix("leadflow_sink_"), *labels.values())] = value


async def test_metrics_count_results_and_show_how_far_a_sink_is_behind(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "REPORT_SECONDS", 0.02)
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.05)
    bad = new_event()
    sink = Recorder("a", lambda event: NotDelivered("no", tries=2) if event.id == bad.id else None)
    waiting = Recorder("b", gate=threading.Event())
    put(sqlite_database, [bad, new_event()], "a")
    put(sqlite_database, [new_event()], "b", on=datetime.now(UTC) - timedelta(hours=1))
    meter: Any = Meter()
    deps = Dependencies(sqlite_database, small_rules(), sinks=(sink, waiting))
    async with delivering(deps, meter, timedelta(days=1)):
        await until(lambda: meter.values.get(("dead", "a")) == 1)
        await until(lambda: 3600 <= meter.values.get(("oldest_seconds", "b"), 0) < 3700)
        assert waiting.gate is not None
        waiting.gate.set()
        await until(lambda: meter.values.get(("oldest_seconds", "b")) == 0)
    counted = {key[1:]: value for key, value in meter.values.items() if key[0] == "deliveries"}
    assert counted == {("a", "failed"): 1, ("a", "dead"): 1, ("a", "delivered"): 1, ("b", "delivered"): 1}


async def test_without_sinks_nothing_runs(sqlite_database: Database) -> None:
    before = len(asyncio.all_tasks())
    async with delivery(sqlite_database):
        assert len(asyncio.all_tasks()) == before
