"""Worker processes that take steps of leads, are killed at random moments, and are started again until all is done.

They call the activities themselves, without Temporal: thousands of steps in seconds. Processes work in pairs: two take
the same steps of the same leads in the same order, as tries do that have timed out and go on all the same.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.assignment import Assignments
from activities.deps import Dependencies
from activities.intake import Intake
from activities.qualification import Qualifications
from activities.routing import Routings
from activities.steps import LeadStep
from crm.requests import AcceptLead, DeclineLead, DisqualifyLead, Request, RerouteLead
from crm.store.database import Database, open_database
from crm.store.upgrade import upgrade
from leadflow.organisation import apply_organisation
from rules.engine.live import LiveRules
from tests.chaos.plan import RULES, WORKERS, Course, Lead

RETRY_SECONDS, LOOK_SECONDS = 0.05, 0.05
Activity = Callable[[LeadStep[Any]], object]


def prepared(url: str) -> Database:
    """The database at `url`, with its schema and the organisation."""
    database = open_database(url)
    upgrade(database)
    apply_organisation(database, LiveRules(RULES).current())
    return database


def run(database: Database, leads: Sequence[Lead], kills: int, chance: Random, within: timedelta) -> list[str]:
    """Let a crew work until everything is done, with so many kills. What is wrong then. Fails after `within`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    course, deadline = Course(database, leads, kills, chance), time.monotonic() + within.total_seconds()

    def start(number: int) -> Any:
        worker = context.Process(target=work, args=(database.url, leads[number // 2 :: WORKERS // 2]), daemon=True)
        worker.start()
        return worker

    workers = [start(number) for number in range(WORKERS)]
    try:
        while any(worker.is_alive() for worker in workers):
            assert time.monotonic() < deadline, f"not done within {within}"
            for _ in range(course.kills_due()):
                number = chance.randrange(WORKERS)
                workers[number].kill()
                workers[number].join()
                workers[number] = start(number)
            time.sleep(LOOK_SECONDS)
    finally:
        for worker in workers:
            worker.kill()
    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    return course.problems()


def work(url: str, leads: Sequence[Lead]) -> None:
    """One process: every step of these leads, each tried until it is done."""
    database = open_database(url)
    deps = Dependencies(database, LiveRules(RULES), "DE")
    for lead in leads:
        for number, (activity, request) in enumerate(_story(lead, deps)):
            _take(activity, lead, f"step {number}", request)
    database.close()


def _story(lead: Lead, deps: Dependencies) -> Iterator[tuple[Activity, Request]]:
    """The steps of a lead as its run would take them."""
    yield Intake(deps).register_lead, lead.submission
    match lead.asked:
        case AcceptLead() as asked:
            yield Assignments(deps).accept_lead, asked
        case DisqualifyLead() as asked:
            yield Qualifications(deps).disqualify_lead, asked
        case DeclineLead() as asked:
            yield Assignments(deps).decline_lead, asked
            yield Routings(deps).route_lead, RerouteLead(reason="declined: no")


def _take(activity: Activity, lead: Lead, key: str, request: Request) -> None:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, workflow_id=f"lead-{lead.leadid}")
    while True:
        step = LeadStep[Any](leadid=lead.leadid, step=key, on=datetime.now(UTC), request=request)
        try:
            environment.run(activity, step)
            return
        except ApplicationError as error:
            if error.non_retryable:
                raise
            time.sleep(RETRY_SECONDS)
