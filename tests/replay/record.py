"""Records the histories that `test_replay` replays. Run by hand after a new step of a lead's life:

    python -m tests.replay.record

It records what has no file yet. A change of workflow code must replay the histories that are here already: delete a
file only if no run in use is like it.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from temporalio.client import WorkflowHistory

from activities.deps import Dependencies
from crm.identity import workflow_id
from crm.lifecycle import LeadStage
from crm.requests import (
    AcceptLead,
    AddNote,
    DeclineLead,
    DisqualifyLead,
    EditLead,
    MergeInto,
    QualifyLead,
    ReactivateLead,
)
from rules.engine.live import LiveRules
from tests.replay import write_stories
from tests.replay.write_stories import BEFORE, begin, lead_of
from tests.rulebook import edited_rules
from tests.workflows.conftest import (
    Service,
    dependencies,
    new_lead,
    open_organisation,
    serving,
    start_dev_server,
    start_skipping_server,
)
from workflows.change_set import change_set_id

HISTORIES = Path(__file__).parent / "histories"
QUEUE = "leads"
SET = "change_set"

Story = Callable[[Service, UUID], Awaitable[Any]]


async def intake_to_owner(service: Service, lead: UUID) -> None:
    await begin(service, lead, jobtitle="urgent")


async def accept_and_qualify(service: Service, lead: UUID) -> None:
    await begin(service, lead, companyname="Analytical GmbH")
    await service.ask(lead, AcceptLead())
    await service.ask(lead, QualifyLead())


async def decline_and_reroute(service: Service, lead: UUID) -> None:
    await begin(service, lead)
    await service.ask(lead, DeclineLead(reason="no time"))
    await service.ask(lead, AcceptLead())


async def quarantine_and_correction(service: Service, lead: UUID) -> None:
    await begin(service, lead, revenue="much")
    await service.ask(lead, EditLead(changes={"revenue": 1000}))


async def disqualify_by_rule(service: Service, lead: UUID) -> None:
    await service.leads.enqueue(new_lead(lead, jobtitle="competitor"))
    await service.handle(lead).result()


async def reactivation(service: Service, lead: UUID) -> None:
    await begin(service, lead)
    await service.ask(lead, DisqualifyLead())
    await service.handle(lead).result()
    await service.leads.reactivate(lead, "web", ReactivateLead(reason="they called", route=True))
    await service.ask(lead, AcceptLead())


async def merged_into_another(service: Service, lead: UUID) -> None:
    other = uuid5(lead, "other")
    await begin(service, lead)
    await begin(service, other)
    await service.ask(lead, MergeInto(master=other))
    await service.handle(lead).result()


async def merged_with_another(service: Service, lead: UUID) -> None:
    other = uuid5(lead, "other")
    await begin(service, lead)
    await begin(service, other, jobtitle="for the inbox")
    await service.ask(other, MergeInto(master=lead))
    await service.ask(lead, AcceptLead(user="anna"))


async def sla_ladder(service: Service, lead: UUID) -> None:
    await begin(service, lead, jobtitle="urgent")
    for _ in range(3):
        await service.env.sleep(timedelta(hours=1, minutes=1))
    await service.ask(lead, AcceptLead(user="mia"))


async def waiting(service: Service, lead: UUID) -> None:
    """It waits until the one before it is closed, and wakes it."""
    before = lead_of("before waiting")
    await begin(service, before, jobtitle="before")
    await begin(service, lead, jobtitle="waiting")
    await service.ask(before, DisqualifyLead())
    while (await service.settle(lead)).stage is LeadStage.WAITING:
        await asyncio.sleep(0.05)
    await service.ask(lead, AcceptLead())
    await service.ask(lead, DisqualifyLead())


async def freeing(service: Service, lead: UUID) -> None:
    """Closing it wakes the one after it, which waits."""
    await begin(service, lead, jobtitle="freeing")
    await begin(service, lead_of("after freeing"), jobtitle="after")
    await service.ask(lead, DisqualifyLead())
    await service.handle(lead).result()


async def missed_contact(service: Service, lead: UUID) -> None:
    await begin(service, lead, jobtitle="third")
    await service.ask(lead, AcceptLead())
    for _ in range(2):
        await service.env.sleep(timedelta(hours=2, minutes=1))


async def continue_as_new(service: Service, lead: UUID) -> None:
    await begin(service, lead, jobtitle="urgent")
    for number in range(8):
        await service.ask(lead, AddNote(subject=f"note {number}"))


ON_THE_SERVER: tuple[Story, ...] = (
    intake_to_owner,
    accept_and_qualify,
    decline_and_reroute,
    quarantine_and_correction,
    disqualify_by_rule,
    reactivation,
    merged_into_another,
    merged_with_another,
    *write_stories.ALL,
)
WITH_A_FULL_TEAM: tuple[Story, ...] = (waiting, freeing)
FULL_TEAM = """
rules:
  - id: third
    when: {jobtitle: third}
    then: {assign_to: {team: desk}, contact_within: 2 hours, if_missed: [remind, escalate: managers]}
otherwise: {assign_to: {team: managers}, accept_within: 1 hour, if_nobody: [wait]}
"""


async def record_all() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = open_organisation(Path(folder))
        deps = dependencies(database)
        async with await start_dev_server() as env, serving(env, deps, sandbox=True, task_queue=QUEUE) as service:
            for story in ON_THE_SERVER:
                await record(service, story)
        async with await start_skipping_server() as env, serving(env, deps, task_queue=QUEUE) as service:
            await record(service, sla_ladder)
        full = Dependencies(database, full_team(Path(folder) / "rules"), "DE")
        async with await start_dev_server() as env, serving(env, full, sandbox=True, task_queue=QUEUE) as service:
            for story in WITH_A_FULL_TEAM:
                await record(service, story)
        async with await start_skipping_server() as env, serving(env, full, task_queue=QUEUE) as service:
            await record(service, missed_contact)
        short = await start_dev_server(**{"limit.historyCount.suggestContinueAsNew": 30})
        async with short as env, serving(env, deps, sandbox=True, task_queue=QUEUE) as service:
            await record(service, continue_as_new, first_run=True)
        database.close()


def full_team(folder: Path) -> LiveRules:
    """Rules by which the team of managers, who are one, may have one open lead."""
    team = "managers: {name: Managers, "
    return edited_rules(
        folder, default=lambda _: FULL_TEAM, directory=lambda text: text.replace(team, f"{team}capacity: 1, ")
    )


async def record(service: Service, story: Story, *, first_run: bool = False) -> None:
    """Live the story with one lead, and keep the history of its last run, and of its first one if that is another."""
    name = story.__name__
    if (HISTORIES / f"{name}.json").exists():
        return
    lead = lead_of(name)
    await story(service, lead)
    last = await service.client.get_workflow_handle(run_of(name)).fetch_history()
    write(name, last)
    if first_run:
        started = last.events[0].workflow_execution_started_event_attributes
        assert started.continued_execution_run_id
        first = service.client.get_workflow_handle(last.workflow_id, run_id=started.first_execution_run_id)
        write(name + BEFORE, await first.fetch_history())


def run_of(name: str) -> str:
    """The id of the workflow whose history a file holds: a lead's, but for change sets."""
    return change_set_id(lead_of(name)) if name.startswith(SET) else workflow_id(lead_of(name))


def write(name: str, history: WorkflowHistory) -> None:
    events = without_traces(json.loads(history.to_json()))
    (HISTORIES / f"{name}.json").write_text(json.dumps(events, indent=1) + "\n")
    print(f"{name}: {len(history.events)} events")


def without_traces(value: Any) -> Any:
    """The history without stack traces: they name files of one machine."""
    if isinstance(value, dict):
        return {key: without_traces(part) for key, part in value.items() if key != "stackTrace"}
    return [without_traces(part) for part in value] if isinstance(value, list) else value


if __name__ == "__main__":
    asyncio.run(record_all())
