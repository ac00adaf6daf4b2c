"""The rule book that comes with leadflow, and its schema."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from rules.engine.check import check_rules
from rules.engine.examples import run_examples
from rules.engine.json_schema import SCHEMA_FILE, main, rendered
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.books import SHIPPED, rule_text, write_book

FILES = [*SHIPPED.glob("*_*/*.yaml"), SHIPPED / "default.yaml", SHIPPED / "_template.yaml"]


@pytest.fixture(scope="module")
def engine() -> Iterator[RulesEngine]:
    engine = RulesEngine.load(SHIPPED)
    yield engine
    engine.close()


def test_it_checks_without_a_warning() -> None:
    assert check_rules(RuleSources.from_folder(SHIPPED)).findings == ()


def test_its_examples_pass(engine: RulesEngine) -> None:
    results = run_examples(engine)
    assert len(results) > 50
    assert [(item.file, item.line, item.differences) for item in results if not item.passed] == []
    assert not [item for item in results if item.decision.engine_disagreement]


def test_every_file_has_examples_and_every_team_some_members(engine: RulesEngine) -> None:
    assert {file.path for file in engine.book.files.values() if file.examples} == set(engine.book.files)
    assert all(3 <= len(team.members) <= 5 for team in engine.directory.teams.values())


def test_an_example_that_fails_says_how(tmp_path: Path) -> None:
    text = rule_text("{lastname: a}") + (
        "examples:\n"
        "  - {lead: {lastname: b}, expect: {rule: one, owner: {user: ann}, priority: hot, hold: yes, disqualify: Lost,"
        " file: x.yaml, accept_within: 5 minutes, qualify: no}}\n"
    )
    (result,) = run_examples(RulesEngine.load(write_book(tmp_path, {"default.yaml": text})))
    assert not result.passed and result.name == "line 7"
    assert result.differences == (
        "rule: expected one, got otherwise",
        "file: expected x.yaml, got default.yaml",
        "owner: expected user ann, got queue inbox",
        "priority: expected hot, got normal",
        "accept_within: expected 0:05:00, got None",
        "hold: expected yes, got no",
        "disqualify: expected lost, got no",
    )


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SHIPPED / SCHEMA_FILE).read_text(encoding="utf-8"))
    return loaded


def test_the_schema_file_is_fresh(engine: RulesEngine) -> None:
    text = (SHIPPED / SCHEMA_FILE).read_text(encoding="utf-8")
    assert text == rendered(engine.book.choices), "run `python -m rules.engine.json_schema rules`"


def test_the_command_writes_the_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["json_schema", str(write_book(tmp_path, {}))])
    main()
    assert json.loads((tmp_path / SCHEMA_FILE).read_text())["required"] == ["otherwise"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_files_fit_the_schema(path: Path) -> None:
    jsonschema.Draft7Validator.check_schema(schema())
    document = json.loads(json.dumps(YAML(typ="safe").load(path), default=str))
    jsonschema.Draft7Validator(schema()).validate(document)
    place = "" if path.parent == SHIPPED and path.name == "default.yaml" else "../"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# yaml-language-server: $schema={place}{SCHEMA_FILE}"


@pytest.mark.parametrize(
    "rule",
    [
        {"when": {"adress1_country": "DE"}},
        {"when": {"revenue": {"contains": "5"}}},
        {"when": {"industrycode": "Insurence"}},
        {"when": {}},
        {"then": {"assign_to": {"queue": "inbox", "strategy": "random"}}},
        {"then": {"assing_to": {"queue": "inbox"}}},
        {"id": "Not An Id"},
    ],
)
def test_the_schema_refuses_what_the_check_refuses(rule: dict[str, Any]) -> None:
    sound = {"id": "one", "when": {"revenue": 5}, "then": {"assign_to": {"queue": "inbox"}}}
    otherwise = {"assign_to": {"queue": "inbox"}}
    validator = jsonschema.Draft7Validator(schema())
    assert validator.is_valid({"rules": [sound], "otherwise": otherwise})
    assert not validator.is_valid({"rules": [sound | rule], "otherwise": otherwise})
