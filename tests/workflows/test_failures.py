"""When a part fails, the lead waits and loses nothing: a database that is down, a directory that is wrong."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import Connection
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import CancelledError
from temporalio.testing import WorkflowEnvironment

from crm.entities.organisation import Queue
from crm.errors import Unavailable
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, DeclineLead, LogCommunication, RerouteLead
from crm.store import records
from crm.store.database import Database
from crm.store.life import journal
from crm.store.people.organisation import record_id
from tests.workflows.conftest import Service, dependencies, new_lead, open_organisation, serving
from workflows.lead_lifecycle import LeadLifecycle

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Outage(Database):
    """A database that does not answer while `down` says so."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)
        self.down = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        if self.down:
            raise Unavailable("The database does not answer now.")
        with super().transaction() as connection:
            yield connection


@pytest_asyncio.fixture(loop_scope="session")
async def troubled(dev_server: WorkflowEnvironment, tmp_path: Path) -> AsyncIterator[Service]:
    async with serving(dev_server, dependencies(Outage(open_organisation(tmp_path)))) as running:
        yield running


def set_down(service: Service, down: bool) -> None:
    assert isinstance(service.deps.database, Outage)
    service.deps.database.down = down


def set_queue_team(service: Service, team: str | None) -> None:
    with service.deps.database.transaction() as connection:
        owner = {"ownerid": record_id("team", team), "owneridtype": "team"} if team else {"ownerid": None}
        records.update(connection, Queue, record_id("queue", "inbox"), owner, now=datetime.now(UTC))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what must come; the test's time limit says how long."""
    while not await condition():
        await asyncio.sleep(0.05)


async def test_a_lead_that_comes_while_the_database_is_down_gets_its_owner_afterwards(troubled: Service) -> None:
    set_down(troubled, True)
    await troubled.leads.enqueue(new_lead(leadid := uuid4()))
    handle = troubled.handle(leadid)

    async def shows_the_failure() -> bool:
        pending = (await handle.describe()).raw_description.pending_activities
        return any("does not answer" in activity.last_failure.message for activity in pending)

    await until(shows_the_failure)  # as a pending activity of the run, for whoever looks at it in the Web UI
    set_down(troubled, False)
    lead = await troubled.settle(leadid)
    assert (lead.stage, lead.owner is None) == (LeadStage.ASSIGNED, False)
    assert await troubled.story(leadid) == ["Received", "Assigned"]


async def test_what_is_asked_while_the_database_is_down_is_done_afterwards(troubled: Service) -> None:
    lead = await troubled.submit(jobtitle="urgent")
    set_down(troubled, True)
    asked = asyncio.ensure_future(
        troubled.ask(lead.leadid, LogCommunication(kind="email", subject="Hello"), "request-1")
    )

    async def is_retried() -> bool:
        return bool((await troubled.handle(lead.leadid).describe()).raw_description.pending_activities)

    await until(is_retried)
    set_down(troubled, False)
    assert (await asked).statuscode == 2
    assert await troubled.story(lead.leadid) == ["Received", "Assigned", "Made"]
    # The lead's rule calls it hot, so its step went before those of others that waited for the database.
    history = await troubled.handle(lead.leadid).fetch_history()
    scheduled = [event.activity_task_scheduled_event_attributes for event in history.events]
    assert [task.priority.priority_key for task in scheduled if task.activity_id] == [1]


async def test_a_step_whose_answer_was_lost_is_not_done_twice(
    troubled: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction is committed, and then the connection breaks: the second try finds what the first one did."""
    lead = await troubled.submit()
    database = troubled.deps.database
    whole, lost = database.transaction, list[str]()

    @contextmanager
    def breaks_after_commit() -> Iterator[Connection]:
        with whole() as connection:
            yield connection
        if not lost:
            lost.append("the answer")
            raise Unavailable("The connection broke.")

    monkeypatch.setattr(database, "transaction", breaks_after_commit)
    logged = await troubled.ask(lead.leadid, LogCommunication(kind="email", subject="Hello"))
    assert (lost, logged.event) == (["the answer"], "Made email: Hello (first response)")
    with database.reading() as connection:
        assert [entry.kind for entry in journal.timeline(connection, lead.leadid)] == ["intake", "route", "log"]


async def test_a_defect_stops_the_run_and_loses_nothing(troubled: Service) -> None:
    """The rule names a queue that nobody works on. The runs wait for a mended directory instead of failing."""
    declined = await troubled.submit(jobtitle="for the inbox")
    set_queue_team(troubled, None)
    await troubled.leads.enqueue(new_lead(leadid := uuid4(), jobtitle="for the inbox"))
    again = asyncio.ensure_future(troubled.ask(declined.leadid, DeclineLead(reason="no time"), "request-1"))
    handles = [troubled.handle(leadid), troubled.handle(declined.leadid)]

    async def say_why() -> bool:
        histories = [await handle.fetch_history() for handle in handles]
        said = [str([event.workflow_task_failed_event_attributes for event in history.events]) for history in histories]
        return all("queue 'inbox' has no team" in text for text in (text.replace("\\", "") for text in said))

    await until(say_why)
    assert [(await handle.describe()).status for handle in handles] == [WorkflowExecutionStatus.RUNNING] * 2
    set_queue_team(troubled, "desk")  # the server tries the tasks again after some seconds
    lead = await troubled.settle(leadid)
    assert (lead.queue, lead.stage) == ("inbox", LeadStage.ASSIGNED)
    assert ((await again).queue, await troubled.story(leadid)) == ("inbox", ["Received", "Assigned"])
    assert await troubled.story(declined.leadid) == ["Received", "Assigned", "Declined", "Assigned"]


async def test_a_person_is_told_when_the_directory_is_wrong(troubled: Service) -> None:
    lead = await troubled.submit(jobtitle="for the inbox")
    set_queue_team(troubled, None)
    error = await troubled.refused(lead.leadid, RerouteLead())
    assert (error.type, "queue 'inbox' has no team" in error.message) == ("Misconfigured", True)
    assert (await troubled.ask(lead.leadid, AcceptLead(user="ben"))).stage is LeadStage.ACCEPTED


@pytest.mark.parametrize("down", [False, True])
async def test_a_cancelled_run_ends_also_while_a_step_is_retried(troubled: Service, down: bool) -> None:
    lead = await troubled.submit()
    handle = troubled.handle(lead.leadid)
    if down:
        set_down(troubled, True)
        await handle.signal(LeadLifecycle.contact_replied, LogCommunication(kind="email", subject="Hello"))

        async def is_retried() -> bool:
            return bool((await handle.describe()).raw_description.pending_activities)

        await until(is_retried)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError) as ended:
        await handle.result()
    assert isinstance(ended.value.cause, CancelledError)
