"""Activities run as a worker runs them, on a database that has the small organisation."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

import pytest
from sqlalchemy import Connection, RowMapping, Table, select
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.assignment import Assignments
from activities.communication import Communications
from activities.deps import Dependencies
from activities.intake import Intake
from activities.ladder import Ladder
from activities.merging import Merging
from activities.qualification import Qualifications
from activities.routing import Routings
from activities.steps import LeadStep
from crm.entities.lead import Lead
from crm.requests import LeadSubmission, MergeLead, Request, RerouteLead
from crm.store import records
from crm.store.database import Database
from crm.store.life import journal
from crm.store.life.journal import Entry
from crm.store.people.organisation import apply_directory
from crm.store.service_tables import METADATA
from crm.views import LeadView, Routing
from rules.engine.live import LiveRules
from tests.filling import fill
from tests.rulebook import edited_rules, small_rules

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEAD = UUID("11111111-1111-5111-8111-111111111111")

Result = TypeVar("Result")
Step = Callable[[LeadStep[Any]], Result]
OtherDesk = Callable[[str], "Desk"]


class Desk:
    """Every activity on one database. Steps get numbers as keys, and are a minute apart, unless the test says."""

    def __init__(self, deps: Dependencies) -> None:
        self.deps = deps
        self.database: Database = deps.database
        self.intake = Intake(deps)
        self.routing = Routings(deps)
        self.assignment = Assignments(deps)
        self.ladder = Ladder(deps)
        self.merging = Merging(deps)
        self.communication = Communications(deps)
        self.qualification = Qualifications(deps)
        self.steps = 0

    def take(
        self,
        activity: Step[Result],
        request: Request,
        *,
        lead: UUID = LEAD,
        step: str | None = None,
        on: datetime | None = None,
        workflow: str | None = None,
    ) -> Result:
        """Run one activity as part of the lead's workflow."""
        self.steps += 1
        key, moment = step or str(self.steps), on or NOW + timedelta(minutes=self.steps)
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, workflow_id=workflow or f"lead-{lead}")
        return environment.run(activity, LeadStep[Any](leadid=lead, step=key, on=moment, request=request))

    def register(self, lead: UUID = LEAD, /, *, on: datetime | None = None, **attributes: Any) -> Routing:
        """A new lead with these raw attributes; nobody's duplicate unless they say so."""
        given = LeadSubmission(lead={"lastname": "Lind", **attributes}, source="web")
        return self.take(self.intake.register_lead, given, lead=lead, step="intake", on=on)

    def given(self, lead: UUID = LEAD, /, **attributes: Any) -> LeadView:
        """A lead that is registered and routed, or in quarantine."""
        return self.register(lead, **attributes).lead

    def route(self, lead: UUID = LEAD, **more: Any) -> Routing:
        return self.take(self.routing.route_lead, RerouteLead(), lead=lead, **more)

    # What is in the database

    def lead(self, lead: UUID = LEAD) -> Lead:
        with self.database.reading() as connection:
            found = records.fetch(connection, Lead, lead)
        assert found is not None
        return found

    def rows(self, table: Table) -> list[RowMapping]:
        """Every row; the oldest first where the table says when. PostgreSQL keeps no order of its own."""
        when = [table.c[name] for name in ("assignedon", "createdon") if name in table.c]
        with self.database.reading() as connection:
            return list(connection.execute(select(table).order_by(*when)).mappings())

    def timeline(self, lead: UUID = LEAD) -> list[Entry]:
        with self.database.reading() as connection:
            return list(journal.timeline(connection, lead))

    def contents(self) -> Mapping[str, list[str]]:
        """Everything, row by row, to compare."""
        with self.database.reading() as connection:
            rows = {name: connection.exec_driver_sql(f"SELECT * FROM {name}").all() for name in METADATA.tables}
        return {name: sorted(map(str, found)) for name, found in rows.items()}

    def sizes(self) -> Mapping[str, int]:
        """How many rows each table has that grows by lead, and how many turns were taken, whoever had them."""
        asked = {name: f"SELECT count(*) FROM {name}" for name in METADATA.tables.keys() - {"lf_ruleset"}}
        asked["turns"] = "SELECT sum(turns) FROM lf_pool"
        with self.database.reading() as connection:
            return {name: int(connection.exec_driver_sql(query).scalar_one()) for name, query in asked.items()}


def organisation(connection: Connection) -> None:
    """The records of the small organisation."""
    apply_directory(connection, small_rules().current().directory, now=NOW)


@pytest.fixture
def desk(database: Database) -> Desk:
    with database.transaction() as connection:
        fill(connection, organisation)
    return Desk(Dependencies(database, small_rules(), "DE"))


@pytest.fixture(scope="session")
def rules_saying(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LiveRules]:
    """The small rules with `duplicates: ...`, which say nothing else of duplicates; loaded once."""
    loaded: dict[str, LiveRules] = {}

    def rules(policy: str) -> LiveRules:
        def edit(text: str) -> str:
            return f"duplicates: {policy}\n" + text.replace("is_duplicate: yes", "jobtitle: known")

        if policy not in loaded:
            loaded[policy] = edited_rules(tmp_path_factory.mktemp("policy") / "rules", default=edit)
        return loaded[policy]

    return rules


@pytest.fixture
def desk_saying(desk: Desk, rules_saying: Callable[[str], LiveRules]) -> OtherDesk:
    return lambda policy: Desk(replace(desk.deps, rules=rules_saying(policy)))


def take_over(desk: Desk, master: UUID, other: UUID = LEAD) -> LeadView:
    return desk.take(desk.merging.take_over, MergeLead(leadid=other, answer_to="x"), lead=master)


def merged(desk: Desk, master: UUID, other: UUID = LEAD) -> LeadView:
    take_over(desk, master, other)
    return desk.take(desk.merging.end_merge, Request(), lead=other).lead


def lead_number(number: int) -> UUID:
    """A lead's id, one for each number."""
    return uuid5(LEAD, str(number))


def refused(
    call: Callable[[], object], type: str, *, code: str | None = None, says: str | None = None
) -> ApplicationError:
    """What the activity refuses: the error's class, code and words; never to be retried."""
    with pytest.raises(ApplicationError, match=says) as raised:
        call()
    error = raised.value
    assert (error.type, error.non_retryable, error.category) == (type, True, ApplicationErrorCategory.BENIGN)
    if code:
        assert list(error.details) == [code]
    return error


def at_once(*calls: Callable[[], Result]) -> list[Result]:
    """Run the calls in threads that start together; what they returned. Raises what a call raised."""
    barrier, results, raised = threading.Barrier(len(calls)), list[Result](), list[BaseException]()

    def run(call: Callable[[], Result]) -> None:
        barrier.wait()
        try:
            results.append(call())
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return results
