"""The chain of files, the hit policies, the record of a decision, and what happens when the engines differ."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.errors import Misconfigured
from rules.engine.decision import Assign, MissedStep, RoutingDecision
from rules.engine.durable_engine import EngineFault, Matcher
from rules.engine.rules_engine import RulesEngine
from tests.rules.books import DEFAULT, rule_text, write_book

PARTNER = "channel_partner: contoso\nrules: [{id: partner, when: {lastname: a}, then: {hold: {reason: asked}}}]\n"
UNIT = "business_unit: uk\nrules: [{id: unit, when: {lastname: b}, then: {assign_to: {user: ann}}}]\n"
PARENT = "business_unit: emea\nrules: [{id: parent, when: {lastname: c}, then: {assign_to: {user: bob}}}]\n"
FILES = {
    "channel_partners/contoso.yaml": PARTNER + "otherwise: {use: business_unit}\n",
    "business_units/uk.yaml": UNIT + "otherwise: {use: parent}\n",
    "business_units/emea.yaml": PARENT + "otherwise: {use: parent}\n",
    "default.yaml": rule_text("{lastname: d}"),
}


def engine(folder: Path, files: dict[str, str]) -> RulesEngine:
    return RulesEngine.load(write_book(folder, files))


def decide(
    engine: RulesEngine, facts: dict[str, Any], unit: str | None = None, partner: str | None = None
) -> RoutingDecision:
    named = {"business_unit": unit, "channel_partner": partner}
    return engine.decide(facts | {name: key for name, key in named.items() if key})


@pytest.mark.parametrize(
    ("name", "unit", "partner", "rule", "files"),
    [
        ("a", "uk", "contoso", "partner", ["channel_partners/contoso.yaml"]),
        ("b", "uk", "contoso", "unit", ["channel_partners/contoso.yaml", "business_units/uk.yaml"]),
        ("c", "uk", None, "parent", ["business_units/uk.yaml", "business_units/emea.yaml"]),
        ("d", "uk", None, "one", ["business_units/uk.yaml", "business_units/emea.yaml", "default.yaml"]),
        ("d", None, "contoso", "one", ["channel_partners/contoso.yaml", "default.yaml"]),
        ("a", "uk", "unheard-of", "otherwise", ["business_units/uk.yaml", "business_units/emea.yaml", "default.yaml"]),
        ("d", "us", None, "one", ["default.yaml"]),
        ("d", "nowhere", None, "one", ["default.yaml"]),
        ("x", None, None, "otherwise", ["default.yaml"]),
    ],
)  # fmt: skip
def test_the_chain(
    tmp_path: Path, name: str, unit: str | None, partner: str | None, rule: str, files: list[str]
) -> None:
    decision = decide(engine(tmp_path, FILES), {"lastname": name}, unit, partner)
    assert (decision.rule, list(decision.files), decision.file) == (rule, files, files[-1])
    assert decision.unmatched is (rule == "otherwise")


def test_an_outcome_under_otherwise_ends_the_chain(tmp_path: Path) -> None:
    decision = decide(engine(tmp_path, FILES | {"business_units/uk.yaml": UNIT + DEFAULT}), {"lastname": "c"}, "uk")
    assert (decision.rule, decision.files, decision.unmatched) == ("otherwise", ("business_units/uk.yaml",), True)
    assert decision.reason == (
        "No rule of business_units/uk.yaml matched, so `otherwise` of business_units/uk.yaml applies."
    )


def test_the_record_survives_json(tmp_path: Path) -> None:
    then = (
        "{assign_to: {team: desk, strategy: least_open}, priority: hot, accept_within: 90 minutes, "
        "if_missed: [remind, re-route, {escalate: desk}]}"
    )
    text = rule_text("{lastname: [Smith, Jones], any: [{revenue: {at_least: 5}}, {industrycode: Insurance}]}", then)
    decision = decide(engine(tmp_path, {"default.yaml": text}), {"lastname": "smith", "industrycode": 20})
    assert RoutingDecision.model_validate_json(decision.model_dump_json()) == decision
    steps = (MissedStep(action="remind"), MissedStep(action="re-route"), MissedStep(action="escalate", team="desk"))
    assert decision.outcome == Assign(
        to="team",
        key="desk",
        strategy="least_open",
        priority="hot",
        accept_within=timedelta(minutes=90),
        if_missed=steps,
    )
    (rule,) = decision.trace
    seen = [(item.field, item.operator, item.expected, item.actual, item.holds, item.group) for item in rule.conditions]
    assert seen == [
        ("lastname", "equals", "Smith, Jones", "smith", True, "all"),
        ("revenue", "at_least", "5", None, False, "any"),
        ("industrycode", "equals", "Insurance", "Insurance", True, "any"),
    ]
    assert rule.matched and not rule.near_miss and decision.line == rule.line == 2


def test_near_misses(tmp_path: Path) -> None:
    text = "rules:\n" + "".join(
        f"  - {{id: r-{number}, when: {when}, then: {{assign_to: {{queue: inbox}}}}}}\n"
        for number, when in enumerate(["{lastname: a, firstname: b}", "{lastname: x, firstname: y}", "{lastname: x}"])
    )
    decision = decide(engine(tmp_path, {"default.yaml": text + DEFAULT}), {"lastname": "a"})
    assert [rule.near_miss for rule in decision.trace] == [True, False, False]


def test_without_a_trace_the_decision_is_the_same(tmp_path: Path) -> None:
    rules = engine(tmp_path, FILES)
    with_trace = decide(rules, {"lastname": "d"}, "uk")
    bare = rules.decide({"lastname": "d", "business_unit": "uk"}, trace=False)
    assert bare == with_trace.model_copy(update={"trace": ()})


TWO = """
hit_policy: {policy}
rules:
  - {{id: wide, {wide} when: {{revenue: {{at_least: 1}}}}, then: {{assign_to: {{user: ann}}}}}}
  - {{id: narrow, {narrow} when: {{revenue: {{at_least: 100}}}}, then: {{assign_to: {{user: bob}}}}}}
otherwise: {{assign_to: {{queue: inbox}}}}
"""


@pytest.mark.parametrize(
    ("policy", "wide", "narrow", "rule"),
    [("first", "", "", "wide"), ("unique", "", "", "wide"), ("priority", "rank: 2,", "rank: 1,", "narrow")],
)
def test_hit_policies(tmp_path: Path, policy: str, wide: str, narrow: str, rule: str) -> None:
    rules = engine(tmp_path, {"default.yaml": TWO.format(policy=policy, wide=wide, narrow=narrow)})
    decision = decide(rules, {"revenue": 500.0})
    assert decision.rule == rule
    assert ("Not unique: narrow" in decision.reason) is (policy == "unique")
    assert "Not unique" not in decide(rules, {"revenue": 5.0}).reason


def test_two_wrong_answers_and_the_evaluator_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Matcher, "first", lambda self, facts: None)
    decision = decide(engine(tmp_path, FILES), {"lastname": "d"})
    assert decision.rule == "one" and decision.engine_disagreement
    assert "the evaluator's answer was taken" in decision.reason


def test_one_wrong_answer_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Matcher.first
    answers: list[EngineFault | int] = [EngineFault("stale"), 7]

    def faulty(self: Matcher, facts: dict[str, Any]) -> int | None:
        answer = answers.pop() if answers else first(self, facts)
        if isinstance(answer, EngineFault):
            raise answer
        return answer

    monkeypatch.setattr(Matcher, "first", faulty)
    rules = engine(tmp_path, FILES)
    assert decide(rules, {"lastname": "d"}).engine_disagreement  # a wrong answer, then a fault
    answers.append(7)
    assert not decide(rules, {"lastname": "d"}).engine_disagreement


def test_a_closed_engine_still_loses_no_lead(tmp_path: Path) -> None:
    rules = engine(tmp_path, FILES)
    rules.close()
    decision = decide(rules, {"lastname": "d"})
    assert decision.rule == "one" and decision.engine_disagreement


def test_load_names_every_error(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as error:
        engine(tmp_path, {"default.yaml": rule_text("{lastnme: a, revenu: 1}")})
    assert "default.yaml:3:12: error LF201: unknown field 'lastnme'. Did you mean 'lastname'?" in str(error.value)
    assert "default.yaml:3:24" in str(error.value)


def digest(folder: Path, files: dict[str, str]) -> str:
    return engine(folder, files).digest


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("rules:", "# a comment\nrules:", True),
        ("{lastname: [a, b]}", "\n      lastname:\n        - B\n        - A", True),
        ("when: {", "description: now with words\n    when: {", True),
        ("[a, b]", "[a, c]", False),
        ("id: one", "id: two", False),
        ("queue: inbox", "user: ann", False),
        ("lastname:", "firstname:", False),
        ("{lastname: [a, b]}", "{lastname: {not: [a, b]}}", False),
        ("{lastname: [a, b]}", "{any: [{lastname: [a, b]}]}", False),
    ],
)
def test_the_digest_is_of_the_meaning(tmp_path: Path, old: str, new: str, same: bool) -> None:
    text = rule_text("{lastname: [a, b]}")
    assert old in text
    first = digest(tmp_path, {"default.yaml": text})
    assert (digest(tmp_path, {"default.yaml": text.replace(old, new, 1)}) == first) is same


def test_labels_and_numbers_of_options_have_one_digest(tmp_path: Path) -> None:
    by_label = digest(tmp_path, {"default.yaml": rule_text("{industrycode: Insurance}")})
    assert digest(tmp_path, {"default.yaml": rule_text("{industrycode: 20}")}) == by_label
