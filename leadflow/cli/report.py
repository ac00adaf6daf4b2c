"""leadflow report: what the leads were worth."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from crm.store.reports.sources import SourceRow, source_report
from leadflow.cli import session
from leadflow.cli.output import ListFormat, ListFormatOption, print_rows

START = datetime(1900, 1, 1, tzinfo=UTC)


class By(StrEnum):
    SOURCE = "source"
    CAMPAIGN = "campaign"
    UNIT = "unit"
    PARTNER = "partner"
    OWNER = "owner"


COLUMNS = {
    "label": "",
    "leads": "Leads",
    "open": "Open",
    "qualified": "Qualified",
    "disqualified": "Disqualified",
    "merged": "Merged",
    "share": "Share qualified",
    "opportunities": "Opportunities",
    "estimated_value": "Estimated value",
    "won_value": "Won value",
    "median": "Median time to qualify",
}


SinceOption = Annotated[datetime | None, typer.Option(help="From this day on (UTC).")]
UntilOption = Annotated[datetime | None, typer.Option(help="Until before this day (UTC).")]


def period(since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """The first moment (UTC), and the first one after the end; open ends include everything."""
    start = since.replace(tzinfo=UTC) if since else START
    return start, until.replace(tzinfo=UTC) if until else datetime.now(UTC) + timedelta(days=1)


def whole_seconds(time: timedelta | None) -> str | None:
    return str(timedelta(seconds=round(time.total_seconds()))) if time is not None else None


def sources(
    by: Annotated[By, typer.Option(help="What to group by.")] = By.SOURCE,
    since: SinceOption = None,
    until: UntilOption = None,
    format: ListFormatOption = ListFormat.TEXT,
) -> None:
    """The value of each source, by the leads created in a period; disqualified leads count."""
    start, end = period(since, until)
    with session.store() as database, database.reading() as connection:
        rows = source_report(connection, start=start, end=end, by=by.value)
    print_source_report(rows, by, format)


def print_source_report(rows: list[SourceRow], by: By, format: ListFormat = ListFormat.TEXT) -> None:
    if format is not ListFormat.TEXT:
        print_rows([asdict(row) for row in rows], {}, format)
        return
    print_rows([_for_people(row) for row in rows], {**COLUMNS, "label": by.value.capitalize()}, format)


def _for_people(row: SourceRow) -> dict[str, Any]:
    values = asdict(row)
    return values | {
        "share": f"{row.share_qualified:.0%}",
        "estimated_value": f"{row.estimated_value:,.0f}",
        "won_value": f"{row.won_value:,.0f}",
        "median": whole_seconds(row.median_time_to_qualify),
    }
