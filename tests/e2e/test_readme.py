"""The README's commands do what it says: each line of its `sh` blocks, in order, against a running service."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from leadflow.api.files import ApiFiles
from tests.command import Cli, enter
from tests.service import BIN, ROOT, Answer, Service

BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = ("leadflow ", "temporal ", "python ", *(("curl ",) if shutil.which("curl") else ()))
FOLDERS = ("rules", "leadflow", "crm", "workflows", "activities")
ROWS = 80
"""Of the example leads; `tests/e2e/test_demo.py` imports them all."""


def commands() -> list[str]:
    blocks = BLOCKS.findall((ROOT / "README.md").read_text())
    return [line for block in blocks for line in block.splitlines() if line.startswith(PROGRAMS)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that looks like the project, so that nothing is written into it."""
    for name in FOLDERS:
        (tmp_path / name).symlink_to(ROOT / name)
    leads = Path(shutil.copytree(ROOT / "examples", tmp_path / "examples")) / "leads.csv"
    leads.write_text("".join(leads.read_text().splitlines(keepends=True)[: ROWS + 1]))
    return tmp_path


def test_the_readme_shows_every_task() -> None:
    shown = "\n".join(commands())
    for task in ("leadflow leads submit", "leadflow leads import", "temporal workflow start", "leadflow rules check",
                 "leadflow leads show", "leadflow leads qualify", "leadflow report sources"):  # fmt: skip
        assert task in shown


def test_each_command_works(service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enter({**service.env, "TEMPORAL_ADDRESS": service.server.address}, monkeypatch)
    monkeypatch.setenv("PATH", f"{BIN}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(folder)
    cli = Cli(monkeypatch)
    lead = cli.submit()["leadid"]
    monkeypatch.setenv("LEAD", lead)
    origin = ApiFiles.of(service.state).origin()
    for command in commands():
        answer = run_line(cli, command.replace("http://127.0.0.1:8000", str(origin)))
        assert answer.code == 0, f"{command}\n{answer.out}{answer.err}"
        assert answer.out, f"{command} printed nothing"
    assert [event["kind"] for event in cli.json("leads", "show", lead)["timeline"]] == [
        "intake", "route", "accept", "log", "edit", "route", "qualify", "reactivate", "disqualify",
    ]  # fmt: skip


def run_line(cli: Cli, command: str) -> Answer:
    """A line as the shell runs it; leadflow's own in this process, where they start at once."""
    if command.startswith("leadflow "):
        return cli.answer(*shlex.split(os.path.expandvars(command))[1:])
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)
