"""leadflow rules backtest: what would the edited rules have done with the leads of the past?"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from sqlalchemy import Connection

from crm.errors import NotFound
from crm.store.rules import rulesets
from crm.store.rules.history import PastCounts, Period, count_past_leads, past_leads
from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, print_json
from leadflow.cli.rules.backtest_text import print_backtest
from leadflow.cli.rules.backtest_words import RECORDED, Told
from leadflow.cli.rules.chart import require_chart_name, write_chart
from leadflow.cli.rules.folder import FolderOption, rules_folder
from leadflow.cli.rules.sources import engine_of
from rules.backtest.replay import backtest as replayed
from rules.backtest.replay import decided_by, recorded
from rules.backtest.result import Backtest
from rules.engine.directory import Directory
from rules.engine.findings import Findings
from rules.engine.loader import load_file
from rules.engine.rules_engine import RulesEngine
from rules.engine.shape import read_as
from rules.engine.sources import DIRECTORY_FILE, RuleSources


@dataclass(frozen=True, slots=True)
class MaxMoved:
    """How many leads may move: a number, or a percentage of those compared. `given` is as it was typed."""

    given: str
    number: float
    percent: bool

    def exceeded(self, result: Backtest) -> bool:
        allowed = self.number * result.leads / 100 if self.percent else self.number
        return result.moved > allowed

    def __str__(self) -> str:
        return self.given


def max_moved(text: str) -> MaxMoved:
    """`200` or `2.5%`."""
    number, percent, rest = text.strip().partition("%")
    try:
        found = MaxMoved(text.strip(), float(number), bool(percent))
    except ValueError:
        found = None
    if found is None or rest or not 0 <= found.number < float("inf"):
        raise typer.BadParameter(f"'{text}' is neither a number of leads, such as 200, nor a share of them, such as 3%")
    return found


def backtest(
    folder: FolderOption = None,
    since: Annotated[datetime | None, typer.Option(help="Leads first routed from this day on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Leads first routed before this day (UTC).")] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Only so many leads, chosen at random, the same ones each time.")
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            help=f"What to compare with: '{RECORDED}' (what was decided then), or rules that decide again: a folder, "
            "git:<revision> or digest:<digest>."
        ),
    ] = RECORDED,
    allowed: Annotated[
        MaxMoved | None,
        typer.Option(
            "--max-moved", parser=max_moved, metavar="N|N%", help="Fail when more leads than this would go elsewhere."
        ),
    ] = None,
    chart: Annotated[Path | None, typer.Option(help="Also draw the result: a file ending in .html or .svg.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many rows of each table to show.")] = 10,
    format: FormatOption = Format.TEXT,
) -> None:
    """Decide past leads by the edited rules and show what would come out otherwise. Nothing is written.

    Each lead is decided from the facts that were known when it was first routed.
    """
    if chart is not None:
        require_chart_name(chart)
    candidate = rules_folder(folder)
    new = RulesEngine.load(candidate)
    old = None if against == RECORDED else engine_of(against)
    period = Period(_utc(since), _utc(until))
    result, counts = _compared(new, old, period, sample)
    told = Told(result, str(candidate), against, period, counts)
    if format is Format.JSON:
        print_json(_as_json(told, new, old, sample, allowed))
    else:
        print_backtest(told, limit)
    if chart is not None:
        write_chart(chart, told)
    if allowed is not None and allowed.exceeded(result):
        typer.echo(f"Too many: {result.moved} leads would go elsewhere, --max-moved allows {allowed}.", err=True)
        raise typer.Exit(1)


def _compared(
    new: RulesEngine, old: RulesEngine | None, period: Period, sample: int | None
) -> tuple[Backtest, PastCounts]:
    with session.store() as database, database.reading() as connection:
        counts = count_past_leads(connection, period)
        side = decided_by(old) if old else recorded(_directory_then(connection, counts) or new.directory)
        total = counts.with_facts if sample is None else min(sample, counts.with_facts)
        screen = Console(stderr=True)
        leads = track(
            past_leads(connection, period, sample=sample),
            "Deciding past leads", total=total, console=screen, transient=True, disable=not screen.is_terminal,
        )  # fmt: skip
        return replayed(leads, side, decided_by(new)), counts


def _directory_then(connection: Connection, counts: PastCounts) -> Directory | None:
    """The teams as they stood when the last of the leads was decided; None where they were not kept."""
    try:
        _, files = rulesets.find(connection, counts.newest_digest or "")
    except NotFound:
        return None
    findings = Findings()
    table = load_file(RuleSources.from_texts(files), DIRECTORY_FILE, findings)
    return read_as(Directory, table, findings) if table else None


def _as_json(
    told: Told, new: RulesEngine, old: RulesEngine | None, sample: int | None, allowed: MaxMoved | None
) -> dict[str, Any]:
    result = told.result
    limit = {"allowed": allowed.given, "exceeded": allowed.exceeded(result)} if allowed else None
    return {
        "new": {"rules": told.candidate, "digest": new.digest},
        "old": {"rules": told.against, "digest": old.digest if old else None},
        "since": told.period.since,
        "until": told.period.until,
        "sample": sample,
        "left_out": {"without_facts": told.counts.without_facts},
        "moved": result.moved,
        "moved_share": told.share(result.moved),
        "max_moved": limit,
        **asdict(result),
    }


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None
