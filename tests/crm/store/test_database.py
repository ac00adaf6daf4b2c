"""Opening a database and its transactions: atomic, isolated, in turn; and every failure says what to do."""

import socket
import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, make_url, select, text
from sqlalchemy.exc import ProgrammingError

from crm.entities import Lead
from crm.errors import InvalidInput, Misconfigured, StateConflict, Unavailable
from crm.store import database as module
from crm.store import records
from crm.store.database import Database, one_at_a_time, open_database
from crm.store.service_tables import lf_pool
from crm.store.tables import TABLES

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEAM = Lead().leadid


def number_of_leads(database: Database) -> int:
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(TABLES["lead"])) or 0


def together(*tasks: Callable[[], None]) -> list[Exception]:
    """Run the tasks at the same time; what they raised."""
    start, raised = threading.Barrier(len(tasks)), list[Exception]()

    def run(task: Callable[[], None]) -> None:
        start.wait()
        try:
            task()
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as connection:
        records.insert(connection, Lead(), now=NOW)
        raise RuntimeError
    assert number_of_leads(database) == 0
    with database.transaction() as connection:
        records.insert(connection, Lead(), now=NOW)
    assert number_of_leads(database) == 1


def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"), database.reading() as connection:
        records.insert(connection, Lead(), now=NOW)
    assert number_of_leads(database) == 0


def test_a_reader_neither_waits_for_a_writer_nor_sees_its_work(database: Database) -> None:
    def count(connection: Connection) -> int:
        return connection.scalar(select(func.count()).select_from(TABLES["lead"])) or 0

    with database.reading() as reader:
        before = count(reader)
        with database.transaction() as writer:
            records.insert(writer, Lead(), now=NOW)
            assert number_of_leads(database) == 0
        assert count(reader) == before == 0
    assert number_of_leads(database) == 1


@pytest.mark.parametrize("processes", [1, 2])
def test_writers_at_once_lose_nothing(database: Database, processes: int) -> None:
    """Each of them reads a counter under lock and writes it back, ten times; with two it is as in two processes."""
    others = [open_database(database.url) for _ in range(processes - 1)]
    with database.transaction() as connection:
        connection.execute(insert(lf_pool), {"teamid": TEAM, "turns": 0})

    def count(one: Database) -> None:
        for _ in range(10):
            with one.transaction() as connection:
                turns = connection.scalar(select(lf_pool.c.turns).where(lf_pool.c.teamid == TEAM).with_for_update())
                connection.execute(lf_pool.update().where(lf_pool.c.teamid == TEAM).values(turns=(turns or 0) + 1))

    writers = [database, *others, database, *others]
    assert together(*(lambda one=one: count(one) for one in writers)) == []
    with database.reading() as connection:
        assert connection.scalar(select(lf_pool.c.turns)) == 10 * len(writers)
    for other in others:
        other.close()


def test_of_two_inserts_of_one_lead_one_is_refused(database: Database) -> None:
    other = open_database(database.url)
    lead = Lead()

    def store(one: Database) -> None:
        with one.transaction() as connection:
            records.insert(connection, lead, now=NOW)

    raised = together(lambda: store(database), lambda: store(other))
    other.close()
    assert [type(error) for error in raised] == [StateConflict]
    assert number_of_leads(database) == 1


def test_one_task_at_a_time(database: Database) -> None:
    """The second transaction enters its task only when the first one has ended."""
    other, seen = open_database(database.url), list[int]()

    def task(one: Database) -> None:
        with one.transaction() as connection:
            one_at_a_time(connection, "test")
            number = connection.scalar(select(func.count()).select_from(TABLES["lead"])) or 0
            records.insert(connection, Lead(), now=NOW)
            seen.append(number)

    assert together(lambda: task(database), lambda: task(other)) == []
    other.close()
    assert sorted(seen) == [0, 1]


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("leads.db", r"no database URL\. Write sqlite:///"),
        ("mysql://host/leads", r"'mysql' databases\. Write sqlite:///"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
        ("sqlite:////proc/nowhere/leads.db", r"folder /proc/nowhere .* Choose another"),
        ("sqlite:////proc/leads.db", "cannot be used: .* Check the path"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_the_remedy(url: str, remedy: str) -> None:
    with pytest.raises(Misconfigured, match=remedy):
        open_database(url)


def test_a_folder_or_another_kind_of_file_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="is a folder"):
        open_database(f"sqlite:///{tmp_path}")
    (tmp_path / "notes.txt").write_text("This is not a database. " * 100)
    with pytest.raises(Misconfigured, match="not a database"):
        open_database(f"sqlite:///{tmp_path}/notes.txt")


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/a/b/leads.db").close()
    assert (tmp_path / "a" / "b" / "leads.db").exists()


def test_a_server_that_is_down_is_unavailable_and_its_password_stays_secret() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        port = unused.getsockname()[1]
        with pytest.raises(Unavailable) as refused:
            open_database(f"postgresql://leads:secret@127.0.0.1:{port}/leads")
    assert refused.value.retryable and "secret" not in refused.value.message


@pytest.mark.parametrize("change", [{"database": "nowhere"}, {"username": "nobody"}])
def test_a_server_that_refuses_us_is_misconfigured(postgres_database: Database, change: dict[str, str]) -> None:
    url = make_url(postgres_database.url).set(**change)  # type: ignore[arg-type]
    with pytest.raises(Misconfigured, match="does not exist"):
        open_database(url.render_as_string(hide_password=False))


def test_a_locked_file_is_unavailable(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    impatient = open_database(sqlite_database.url)
    with sqlite3.connect(make_url(sqlite_database.url).database or "", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"), impatient.transaction():
            pass
        other.execute("ROLLBACK")
    with impatient.transaction(), pytest.raises(Unavailable, match="busy"), impatient.transaction():
        pass
    impatient.close()


def test_a_lost_connection_is_unavailable_once_and_then_replaced(postgres_database: Database) -> None:
    with pytest.raises(Unavailable), postgres_database.transaction() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert number_of_leads(postgres_database) == 0


def test_a_value_that_does_not_fit_is_the_callers_fault(postgres_database: Database) -> None:
    with pytest.raises(InvalidInput, match="cannot hold"), postgres_database.transaction() as connection:
        records.insert(connection, Lead(firstname="x" * 51), now=NOW)


def test_a_text_that_postgresql_cannot_hold_is_the_callers_fault(postgres_database: Database) -> None:
    with pytest.raises(InvalidInput, match="NUL"), postgres_database.transaction() as connection:
        records.insert(connection, Lead(subject="a\x00b"), now=NOW)


def test_a_defect_passes_unchanged(database: Database) -> None:
    placeholder = "?" if "sqlite" in database.url else "%s"
    with pytest.raises(ProgrammingError), database.transaction() as connection:
        connection.exec_driver_sql(f"SELECT {placeholder}, {placeholder}", (1,))
