"""leadflow rules schema."""

import json
from pathlib import Path

import pytest

from rules.editing.schemas import SCHEMAS
from tests.command import Cli, enter
from tests.rules.books import DIRECTORY, write_book
from tests.service import environment


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    enter(environment(tmp_path / "state"), monkeypatch)
    return Cli(monkeypatch)


def test_the_schemas_follow_the_directory(alone: Cli, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "rules", {})
    assert alone.text("rules", "schema", "--rules", folder).splitlines() == [f"wrote {file}" for file in SCHEMAS]
    assert alone.text("rules", "schema", "--rules", folder) == "the schemas are up to date\n"
    (folder / "directory.yaml").write_text(DIRECTORY.replace("spring: {name: Spring}", "autumn: {name: Autumn}"))
    answer = alone.answer("rules", "schema", "--check", "--rules", folder)
    assert (answer.code, answer.out.splitlines()) == (
        1, [f"{file} is out of date. Run `leadflow rules schema`" for file in SCHEMAS],
    )  # fmt: skip
    alone.text("rules", "schema", "--rules", folder)
    schema = json.loads((folder / "rule-file.schema.json").read_text())
    assert schema["definitions"]["campaigns"]["anyOf"][0]["const"] == "autumn"


def test_the_shipped_schemas_are_up_to_date(alone: Cli) -> None:
    assert alone.text("rules", "schema", "--check") == "the schemas are up to date\n"


def test_rule_files_may_have_mistakes_but_the_directory_may_not(alone: Cli, tmp_path: Path) -> None:
    folder = write_book(tmp_path / "rules", {"default.yaml": "otherwise: ["})
    alone.text("rules", "schema", "--rules", folder)
    (folder / "directory.yaml").write_text("users: [")
    answer = alone.answer("rules", "schema", "--rules", folder)
    assert answer.code == 1 and "the schemas need the directory:\ndirectory.yaml:" in answer.err
