"""A directory is applied exactly, repeatedly and without loss; a team knows its members, turns and open leads."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from crm.choices import standard_choices
from crm.entities import (
    Campaign,
    ChannelPartner,
    Queue,
    SystemUser,
    Team,
    TransactionCurrency,
)
from crm.errors import Misconfigured
from crm.store import records
from crm.store.database import Database
from crm.store.people.organisation import apply_choices, apply_directory, record_id
from crm.store.service_tables import lf_option, lf_pool
from tests.crm.store.organisations import SMALL, directory

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def without(section: str, key: str) -> dict[str, Any]:
    return {section: {name: entry for name, entry in SMALL[section].items() if name != key}}


def test_a_directory_becomes_records(database: Database) -> None:
    with database.transaction() as connection:
        changes = apply_directory(connection, directory(), now=NOW)
        anna = records.fetch(connection, SystemUser, record_id("systemuser", "anna"))
        queue = records.fetch(connection, Queue, record_id("queue", "inbox"))
        partner = records.fetch(connection, ChannelPartner, record_id("lf_channelpartner", "contoso"))
        dollar = records.fetch(connection, TransactionCurrency, record_id("transactioncurrency", "USD"))
        euro = records.fetch(connection, TransactionCurrency, record_id("transactioncurrency", "EUR"))
    assert (changes.created, changes.changed, changes.disabled) == (2 + 4 + 2 + 4 + 1 + 1 + 1 + 2, 0, 0)
    assert anna and anna.fullname == "Anna Maria Berg" and anna.lastname == "Berg" and anna.lf_key == "anna"
    assert anna.businessunitid == record_id("businessunit", "dach")
    assert queue and queue.owneridtype == "team" and queue.owningteam == record_id("team", "dach-sales")
    assert queue.owningbusinessunit == record_id("businessunit", "dach")
    assert partner and partner.lf_teamid == record_id("team", "contoso")
    assert dollar and dollar.exchangerate == Decimal("1.25")
    assert euro and euro.exchangerate == 1


def test_applying_again_changes_nothing(database: Database) -> None:
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
    with database.transaction() as connection:
        changes = apply_directory(connection, directory(), now=LATER)
        anna = records.fetch(connection, SystemUser, record_id("systemuser", "anna"))
    assert (changes.created, changes.changed, changes.disabled) == (0, 0, 0)
    assert anna and anna.modifiedon == NOW


def test_an_edited_entry_changes_its_record_only(database: Database) -> None:
    users = SMALL["users"] | {"ben": SMALL["users"]["ben"] | {"name": "Ben O. Deer"}}
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
        changes = apply_directory(connection, directory(users=users), now=LATER)
        ben = records.fetch(connection, SystemUser, record_id("systemuser", "ben"))
    assert (changes.created, changes.changed, changes.disabled) == (0, 1, 0)
    assert ben and ben.fullname == "Ben O. Deer" and ben.modifiedon == LATER


def test_what_leaves_the_file_is_disabled_and_comes_back(database: Database) -> None:
    smaller = directory(**without("campaigns", "spring"), **without("queues", "inbox"))
    spring = record_id("campaign", "spring")
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
        records.update(
            connection, Campaign, spring, {"statuscode": 2}, now=NOW
        )  # launched: not the directory's business
        assert apply_directory(connection, directory(), now=LATER).changed == 0
        assert apply_directory(connection, smaller, now=LATER).disabled == 2
        assert apply_directory(connection, smaller, now=LATER).disabled == 0
        gone = records.fetch(connection, Campaign, spring)
        assert gone and (gone.statecode, gone.statuscode) == (1, 6)
        assert apply_directory(connection, directory(), now=LATER).changed == 2
        back = records.fetch(connection, Campaign, spring)
        assert back and (back.statecode, back.statuscode) == (0, 0)


def test_records_that_came_by_another_way_are_left_alone(database: Database) -> None:
    user, team = SystemUser(firstname="Api", lastname="Made"), Team(name="Api made")
    pound = TransactionCurrency(isocurrencycode="GBP", currencyname="Pound", exchangerate=Decimal("0.8"))
    with database.transaction() as connection:
        for record in (user, team, pound):
            records.insert(connection, record, now=NOW)
        assert apply_directory(connection, directory(), now=LATER).disabled == 0
        kept = records.fetch(connection, SystemUser, user.systemuserid)
    assert kept and not kept.isdisabled


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (without("teams", "contoso"), "'contoso' names team 'contoso'"),
        (without("business_units", "europe"), "'dach' names businessunit 'europe'"),
        ({"currencies": {"EUR": {"name": "Euro", "rate": 2}}}, "EUR .* must be 1"),
    ],
)
def test_a_directory_that_does_not_hold_together_changes_nothing(
    database: Database, sections: dict[str, Any], message: str
) -> None:
    with pytest.raises(Misconfigured, match=message), database.transaction() as connection:
        apply_directory(connection, directory(**sections), now=NOW)
    with database.reading() as connection:
        assert connection.execute(select(lf_pool)).all() == []
        assert records.fetch(connection, SystemUser, record_id("systemuser", "anna")) is None


def test_choices_are_written_once_and_follow_the_book(database: Database) -> None:
    book = standard_choices()
    more = book.extended_with({"leadsourcecode": {192350000: "LinkedIn"}, "lead_statuscode": {100: [2, "Spam"]}})
    number = sum(len(options.options) for options in book.sets.values())
    with database.transaction() as connection:
        assert apply_choices(connection, book) == number
        assert apply_choices(connection, book) == 0
        assert apply_choices(connection, more) == 2
        spam = connection.execute(select(lf_option).where(lf_option.c.label == "Spam")).one()
    assert (spam.optionset, spam.value, spam.state) == ("lead_statuscode", 100, 2)
