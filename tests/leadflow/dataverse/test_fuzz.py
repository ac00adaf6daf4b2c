"""Random requests: never a 500, never another user's row, never a count or a sum of what the caller may not see.

`python -m tests.leadflow.dataverse.fuzz` tries more of them.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from crm.store.database import Database, open_database
from crm.store.upgrade import upgrade
from tests.conftest import empty
from tests.leadflow.dataverse.conftest import Api
from tests.leadflow.dataverse.fuzz import Hidden, disagreement, misbehaviour
from tests.leadflow.dataverse.random_requests import random_batch, random_get, random_request
from tests.leadflow.dataverse.two_views import REACHES, View, views
from tests.postgres import new_database

SEEDS = st.integers(0, 2**32)
QUIETLY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@pytest.fixture(scope="module")
def second_postgres(postgres_server: str) -> Iterator[Database]:
    """A second PostgreSQL database with the schema."""
    with new_database(postgres_server) as url:
        database = open_database(url)
        upgrade(database)
        yield database
        database.close()


@pytest.fixture
def second(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Another empty database of the same kind."""
    if database.url.startswith("sqlite"):
        file = shutil.copy(request.getfixturevalue("sqlite_with_schema"), tmp_path / "second.db")
        other = open_database(f"sqlite:///{file}")
        yield other
        other.close()
        return
    other = request.getfixturevalue("second_postgres")
    yield other
    empty(other)


@pytest.fixture
def examples(database: Database) -> int:
    """PostgreSQL gets fewer requests: what the two may differ in is the SQL of types, not the way to it."""
    return 15 if database.url.startswith("sqlite") else 8


@pytest.mark.parametrize("reach", REACHES)
def test_a_caller_is_told_of_nothing_but_their_own(
    reach: str, database: Database, second: Database, examples: int
) -> None:
    theirs, all_of_it = views(REACHES[reach], database, second)

    @settings(max_examples=examples, deadline=None, suppress_health_check=QUIETLY)
    @given(SEEDS)
    def agree(seed: int) -> None:
        asked = random_get(Random(seed))
        assert disagreement(asked, theirs, all_of_it, REACHES[reach].hidden) == ""

    agree()


@pytest.mark.parametrize("reach", REACHES)
def test_every_request_and_batch_is_answered_and_harms_nobody(
    reach: str, database: Database, second: Database, examples: int
) -> None:
    theirs, _ = views(REACHES[reach], database, second)
    hidden = Hidden.of(theirs, REACHES[reach])

    @settings(max_examples=examples, deadline=None, suppress_health_check=QUIETLY)
    @given(SEEDS)
    def harmless(seed: int) -> None:
        chance = Random(seed)
        asked = random_batch(chance) if seed % 3 == 0 else random_request(chance)
        assert misbehaviour(asked, theirs, hidden) == ""

    harmless()
    assert hidden.is_unchanged()


def test_hidden_rows_would_be_found(database: Database, second: Database) -> None:
    """The checks see what they must: the same requests by somebody who sees everything."""
    theirs, all_of_it = views(REACHES["own records"], database, second)
    hidden = REACHES["own records"].hidden
    everybody = View(theirs.services, all_of_it.caller)
    chance = Random(1)
    found = [disagreement(random_get(chance), everybody, all_of_it, hidden) for _ in range(60)]
    assert any(found)


MANY = 3000
HOSTILE = {
    "nested brackets": "leads?$filter=" + "(" * MANY + "statecode eq 0" + ")" * MANY,
    "nested nots": "leads?$filter=" + "not (" * MANY + "statecode eq 0" + ")" * MANY,
    "a long or": "leads?$filter=" + " or ".join(["statecode eq 0"] * MANY),
    "a long list": "leads?$filter=Microsoft.Dynamics.CRM.In(PropertyName='subject',PropertyValues=["
    + ",".join(['"x"'] * MANY) + "])",
    "wildcards": "leads?$filter=contains(description,'" + "%a" * 1000 + "')",
    "nested any": "leads?$filter=" + "Lead_Tasks/any(o:o/regardingobjectid_lead_task/" * 40 + "x" + ")" * 40,
    "a long path in a filter": "leads?$filter=" + "masterid/" * 500 + "subject eq 'x'",
    "many expansions": "leads?$expand=" + ",".join(["owninguser"] * 500),
    "nested expansions": "leads?$expand=" + "lead_master_lead($expand=" * 200 + "masterid" + ")" * 200,
    "many orders": "leads?$orderby=" + ",".join(["subject"] * MANY),
    "many properties": "leads?$select=" + ",".join(["subject"] * MANY),
    "nested groups": "leads?$apply=" + "filter(statecode eq 0)/" * 500 + "aggregate($count as n)",
    "a large number": "leads?$top=" + "9" * 4000,
    "many aliases": "leads?$filter=subject eq @p0&" + "&".join(f"@p{n}=@p{n + 1}" for n in range(1000)),
    "a circle of aliases": "leads?$filter=subject eq @a&@a=@b&@b=@a",
    "a long path": "leads" + "/leads" * 1300,
    "a key of quotes": "leads(" + "'" * 8001 + ")",
    "a token of the client's own": "leads?$skiptoken=" + "A" * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_queries_are_refused_or_cost_little(name: str, api: Api) -> None:
    """Cost is counted in statements and their length, not in time."""
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        status = api.ask("GET", HOSTILE[name]).status
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert status in (200, 400, 404, 414)
    assert len(statements) <= 3 and sum(map(len, statements)) < 200_000


@pytest.mark.parametrize("body", [
    b"[" * 100_000, b'{"a":' * 50_000, b'{"name":"' + b"x" * 1_000_000 + b'"}', b'{"revenue":' + b"9" * 5000 + b"}",
    b'{"numberofemployees":1e400}', b'{"account_parent_account":[' * 60 + b'{"name":"x"}' + b"]}" * 60,
    b'{"name":"\\ud800"}', b'{"name":"\xff"}', b'{"name":"a\\u0000b"}',
])  # fmt: skip
def test_hostile_bodies_are_refused(body: bytes, api: Api) -> None:
    assert api.ask("POST", "accounts", body).status in (400, 413)
    assert api.get("accounts?$select=name")["value"] == []
