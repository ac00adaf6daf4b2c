"""npm dynamics-web-api, unmodified, under node: each scenario in `node/` from its first step to its last."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Live
from tests.service import BIN


@pytest.mark.parametrize("scenario", ["records", "batches", "metadata"])
def test_the_scenario_runs_to_its_end(live: Live, node_packages: Path, scenario: str) -> None:
    environment = {**os.environ, "SERVICE_URL": live.url, "SERVICE_TOKEN": live.token}
    done = subprocess.run(
        [BIN / "node", f"{scenario}.mjs"],
        cwd=node_packages,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]}\n{done.stderr}"
    assert done.stdout.count("step: ") > 5
