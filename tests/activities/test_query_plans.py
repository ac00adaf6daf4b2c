"""No step of a lead's life reads a whole table that grows with the leads, as SQLite plans its queries."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from crm.requests import (
    AcceptLead,
    AssignLead,
    DisqualifyLead,
    EditLead,
    LogCommunication,
    MergeInto,
    QualifyLead,
    ReactivateLead,
)
from crm.store.database import Database
from crm.store.distribution.earlier_owners import earlier_owners
from tests.activities.conftest import lead_number, merged
from tests.activities.partners import open_desk
from tests.rulebook import small_rules

GROWING = {
    "lead", "account", "contact", "opportunity", "contactleads", "accountleads", "duplicaterecord", "annotation",
    "phonecall", "lf_assignment", "lf_journal", "lf_matchkey", "lf_offer", "lf_outbox", "lf_quarantine",
    "lf_registration", "lf_routingdecision",
}  # fmt: skip
PERSON = {"firstname": "Ada", "companyname": "Firm GmbH", "emailaddress1": "ada@firm.example", "telephone1": "+4930123"}


@pytest.fixture
def plans(sqlite_database: Database) -> Iterator[dict[str, list[str]]]:
    """What SQLite is going to do, by statement."""
    found: dict[str, list[str]] = {}

    def look(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if statement not in found and not many and statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            explained = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found[statement] = [str(row[3]) for row in explained.fetchall()]

    event.listen(Engine, "after_cursor_execute", look)
    yield found
    event.remove(Engine, "after_cursor_execute", look)


def test_no_step_reads_a_whole_table(sqlite_database: Database, plans: dict[str, list[str]]) -> None:
    desk = open_desk(sqlite_database, small_rules())
    plans.clear()
    desk.given(**PERSON)
    desk.take(desk.assignment.assign_lead, AssignLead(user="anna"))
    desk.take(desk.assignment.accept_lead, AcceptLead())
    desk.take(desk.communication.log_communication, LogCommunication(kind="phonecall", subject="Hello"))
    desk.take(desk.intake.edit_lead, EditLead(changes={"companyname": "Other GmbH"}))
    desk.route()
    desk.take(desk.qualification.qualify_lead, QualifyLead())
    desk.take(desk.qualification.reactivate_lead, ReactivateLead())
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    desk.given(lead_number(1), **PERSON)
    desk.given(lead_number(2), revenue="much")
    desk.given(lead_number(3))
    desk.given(lead_number(4), firstname="Eve")
    desk.take(desk.merging.begin_merge, MergeInto(master=lead_number(4)), lead=lead_number(3))
    merged(desk, lead_number(4), lead_number(3))
    with sqlite_database.reading() as connection:
        earlier_owners(connection, desk.lead())
    assert len(plans) > 30
    assert {statement: whole for statement, plan in plans.items() if (whole := scanned(plan) & GROWING)} == {}


def scanned(plan: list[str]) -> set[str]:
    """The tables that are read whole, or by the state alone, which most of their rows have."""
    whole = (re.match(r"SCAN (\w+)|SEARCH (\w+) .*\(statecode=\?\)", step) for step in plan)
    return {found[1] or found[2] for found in whole if found}


def test_a_whole_table_would_be_found(sqlite_database: Database, plans: dict[str, list[str]]) -> None:
    with sqlite_database.reading() as connection:
        connection.exec_driver_sql("SELECT leadid FROM lead WHERE description = 'x'")
    assert [scanned(plan) for plan in plans.values()] == [{"lead"}]
