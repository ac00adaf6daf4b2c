"""Whole random rule books with all fields and operators: what the check says of a rule holds for every lead."""

from random import Random

import pytest

from rules.engine.check import CheckResult, check_rules
from rules.engine.findings import Code
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.random_books import random_book, texts
from tests.rules.random_values import random_facts

LEADS = 60


@pytest.mark.parametrize("seed", range(30))
def test_a_rule_that_is_called_dead_decides_no_lead(seed: int) -> None:
    chance = Random(seed)
    result = check_rules(RuleSources.from_texts(texts(random_book(chance))))
    if result.book is None:
        return
    unreachable, impossible = dead(result)
    engine = RulesEngine(result.book)
    for _ in range(LEADS):
        decision = engine.decide(random_facts(chance, result.book.choices))
        assert decision.rule not in unreachable | impossible
        assert not impossible & {rule.rule for rule in decision.trace if rule.matched}
    engine.close()


def dead(result: CheckResult) -> tuple[set[str], set[str]]:
    """The ids of the rules that are said never to be reached, and never to match."""
    assert result.book is not None
    places = {(rule.at.file, rule.at.line): rule.id for file in result.book.files.values() for rule in file.rules}
    found = [finding for finding in result.findings if finding.code in (Code.UNREACHABLE, Code.NEVER_TRUE)]
    unreachable = {places[finding.file, finding.line] for finding in found if finding.code == Code.UNREACHABLE}
    impossible = {finding.message.split("'")[1] for finding in found if " can never match: " in finding.message}
    return unreachable, impossible


def test_random_books_have_dead_rules() -> None:
    """Without any, the test above would show nothing."""
    results = [check_rules(RuleSources.from_texts(texts(random_book(Random(seed))))) for seed in range(30)]
    counted = [dead(result) for result in results if result.book is not None]
    assert sum(len(unreachable) for unreachable, _ in counted) > 5
    assert sum(len(impossible) for _, impossible in counted) > 20
