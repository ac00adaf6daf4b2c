"""Examples that are suggested can be written into the file, pass there, and close the gap they are for."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crm.choices import standard_choices
from crm.entities.lead import Lead
from rules.analysis.coverage import Coverage, Decided, Gap, coverage_of
from rules.analysis.example_text import example_text
from rules.analysis.suggestions import Suggesting
from rules.engine.check import check_rules
from rules.engine.compiler import limit_problem
from rules.engine.conditions import Condition
from rules.engine.examples import NOW, run_example, run_examples
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import HitPolicy, RuleBook
from rules.engine.sources import RuleSources
from tests.rules.books import DIRECTORY, SHIPPED, rule_file, write_book
from tests.rules.random_rules import HOSTILE, conditions, leads

DEFAULT = "rules:\n{rules}otherwise: {{assign_to: {{queue: inbox}}}}\n"
RULE = "  - {{id: {0}, when: {{{1}}}, then: {{assign_to: {{queue: inbox}}}}}}\n"


def coverage(engine: RulesEngine) -> Coverage:
    results = run_examples(engine)
    assert [result.differences for result in results if not result.passed] == []
    return coverage_of(engine.book, [(result.facts, result.decision) for result in results])


def test_examples_for_a_whole_book(tmp_path: Path) -> None:
    """The shipped rules without an example: the suggestions show everything, and pass."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "rules"))
    for path in folder.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.partition("\nexamples:")[0] + "\n", encoding="utf-8")
    engine = RulesEngine.load(folder)
    bare = coverage(engine)
    assert bare.total.covered == 0
    for _, found in Suggesting(engine).suggestions(bare):
        assert found is not None
        with (folder / found.file).open("a", encoding="utf-8") as file:
            file.write("" if "\nexamples:" in (folder / found.file).read_text(encoding="utf-8") else "examples:\n")
            file.flush()
            file.write(example_text(found, engine.book.files[found.file], engine.book.choices))
    written = RulesEngine.load(folder)
    assert coverage(written).total.percent == 100
    assert next(Suggesting(written).suggestions(coverage(written)), None) is None


@pytest.mark.parametrize(
    ("rules", "impossible"),
    [
        (["is_duplicate: yes", "is_duplicate: no, lastname: a"], ["two: is_duplicate equals no False"]),
        (["lastname: [a, b]", "lastname: a"], ["two", "two: lastname equals a True"]),
        (["lastname: {is_set: yes}", "lastname: {is_empty: yes}"],
         ["two: lastname is_empty yes False", "otherwise"]),
        (["lastname: a, firstname: b", "lastname: a"], []),
        (["numberofemployees: {above: 5, at_least: 5}"], []),
        (["numberofemployees: {above: 5}, any: [{numberofemployees: {at_least: 5}}]"], []),
    ],
)  # fmt: skip
def test_what_no_lead_can_show_is_proved(tmp_path: Path, rules: list[str], impossible: list[str]) -> None:
    text = DEFAULT.format(rules="".join(RULE.format(*pair) for pair in zip(("one", "two"), rules, strict=False)))
    engine = RulesEngine.load(write_book(tmp_path, {"default.yaml": text}))
    suggesting = Suggesting(engine)
    left = [gap for gap, found in suggesting.suggestions(coverage(engine)) if found is None]
    assert [_brief(gap) for gap in left if suggesting.is_impossible(gap)] == impossible
    assert [_brief(gap) for gap in left] == impossible


def _brief(gap: Gap) -> str:
    if gap.condition is None:
        return gap.rule
    return f"{gap.rule}: {gap.condition.field} {gap.condition.operator} {gap.condition.expected} {gap.holds}"


def engine_of(drawn: list[Condition], policy: HitPolicy) -> RulesEngine:
    sound = (condition for condition in drawn if limit_problem(condition) is None)
    files = {"default.yaml": rule_file(*sound, hit_policy=policy)}
    return RulesEngine(RuleBook(files, read("").directory, standard_choices()))


def read(examples: str) -> RuleBook:
    """A book with these examples and no rules."""
    default = "otherwise: {hold: {reason: x}}\n" + (f"examples:\n{examples}" if examples else "")
    result = check_rules(RuleSources.from_texts({"directory.yaml": DIRECTORY, "default.yaml": default}))
    assert result.book is not None, result.findings
    return result.book


def real(facts: dict[str, Any]) -> dict[str, Any] | None:
    """The facts of the lead with these values, or None where no lead can have them."""
    values = {name: value for name, value in facts.items() if name in Lead.model_fields and name not in HOSTILE}
    if "createdon" in values:
        values["createdon"] = datetime.fromtimestamp(values["createdon"], UTC)
    context = {name: facts[name] for name in ("is_duplicate", "campaign") if name in facts}
    try:
        return lead_facts(Lead.model_validate(values), RoutingContext(now=NOW, **context))
    except ValidationError:
        return None


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(
    st.lists(conditions, min_size=1, max_size=4),
    st.sampled_from(["first", "unique"]),
    st.lists(leads.map(real).filter(bool), max_size=6),
)
def test_suggestions_for_any_rules(drawn: list[Condition], policy: HitPolicy, known: list[dict[str, Any]]) -> None:
    engine = engine_of(drawn, policy)
    suggesting = Suggesting(engine)
    suggested = list(suggesting.suggestions(coverage_of(engine.book, [])))
    shown = gaps_left(engine, [(facts, engine.decide(facts)) for facts in known])
    assert not [gap for gap, found in suggested if not found and gap not in shown and suggesting.is_impossible(gap)]
    written = [(gap, found) for gap, found in suggested if found is not None]
    texts = [example_text(found, engine.book.files["default.yaml"], standard_choices()) for _, found in written]
    # No rule stands in the book that they are read back from, so they expect none.
    book = read("".join(re.sub("expect: .*", "expect: {file: default.yaml}", text) for text in texts))
    for (gap, found), example in zip(written, book.files["default.yaml"].examples, strict=True):
        result = run_example(engine, book.files["default.yaml"], example)
        assert result.decision == found.decision
        assert gap not in gaps_left(engine, [(result.facts, result.decision)])
    engine.close()


def gaps_left(engine: RulesEngine, decided: list[Decided]) -> set[Gap]:
    """As if no example tried the rule, so that gaps of different examples can be compared."""
    (file,) = coverage_of(engine.book, decided).files
    return {replace(gap, tried=gap.rule == "otherwise") for gap in file.gaps}
