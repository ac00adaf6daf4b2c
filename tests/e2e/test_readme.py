"""The README's commands do what it says: each line of its `sh` blocks, in order, against a running service."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.service import BIN, ROOT, Service, run

BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = ("leadflow ", "temporal ", "python ")
FOLDERS = ("examples", "rules", "leadflow", "crm", "workflows", "activities")


def commands() -> list[str]:
    blocks = BLOCKS.findall((ROOT / "README.md").read_text())
    return [line for block in blocks for line in block.splitlines() if line.startswith(PROGRAMS)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like the project, so that nothing is written into it."""
    for name in FOLDERS:
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_the_readme_shows_every_task() -> None:
    shown = "\n".join(commands())
    for task in ("leadflow leads submit", "leadflow leads import", "temporal workflow start", "leadflow rules check",
                 "leadflow leads show", "leadflow leads qualify", "leadflow report sources"):  # fmt: skip
        assert task in shown


def test_each_command_works(service: Service, folder: Path) -> None:
    pairs = ("lastname=Byrne", "emailaddress1=readme@firm.example", "address1_country=IE")
    lead = run("leadflow", "leads", "submit", *pairs, "--business-unit", "uk", "--format", "json", env=service.env).json()
    env = {
        **service.env,
        "PATH": f"{BIN}{os.pathsep}{service.env['PATH']}",
        "TEMPORAL_ADDRESS": service.server.address,
        "LEAD": lead["leadid"],
    }
    for command in commands():
        done = subprocess.run(
            ["sh", "-c", command], env=env, cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert done.stdout, f"{command} printed nothing"
    story = run("leadflow", "leads", "show", lead["leadid"], "--format", "json", env=service.env).json()
    assert [event["kind"] for event in story["timeline"]] == [
        "intake", "route", "accept", "log", "edit", "qualify", "reactivate", "disqualify",
    ]  # fmt: skip
