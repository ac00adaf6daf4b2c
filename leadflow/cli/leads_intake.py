"""leadflow leads submit | import: how leads come in from the command line."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crm.errors import InvalidInput
from crm.lifecycle import LeadStage
from crm.requests import LeadSubmission, Urgency
from leadflow.addresses import run_url
from leadflow.cli import session
from leadflow.cli.asking import with_leads
from leadflow.cli.output import Format, FormatOption, attribute_pair, print_json, say
from leadflow.intake.importing import ImportSummary, Reader, explain, import_leads
from leadflow.intake.mapping import ColumnMapping, parse_pairs, read_mapping_file
from leadflow.intake.reading import FileFormat, read_rows
from leadflow.intake.rejects import RejectFile
from leadflow.starter import Leads
from rules.engine.rules_engine import RulesEngine

SourceOption = Annotated[str, typer.Option(help="The feed that the leads come from.")]
UnitOption = Annotated[str | None, typer.Option("--business-unit", help="Key of the business unit they are for.")]
PartnerOption = Annotated[str | None, typer.Option("--channel-partner", help="Key of the partner they came by.")]
CampaignOption = Annotated[str | None, typer.Option(help="Key of the campaign that brought them.")]
UrgencyOption = Annotated[Urgency | None, typer.Option(help="How soon a worker takes them up, beside others.")]


def submit(
    attributes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ATTRIBUTE=VALUE]...", help="Such as lastname=Weber emailaddress1=..."),
    ] = None,
    file: Annotated[Path | None, typer.Option(help="A JSON file with one submission, or - for stdin.")] = None,
    source: SourceOption = "direct",
    external_id: Annotated[
        str | None, typer.Option(help="The record's id in its source; makes a resend harmless.")
    ] = None,
    business_unit: UnitOption = None,
    channel_partner: PartnerOption = None,
    campaign: CampaignOption = None,
    urgency: UrgencyOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Submit one lead, and print where it went and why."""
    given: dict[str, Any] = {"source": source, "external_id": external_id, "business_unit": business_unit}
    given |= {"channel_partner": channel_partner, "campaign": campaign, "urgency": urgency}
    values = {name: value for name, value in given.items() if value is not None}
    if file:
        values |= _read_json(file)
    values["lead"] = {**values.get("lead", {}), **dict(map(attribute_pair, attributes or []))}
    try:
        submission = LeadSubmission.model_validate(values)
    except ValidationError as error:
        raise InvalidInput(explain(error)) from None
    view = with_leads(lambda leads: leads.submit(submission))
    if format is Format.JSON:
        print_json(view)
        return
    say(f"Lead {view.leadid} is {view.stage}.")
    say(view.event)
    if view.stage is LeadStage.QUARANTINED:
        say(f"Correct it: leadflow leads edit {view.leadid} ATTRIBUTE=VALUE... (ATTRIBUTE= takes one away)")
    url = run_url(session.settings(), view.workflow_id or "")
    if url:
        say(f"Run: {url}")


def import_file(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON Lines or JSON; - reads stdin.")],
    source: SourceOption = "import",
    business_unit: UnitOption = None,
    channel_partner: PartnerOption = None,
    campaign: CampaignOption = None,
    urgency: UrgencyOption = "bulk",
    columns: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=ATTRIBUTE", help="Map a column; repeat as needed.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="A YAML or JSON file of Column: attribute lines.")] = None,
    input_format: Annotated[FileFormat, typer.Option(help="The file's format.")] = FileFormat.AUTO,
    rejects: Annotated[Path | None, typer.Option(help="Where bad rows go, with line and reason.")] = None,
    keep_unmapped: Annotated[
        bool, typer.Option("--keep-unmapped", help="Add unmapped columns to the description.")
    ] = False,
    quarantine: Annotated[
        bool, typer.Option("--quarantine", help="Submit rows that do not validate; they wait in quarantine.")
    ] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Import a file of leads. Importing it again changes nothing."""
    explicit = {**(read_mapping_file(mapping) if mapping else {}), **parse_pairs(columns or [])}
    defaults = {
        "source": source,
        "business_unit": business_unit,
        "channel_partner": channel_partner,
        "campaign": campaign,
        "urgency": urgency,
    }
    reader = Reader(
        ColumnMapping(explicit),
        RulesEngine.load(session.settings().rules_dir).book.choices,
        {name: value for name, value in defaults.items() if value is not None},
        keep_unmapped=keep_unmapped,
        quarantine=quarantine,
    )
    reject_path = rejects or Path(f"{'stdin' if str(path) == '-' else path.name}.rejects.csv")
    if reject_path.absolute() == path.absolute():
        raise InvalidInput(f"{path} would be overwritten while it is read; name another file with --rejects")
    summary = with_leads(lambda leads: run_import(leads, path, input_format, reader, reject_path), long=True)
    if format is Format.JSON:
        print_json({**_counts(summary), "rejects_file": str(reject_path) if summary.rejected else None})
    else:
        _print_summary(summary, reject_path)
    if summary.rejected:
        raise typer.Exit(1)


async def run_import(
    leads: Leads, path: Path, input_format: FileFormat, reader: Reader, reject_path: Path
) -> ImportSummary:
    """Import with a progress bar on stderr."""
    shown = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    bars = Console(stderr=True)
    progress = Progress(*shown, console=bars, transient=True, disable=not bars.is_terminal)
    with RejectFile(reject_path) as rejects, progress:
        bar = progress.add_task("reading")

        def moved(so_far: ImportSummary) -> None:
            done = so_far.started + so_far.known + so_far.rejected
            progress.update(bar, completed=done, description=f"{done} rows: {_in_words(so_far)}")

        return await import_leads(leads, read_rows(path, input_format), reader, on_reject=rejects.add, on_row=moved)


def _counts(summary: ImportSummary) -> dict[str, Any]:
    return {
        "started": summary.started,
        "known": summary.known,
        "rejected": summary.rejected,
        "unmapped_columns": summary.unmapped,
    }


def _in_words(summary: ImportSummary) -> str:
    return f"{summary.started} new, {summary.known} known already, {summary.rejected} rejected"


def _print_summary(summary: ImportSummary, reject_path: Path) -> None:
    say(_in_words(summary))
    if summary.unmapped:
        say(f"Columns without an attribute: {', '.join(summary.unmapped)} (map them with --map)")
    if summary.rejected:
        say(f"Rejected rows, with line and reason: {reject_path}. Correct them and import that file.")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
        content = json.loads(text)
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise InvalidInput(f"{path}: is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InvalidInput(f'{path}: must hold one JSON object, such as {{"lead": {{"lastname": "Weber"}}}}')
    return content
