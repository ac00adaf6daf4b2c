"""What docs/rules/working-time.md shows is a rule book that checks, and whose examples come out."""

import re

import pytest

from rules.engine.examples import NOW, ExampleResult, run_examples
from rules.engine.roster import RosterSpec
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.docs.test_docs import blocks, text_of

PAGE = text_of("docs/rules/working-time.md")


def book(text: str) -> RulesEngine:
    """The files that the page's blocks make up; each block says in its first line to which one it belongs."""
    files: dict[str, str] = {}
    for block in blocks(text, "yaml"):
        name, _, body = block.partition("\n")
        files[name.removeprefix("# ")] = files.get(name.removeprefix("# "), "") + body
    return RulesEngine.of(RuleSources.from_texts(files), "the page")


def failed(engine: RulesEngine) -> list[ExampleResult]:
    return [result for result in run_examples(engine) if not result.passed]


@pytest.fixture(scope="module")
def engine() -> RulesEngine:
    return book(PAGE)


def test_the_examples_come_out(engine: RulesEngine) -> None:
    assert len(run_examples(engine)) >= 7
    assert [(result.name, result.differences) for result in failed(engine)] == []


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("holidays: DE-BY", "holidays: DE-HH"),
        ("roster: {last: jonas.brandt}", "roster: {last: lena.hofer}"),
        (", during: working_hours", ""),
        ("15 minutes clock\n", "15 minutes\n"),
        ("if_nobody: [wait, ", "if_nobody: ["),
        ("to: 2026-02-20", "to: 2026-02-17"),
    ],
)
def test_the_examples_would_notice(text: str, instead: str) -> None:
    assert failed(book(PAGE.replace(text, instead, 1)))


def test_the_reasons_are_those_that_people_see(engine: RulesEngine) -> None:
    shown = re.findall(r"`([\w.]+: (?:outside|absent) [^`]+)`", PAGE)
    seen = {reason for result in run_examples(engine) if result.assignment for reason in result.assignment.skipped}
    assert len(shown) == 2
    assert set(shown) <= seen


def test_the_table_of_the_roster_is_complete() -> None:
    table = PAGE.partition("| Under `roster`")[2]
    assert set(re.findall(r"^\| `(\w+): [^|]+` \|", table, re.MULTILINE)) == set(RosterSpec.model_fields)
    assert f"{NOW:%A, %-d %B %Y, %H:%M} UTC" in PAGE
