"""A decision on which the engines differ is counted in the worker's metrics; the lead goes where the evaluator says."""

from dataclasses import replace
from typing import Any

import pytest
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig
from temporalio.testing import ActivityEnvironment

from activities.routing import DISAGREEMENTS
from activities.steps import LeadStep
from crm.requests import LeadSubmission
from rules.engine.durable_engine import EngineFault
from tests.activities.conftest import LEAD, NOW, Desk


def counted(desk: Desk, title: str) -> int:
    """Register and route a lead; what was added to the counter."""
    buffer = MetricBuffer(1000)
    environment = ActivityEnvironment()
    environment.metric_meter = Runtime(telemetry=TelemetryConfig(metrics=buffer)).metric_meter
    environment.info = replace(environment.info, workflow_id=f"lead-{LEAD}")
    request = LeadSubmission(lead={"lastname": "Lind", "jobtitle": title}, source="web")
    step = LeadStep[Any](leadid=LEAD, step="intake", on=NOW, request=request)
    routing = environment.run(desk.intake.register_lead, step)
    assert routing.decision is not None and routing.decision.rule == "to-user"
    return int(sum(one.value for one in buffer.retrieve_updates() if one.metric.name == DISAGREEMENTS))


def test_disagreements_are_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise EngineFault("no answer")

    for file in desk.deps.rules.current()._steps.values():
        monkeypatch.setattr(file, "matched", broken)
    assert counted(desk, "for anna") == 1


def test_agreement_is_not(desk: Desk) -> None:
    assert counted(desk, "for anna") == 0
