"""The workflow's code replays every recorded history: runs that began before a change live on after it."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from crm.change_sets import TouchedLead
from tests.replay import record
from workflows import change_set
from workflows.change_set import ChangeSet
from workflows.lead_lifecycle import LeadLifecycle
from workflows.steps import LeadSteps

FILES = sorted(record.HISTORIES.glob("*.json"))
OTHERS = (record.sla_ladder, record.missed_contact, record.continue_as_new)
STORIES = (*record.ON_THE_SERVER, *record.WITH_A_FULL_TEAM, *OTHERS)
MACHINE = re.compile(r"/(?:home|root|Users|tmp|usr|opt|var)/|\d+@\w|\.py\b")

each_history = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
each_lead = pytest.mark.parametrize(
    "file", [file for file in FILES if not file.stem.startswith(record.SET)], ids=lambda file: file.stem
)


def history(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(record.run_of(file.stem), file.read_text())


def replayer(**options: Any) -> Replayer:
    return Replayer(workflows=[LeadLifecycle, ChangeSet], data_converter=pydantic_data_converter, **options)


def texts(value: Any) -> Iterator[str]:
    """Every text in a history, also inside of payloads."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from [base64.b64decode(part).decode()] if key == "data" and isinstance(part, str) else texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value


def test_each_story_has_its_history() -> None:
    assert {story.__name__ for story in STORIES} <= {file.stem for file in FILES}


@each_history
async def test_the_workflow_replays(file: Path) -> None:
    result = await replayer().replay_workflow(history(file))
    assert result.replay_failure is None


@each_lead
async def test_a_workflow_that_shows_nothing_does_not_replay(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search attributes are commands: leaving them out is a change that runs in use cannot follow."""
    monkeypatch.setattr(LeadSteps, "show", lambda self: None)
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(history(file))


@pytest.mark.filterwarnings("ignore:.*TMPRL1102")  # the replay ends where the histories part, amid an update
@each_lead
async def test_a_workflow_with_other_steps_does_not_replay(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    execute = LeadSteps._execute

    async def twice(self: LeadSteps, *step: Any) -> Any:
        await execute(self, *step)
        return await execute(self, *step)

    monkeypatch.setattr(LeadSteps, "_execute", twice)
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(history(file))


async def test_a_change_set_that_tells_nobody_does_not_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(lead: TouchedLead) -> None:
        pass

    monkeypatch.setattr(change_set, "_tell", nobody)
    outside = replayer(workflow_runner=UnsandboxedWorkflowRunner())  # the sandbox has a module of its own
    with pytest.raises(NondeterminismError):
        await outside.replay_workflow(history(record.HISTORIES / f"{record.SET}.json"))


@each_history
def test_a_history_names_no_machine(file: Path) -> None:
    found = [text for text in texts(json.loads(file.read_text())) if MACHINE.search(text)]
    assert found == []
