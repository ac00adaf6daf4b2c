"""Leads without leadflow's own client: Temporal's command line starts them, and says what is wrong with an input."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.service import Answer, Service, run

GOOD = {"source": "temporal", "business_unit": "uk", "lead": {"lastname": "Byrne", "address1_country": "IE"}}


def temporal(service: Service, *arguments: str) -> Answer:
    return run("temporal", *arguments, "--address", service.server.address, env=service.env)


def start(service: Service, given: Any) -> str:
    """Start a lead with an input, or without one; returns the workflow's id."""
    workflow = f"lead-{uuid4()}"
    words = ["--type", "LeadLifecycle", "--task-queue", "leads", "--workflow-id", workflow]
    started = temporal(service, "workflow", "start", *words, *([] if given is None else ["--input", json.dumps(given)]))
    assert started.code == 0, started.err
    return workflow


def test_a_lead_lives_its_life_by_temporals_command_line(service: Service) -> None:
    workflow = start(service, GOOD)
    settled = temporal(service, "workflow", "update", "execute", "-w", workflow, "--name", "settle")
    assert settled.code == 0 and "niamh.doyle" in settled.out
    answer = temporal(
        service, "workflow", "update", "execute", "-w", workflow, "--name", "qualify", "--input", "{}", "-o", "json"
    )
    assert answer.code == 0, answer.err
    result = temporal(service, "workflow", "result", "-w", workflow)
    assert result.code == 0 and "qualified" in result.out
    story = run("leadflow", "leads", "show", workflow.removeprefix("lead-"), env=service.env)
    assert "Qualified: account, contact, opportunity created" in story.out

    closed = temporal(service, "workflow", "update", "execute", "-w", workflow, "--name", "accept", "--input", "{}")
    assert closed.code != 0


def test_a_request_that_does_not_fit_is_refused_with_its_field(service: Service) -> None:
    workflow = start(service, GOOD)
    refused = temporal(
        service, "workflow", "update", "execute", "-w", workflow, "--name", "log", "--input", '{"kind": "fax"}'
    )
    assert refused.code != 0 and "kind" in refused.err
    good = temporal(service, "workflow", "update", "execute", "-w", workflow, "--name", "accept", "--input", "{}")
    assert good.code == 0, good.err


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, "lead"),
        ({}, "lead"),
        ({**GOOD, "lead": {}}, "lead"),
        ({**GOOD, "lead": "Byrne"}, "lead"),
        ({**GOOD, "source": ""}, "source"),
        ({**GOOD, "sauce": "web"}, "sauce"),
        ({**GOOD, "leadid": "42"}, "leadid"),
        ({**GOOD, "received_on": "yesterday"}, "received_on"),
    ],
)
def test_a_bad_input_fails_the_run_and_names_the_field(service: Service, given: Any, field: str) -> None:
    workflow = start(service, given)
    result = temporal(service, "workflow", "result", "-w", workflow, "--time-format", "raw")
    assert result.code != 0
    assert field in result.out + result.err
    assert "Byrne" not in result.out + result.err, "no personal data in an error"
