"""The report of partners: what they were offered, how they answered, and how soon."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from crm.store.database import Database
from crm.store.people.organisation import apply_directory, record_id
from crm.store.reports.partners import PartnerRow, partner_report
from crm.store.service_tables import lf_offer
from tests.crm.store.organisations import directory

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 2, 1, tzinfo=UTC)
PARTNERS = {"contoso": {"name": "Contoso Ltd", "team": "contoso"}, "fabrikam": {"name": "Fabrikam", "team": "contoso"}}


def trail(lead: UUID, partner: str, *events: tuple[float, str], after: int = 0) -> list[dict[str, Any]]:
    """What happened between a lead and a partner, so many days after the start; `after` events with another one."""
    return [
        {
            "leadid": lead,
            "number": after + number,
            "partnerid": record_id("lf_channelpartner", partner),
            "event": event,
            "on": START + timedelta(days=day),
        }
        for number, (day, event) in enumerate(events, start=1)
    ]


def report(database: Database, *trails: list[dict[str, Any]]) -> list[PartnerRow]:
    with database.transaction() as connection:
        apply_directory(connection, directory(channel_partners=PARTNERS), now=START)
        connection.execute(insert(lf_offer), [row for one in trails for row in one])
    with database.reading() as connection:
        return partner_report(connection, start=START, end=END)


def test_every_figure_of_a_partner(database: Database) -> None:
    passed_on, again = uuid4(), uuid4()
    rows = report(
        database,
        trail(passed_on, "contoso", (1, "offered"), (2, "declined")),
        trail(passed_on, "fabrikam", (2, "offered"), (2.5, "conflict"), (5, "accepted"), after=2),
        trail(uuid4(), "contoso", (1, "offered"), (4, "accepted"), (9, "declined")),  # given back later
        trail(uuid4(), "contoso", (1, "offered"), (11, "expired")),
        trail(uuid4(), "contoso", (30, "offered"), (33, "accepted")),  # the answer came after the period
        trail(uuid4(), "contoso", (30, "offered")),
        trail(again, "contoso", (1, "offered"), (2, "withdrawn"), (20, "offered"), (21, "accepted")),
        trail(uuid4(), "contoso", (-1, "offered"), (3, "accepted")),  # offered before the period
        trail(uuid4(), "contoso", (31, "offered")),  # and after it
    )
    assert rows == [
        PartnerRow(
            partner="contoso",
            name="Contoso Ltd",
            offered=7,
            open=1,
            accepted=3,
            declined=1,
            expired=1,
            withdrawn=1,
            acceptance_rate=0.6,
            median_time_to_answer=timedelta(days=2),
        ),
        PartnerRow(
            partner="fabrikam",
            name="Fabrikam",
            offered=1,
            open=0,
            accepted=1,
            declined=0,
            expired=0,
            withdrawn=0,
            acceptance_rate=1.0,
            median_time_to_answer=timedelta(days=3),
        ),
    ]


def test_nobody_has_answered_yet(database: Database) -> None:
    [row] = report(database, trail(uuid4(), "contoso", (1, "offered")))
    assert (row.open, row.acceptance_rate, row.median_time_to_answer) == (1, None, None)
