"""durable-rules, the generated Python, the trace and the oracle say the same, whatever the rules and the leads."""

from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.choices import standard_choices
from crm.errors import Misconfigured
from rules.engine.compiler import compiled, limit_problem
from rules.engine.conditions import Condition
from rules.engine.durable_engine import Matcher
from rules.engine.evaluator import Evaluator
from rules.engine.fields import FieldType
from rules.engine.operators import OPERATORS, operators_for
from tests.rules import oracle
from tests.rules.books import rule_file
from tests.rules.fuzz import LEADS_PER_BOOK, Tried, difference, engine_of, reduced, try_seed
from tests.rules.random_books import HIT_POLICIES, Book, WrittenFile, WrittenRule, random_book
from tests.rules.random_rules import FIELDS, conditions, leads
from tests.rules.random_values import random_facts

SLOW = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
BOOKS = 25


@SLOW
@given(st.lists(conditions, min_size=1, max_size=8), st.lists(leads, min_size=6, max_size=6))
def test_the_engines_agree_on_any_rules_and_leads(drawn: list[Condition], facts: list[dict[str, Any]]) -> None:
    file = rule_file(*(condition for condition in drawn if limit_problem(condition) is None))
    matcher, evaluator = Matcher(compiled(file)), Evaluator(file, standard_choices())
    for lead in [one | other for one in facts for other in facts]:
        matching = [index for index, trace in enumerate(evaluator.trace(lead)) if trace.matched]
        assert evaluator.every(lead) == matching == oracle.matching(file, lead)
        assert evaluator.first(lead) == (matching[0] if matching else None)
        assert matcher.first(lead) == evaluator.first(lead)
    matcher.close()


def test_all_types_are_drawn() -> None:
    assert set(FIELDS.values()) == set(FieldType)


@pytest.fixture(scope="module")
def tried() -> list[Tried]:
    """What `make fuzz` does two hundred thousand times."""
    return [try_seed(f"test-{number}") for number in range(BOOKS)]


def test_whole_rule_books_decide_as_the_oracle_does(tried: list[Tried]) -> None:
    assert [one.problem for one in tried if one.problem] == []
    assert sum(one.pairs for one in tried) > BOOKS * LEADS_PER_BOOK * 0.8


def test_each_type_meets_each_of_its_operators_and_both_answers(tried: list[Tried]) -> None:
    wanted = {(type_, name, fits) for type_ in FieldType for name in operators_for(type_) for fits in (True, False)}
    assert set().union(*(one.seen for one in tried)) == wanted


def test_decisions_come_from_every_place_of_a_chain_and_every_hit_policy() -> None:
    chance = Random("chains")
    policies, lengths, unmatched = set(), set(), set()
    for _ in range(8):
        try:
            engine = engine_of(random_book(chance))
        except Misconfigured:  # a rule was too wide for the engine
            continue
        for _ in range(50):
            decision = engine.decide(random_facts(chance, engine.book.choices), trace=False)
            policies.add(engine.book.files[decision.file].hit_policy)
            lengths.add(len(decision.files))
            unmatched.add(decision.unmatched)
        engine.close()
    assert policies == set(HIT_POLICIES) and unmatched == {True, False} and {1, 2, 3} <= lengths


def test_the_oracle_knows_each_operator() -> None:
    assert oracle.MEANINGS.keys() == OPERATORS.keys()


def test_equal_seeds_give_equal_books_and_leads() -> None:
    one, other = Random("same"), Random("same")
    assert random_book(one) == random_book(other)
    assert repr(random_facts(one, standard_choices())) == repr(random_facts(other, standard_choices()))


def test_a_mistake_is_found_and_shown_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(oracle.MEANINGS, "contains", lambda value, operand, now: value in operand)
    problem = next(found.problem for number in range(20) if (found := try_seed(f"planted-{number}")).problem)
    assert problem.startswith("seed planted-") and "the oracle" in problem
    assert problem.count("- {id:") == 1 and problem.count("contains") == 1 and "facts = {'now':" in problem


def test_reducing_ends_with_the_smallest_book() -> None:
    when = {
        "revenue": {"above": "5", "below": "9"},
        "any": [{"lastname": ["a", "b", "c"]}, {"none": [{"source": "x"}]}],
    }
    rules = tuple(WrittenRule(f"r{number}", when, 0, "") for number in range(3))
    files: Book = tuple(WrittenFile(path, "first", False, rules) for path in ("default.yaml", "business_units/uk.yaml"))

    def is_wrong(book: Book, facts: dict[str, Any]) -> bool:
        return "source" in repr(book[0]) and "lastname" in facts

    book, facts = reduced(files, {"now": 0, "lastname": "a", "source": "x"}, is_wrong)
    assert facts == {"now": 0, "lastname": "a"}
    assert [(file.path, [rule.when for rule in file.rules]) for file in book] == [("default.yaml", [{"source": "x"}])]


def test_a_decision_that_differs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of((WrittenFile("default.yaml", "first", False, (WrittenRule("r", {"lastname": "a"}, 0, ""),)),))
    assert difference(engine, {"now": 0, "lastname": "a"}) == ""
    monkeypatch.setattr(engine._steps["default.yaml"], "matched", lambda facts: None)
    assert "decided r" in difference(engine, {"now": 0, "lastname": "a"})
    engine.close()
