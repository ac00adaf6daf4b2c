"""What a database error means to leadflow: the one place where SQLAlchemy's errors become `crm.errors`.

    another time      Unavailable: locked, disconnected, out of connections, deadlock (retryable)
    operator          Misconfigured: no or old schema, no rights, no such database, a full or read-only disk
    caller            StateConflict: the record exists already; InvalidInput: a value or reference that does not fit

An error that is none of these is a defect of leadflow and passes unchanged.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from crm.errors import ErrorCode, InvalidInput, LeadflowError, Misconfigured, StateConflict, Unavailable

_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "08", "40", "53", "55P03", "57")
_REFUSED = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_NOTADB", "SQLITE_PERM", "28", "3D", "42501")
_NO_SCHEMA = ("42P01", "42703")
_DUPLICATE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "23505")
# SQLite names the columns as table.column, PostgreSQL in its detail line, followed by the values.
_TAKEN_KEY = re.compile(r"(?:UNIQUE constraint failed: |Key \()([\w., ]+)")
_REFUSED_AT_LOGIN = ("does not exist", "authentication failed", "no pg_hba.conf entry", "no password supplied")


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Database errors inside this block come out as errors of leadflow. `where` names the database in messages."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable(
            f"{where}: all connections are in use. Try again, or run fewer activities at once."
        ) from error
    except StatementError as error:
        meaning = error.orig if isinstance(error.orig, LeadflowError) else _meaning(error, where)
        if meaning is None:
            raise
        raise meaning from error


def _meaning(error: StatementError, where: str) -> LeadflowError | None:
    if not isinstance(error, DBAPIError):
        return None
    text = " ".join(str(error.orig).split())
    code = _code(error)
    if error.connection_invalidated or code.startswith(_BUSY):
        return Unavailable(f"{where} does not answer now: {text}")
    if code.startswith(_NO_SCHEMA) or (code == "SQLITE_ERROR" and ("no such " in text or "has no column" in text)):
        return Misconfigured(f"{where} has no schema, or an old one ({text}). Run 'leadflow db upgrade'.")
    if code.startswith(_REFUSED):
        return Misconfigured(f"{where} cannot be used: {text}. Check the path, the rights and the space on the disk.")
    if isinstance(error, IntegrityError | DataError):
        return _refusal(error, code, text)
    if not code and isinstance(error, OperationalError):
        return _no_connection(where, text)
    return None


def _refusal(error: DBAPIError, code: str, text: str) -> LeadflowError:
    if code in _DUPLICATE:
        return StateConflict(_taken(text), code=ErrorCode.DUPLICATE_RECORD)
    if isinstance(error, IntegrityError):
        return InvalidInput(f"The record is incomplete, or names a record that does not exist: {text}")
    return InvalidInput(f"The database cannot hold a value: {text}")


def _taken(text: str) -> str:
    """Which attributes clash; their values may be personal data, so they are not repeated."""
    found = _TAKEN_KEY.search(text)
    columns = [column.strip().rpartition(".")[2] for column in found[1].split(",")] if found else []
    names = " and ".join(columns) or "its key"
    return (
        f"A record with matching key values already exists: another one has this {names}. "
        "Work with that one, or give a value that is free."
    )


def _no_connection(where: str, text: str) -> LeadflowError:
    """libpq gives no SQLSTATE when it cannot connect; only its text tells a wrong name from a server that is down."""
    if any(phrase in text for phrase in _REFUSED_AT_LOGIN):
        return Misconfigured(
            f"{where} refuses the connection: {text}. Check the user, password and database in the URL."
        )
    return Unavailable(f"{where} does not answer now: {text}")


def _code(error: DBAPIError) -> str:
    """SQLite's error name (SQLITE_BUSY) or PostgreSQL's SQLSTATE (08006); empty where there is neither."""
    return str(getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or "")
