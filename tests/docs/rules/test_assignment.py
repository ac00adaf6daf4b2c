"""docs/rules/assignment.md: each of its files checks, and its examples come out; no option is missing in it."""

import re

import pytest

from rules.engine.check import check_rules
from rules.engine.directory import Team, TeamMember, User
from rules.engine.examples import run_examples
from rules.engine.outcome_specs import AssignSpec, OutcomeSpec, RequirementsSpec
from rules.engine.policy import Policy
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from rules.strategies import STRATEGIES
from tests.docs.test_docs import blocks, first_cells, text_of

PAGE = text_of("docs/rules/assignment.md")
DIRECTORY, *FILES = blocks(PAGE, "yaml")
ELSEWHERE = {"qualify", "disqualify", "hold"}
OF_PEOPLE = {"languages", "skills", "territories", "capacity", "weight", "missed_turns", "manager"}


def sources(file: str) -> RuleSources:
    return RuleSources.from_texts({"directory.yaml": DIRECTORY, "default.yaml": file})


def failed(file: str) -> list[tuple[str, tuple[str, ...]]]:
    """The examples of a file that do not come out; there are some, and the check has nothing to say of it."""
    result = check_rules(sources(file))
    assert result.findings == ()
    results = run_examples(RulesEngine.of(sources(file), "the page"))
    assert results
    return [(result.name, result.differences) for result in results if not result.passed]


@pytest.mark.parametrize("file", FILES, ids=[str(number) for number in range(len(FILES))])
def test_the_examples_come_out(file: str) -> None:
    assert file.startswith("# default.yaml\n")
    assert failed(file) == []


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("strategy: capacity", "strategy: least_open"),
        ("strategy: sticky, fallback: least_open", "strategy: round_robin"),
        ("strategy: weighted", "strategy: all"),
        (", during: working_hours", ""),
        (", requires: {languages: de, skills: insurance}", ""),
        ("if_nobody: [next: night, wait]", "if_nobody: wait"),
        ("contact_within: 2 days clock\n  if", "contact_within: 3 days clock\n  if"),
        ("offer_to: [contoso, fabrikam]", "offer_to: [fabrikam, contoso]"),
        ("offer_to: {contoso: 3, fabrikam: 1}", "offer_to: {contoso: 9, fabrikam: 1}"),
    ],
)
def test_the_examples_would_notice(text: str, instead: str) -> None:
    file = next(file for file in FILES if text in file)
    engine = RulesEngine.of(sources(file.replace(text, instead, 1)), "the page")
    assert not all(result.passed for result in run_examples(engine))


def test_no_option_is_missing() -> None:
    told = {word for cell in first_cells(PAGE) for word in re.findall(r"\w+", cell)}
    titles = {word for title in re.findall(r"^## (.+)$", PAGE, re.MULTILINE) for word in re.findall(r"\w+", title)}
    options = {*AssignSpec.model_fields, *OutcomeSpec.model_fields, *RequirementsSpec.model_fields, *STRATEGIES}
    assert options - ELSEWHERE <= told | titles
    assert {*Policy.model_fields, *OF_PEOPLE} <= told
    assert {*User.model_fields, *Team.model_fields, *TeamMember.model_fields} >= OF_PEOPLE
