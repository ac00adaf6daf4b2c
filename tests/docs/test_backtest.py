"""docs/rules/backtest.md: its commands run, on the leads of the demo, and print what it says they print."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.deps import Dependencies
from crm.identity import leadid_for
from crm.store.database import open_database
from crm.store.people.organisation import apply_directory
from crm.store.upgrade import upgrade
from leadflow.intake.importing import Reader
from leadflow.intake.mapping import ColumnMapping
from leadflow.intake.reading import read_rows
from leadflow.intake.rows import Row
from rules.engine.live import LiveRules
from tests.activities.conftest import Desk
from tests.command import Cli, enter
from tests.docs.test_docs import blocks
from tests.service import EXAMPLES, ROOT, environment

DOCUMENT = (ROOT / "docs/rules/backtest.md").read_text(encoding="utf-8")
EDIT = re.search(r"`(numberofemployees: .+?)`\s+to\s+`(numberofemployees: .+?)`", DOCUMENT)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The leads of the demo, routed by the shipped rules."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('demo')}/leadflow.db")
    upgrade(database)
    rules = LiveRules(ROOT / "rules")
    with database.transaction() as connection:
        apply_directory(connection, rules.current().directory, now=START)
    desk = Desk(Dependencies(database, rules, "US"))
    reader = Reader(ColumnMapping({"Received On": ""}), desk.deps.choices, {}, quarantine=True)
    rows = [row for row in read_rows(EXAMPLES / "leads.csv") if isinstance(row, Row)]
    for number, row in enumerate(rows):
        submission = reader.read(row)
        on = START + timedelta(seconds=number)
        desk.take(desk.intake.register_lead, submission, lead=leadid_for(submission, ""), step="intake", on=on)
    yield desk
    database.close()


@pytest.fixture
def cli(demo: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line where the document starts: in the project's folder, `rules-next` being edited."""
    for name in ("rules", "rules-next"):
        shutil.copytree(ROOT / "rules", tmp_path / name)
    assert EDIT
    file = tmp_path / "rules-next/business_units/dach.yaml"
    assert file.read_text().count(EDIT[1]) == 1
    file.write_text(file.read_text().replace(EDIT[1], EDIT[2]))
    enter(environment(tmp_path / "state", database_url=demo.database.url, rules_dir="rules"), monkeypatch)
    monkeypatch.chdir(tmp_path)
    commit(tmp_path / "rules")
    return Cli(monkeypatch)


def commit(folder: Path) -> None:
    me = ("-c", "user.name=Ann", "-c", "user.email=ann@ours.example")
    for words in (("init",), ("add", "."), (*me, "commit", "-m", "rules")):
        subprocess.run(["git", "-C", folder, *words], check=True, capture_output=True)


def commands() -> list[str]:
    lines = [line.partition(" #")[0].strip() for block in blocks(DOCUMENT, "sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith("leadflow ")]


def test_the_worked_example_prints_what_it_says(cli: Cli) -> None:
    first, *_ = commands()
    said = cli.text(*shlex.split(first)[1:])
    (shown,) = blocks(DOCUMENT, "text")
    assert [line.rstrip() for line in said.rstrip().splitlines()] == shown.splitlines()


@pytest.mark.parametrize("command", commands()[1:])
def test_the_other_commands_run(cli: Cli, demo: Desk, command: str) -> None:
    words = shlex.split(command.replace("4c1d6f", demo.deps.rules.current().digest[:12]))
    answer = cli.answer(*words[1:])
    assert answer.code == 0 and "leads" in answer.out, answer
