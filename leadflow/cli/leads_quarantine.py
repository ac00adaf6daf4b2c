"""leadflow leads quarantine: what waits for a correction, why, and what came in."""

from dataclasses import asdict
from typing import Annotated

import typer

from crm.errors import StateConflict
from crm.store.life import quarantine
from crm.store.life.finding import find_lead
from crm.store.life.quarantine import Quarantined
from leadflow.cli import session
from leadflow.cli.leads_reading import SHORT_ID
from leadflow.cli.output import ListFormat, ListFormatOption, print_json, print_rows, say

COLUMNS = {
    "leadid": "Lead",
    "source": "Source",
    "external_id": "External id",
    "received_on": "Received (UTC)",
    "problems": "Problems",
}


def list_or_show(
    lead: Annotated[
        str | None, typer.Argument(metavar="[LEAD]", help="One lead, with what came in: its id, or first digits.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="The feed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    format: ListFormatOption = ListFormat.TEXT,
) -> None:
    """List the leads in quarantine, those first that wait longest; or show what came in of one.

    Correct a lead with 'leads edit', which releases it once it validates; discard it with 'leads disqualify'.
    """
    with session.store() as database, database.reading() as connection:
        if lead is not None:
            leadid = find_lead(connection, lead).leadid
            found = quarantine.find(connection, leadid)
            if found is None:
                raise StateConflict(f"Lead {leadid} is not in quarantine; see 'leadflow leads show {lead}'.")
            _show(found, format)
            return
        waiting = quarantine.waiting(connection, source=source, limit=limit)
    _list(waiting, format)


def _show(found: Quarantined, format: ListFormat) -> None:
    if format is not ListFormat.TEXT:
        print_json(asdict(found))
        return
    say(f"{found.leadid} from {found.source or 'nowhere'}", "bold")
    for problem in found.problems:
        say(f"Problem: {problem}", "red")
    print_json(found.submission)
    say(f"Correct it: leadflow leads edit {found.leadid} ATTRIBUTE=VALUE... (ATTRIBUTE= takes one away)")


def _list(waiting: list[Quarantined], format: ListFormat) -> None:
    if not waiting and format is ListFormat.TEXT:
        say("No leads in quarantine.")
        return
    rows = [{name: getattr(each, name) for name in COLUMNS} for each in waiting]
    if format is not ListFormat.JSON:
        rows = [row | {"problems": "; ".join(row["problems"])} for row in rows]
    if format is ListFormat.TEXT:  # the first digits are enough to name a lead
        rows = [row | {"leadid": str(row["leadid"])[:SHORT_ID]} for row in rows]
    print_rows(rows, COLUMNS, format)
