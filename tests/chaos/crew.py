"""Worker processes that take steps of leads, are killed at random moments, and are started again until all is done.

They call the activities themselves, without Temporal: thousands of steps in seconds. Processes work in pairs: two take
the same steps of the same leads in the same order, as tries do that have timed out and go on all the same.
"""

import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, select
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.assignment import Assignments
from activities.deps import Dependencies
from activities.intake import Intake
from activities.qualification import Qualifications
from activities.routing import Routings
from activities.steps import LeadStep
from crm.entities import SystemUser
from crm.requests import AcceptLead, DeclineLead, DisqualifyLead, LeadSubmission, Request, RerouteLead
from crm.store import records
from crm.store.database import Database, open_database
from crm.store.organisation import apply_directory, record_id
from crm.store.service_tables import lf_journal
from crm.store.upgrade import upgrade
from rules.engine.live import LiveRules
from tests.chaos.invariants import Away, Expected, Records, violations

RULES = Path(__file__).parent / "rulebook"
NAMESPACE = UUID("22222222-2222-5222-8222-222222222222")
WORKERS = 4
LEAVER = record_id("systemuser", "m2")
LEAVES_AT, COMES_BACK_AT = 0.3, 0.6
RETRY_SECONDS, LOOK_SECONDS = 0.05, 0.01
# As the directory has them: the members of teams of whom nobody is ever skipped, and who is soon full.
TEAMS = ("even", "heavy", "moving", "small")
WEIGHTS = {"even": {"e1": 1, "e2": 1, "e3": 1}, "heavy": {"h1": 5, "h2": 3, "h3": 1, "h4": 1}}
CAPACITY = {"s1": 5, "s2": 3}


@dataclass(frozen=True, slots=True)
class Lead:
    """One lead of the plan, and what its team does with it."""

    number: int
    team: str

    @property
    def leadid(self) -> UUID:
        return uuid5(NAMESPACE, str(self.number))

    @property
    def submission(self) -> LeadSubmission:
        person = {"lastname": f"Person{self.number}", "jobtitle": self.team}
        return LeadSubmission(source="chaos", external_id=str(self.number), leadid=self.leadid, lead=person)

    @property
    def story(self) -> Sequence[tuple[str, Request]]:
        """Its steps after intake: the method that takes it, and the request."""
        match self.team:
            case "moving" if self.number % 3 == 0:
                return ("decline_lead", DeclineLead(reason="no")), ("route_lead", RerouteLead(reason="declined: no"))
            case "small" if self.number % 2 == 0:
                return (("disqualify_lead", DisqualifyLead(status="No Longer Interested")),)
            case "even":
                return (("accept_lead", AcceptLead()),)
            case _:
                return ()


def plan(leads: int) -> list[Lead]:
    """So many leads, to each team in turn."""
    return [Lead(number, TEAMS[number % len(TEAMS)]) for number in range(leads)]


def work(url: str, leads: Sequence[Lead]) -> None:
    """One process: every step of these leads, each tried until it is done."""
    database = open_database(url)
    deps = Dependencies(database, LiveRules(RULES), "DE")
    hands = (Intake(deps), Routings(deps), Assignments(deps), Qualifications(deps))
    methods = {name: getattr(hand, name) for hand in hands for name in dir(hand) if name.endswith("_lead")}
    for lead in leads:
        _take(methods["register_lead"], lead, "intake", lead.submission)
        for number, (method, request) in enumerate(lead.story):
            _take(methods[method], lead, f"{number}/{method}", request)
    database.close()


def _take(activity: Callable[[LeadStep[Any]], object], lead: Lead, key: str, request: Request) -> None:
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


def prepared(url: str) -> Database:
    """The database at `url`, with its schema and the organisation."""
    database = open_database(url)
    upgrade(database)
    with database.transaction() as connection:
        apply_directory(connection, LiveRules(RULES).current().directory, now=datetime.now(UTC))
    return database


class Crew:
    """WORKERS processes on one database, and the parent that kills and starts them."""

    def __init__(self, database: Database, leads: Sequence[Lead], chance: Random) -> None:
        self._database, self._leads, self._chance = database, leads, chance
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])

    def run(self, kills: int, within: timedelta) -> list[str]:
        """Work until everything is done, with so many kills. What is wrong then. Fails after `within`."""
        workers = [self._start(number) for number in range(WORKERS)]
        try:
            return self._see_through(workers, kills, time.monotonic() + within.total_seconds())
        finally:
            for worker in workers:
                worker.kill()

    def _see_through(self, workers: list[Any], kills: int, deadline: float) -> list[str]:
        moments = sorted(self._chance.uniform(0.02, 0.95) for _ in range(kills))
        away: list[Away] = []
        left: datetime | None = None
        while any(worker.is_alive() for worker in workers):
            assert time.monotonic() < deadline, "the workers are not done in time"
            progress = self._progress()
            if moments and progress >= moments[0]:
                moments.pop(0)
                number = self._chance.randrange(WORKERS)
                workers[number].kill()
                workers[number].join()
                workers[number] = self._start(number)
            if left is None and progress >= LEAVES_AT and not away:
                left = self._change(active=False)
            if left is not None and progress >= COMES_BACK_AT:
                away.append(Away(LEAVER, left, datetime.now(UTC)))
                self._change(active=True)
                left = None
            time.sleep(LOOK_SECONDS)
        assert [worker.exitcode for worker in workers] == [0] * WORKERS
        assert not moments and away, "the run was over before everything had happened"
        return violations(Records.of(self._database), self._expected(away))

    def _start(self, number: int) -> Any:
        pair = self._leads[number // 2 :: WORKERS // 2]
        worker = self._context.Process(target=work, args=(self._database.url, pair), daemon=True)
        worker.start()
        return worker

    def _progress(self) -> float:
        """The part of the leads that are taken in, 0 to 1."""
        with self._database.reading() as connection:
            query = select(func.count()).where(lf_journal.c.kind == "intake")
            return connection.execute(query).scalar_one() / len(self._leads)

    def _change(self, *, active: bool) -> datetime:
        """Make the leaver active or not; when that was so for sure."""
        with self._database.transaction() as connection:
            records.update(connection, SystemUser, LEAVER, {"isdisabled": not active}, now=datetime.now(UTC))
        return datetime.now(UTC)

    def _expected(self, away: Sequence[Away]) -> Expected:
        def ids(members: Mapping[str, int]) -> dict[UUID, int]:
            return {record_id("systemuser", key): number for key, number in members.items()}

        weights = {record_id("team", team): ids(members) for team, members in WEIGHTS.items()}
        return Expected({lead.leadid for lead in self._leads}, weights, ids(CAPACITY), away)
