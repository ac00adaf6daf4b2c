"""leadflow leads list | show: what there is, and the story of one lead."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from crm.entities.lead import Lead
from crm.lifecycle import LeadStage, LeadState
from crm.store.life import duplicates, finding, journal, leads
from crm.store.life.duplicates import MergedLead
from crm.store.life.journal import Entry
from crm.store.rules import decisions
from crm.views import LeadView
from leadflow.addresses import run_url
from leadflow.cli import session
from leadflow.cli.output import (
    Format,
    FormatOption,
    ListFormat,
    ListFormatOption,
    cell,
    console,
    print_json,
    print_rows,
    say,
    shown,
)

LeadArgument = Annotated[str, typer.Argument(metavar="LEAD", help="A lead's id, its first digits, or its external id.")]
SHORT_ID = 8
COLUMNS = {
    "leadid": "Lead",
    "name": "Name",
    "company": "Company",
    "stage": "Stage",
    "owner": "Owner",
    "rule": "Rule",
    "business_unit": "Unit",
    "channel_partner": "Partner",
    "source": "Source",
    "createdon": "Created (UTC)",
}


def list_leads(
    state: Annotated[str | None, typer.Option(help="open, qualified or disqualified.")] = None,
    stage: Annotated[LeadStage | None, typer.Option(help="Where its workflow stands.")] = None,
    owner: Annotated[str | None, typer.Option(help="Key of a user or team.")] = None,
    unit: Annotated[str | None, typer.Option(help="Key of a business unit.")] = None,
    partner: Annotated[str | None, typer.Option(help="Key of a channel partner.")] = None,
    source: Annotated[str | None, typer.Option(help="The feed.")] = None,
    rule: Annotated[str | None, typer.Option(help="Id of the rule that routed it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 50,
    format: ListFormatOption = ListFormat.TEXT,
) -> None:
    """List leads, newest first."""
    given = {"stage": stage, "owner": owner, "unit": unit, "partner": partner, "source": source, "rule": rule}
    filters: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if state:
        filters["state"] = _state(state)
    with session.store() as database, database.reading() as connection:
        found = finding.list_leads(connection, filters, limit)
    if not found and format is ListFormat.TEXT:
        say("No leads.")
        return
    rows = [asdict(lead) for lead in found]
    if format is ListFormat.TEXT:  # the first digits are enough to name a lead
        rows = [row | {"leadid": str(row["leadid"])[:SHORT_ID]} for row in rows]
    print_rows(rows, COLUMNS, format)


def show(lead: LeadArgument, format: FormatOption = Format.TEXT) -> None:
    """Tell the story of one lead: where it is, who owns it, why, by when, and what happened."""
    with session.store() as database, database.reading() as connection:
        found = finding.find_lead(connection, lead)
        view = leads.view(connection, found.leadid, now=datetime.now(UTC))
        status = finding.status_label(connection, view.statuscode)
        decision = decisions.newest(connection, found.leadid)
        events = journal.timeline(connection, found.leadid)
        merged = duplicates.merged_into(connection, found.leadid)
    url = run_url(session.settings(), view.workflow_id or "")
    if format is Format.JSON:
        attributes = found.model_dump(mode="json", exclude_none=True)
        standing = {**view.model_dump(), "statuslabel": status}
        story = {"status": standing, "attributes": attributes, "decision": decision, "merged": merged}
        print_json({**story, "timeline": events, "run": url})
        return
    _print_head(found, view, status, merged)
    _print_why(found, decision, events)
    _print_timeline(events)
    if url:
        say(f"Run: {url}")


def _state(name: str) -> int:
    try:
        return LeadState[name.upper()]
    except KeyError:
        raise typer.BadParameter("choose open, qualified or disqualified", param_hint="--state") from None


def _print_head(lead: Lead, view: LeadView, status: str, merged: Sequence[MergedLead]) -> None:
    title = " · ".join(filter(None, (lead.fullname, lead.companyname, lead.subject)))
    say(title or "Lead without a name", "bold")
    say(str(lead.leadid))
    owner = f"{view.owner.name} ({view.owner.key})" if view.owner else "nobody"
    facts = {
        "Stage": f"{view.stage} ({LeadState(view.statecode).name.lower()}), {status}",
        "Owner": owner + (f", queue {view.queue}" if view.queue else ""),
        "Priority": view.priority,
        "Waits until": _utc(view.wait_until),
        "Offered to": view.offered_to,
        "Accept by": _utc(view.accept_by),
        "Contact by": _utc(view.contact_by),
        "Registered": view.registered_until and f"until {_utc(view.registered_until)}",
        "Conflict": view.conflict and f"the company is registered for partner {view.conflict}",
        "Time limits missed": view.breaches or None,
        "Times routed again": view.reroutes or None,
        "First response": _utc(view.first_response_on),
        "Closed": view.closed_on and f"{_utc(view.closed_on)} {lead.lf_closereason or ''}",
        "Unit, partner": " / ".join(filter(None, (view.business_unit, view.channel_partner))),
        "Source": " ".join(filter(None, (view.source, view.external_id))),
        "Duplicates": view.duplicates or None,
        "Merged into": view.master,
        "Merged": ", ".join(f"{str(one.leadid)[:SHORT_ID]} from {one.origin}" for one in merged),
        "Account": lead.parentaccountid,
        "Contact": lead.parentcontactid,
        "Opportunity": lead.qualifyingopportunityid,
    }
    grid = Table.grid(padding=(0, 2))
    for label, value in facts.items():
        if value:
            grid.add_row(label, cell(value))
    console.print(grid)
    for problem in view.problems:
        say(f"Problem: {problem}", "red")


def _utc(moment: datetime | None) -> str | None:
    return f"{shown(moment)} UTC" if moment else None


def _print_why(lead: Lead, decision: dict[str, Any] | None, events: Sequence[Entry]) -> None:
    given = [event for event in events if event.kind in ("route", "assign")]
    if given:
        say(f"Why: {given[-1].summary}", "bold")
    if decision:
        say(f"  rule {decision['rule']}, {decision['file']}:{decision['line']}, rules {decision['digest'][:12]}")
        say(f"  every rule and condition: leadflow rules explain {str(lead.leadid)[:SHORT_ID]}")


def _print_timeline(events: Sequence[Entry]) -> None:
    table = Table("When (UTC)", "What", "Who", title="Timeline", title_justify="left", box=box.SIMPLE_HEAD)
    for event in events:
        table.add_row(f"{event.on:%Y-%m-%d %H:%M:%S}", cell(event.summary), cell(event.actor))
    console.print(table)
