"""Random requests to the Web API by users with few rights, until something is wrong with an answer.

`python -m tests.leadflow.dataverse.fuzz --requests 20000 --seed 1` tries so many on SQLite and prints the first request
that is answered with a 5xx, that tells of somebody else's record, or that is answered otherwise than by a database
without these records. Equal seeds give equal requests.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from crm.entities import Entity
from crm.store.database import Database, open_database
from crm.store.tables import TABLES
from crm.store.upgrade import upgrade
from tests.leadflow.dataverse.random_requests import Asked, random_batch, random_get, random_request
from tests.leadflow.dataverse.two_views import KINDS, REACHES, Reach, View, leaks, told, views


def disagreement(asked: Asked, theirs: View, all_of_it: View, hidden: set[UUID]) -> str:
    """What is wrong with the answer to a reading request; empty where nothing is."""
    one, other = theirs.ask(asked), all_of_it.ask(asked)
    if wrong := _wrong(asked, one.status, leaks(one, asked, hidden)):
        return wrong
    if told(one) != told(other):
        return f"{asked}\nsays\n{told(one)}\nwhere it should say\n{told(other)}"
    return ""


@dataclass(frozen=True)
class Hidden:
    """The rows that a user may not see, as they were: whose they are, and what they are called. Their lookups may be
    cleared, where the user deletes the record that they name."""

    database: Database
    ids: set[UUID]
    rows: list[Any]

    @classmethod
    def of(cls, view: View, reach: Reach) -> "Hidden":
        return cls(view.services.database, reach.hidden, _rows(view.services.database, reach.hidden))

    def is_unchanged(self) -> bool:
        return _rows(self.database, self.ids) == self.rows


def misbehaviour(asked: Asked, theirs: View, hidden: Hidden) -> str:
    """What is wrong with the answer to any request; empty where nothing is."""
    done = theirs.ask(asked)
    return _wrong(asked, done.status, leaks(done, asked, hidden.ids))


def _wrong(asked: Asked, status: int, leaked: list[str]) -> str:
    if status >= 500 and status != 501:
        return f"{asked}\nis answered with {status}"
    return f"{asked}\ntells of {leaked}" if leaked else ""


def _rows(database: Database, ids: set[UUID]) -> list[Any]:
    with database.reading() as connection:
        return [tuple(row) for kind in KINDS for row in connection.execute(_hidden_rows(kind, ids))]


def _hidden_rows(kind: type[Entity], ids: set[UUID]) -> Select[Any]:
    table, key = TABLES[kind.logical_name], TABLES[kind.logical_name].c[kind.primary_id]
    names = [name for name in (kind.primary_name, "ownerid") if name and name in table.c]
    return select(key, *(table.c[name] for name in names)).where(key.in_(ids)).order_by(key)


@contextmanager
def new_databases(number: int) -> Iterator[list[Database]]:
    """Empty SQLite databases with the schema."""
    with tempfile.TemporaryDirectory() as folder:
        databases = [open_database(f"sqlite:///{Path(folder)}/{count}.db") for count in range(number)]
        for database in databases:
            upgrade(database)
        yield databases
        for database in databases:
            database.close()


def try_user(reach: Reach, requests: int, chance: Random) -> str:
    """Half of the requests only read, and are compared; then come those that may be anything."""
    with new_databases(2) as (whole, part):
        theirs, all_of_it = views(reach, whole, part)
        for _ in range(requests // 2):
            if wrong := disagreement(random_get(chance), theirs, all_of_it, reach.hidden):
                return wrong
        hidden = Hidden.of(theirs, reach)
        for number in range(requests // 2):
            asked = random_batch(chance) if number % 3 == 0 else random_request(chance)
            if wrong := misbehaviour(asked, theirs, hidden):
                return wrong
        return "" if hidden.is_unchanged() else "Somebody else's record was changed."


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    print(f"{given.requests:,} requests, seed {given.seed}", flush=True)
    for name, reach in REACHES.items():
        began, share = time.monotonic(), given.requests // len(REACHES)
        if wrong := try_user(reach, share, Random(f"{given.seed}-{name}")):
            print(f"{name}: {wrong}")
            return 1
        print(f"{name}: {share:,} requests, {share / (time.monotonic() - began):,.0f} a second", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
