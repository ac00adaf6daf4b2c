"""Records that many tests need are written once in each test process; every further empty database gets a copy."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Table, select

from crm.store.service_tables import METADATA

Writes = Callable[[Connection], object]
_WRITTEN: dict[Writes, list[tuple[Table, list[dict[str, Any]]]]] = {}


def fill(connection: Connection, writes: Writes) -> None:
    """Put into an empty database what `writes` puts there. It must write the same each time."""
    if writes not in _WRITTEN:
        writes(connection)
        found = ((table, connection.execute(select(table)).mappings()) for table in METADATA.sorted_tables)
        copies = [(table, [dict(row) for row in rows]) for table, rows in found]
        _WRITTEN[writes] = [(table, rows) for table, rows in copies if rows]
        return
    for table, rows in _WRITTEN[writes]:
        connection.execute(table.insert(), rows)
