"""What docs/rules/rerouting.md shows is a rule book that checks, and says what the page says of it."""

import re

import pytest

from rules.engine.policy import Policy
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.docs.test_docs import blocks, first_cells, text_of

PAGE = text_of("docs/rules/rerouting.md")


@pytest.fixture(scope="module")
def engine() -> RulesEngine:
    files = dict(block.removeprefix("# ").split("\n", 1) for block in blocks(PAGE, "yaml"))
    return RulesEngine.of(RuleSources.from_texts(files), "the page")


def test_the_policy_is_what_the_page_shows(engine: RulesEngine) -> None:
    assert engine.policy({}) == Policy(max_reroutes=5, reroute_on_edit="until_accepted")
    assert "numberofemployees" in engine.fields_read and "emailaddress1" not in engine.fields_read


def test_the_defaults_are_those_of_the_page() -> None:
    policy = Policy()
    assert f"{policy.max_reroutes} if no file says it" in " ".join(PAGE.split())
    assert f"`{policy.reroute_on_edit}` (default)" in PAGE
    choices = {cell.split("`")[0] for cell in first_cells(PAGE) if re.match("until_accepted|always|never", cell)}
    assert choices == {"until_accepted", "always", "never"}
