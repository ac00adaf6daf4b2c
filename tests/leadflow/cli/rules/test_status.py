"""leadflow rules status: the files, the workers, the rule sets that ever decided."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.store.database import Database
from crm.store.rules import rulestatus
from crm.store.rules.rulestatus import WorkerRules
from rules.engine.rules_engine import RulesEngine
from tests.command import Cli, enter
from tests.service import ROOT, environment

SHIPPED = RulesEngine.load(ROOT / "rules").digest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rules to break."""
    return Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_database: Database, folder: Path) -> Cli:
    """The command line with a database, and without a service."""
    enter(environment(tmp_path, rules_dir=str(folder), database_url=sqlite_database.url), monkeypatch)
    return Cli(monkeypatch)


def say(database: Database, worker: str, digest: str = SHIPPED, refusal: str | None = None, ago: int = 3) -> None:
    now = datetime.now(UTC)
    row = WorkerRules(worker, digest, now - timedelta(hours=1), refusal, now - timedelta(seconds=ago))
    with database.transaction() as connection:
        rulestatus.report(connection, row)


def states(cli: Cli, code: int) -> dict[str, Any]:
    answer = cli.answer("rules", "status", "--format", "json")
    assert answer.code == code, answer
    return {row["worker"]: row["state"] for row in answer.json()["workers"]}


def test_all_is_well_when_every_living_worker_decides_by_the_files(alone: Cli, sqlite_database: Database) -> None:
    say(sqlite_database, "a:1")
    say(sqlite_database, "b:1", digest="f" * 64, ago=3600)
    assert states(alone, 0) == {"a:1": "current", "b:1": "gone"}
    said = alone.text("rules", "status")
    assert f"rules {SHIPPED[:12]}" in said and "a:1" in said and "decides by these files" in said
    assert re.search(r"\d s ago", said)


def test_a_worker_that_refuses_or_lags_is_no_success(alone: Cli, sqlite_database: Database) -> None:
    say(sqlite_database, "a:1")
    say(sqlite_database, "b:1", refusal="default.yaml:3:12: error LF201")
    say(sqlite_database, "c:1", digest="f" * 64)
    assert states(alone, 1) == {"a:1": "current", "b:1": "refuses", "c:1": "behind"}
    said = alone.answer("rules", "status").out
    assert "b:1 refuses:\ndefault.yaml:3:12: error LF201\n" in said and "decides by other files" in said


def test_a_state_without_workers_is_no_success(alone: Cli, sqlite_database: Database) -> None:
    answer = alone.answer("rules", "status")
    assert answer.code == 1 and "No worker has said" in answer.out
    say(sqlite_database, "a:1", ago=3600)
    assert states(alone, 1) == {"a:1": "gone"}


def test_files_that_do_not_check(alone: Cli, sqlite_database: Database, folder: Path) -> None:
    say(sqlite_database, "a:1")
    (folder / "default.yaml").write_text("rules: [")
    answer = alone.answer("rules", "status")
    assert answer.code == 1 and "refused" in answer.out and "default.yaml:1:" in answer.out
    found = alone.answer("rules", "status", "--format", "json").json()["folder"]
    assert found["digest"] is None and "default.yaml:1:" in found["problem"]


def test_the_revision_of_the_files(alone: Cli, folder: Path) -> None:
    def revision() -> Any:
        return alone.answer("rules", "status", "--format", "json").json()["folder"]["revision"]

    def git(*command: str) -> str:
        who = ("-c", "user.name=Ann", "-c", "user.email=ann@ours.example")
        return subprocess.run(
            ["git", "-C", folder, *who, *command], check=True, capture_output=True, text=True
        ).stdout.strip()

    assert revision() is None
    git("init")
    assert revision() is None, "there is no commit yet"
    git("add", ".")
    git("commit", "-m", "rules")
    commit = git("rev-parse", "--short", "HEAD")
    assert revision() == commit
    (folder / "default.yaml").write_text((folder / "default.yaml").read_text() + "# more\n")
    assert revision() == f"{commit}+"


def test_every_set_that_decided_is_listed(cli: Cli) -> None:
    digest = cli.json("leads", "show", cli.submit()["leadid"])["decision"]["digest"]
    answer = cli.answer("rules", "status", "--sets", "--format", "json").json()
    (mine,) = [row for row in answer["sets"] if row["digest"] == digest]
    assert mine["decisions"] >= 1 and mine["open_leads"] >= 1
    said = cli.answer("rules", "status", "--sets").out
    assert "Open leads" in said and digest[:12] in said
    assert "sets" not in cli.answer("rules", "status", "--format", "json").json()
