"""The rule book that comes with leadflow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.engine.check import check_rules
from rules.engine.examples import run_examples
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.books import SHIPPED, rule_text, write_book


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
        "accept_within: expected 5 minutes, got none",
        "hold: expected yes, got no",
        "disqualify: expected lost, got no",
    )
