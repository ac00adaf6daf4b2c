"""A team's turns in the database: each is taken once, by one lead, and survives what happens around it."""

import threading
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from crm.store.database import Database, open_database
from crm.store.distribution.rotation import Pool, hold_place, open_leads, pool_of, take_turn
from crm.store.people.organisation import apply_directory, record_id
from crm.store.service_tables import lf_pool
from crm.store.tables import TABLES
from crm.turns import Account
from tests.crm.store.organisations import SMALL, directory
from tests.crm.store.people.test_organisation import NOW

TEAM, BEN, ANNA = record_id("team", "dach-sales"), record_id("systemuser", "ben"), record_id("systemuser", "anna")


def pool(database: Database) -> Pool:
    with database.reading() as connection:
        return pool_of(connection, TEAM)


def one_turn(database: Database, user: UUID = BEN) -> int:
    """The user's account counts how many turns it had."""
    with database.transaction() as connection:
        before = pool_of(connection, TEAM, lock=True)
        credit = before.accounts.get(user, Account()).credit + 1
        take_turn(connection, TEAM, before, {user: Account(before.turns + 1, credit)})
        return before.turns + 1


def test_a_turn_changes_the_accounts_that_it_names(database: Database) -> None:
    assert pool(database) == Pool(0)
    assert [one_turn(database), one_turn(database, ANNA), one_turn(database)] == [1, 2, 3]
    assert pool(database) == Pool(3, {BEN: Account(3, 2), ANNA: Account(2, 1)})


def test_large_numbers_and_members_without_a_turn_are_kept_exactly(database: Database) -> None:
    account = Account(None, -(10**17) + 1, 9 * 10**18)
    with database.transaction() as connection:
        take_turn(connection, TEAM, pool_of(connection, TEAM, lock=True), {ANNA: account})
    assert pool(database).accounts == {ANNA: account}


def test_a_transaction_that_fails_takes_no_turn(database: Database) -> None:
    one_turn(database)
    with pytest.raises(RuntimeError), database.transaction() as connection:
        take_turn(connection, TEAM, pool_of(connection, TEAM, lock=True), {ANNA: Account(2)})
        raise RuntimeError
    assert pool(database) == Pool(1, {BEN: Account(1, 1)})


def test_turns_that_are_taken_at_once_are_all_different(database: Database) -> None:
    """By threads of two processes' worth of connections."""
    apply(database)
    other = open_database(database.url)
    taken: list[int] = []

    def run(through: Database) -> None:
        taken.extend(one_turn(through) for _ in range(8))

    threads = [threading.Thread(target=run, args=[through]) for through in (database, database, other, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert sorted(taken) == list(range(1, 33))
    assert pool(database) == Pool(32, {BEN: Account(32, 32)})


def apply(database: Database, **sections: object) -> None:
    with database.transaction() as connection:
        apply_directory(connection, directory(**sections), now=NOW)


def test_neither_a_change_of_roster_nor_a_restart_resets_turns(database: Database) -> None:
    apply(database)
    assert pool(database) == Pool(0)
    one_turn(database)
    apply(database, teams=SMALL["teams"] | {"dach-sales": SMALL["teams"]["dach-sales"] | {"members": ["anna"]}})
    one_turn(database, ANNA)
    apply(database)
    again = open_database(database.url)
    assert pool(again) == Pool(2, {BEN: Account(1, 1), ANNA: Account(2, 1)})
    again.close()


def test_a_database_whose_directory_was_never_applied_still_takes_turns(database: Database) -> None:
    assert [one_turn(database), one_turn(database)] == [1, 2]
    with database.reading() as connection:
        assert connection.scalar(select(lf_pool.c.turns)) == 2


def test_open_leads_and_places_count_the_leads_that_are_open_beside_this_one(database: Database) -> None:
    lead = TABLES["lead"]
    this = uuid4()
    with database.transaction() as connection:
        for leadid, owner, state in ((this, BEN, 0), (uuid4(), BEN, 0), (uuid4(), BEN, 1), (uuid4(), ANNA, 0)):
            connection.execute(insert(lead), {"leadid": leadid, "ownerid": owner, "statecode": state})
        assert open_leads(connection, BEN, this) == 1
        assert open_leads(connection, BEN, uuid4()) == 2
        assert [hold_place(connection, BEN, capacity, this) for capacity in (1, 2)] == [False, True]
