"""Examples that are suggested can be written into the file, pass there, and close the gap they are for."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.choices import standard_choices
from rules.analysis.coverage import Coverage, Gap, coverage_of
from rules.analysis.example_text import example_text
from rules.analysis.suggestions import Suggesting
from rules.engine.compiler import limit_problem
from rules.engine.conditions import Condition
from rules.engine.directory import Directory
from rules.engine.examples import run_example, run_examples
from rules.engine.findings import Findings
from rules.engine.loader import load_text
from rules.engine.reading import FileReader
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import HitPolicy, RuleBook, RuleFile
from rules.engine.values import Names
from tests.rules.books import SHIPPED, rule_file, write_book
from tests.rules.random_rules import conditions, leads

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
    return RulesEngine(
        RuleBook({"default.yaml": rule_file(*sound, hit_policy=policy)}, Directory(), standard_choices())
    )


def read_back(text: str) -> RuleFile:
    """A file with this example and nothing else."""
    findings = Findings()
    table = load_text(f"otherwise: {{hold: {{reason: x}}}}\nexamples:\n{text}", "default.yaml", findings)
    assert table is not None, list(findings)
    names = Names(standard_choices(), Directory())
    file = FileReader("default.yaml", "default", None, names, findings).read(table)
    assert file is not None, list(findings)
    return file


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.lists(conditions, min_size=1, max_size=4),
    st.sampled_from(["first", "unique"]),
    st.lists(leads, max_size=6),
)
def test_suggestions_for_any_rules(drawn: list[Condition], policy: HitPolicy, known: list[dict[str, Any]]) -> None:
    engine = engine_of(drawn, policy)
    suggesting = Suggesting(engine)
    bare = coverage_of(engine.book, [])
    by_known_leads = coverage_of(engine.book, [(facts, engine.decide(facts)) for facts in known])
    for gap, found in suggesting.suggestions(bare):
        if found is None:
            shown = gap not in {_untried(one) for one in by_known_leads.files[0].gaps}
            assert not (shown and suggesting.is_impossible(gap))
            continue
        file = read_back(example_text(found, engine.book.files["default.yaml"], standard_choices()))
        result = run_example(engine, file, file.examples[0])
        assert result.passed, result.differences
        (covered,) = coverage_of(engine.book, [(result.facts, result.decision)]).files
        assert gap not in {_untried(one) for one in covered.gaps}
    engine.close()


def _untried(gap: Gap) -> Gap:
    return Gap(gap.file, gap.at, gap.rule, gap.condition, gap.holds, tried=gap.rule == "otherwise")
