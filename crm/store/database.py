"""Opening a database, and its two ways in: `transaction()` to write, `reading()` to look.

SQLite and PostgreSQL behave alike here: a transaction is atomic, and a reader sees one unchanging state of the data.
SQLite has one writer at a time: transactions of one process take turns at a lock, those of several processes wait for
each other inside SQLite.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, NullPool, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, OperationalError

from crm.errors import Misconfigured, Unavailable
from crm.store.failures import explained
from crm.store.sqlite_functions import add_functions

WAIT_SECONDS = 15
# Parameters are hidden because errors go to logs and to Temporal's history, and leads are people.
_POOL = {"pool_size": 10, "max_overflow": 20, "pool_timeout": WAIT_SECONDS, "hide_parameters": True}
_ADVISORY_LOCKS = text("SELECT pg_advisory_xact_lock(hashtext(task)) FROM unnest(CAST(:tasks AS text[])) AS task")
_FORMS = "sqlite:///leadflow.db or postgresql://user:password@host/name"


class Database:
    """One database. Safe to share between threads; open it once per process."""

    def __init__(self, url: URL, writer: Engine, reader: Engine, *, one_writer: bool) -> None:
        self._url = url
        self._writer = writer
        self._reader = reader
        self._turns = threading.Lock() if one_writer else None

    @property
    def url(self) -> str:
        """The URL that opens this database, password included."""
        return self._url.render_as_string(hide_password=False)

    def __str__(self) -> str:
        return f"The database {self._url.render_as_string(hide_password=True)}"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection that writes: committed at the end of the block, rolled back if it raises. Do not nest.

        Raises Unavailable (retryable), Misconfigured, StateConflict (a duplicate key) or InvalidInput.
        """
        with explained(str(self)), self._turn(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, and sees the data as they were at its first query. Never waits for a writer."""
        with explained(str(self)), self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """SQLite's own waiting is polling, up to 0.1 s at a time; a lock hands over at once."""
        if self._turns is None:
            yield
            return
        if not self._turns.acquire(timeout=WAIT_SECONDS):
            raise Unavailable(f"{self} is busy: another transaction holds it.")
        try:
            yield
        finally:
            self._turns.release()


def open_database(url: str) -> Database:
    """The database at `url`, `sqlite:///<file>` or `postgresql://...`. The file's folder is made if it is missing.

    Raises Misconfigured for a URL or path that cannot work, Unavailable for a server that does not answer.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Misconfigured(f"'{url}' is no database URL. Write {_FORMS}.") from None
    match parsed.get_backend_name():
        case "sqlite":
            return _open_sqlite(parsed)
        case "postgresql" | "postgres":
            return _open_postgresql(parsed.set(drivername="postgresql+psycopg"))
        case other:
            raise Misconfigured(f"leadflow does not work with '{other}' databases. Write {_FORMS}.")


def insert_into(connection: Connection, table: Table) -> Any:
    """An insert in the database's own dialect, which knows what to do on a conflict; both spell it alike."""
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](table)


def one_at_a_time(connection: Connection, *tasks: str) -> None:
    """Wait until no other transaction does any of these tasks, and keep others out until this one ends."""
    if tasks and connection.dialect.name == "postgresql":  # a transaction on SQLite is alone anyway
        # In one order for everybody, so that no two transactions wait for each other.
        connection.execute(_ADVISORY_LOCKS, {"tasks": sorted({f"leadflow {task}" for task in tasks})})


def _open_postgresql(url: URL) -> Database:
    engine = create_engine(url, pool_pre_ping=True, json_serializer=_to_json, json_deserializer=orjson.loads, **_POOL)
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    database = Database(url, engine, reader, one_writer=False)
    with database.reading():
        return database


def _open_sqlite(url: URL) -> Database:
    if url.database in (None, "", ":memory:"):
        raise Misconfigured("A database in memory ends with each connection. Write sqlite:///<file>.")
    _make_folder(Path(url.database))
    writer = _sqlite_engine(url, "BEGIN IMMEDIATE", query_only=False)
    reader = _sqlite_engine(url, "BEGIN", query_only=True)
    database = Database(url, writer, reader, one_writer=True)
    with explained(str(database)):
        _use_write_ahead_log(url)
    return database


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"The folder {file.parent} of the database cannot be made: {error.strerror}. Choose another."
        ) from error
    if file.is_dir():
        raise Misconfigured(f"{file} is a folder; the database must be a file. Write sqlite:///{file}/leadflow.db.")


def _sqlite_engine(url: URL, begin: str, *, query_only: bool) -> Engine:
    """An engine whose transactions start with `begin`: a writer takes the write lock at once, so that it can never be
    refused halfway; a reader takes none."""
    engine = create_engine(
        url,
        connect_args={"timeout": WAIT_SECONDS},
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        **_POOL,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -65536")  # 64 MiB; the default of 2 MiB reads pages again and again
        connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages; fewer, larger returns to the main file
        connection.execute(f"PRAGMA query_only = {int(query_only)}")
        add_functions(connection)

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _use_write_ahead_log(url: URL) -> None:
    """Set once, kept in the file. SQLite refuses at once, without waiting, while another process does the same."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    deadline = time.monotonic() + WAIT_SECONDS
    with engine.connect() as connection:
        while True:
            try:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
                return
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_BUSY" or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
