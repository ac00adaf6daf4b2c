"""Rules that are never reached: found where that is certain, never where a lead reaches them."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.choices import standard_choices
from rules.analysis.areas import Area, FileAreas
from rules.analysis.reachability import check_reachability
from rules.analysis.witness import sample, witness
from rules.engine.conditions import Condition
from rules.engine.evaluator import Evaluator
from rules.engine.findings import Code, Findings
from tests.rules.analysis.analysing import areas_of, meant, real_leads, rules_text, sound_conditions
from tests.rules.books import condition

rule_books = st.lists(sound_conditions, min_size=1, max_size=6)


def unreachable(areas: FileAreas) -> frozenset[int]:
    return check_reachability(areas, Findings())


@settings(deadline=None, max_examples=150)
@given(rule_books, st.lists(real_leads, min_size=5, max_size=12))
def test_no_rule_that_decides_a_lead_is_called_unreachable(whens: list[Condition], facts: list[dict[str, Any]]) -> None:
    areas = areas_of(*whens)
    found = unreachable(areas)
    first = Evaluator(areas.file, standard_choices()).first
    assert not found & {first(lead) for lead in [*facts, *leads_for(areas)]}


def leads_for(areas: FileAreas) -> list[dict[str, Any]]:
    """Leads that are made for the rules, which random ones seldom reach."""
    boxes = [box for area in areas.areas for box in area.boxes[:5]]
    made = [facts for box in boxes for facts in sample(box)] + [facts for box in boxes if (facts := witness(box))]
    return [{"is_duplicate": False} | facts for facts in made]


@settings(deadline=None, max_examples=100)
@given(rule_books, st.data())
def test_a_rule_that_stands_twice_is_found(whens: list[Condition], data: st.DataObject) -> None:
    again = data.draw(st.integers(0, len(whens) - 1))
    areas = areas_of(*whens, whens[again])
    last: Area = areas.areas[-1]
    assert not last.boxes or len(whens) in unreachable(areas)


@pytest.mark.parametrize(
    ("whens", "by"),
    [
        (["{lastname: x}", "{lastname: x}"], "rule 'r-0' (line 2) takes"),
        (["{address1_country: [DE, AT]}", "{address1_country: AT, revenue: {above: 5}}"], "rule 'r-0' (line 2) takes"),
        (["{lastname: {matches: 'x.*'}}", "{lastname: xa}"], "rule 'r-0' (line 2) takes"),
        (["{revenue: {at_least: 5}}", "{revenue: 9}"], "rule 'r-0' (line 2) takes"),
        (["{lastname: {is_set: yes}}", "{lastname: {contains: x}}"], "rule 'r-0' (line 2) takes"),
        (["{none: [{lastname: x}]}", "{lastname: {is_empty: yes}}"], "rule 'r-0' (line 2) takes"),
        (["{jobtitle: {contains: [vp, head]}}", "{jobtitle: {starts_with: vp of}}"], "rule 'r-0' (line 2) takes"),
        (
            ["{revenue: {below: 5}}", "{revenue: {at_least: 5}}", "{revenue: {is_set: yes}}"],
            "rules 'r-0' (line 2) and 'r-1' (line 3) together take",
        ),
        (
            ["{firstname: x}", "{is_duplicate: yes}", "{lastname: y}", "{is_duplicate: no}", "{revenue: 5}"],
            "rules 'r-1' (line 3) and 'r-3' (line 5) together take",
        ),
        (
            ["{address1_country: DE}", "{address1_country: {not: [DE, AT]}}", "{address1_country: AT}", "{revenue: 5}"],
            "rules 'r-0' (line 2), 'r-1' (line 3) and 'r-2' (line 4) together take",
        ),
        (["{any: [{revenue: 5}, {lastname: x}]}", "{lastname: x, revenue: 5}"], "rule 'r-0' (line 2) takes"),
        (["{now: {after: 2020-01-01}}", "{now: {after: 2021-01-01}, lastname: x}"], "rule 'r-0' (line 2) takes"),
    ],
)  # fmt: skip
def test_who_takes_the_leads_is_named(tmp_path: Path, whens: list[str], by: str) -> None:
    (finding,) = meant(tmp_path, {"default.yaml": rules_text(*whens)}, Code.NEVER_TRUE)
    last = len(whens) - 1
    assert (finding.code, finding.line, finding.column) == (Code.UNREACHABLE, last + 2, 5)
    assert f"rule 'r-{last}' can never be reached: {by} every lead that it matches" in finding.message


@pytest.mark.parametrize(
    "whens",
    [
        ["{lastname: {contains: xy}}", "{lastname: {contains: x}}"],
        ["{lastname: {matches: 'x.*'}}", "{lastname: ya}"],
        ["{revenue: {below: 5}}", "{revenue: {above: 5}}", "{revenue: {is_set: yes}}"],
        ["{numberofemployees: {below: 5}}", "{numberofemployees: {at_least: 5}}", "{lastname: x}"],
        ["{address1_country: DE, lastname: x}", "{address1_country: DE}"],
        ["{createdon: {within_last: 3 days}}", "{createdon: {within_last: 4 days}}"],
    ],
)
def test_nothing_is_said_of_rules_that_are_reached(tmp_path: Path, whens: list[str]) -> None:
    assert meant(tmp_path, {"default.yaml": rules_text(*whens)}) == []


def test_many_that_cover_one_are_counted(tmp_path: Path) -> None:
    bands = [f"{{numberofemployees: {{between: [{10 * number}, {10 * number + 9}]}}}}" for number in range(20)]
    whole = "{numberofemployees: {between: [5, 195]}}"
    (finding,) = meant(tmp_path, {"default.yaml": rules_text(*bands, whole)})
    assert finding.line == 22 and "'r-4' (line 6) and 15 more together take" in finding.message


def test_the_rank_says_which_rule_comes_first(tmp_path: Path) -> None:
    text = rules_text("{lastname: x}", "{lastname: {is_set: yes}}", head="hit_policy: priority\n")
    text = text.replace("id: r-0", "id: r-0, rank: 2").replace("id: r-1", "id: r-1, rank: 1")
    (finding,) = meant(tmp_path, {"default.yaml": text})
    assert finding.line == 3 and "rule 'r-1' (line 4)" in finding.message


def test_a_file_gets_the_leads_of_its_unit_only(tmp_path: Path) -> None:
    text = "business_unit: uk\n" + rules_text("{business_unit: uk, revenue: {above: 5}}", "{revenue: 6}")
    (finding,) = meant(tmp_path, {"business_units/uk.yaml": text})
    assert finding.code == Code.UNREACHABLE and finding.line == 4
    text = text.replace("business_unit: uk\n", "business_unit: emea\n", 1)
    assert meant(tmp_path, {"business_units/uk.yaml": "business_unit: uk\notherwise: {use: parent}\n",
                            "business_units/emea.yaml": text}) == []  # fmt: skip


BANDS = ["{revenue: {below: 5}}", "{revenue: {at_least: 5}}", "{revenue: {is_set: yes}}"]


@pytest.mark.parametrize(
    "limit",
    ["covering.STEPS_OF_LOOKING", "covering.STEPS_OF_DIVIDING", "covering.STEPS_OF_RULE", "reachability.MAX_COST"],
)
def test_where_reasoning_would_take_too_long_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    assert len(meant(tmp_path, {"default.yaml": rules_text(*BANDS)})) == 1
    monkeypatch.setattr(f"rules.analysis.{limit}", 1)
    assert meant(tmp_path, {"default.yaml": rules_text(*BANDS)}) == []


def test_a_thousand_rules_take_a_bounded_number_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that all meet each other, and are all reached: the work must not grow with their pairs."""
    steps: list[int] = []
    monkeypatch.setattr("rules.analysis.covering._Steps.take", lambda self, taken: steps.append(taken))
    whens = [f"{{revenue: {{above: {number}}}, lastname: {{contains: w{number}w}}}}" for number in range(1000)]
    assert unreachable(areas_of(*map(condition, whens))) == frozenset()
    assert sum(steps) < 10_000
