"""A worker tells sinks what happens to leads, and no lead waits for one of them."""

import threading
from dataclasses import dataclass, field, replace

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.publishing import EVENT_TYPES, Sink
from crm.requests import AcceptLead, DisqualifyLead
from crm.store.database import Database
from crm.store.sinks.outbox import Event
from leadflow.sinks import courier
from leadflow.sinks.retrying import NotDelivered
from tests.leadflow.sinks.recording import until
from tests.workflows.conftest import dependencies, serving


@dataclass
class Ears:
    """A sink that hears events: in the end, at once or never."""

    name: str
    gate: threading.Event = field(default_factory=threading.Event)
    deaf: bool = False
    heard: list[Event] = field(default_factory=list)

    def wants(self, event: str) -> bool:
        return event in EVENT_TYPES

    def deliver(self, event: Event) -> str:
        self.gate.wait(60)
        if self.deaf:
            raise NotDelivered("nobody there")
        self.heard.append(event)
        return "heard"


async def test_leads_live_on_while_one_sink_hangs_and_another_is_dead(
    dev_server: WorkflowEnvironment, workflow_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "LOOK_SECONDS", 0.02)
    hanging, dead, good = Ears("hanging"), Ears("dead", deaf=True), Ears("good")
    dead.gate.set()
    good.gate.set()
    sinks: tuple[Sink, ...] = (hanging, dead, good)
    async with serving(dev_server, replace(dependencies(workflow_database), sinks=sinks)) as service:
        views = [await service.submit(jobtitle="urgent") for _ in range(6)]
        for view in views:
            await service.ask(view.leadid, AcceptLead())
            await service.ask(view.leadid, DisqualifyLead())
        told = [f"lead.{name}" for name in ("received", "assigned", "accepted", "disqualified")]
        await until(lambda: len(good.heard) == len(told) * len(views))
        for view in views:
            assert [event.event for event in good.heard if event.leadid == view.leadid] == told
        assert hanging.heard == dead.heard == []
        hanging.gate.set()
        await until(lambda: len(hanging.heard) == len(told) * len(views))
