"""The main job, shown: a few hundred leads come in, are routed by the rules, and some end qualified or disqualified."""

import asyncio
import csv
import itertools
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.progress import Progress
from sqlalchemy import func, select

from crm.entities.opportunity import Opportunity
from crm.identity import workflow_id
from crm.lifecycle import LeadStage
from crm.requests import DisqualifyLead, EditLead, LogCommunication, QualifyLead
from crm.store import records
from crm.store.database import Database
from crm.store.life import finding
from crm.store.reports.sources import source_report
from crm.store.service_tables import lf_assignment, lf_routingdecision
from crm.store.tables import TABLES
from crm.views import Qualification
from leadflow.addresses import run_url
from leadflow.cli.leads_intake import run_import
from leadflow.cli.output import console, print_rows, say
from leadflow.cli.report import START, By, print_source_report
from leadflow.dev.embedded import Service
from leadflow.intake.importing import Reader
from leadflow.intake.mapping import ColumnMapping
from leadflow.intake.reading import FileFormat
from leadflow.settings import Settings
from leadflow.starter import Leads
from leadflow.temporal import connect
from leadflow.worker import running_worker

CLOSED_AT_MOST = 60
SALE_ENDS: dict[str, dict[str, Any]] = {
    "won": {"statecode": 1, "statuscode": 3},
    "lost": {"statecode": 2, "statuscode": 4},
}


async def run_demo(service: Service, settings: Settings, examples: Path) -> None:
    """Import the examples, wait until each lead is routed, work on some, and print where they went and why."""
    client = await connect(settings, service.address)
    leads = Leads(client, settings.task_queue)
    database = service.deps.database
    async with running_worker(client, service.deps, settings):
        say(f"Temporal Web UI: {service.ui_url}")
        # Received now, so that times in the report are those of this run.
        reader = Reader(ColumnMapping({"Received On": ""}), service.deps.choices, {}, quarantine=True)
        rejects = settings.state_dir / "demo.rejects.csv"
        summary = await run_import(leads, examples / "leads.csv", FileFormat.AUTO, reader, rejects)
        say(f"{summary.started} leads are new, {summary.known} were known already")
        await _until_routed(database, summary.started + summary.known)
        _print_destinations(database)
        closed = [await _close(leads, database, outcome) for outcome in _outcomes(examples / "outcomes.csv")]
    words = Counter(filter(None, closed))
    say(", ".join(f"{number} {word}" for word, number in words.items()) or "No lead was left to close")
    _print_end(database, settings)


async def _until_routed(database: Database, expected: int) -> None:
    """Wait until as many leads as were imported have got where the rules send them."""
    lead = TABLES["lead"]
    query = select(func.count()).where(lead.c.lf_stage != LeadStage.RECEIVED)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("routing", total=expected)
        done = 0
        while done < expected:
            await asyncio.sleep(0.2)
            with database.reading() as connection:
                done = connection.execute(query).scalar_one()
            progress.update(bar, completed=done)


def _print_destinations(database: Database) -> None:
    """Where the leads went, and why: one line for each rule and destination."""
    lead, team = TABLES["lead"], TABLES["team"]
    assigned_team = func.coalesce(lf_assignment.c.teamid, lf_assignment.c.ownerid)
    query = (
        select(
            lf_routingdecision.c.file, lead.c.lf_routingrule, lead.c.lf_stage, team.c.name, func.count().label("leads")
        )
        .select_from(lead)
        .outerjoin(lf_routingdecision, lf_routingdecision.c.leadid == lead.c.leadid)
        .outerjoin(lf_assignment, lf_assignment.c.leadid == lead.c.leadid)
        .outerjoin(team, team.c.teamid == assigned_team)
        .where(lf_assignment.c.endedon.is_(None))
        .group_by(lf_routingdecision.c.file, lead.c.lf_routingrule, lead.c.lf_stage, team.c.name)
        .order_by(lf_routingdecision.c.file, func.count().desc())
    )
    with database.reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]
    columns = {"file": "Rule file", "lf_routingrule": "Rule", "lf_stage": "Stage", "name": "Team", "leads": "Leads"}
    print_rows(rows, columns, "text", title="Where the leads went, and why")


def _outcomes(path: Path) -> list[dict[str, str]]:
    """The first of the outcomes that close a lead."""
    with path.open(encoding="utf-8", newline="") as file:
        closing = (row for row in csv.DictReader(file) if row["outcome"] in ("qualified", "disqualified"))
        return list(itertools.islice(closing, CLOSED_AT_MOST))


async def _close(leads: Leads, database: Database, outcome: Mapping[str, str]) -> str | None:
    """Work on one lead as its owner would, to the end that the example data give it. None where it is over already."""
    with database.reading() as connection:
        lead = finding.find_lead(connection, outcome["externalid"])
    if lead.lf_stage not in (LeadStage.ASSIGNED, LeadStage.ACCEPTED):
        return None
    await leads.ask(lead.leadid, LogCommunication(kind="phonecall", subject="First call"))
    if outcome["outcome"] == "disqualified":
        await leads.ask(lead.leadid, DisqualifyLead(status=outcome["reason"]))
        return "disqualified"
    await leads.ask(lead.leadid, EditLead(changes={"estimatedamount": outcome["amount"]}))
    answer = await leads.ask(lead.leadid, QualifyLead())
    if isinstance(answer, Qualification):
        _end_sale(database, answer, outcome)
    return "qualified"


def _end_sale(database: Database, answer: Qualification, outcome: Mapping[str, str]) -> None:
    """What happens to the opportunity later, in the CRM: won, lost, or open still."""
    end = SALE_ENDS.get(outcome["close"])
    sales = [record.id for record in answer.created if record.logicalname == Opportunity.logical_name]
    if end is None or not sales:
        return
    amount = {"actualvalue": Decimal(outcome["amount"])} if outcome["close"] == "won" else {}
    with database.transaction() as connection:
        records.update(connection, Opportunity, sales[0], {**end, **amount}, now=datetime.now(UTC))


def _print_end(database: Database, settings: Settings) -> None:
    with database.reading() as connection:
        rows = source_report(connection, start=START, end=datetime.now(UTC) + timedelta(days=1), by="source")
        qualified = finding.list_leads(connection, {"stage": LeadStage.QUALIFIED}, 1)
    print_source_report(rows, By.SOURCE)
    for lead in qualified:
        say(f"A lead's story: leadflow leads show {lead.leadid}")
        say(f"and its run:    {run_url(settings, workflow_id(lead.leadid))} (while 'leadflow up' runs)")
