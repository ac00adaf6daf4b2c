"""The value of each source: every lead counts, values are in the base currency, labels are people's words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest

from crm.choices import standard_choices
from crm.entities import Lead, Opportunity
from crm.store import records
from crm.store.database import Database
from crm.store.people.organisation import apply_choices, apply_directory, record_id
from crm.store.reports.sources import Grouping, SourceRow, source_report
from tests.crm.store.organisations import directory

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 2, 1, tzinfo=UTC)
WEB, FAIR = 8, 7
BEN, DESK = record_id("systemuser", "ben"), record_id("team", "dach-sales")
OPEN, QUALIFIED, DISQUALIFIED = (0, 1), (1, 3), (2, 7)


def lead(day: int, state: tuple[int, int], hours: int | None = None, **more: Any) -> Lead:
    """A lead that came in on a day of January, and was closed some hours later."""
    came = START + timedelta(days=day)
    closed = came + timedelta(hours=hours) if hours is not None else None
    return Lead(overriddencreatedon=came, statecode=state[0], statuscode=state[1], lf_closedon=closed, **more)


def deal(
    lead: Lead, state: int, estimated: str, actual: str | None = None, currency: UUID | None = None
) -> Opportunity:
    return Opportunity(
        originatingleadid=lead.leadid,
        statecode=state,
        statuscode=3 if state else 1,
        estimatedvalue=Decimal(estimated),
        actualvalue=Decimal(actual) if actual else None,
        transactioncurrencyid=currency,
    )


@pytest.fixture
def filled(database: Database) -> Database:
    dollar = record_id("transactioncurrency", "USD")
    spring, partner = record_id("campaign", "spring"), record_id("lf_channelpartner", "contoso")
    dach = record_id("businessunit", "dach")
    first = lead(1, QUALIFIED, 2, leadsourcecode=WEB, campaignid=spring, ownerid=BEN, lf_businessunitid=dach)
    second = lead(2, QUALIFIED, 10, leadsourcecode=WEB, ownerid=DESK, lf_channelpartnerid=partner)
    leads = [
        first,
        second,
        lead(0, OPEN, leadsourcecode=WEB),
        lead(3, DISQUALIFIED, 1, leadsourcecode=WEB),
        lead(4, DISQUALIFIED, 1, leadsourcecode=FAIR),
        lead(5, OPEN),
        lead(-1, QUALIFIED, 5, leadsourcecode=WEB),  # before the period
        lead(31, QUALIFIED, 5, leadsourcecode=WEB),  # at its end, which is outside
        lead(3, DISQUALIFIED, 1, leadsourcecode=WEB, merged=True),
    ]
    deals = [
        deal(first, 1, "100.10", "90.05"),
        deal(first, 1, "50", currency=dollar),  # won, but nobody has written for how much: 40 in the base currency
        deal(second, 0, "0.20"),
        deal(leads[6], 1, "999"),
    ]
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=START)
        apply_choices(connection, standard_choices())
        for record in (*leads, *deals):
            records.insert(connection, record, now=END)
    return database


def report(database: Database, by: Grouping) -> dict[str, SourceRow]:
    with database.reading() as connection:
        return {row.label: row for row in source_report(connection, start=START, end=END, by=by)}


def test_the_report_by_source(filled: Database) -> None:
    rows = report(filled, "source")
    assert list(rows) == ["Web", "(none)", "Trade Show"]
    assert rows["Web"] == SourceRow(
        key="8",
        label="Web",
        leads=5,
        open=1,
        qualified=2,
        disqualified=1,
        merged=1,
        share_qualified=0.5,
        opportunities=3,
        estimated_value=Decimal("140.30"),
        won_value=Decimal("130.05"),
        median_time_to_qualify=timedelta(hours=6),
    )
    fair = rows["Trade Show"]
    assert (fair.leads, fair.disqualified, fair.share_qualified, fair.median_time_to_qualify) == (1, 1, 0, None)
    assert (fair.opportunities, fair.estimated_value, fair.won_value) == (0, Decimal(0), Decimal(0))
    assert rows["(none)"].key is None


@pytest.mark.parametrize(
    ("by", "label", "key"),
    [
        ("campaign", "Spring fair", record_id("campaign", "spring")),
        ("partner", "Contoso Ltd", record_id("lf_channelpartner", "contoso")),
        ("owner", "Ben Ode", BEN),
        ("owner", "DACH sales", DESK),
    ],
)
def test_other_groupings_show_names(filled: Database, by: Grouping, label: str, key: UUID) -> None:
    row = report(filled, by)[label]
    assert (row.key, row.leads, row.qualified) == (str(key), 1, 1)


def test_a_lead_without_a_unit_counts_for_its_owners_unit(filled: Database) -> None:
    assert report(filled, "unit")["DACH"].leads == 2


@pytest.mark.parametrize("by", get_args(Grouping))
def test_every_grouping_counts_every_lead_and_deal_once(filled: Database, by: Grouping) -> None:
    rows = report(filled, by).values()
    assert sum(row.leads for row in rows) == 7
    assert sum(row.opportunities for row in rows) == 3
    assert sum(row.estimated_value for row in rows) == Decimal("140.30")


def test_an_option_without_a_label_shows_its_number(database: Database) -> None:
    with database.transaction() as connection:
        records.insert(connection, lead(1, OPEN, leadsourcecode=4711), now=END)
    assert list(report(database, "source")) == ["4711"]
