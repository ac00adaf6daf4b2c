"""`make` is the one list of tasks."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TASKS = ("install", "demo", "up", "test", "lint", "fuzz", "bench", "lock", "clean")


def make(*arguments: str) -> str:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_help_lists_each_task_in_one_line() -> None:
    listed = re.findall(r"^  make (\w+) +\S.*$", make("help"), re.MULTILINE)
    assert set(TASKS) <= set(listed)
    assert make() == make("help")


@pytest.mark.parametrize("task", TASKS)
def test_each_task_can_be_planned(task: str) -> None:
    assert make("--dry-run", task).strip()


def test_continuous_integration_runs_the_documented_test_command() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert "make --no-print-directory test" in script
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "make test" in (ROOT / "README.md").read_text()
