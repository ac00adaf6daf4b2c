"""Fair shares under fire: four worker processes, killed and started again, and every lead tried more than once."""

from datetime import timedelta
from random import Random

import pytest

from tests.chaos.crew import Crew, plan, prepared

LEADS, KILLS = 240, 8


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: object) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/leadflow.db"
    given: str = request.getfixturevalue("empty_postgres_url")
    return given


@pytest.mark.timeout(120)
def test_every_lead_is_given_once_and_fairly_whoever_is_killed(url: str) -> None:
    database = prepared(url)
    assert Crew(database, plan(LEADS), Random(LEADS)).run(KILLS, timedelta(seconds=90)) == []
    database.close()
