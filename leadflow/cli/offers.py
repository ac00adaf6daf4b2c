"""leadflow offers list | show | registrations: what channel partners were offered, and which companies are theirs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from crm.store.life import finding
from crm.store.partners import offers, registrations
from crm.store.partners.offers import TrailEntry
from leadflow.cli import session
from leadflow.cli.leads_reading import SHORT_ID, LeadArgument
from leadflow.cli.output import ListFormat, ListFormatOption, print_rows, say

PartnerOption = Annotated[str | None, typer.Option("--partner", help="Key of a channel partner.")]
_EVENT = {
    "on": "When (UTC)",
    "partner": "Partner",
    "event": "What",
    "until": "Until (UTC)",
    "actor": "Who",
    "reason": "Reason",
}
OFFERS = {"leadid": "Lead", **_EVENT}
TRAIL = {"number": "", **_EVENT}
REGISTRATIONS = {
    "companykey": "Company",
    "partner": "Partner",
    "leadid": "Lead",
    "registeredon": "Registered (UTC)",
    "until": "Until (UTC)",
    "endedon": "Ended (UTC)",
}


def list_offers(
    partner: PartnerOption = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only offers that nobody has answered yet.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, newest first.")] = 50,
    format: ListFormatOption = ListFormat.TEXT,
) -> None:
    """List offers, newest first: each lead and partner once, with the last thing that happened."""
    with session.store() as database, database.reading() as connection:
        found = offers.listed(connection, partner=partner, only_open=only_open, limit=limit)
    _print(_rows(found), OFFERS, format, "No offers.")


def show(lead: LeadArgument, format: ListFormatOption = ListFormat.TEXT) -> None:
    """Show everything that happened between a lead and channel partners, oldest first. Nobody can change it."""
    with session.store() as database, database.reading() as connection:
        found = offers.trail(connection, finding.find_lead(connection, lead).leadid)
    _print(_rows(found), TRAIL, format, "The lead was never offered to a partner.")


def list_registrations(
    partner: PartnerOption = None,
    ended: Annotated[bool, typer.Option("--ended", help="Also those that are over.")] = False,
    format: ListFormatOption = ListFormat.TEXT,
) -> None:
    """List the companies that are registered for a partner, the longest first."""
    with session.store() as database, database.reading() as connection:
        found = registrations.listed(connection, datetime.now(UTC), partner=partner, ended=ended)
    _print([asdict(one) for one in found], REGISTRATIONS, format, "No registrations.")


def _rows(entries: Sequence[TrailEntry]) -> list[dict[str, Any]]:
    return [asdict(entry) for entry in entries]


def _print(rows: list[dict[str, Any]], columns: dict[str, str], format: ListFormat, nothing: str) -> None:
    if not rows and format is ListFormat.TEXT:
        say(nothing)
        return
    if format is ListFormat.TEXT:  # the first digits are enough to name a lead
        rows = [row | {"leadid": str(row["leadid"])[:SHORT_ID]} for row in rows]
    print_rows(rows, columns, format)
