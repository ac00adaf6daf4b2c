"""leadflow report assignments | partners: whether leads are shared fairly, and how partners answer."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from crm.store.reports.assignments import AssignmentRow, assignment_report
from crm.store.reports.partners import PartnerRow, partner_report
from leadflow.cli import session
from leadflow.cli.output import ListFormat, ListFormatOption, print_rows
from leadflow.cli.report import SinceOption, UntilOption, period, whole_seconds

ASSIGNMENTS = {
    "team": "Team",
    "who": "Who",
    "weight": "Weight",
    "assigned": "Leads",
    "turns": "Turns",
    "share": "Share",
    "fair_share": "Fair share",
    "difference": "Turns more or less",
    "accepted": "Accepted",
    "declined": "Declined",
    "breached": "Breached",
    "median": "Median time to accept",
    "skipped": "Skipped",
}
PARTNERS = {
    "name": "Partner",
    "offered": "Offered",
    "open": "Open",
    "accepted": "Accepted",
    "declined": "Declined",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
    "rate": "Acceptance rate",
    "median": "Median time to answer",
}


def assignments(
    since: SinceOption = None, until: UntilOption = None, format: ListFormatOption = ListFormat.TEXT
) -> None:
    """Who got how many leads of each team in a period, beside what the weights give."""
    start, end = period(since, until)
    with session.store() as database, database.reading() as connection:
        rows = assignment_report(connection, start=start, end=end)
    match format:
        case ListFormat.TEXT:
            print_rows([_member_for_people(row) for row in rows], ASSIGNMENTS, format)
        case ListFormat.CSV:
            print_rows([asdict(row) | {"skipped": _in_words(row.skipped)} for row in rows], {}, format)
        case ListFormat.JSON:
            print_rows([asdict(row) for row in rows], {}, format)


def partners(since: SinceOption = None, until: UntilOption = None, format: ListFormatOption = ListFormat.TEXT) -> None:
    """How channel partners answered the offers made in a period."""
    start, end = period(since, until)
    with session.store() as database, database.reading() as connection:
        rows = partner_report(connection, start=start, end=end)
    if format is ListFormat.TEXT:
        print_rows([_partner_for_people(row) for row in rows], PARTNERS, format)
    else:
        print_rows([asdict(row) for row in rows], {}, format)


def _member_for_people(row: AssignmentRow) -> dict[str, Any]:
    who = {"member": row.name, "team": "the team itself", "total": "all"}[row.kind]
    return asdict(row) | {
        "team": row.team or "(none)",
        "who": who,
        "share": _percent(row.share),
        "fair_share": _percent(row.fair_share),
        "difference": None if row.difference is None else f"{round(row.difference, 1) + 0.0:+.1f}",
        "median": whole_seconds(row.median_time_to_accept),
        "skipped": _in_words(row.skipped),
    }


def _partner_for_people(row: PartnerRow) -> dict[str, Any]:
    return asdict(row) | {
        "rate": _percent(row.acceptance_rate),
        "median": whole_seconds(row.median_time_to_answer),
    }


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"


def _in_words(skipped: Mapping[str, int]) -> str:
    return ", ".join(f"{reason}: {turns}" for reason, turns in skipped.items())
