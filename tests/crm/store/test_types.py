"""Values survive both databases exactly, and compare and add up exactly inside them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import sqlite

from crm.entities import Lead
from crm.errors import ErrorCode, InvalidInput
from crm.store import records
from crm.store.database import Database
from crm.store.tables import TABLES
from crm.store.types import Exact, UtcDateTime

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LEAD = TABLES["lead"].c
PROPERTY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MONEY = st.decimals(min_value=0, max_value=10**12, places=2)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=ZONES)


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """One transaction for all examples of a property."""
    with database.transaction() as connection:
        yield connection


def stored(connection: Connection, lead: Lead) -> Lead:
    records.insert(connection, lead, now=NOW)
    found = records.fetch(connection, Lead, lead.leadid)
    assert found is not None
    return found


@PROPERTY
@given(subject=TEXT, amount=MONEY, at=TIMES, externalid=st.uuids())
def test_any_text_amount_and_time_comes_back(
    connection: Connection, subject: str, amount: Decimal, at: datetime, externalid: UUID
) -> None:
    lead = Lead(subject=subject, budgetamount=amount, schedulefollowup_qualify=at, parentaccountid=externalid)
    found = stored(connection, lead)
    assert (found.subject, found.budgetamount, found.parentaccountid) == (subject, amount, externalid)
    assert found.schedulefollowup_qualify == at
    assert found.schedulefollowup_qualify is not None and found.schedulefollowup_qualify.tzinfo is UTC


@PROPERTY
@given(amounts=st.lists(MONEY, min_size=1, max_size=8))
def test_sums_and_comparisons_of_money_are_exact(connection: Connection, amounts: list[Decimal]) -> None:
    batch = uuid4()
    for amount in amounts:
        records.insert(connection, Lead(budgetamount=amount, campaignid=batch), now=NOW)
    mine = LEAD.campaignid == batch
    total = connection.scalar(select(func.sum(LEAD.budgetamount)).where(mine))
    equal = connection.scalar(select(func.count()).where(mine, LEAD.budgetamount == amounts[0]))
    above = connection.scalar(select(func.count()).where(mine, LEAD.budgetamount > amounts[0]))
    assert total == sum(amounts)
    assert (equal, above) == (amounts.count(amounts[0]), sum(amount > amounts[0] for amount in amounts))


@PROPERTY
@given(first=TIMES, second=TIMES)
def test_times_compare_as_instants(connection: Connection, first: datetime, second: datetime) -> None:
    lead = Lead(lastusedincampaign=first)
    records.insert(connection, lead, now=NOW)
    found = connection.scalar(select(func.count()).where(LEAD.leadid == lead.leadid, LEAD.lastusedincampaign < second))
    assert found == int(first < second)


@pytest.mark.parametrize(("value", "kept"), [("0.00005", "0.0000"), ("0.00015", "0.0002"), ("2.00005", "2.0000")])
def test_more_places_than_the_column_has_are_rounded_half_to_even(
    connection: Connection, value: str, kept: str
) -> None:
    assert stored(connection, Lead(budgetamount=Decimal(value))).budgetamount == Decimal(kept)


def test_a_time_without_a_zone_is_a_defect() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())


@pytest.mark.parametrize("number", ["1e11", "1e40"])
def test_a_number_that_no_column_can_hold_is_refused(database: Database, number: str) -> None:
    with pytest.raises(InvalidInput, match="too large") as refused, database.reading() as connection:
        connection.execute(select(func.count()).where(TABLES["transactioncurrency"].c.exchangerate > Decimal(number)))
    assert refused.value.code == ErrorCode.DECIMAL_OUT_OF_RANGE


def test_exact_numbers_of_different_scale_do_not_share_a_cached_statement() -> None:
    assert Exact(22, 4)._static_cache_key != Exact(28, 10)._static_cache_key
