"""Fair shares under fire: four worker processes, killed and started again, and every lead tried more than once.

`make chaos` is the long form, with Temporal's own workers too.
"""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from tests.chaos import crew
from tests.chaos.plan import plan

LEADS, KILLS = 160, 6


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/leadflow.db"
    given: str = request.getfixturevalue("empty_postgres_url")
    return given


@pytest.mark.timeout(120)
def test_every_lead_is_given_once_and_fairly_whoever_is_killed(url: str) -> None:
    database = crew.prepared(url)
    assert crew.run(database, plan(LEADS), KILLS, Random(LEADS), timedelta(seconds=90)) == []
    database.close()
