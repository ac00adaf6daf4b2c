"""leadflow rules diff: two folders, git revisions, and kept rule sets."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.store.database import Database
from crm.store.rules import rulesets
from rules.engine.rules_engine import RulesEngine
from tests.command import Cli, enter
from tests.leadflow.cli.rules.conftest import edited
from tests.rulebook import FOLDER
from tests.service import environment

ANNA_TO_BEN = {"{user: anna}": "{user: ben}"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the rules in a folder, committed once."""
    folder = edited(tmp_path / "repository" / "rules", "default.yaml", {})
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "rules"]):
        git(folder.parent, *words)
    return folder


def git(folder: Path, *words: str) -> None:
    named = ["-c", "user.name=Editor", "-c", "user.email=editor@ours.example"]
    subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_database: Database, repository: Path) -> Cli:
    enter(environment(tmp_path, rules_dir=str(repository), database_url=sqlite_database.url), monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def change(repository: Path, old: str, new: str) -> None:
    file = repository / "default.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_nothing_was_edited_since_the_last_commit(cli: Cli) -> None:
    assert cli.text("rules", "diff") == "Nothing changed in meaning.\n"


def test_what_was_edited_since_the_last_commit(cli: Cli, repository: Path) -> None:
    change(repository, "{user: anna}", "{user: ben}")
    said = cli.text("rules", "diff")
    assert "~ rule to-user changed (default.yaml:" in said
    assert "    then user anna -> user ben\n" in said
    assert "default.yaml: decided by to-user as before\n" in said
    assert "    where jobtitle is 'for anna'\n" in said


def test_between_two_revisions(cli: Cli, repository: Path) -> None:
    change(repository, "{user: anna}", "{user: ben}")
    git(repository, "commit", "-q", "-am", "ben")
    assert cli.text("rules", "diff") == "Nothing changed in meaning.\n"
    found = cli.json("rules", "diff", "git:HEAD~1", "HEAD")
    assert [(rule["rule"], rule["kind"]) for rule in found["rules"]] == [("to-user", "changed")]
    (leads,) = found["leads"]
    assert (leads["old_outcome"], leads["new_outcome"]) == ("user anna", "user ben")
    assert leads["example"]["jobtitle"] == "for anna"


def test_a_folder_and_a_kept_set(cli: Cli, tmp_path: Path, sqlite_database: Database) -> None:
    engine = RulesEngine.load(FOLDER)
    with sqlite_database.transaction() as connection:
        rulesets.keep(connection, engine.digest, engine.book.texts, datetime.now(UTC))
    folder = edited(tmp_path / "candidate", "default.yaml", ANNA_TO_BEN)
    for name in (f"digest:{engine.digest[:8]}", engine.digest[:8]):
        assert cli.json("rules", "diff", name, folder)["rules"][0]["rule"] == "to-user"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("git:nowhere", "git knows no rules of revision 'nowhere'"),
        ("digest:123456", "No rule set is kept whose digest begins with '123456'"),
        ("digest:12", "give 6 digits or more"),
        ("nonsense", "Give a folder, git:<revision> or digest:<digest>"),
        ("git:--output=x", "git knows no rules of revision '--output=x'"),
    ],
)
def test_rules_that_cannot_be_found(cli: Cli, name: str, says: str) -> None:
    assert says in cli.refused("rules", "diff", name)


def test_rules_that_do_not_check(cli: Cli, repository: Path) -> None:
    change(repository, "jobtitle: for anna", "jobtitel: for anna")
    answer = cli.answer("rules", "diff")
    assert answer.code == 1
    assert "unknown field 'jobtitel'. Did you mean 'jobtitle'?" in answer.err
