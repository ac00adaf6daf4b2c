"""What people see of a rule table: its rows, by the lines of its file."""

import shutil
from pathlib import Path

import pytest

from tests.command import Cli, enter
from tests.service import ROOT, environment

TABLE = "business_units/us.territories.csv"
TEXAN = ("business_unit=us", "address1_country=US", "address1_stateorprovince=TX", "lastname=Ray")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line without a service and without a database."""
    enter(environment(tmp_path / "state"), monkeypatch)
    return Cli(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped rules, to edit."""
    return Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))


def line_of(table: Path, rule: str) -> int:
    return next(n for n, line in enumerate(table.read_text().splitlines(), 1) if line.startswith(f"{rule},"))


def test_explain_names_the_row_that_decides(alone: Cli, folder: Path) -> None:
    place = f"{TABLE}, line {line_of(folder / TABLE, 'us-south')}"
    assert f"Rule us-south of business_units/us.yaml ({place}) matched" in alone.text(
        "rules", "explain", *TEXAN, "--rules", folder
    )


def test_check_names_the_row_and_the_column(alone: Cli, folder: Path) -> None:
    table = folder / TABLE
    line = line_of(table, "us-south")
    table.write_text(table.read_text().replace("6 hours,remind | re-route | escalate", "6 hours,remnd | escalate"))
    answer = alone.answer("rules", "check", "--rules", folder)
    assert answer.code == 1 and f"{TABLE}:{line}:9: error LF101" in answer.out
    assert "(column 'if_missed')" in answer.out and "Did you mean 'remind'?" in answer.out


def test_a_failing_example_is_named_when_a_row_changes(alone: Cli, folder: Path) -> None:
    table = folder / TABLE
    table.write_text(table.read_text().replace("zoe.bennett", "grace.kim"))
    answer = alone.answer("rules", "test", "--rules", folder)
    assert answer.code == 1 and "San Francisco" in answer.out and "grace.kim" in answer.out
