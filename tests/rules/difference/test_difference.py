"""What changed between two rule books, and which leads it touches."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.choices import standard_choices
from rules.difference.affected import changed_leads
from rules.difference.changes import moved_rules
from rules.difference.difference import Difference, difference
from rules.engine.compiler import limit_problem
from rules.engine.conditions import Condition
from rules.engine.decision import Assign, Hold, Outcome
from rules.engine.evaluator import Evaluator
from rules.engine.schema import RuleBook, RuleFile
from tests.rules.books import DEFAULT, DIRECTORY, checked, condition, rule_file
from tests.rules.random_rules import conditions, leads

BIG = """
rules:
  - id: big
    description: Large companies
    when: {numberofemployees: {at_least: 500}}
    then: {assign_to: {team: desk}}
  - id: german
    when: {address1_country: DE}
    then: {assign_to: {user: ann}}
otherwise: {assign_to: {queue: inbox}}
"""


def book(folder: Path, files: Mapping[str, str]) -> RuleBook:
    result = checked(folder, dict(files))
    assert result.book is not None, result.findings
    return result.book


@pytest.fixture
def compare(tmp_path: Path) -> Any:
    """The difference between default.yaml as BIG and as it is after the replacements."""

    def compared(*replaced: tuple[str, str], **files: str) -> Difference:
        text = BIG
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        before = book(tmp_path / "before", {"default.yaml": BIG})
        return difference(before, book(tmp_path / "after", {"default.yaml": text, **files}))

    return compared


def changes(found: Difference) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.kind, change.rule, change.details) for change in found.rules]


def test_another_layout_is_no_change(compare: Any) -> None:
    found = compare(
        ("Large companies", "Companies that are large"), ("{address1_country: DE}", "\n      address1_country: [DE]")
    )
    assert (found.rules, found.others, found.leads) == ([], [], [])
    assert found.old_digest == found.new_digest


def test_the_same_leads_in_other_words_are_no_change(compare: Any) -> None:
    found = compare(("at_least: 500", "above: 499"))
    assert (found.rules, found.leads) == ([], [])


def test_a_condition_says_whom_it_has_gained_and_lost(compare: Any) -> None:
    assert changes(compare(("at_least: 500", "at_least: 200"))) == [
        ("changed", "big", ("now also numberofemployees between 200 and 499",))
    ]
    assert changes(compare(("at_least: 500", "at_least: 900"))) == [
        ("changed", "big", ("no longer numberofemployees between 500 and 899",))
    ]


def test_the_leads_of_a_wider_rule_come_from_the_rules_after_it(compare: Any) -> None:
    found = compare(("at_least: 500", "at_least: 200"))
    assert [(leads.leads, leads.old_rule, leads.old_outcome, leads.new_outcome) for leads in found.leads] == [
        (("address1_country is DE; numberofemployees between 200 and 499",), "german", "user ann",
         "team desk; strategy round_robin"),
        (("numberofemployees between 200 and 499",), "otherwise", "queue inbox",
         "team desk; strategy round_robin"),
    ]  # fmt: skip
    example = found.leads[0].example
    assert example is not None
    assert (example["address1_country"], 200 <= example["numberofemployees"] <= 499) == ("de", True)


def test_a_new_rule_and_one_that_is_gone(compare: Any) -> None:
    found = compare(("id: german", "id: german-speaking"), ("address1_country: DE", "address1_country: [DE, AT]"))
    assert changes(found) == [
        ("added", "german-speaking", ("when address1_country is AT or DE", "then user ann")),
        ("removed", "german", ("when address1_country is DE", "then user ann")),
    ]
    (austrians,) = found.leads
    assert (austrians.old_rule, austrians.new_rule) == ("otherwise", "german-speaking")


def test_a_rule_that_moved_ahead(tmp_path: Path) -> None:
    head, first, second = BIG.split("  - id")
    second, tail = second.split("otherwise")
    turned = f"{head}  - id{second}  - id{first}otherwise{tail}"
    found = difference(
        book(tmp_path / "before", {"default.yaml": BIG}), book(tmp_path / "after", {"default.yaml": turned})
    )
    assert [(change.kind, change.details) for change in found.rules] == [("moved", ("now the first",))]
    (both,) = found.leads
    assert both.leads == ("numberofemployees at least 500; address1_country is DE",)
    assert (both.old_rule, both.new_rule) == ("big", "german")


def test_an_outcome_in_its_parts(compare: Any) -> None:
    found = compare(("{assign_to: {user: ann}}", "{assign_to: {user: ann}, priority: hot}"))
    assert changes(found) == [("changed", "german", ("then user ann -> user ann; priority hot",))]
    assert found.leads[0].leads == ("address1_country is DE",)


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("{assign_to: {team: desk, strategy: sticky, fallback: weighted, during: working_hours}}",
         "team desk; strategy sticky; fallback weighted; during working_hours"),
        ("{assign_to: {team: desk, requires: {languages: [de, en], skills: cloud}}}",
         "team desk; strategy round_robin; requires languages de, en; skills cloud"),
        ("{assign_to: {user: ann}, accept_within: 1 hour, contact_within: 1 day clock, if_missed: [escalate: desk]}",
         "user ann; accept_within 1 hour; contact_within 1 day clock; if_missed escalate desk"),
        ("{assign_to: {team: desk}, if_nobody: [wait, queue: inbox]}",
         "team desk; strategy round_robin; if_nobody wait, queue inbox"),
        ("{offer_to: contoso, accept_within: 1 day, registered_for: 90 days, if_nobody: [next: desk]}",
         "offered to contoso; accept_within 1 day; registered_for 90 days; if_nobody next desk"),
        ("{offer_to: {contoso: 3}, accept_within: 1 day, priority: hot}",
         "offered to contoso; priority hot; weights contoso 3; accept_within 1 day"),
    ],
)  # fmt: skip
def test_how_leads_are_given_out_is_told_in_words(compare: Any, then: str, words: str) -> None:
    assert changes(compare(("{assign_to: {user: ann}}", then))) == [
        ("changed", "german", (f"then user ann -> {words}",))
    ]


def test_what_a_file_says_of_all_its_leads(compare: Any) -> None:
    (file,) = compare(("\nrules:", "\nduplicates: link\nmax_reroutes: 3\nreroute_on_edit: never\nrules:")).others
    assert file.details == (
        "duplicates not said -> same link, similar route",
        "max_reroutes not said -> 3",
        "reroute_on_edit not said -> never",
    )


def test_who_can_do_what_in_the_directory(compare: Any) -> None:
    directory = DIRECTORY.replace("ann@leadflow.example,", "ann@leadflow.example, languages: [de, en], capacity: 20,")
    directory = directory.replace("manager: ann", "manager: ann, capacity: 30, missed_turns: keep")
    found = compare(**{"directory.yaml": directory})
    assert [(other.name, other.details) for other in found.others] == [
        ("directory.yaml users ann", ("languages: none -> de, en", "capacity: none -> 20")),
        ("directory.yaml teams desk", ("capacity: none -> 30", "missed_turns: skip -> keep")),
    ]


def test_otherwise_and_the_hit_policy(compare: Any) -> None:
    found = compare(("{queue: inbox}", "{user: bob}"), ("\nrules:", "\nhit_policy: unique\nrules:"))
    (file,) = found.others
    assert (file.kind, file.name) == ("changed", "default.yaml")
    assert file.details == ("hit_policy first -> unique", "otherwise queue inbox -> user bob")
    assert [leads.old_rule for leads in found.leads] == ["otherwise"]


def test_files_and_the_directory(compare: Any) -> None:
    directory = DIRECTORY.replace("members: [ann, {user: bob, weight: 2}]", "members: [ann]")
    directory = directory.replace("spring: {name: Spring}", "autumn: {name: Autumn}")
    found = compare(**{"directory.yaml": directory, "business_units/uk.yaml": f"business_unit: uk\n{DEFAULT}"})
    assert [(other.kind, other.name, other.details) for other in found.others] == [
        ("added", "business_units/uk.yaml", ()),
        ("changed", "directory.yaml teams desk", ("members: ann 1, bob 2 -> ann 1",)),
        ("added", "directory.yaml campaigns autumn", ()),
        ("removed", "directory.yaml campaigns spring", ()),
    ]


def test_a_rule_that_went_to_another_file(tmp_path: Path) -> None:
    rule = "rules:\n  - {id: mine, when: {lastname: a}, then: {assign_to: {user: ann}}}\n"
    unit = "business_unit: uk\n"
    before = {"default.yaml": rule + DEFAULT, "business_units/uk.yaml": unit + DEFAULT}
    after = {"default.yaml": DEFAULT, "business_units/uk.yaml": unit + rule + DEFAULT}
    found = difference(book(tmp_path / "before", before), book(tmp_path / "after", after))
    assert changes(found) == [("moved", "mine", ("from default.yaml to business_units/uk.yaml",))]
    assert {(leads.file, leads.old_outcome, leads.new_outcome) for leads in found.leads} == {
        ("default.yaml", "user ann", "queue inbox"), ("business_units/uk.yaml", "queue inbox", "user ann"),
    }  # fmt: skip


OUTCOMES: list[Outcome] = [Assign(to="queue", key="inbox"), Assign(to="user", key="ann"), Hold(reason="look")]


def file_of(drawn: list[tuple[Condition, int, int]]) -> RuleFile:
    """Rules with the conditions, outcomes and ids as drawn; the last of equal ids counts."""
    chosen = {f"r-{id}": (condition, outcome) for condition, outcome, id in drawn}
    file = rule_file(*(condition for condition, _ in chosen.values()))
    rules = [
        replace(rule, id=id, outcome=OUTCOMES[outcome])
        for rule, (id, (_, outcome)) in zip(file.rules, chosen.items(), strict=True)
    ]
    return replace(file, rules=tuple(rules))


ALWAYS_SET = {"is_duplicate": False, "existing_account": False, "existing_contact": True, "age_hours": 1.5}
rules_drawn = st.lists(
    st.tuples(
        conditions.filter(lambda condition: limit_problem(condition) is None), st.integers(0, 2), st.integers(0, 5)
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(rules_drawn, st.data(), st.lists(leads, min_size=3, max_size=3))
def test_every_lead_that_fares_differently_is_told(
    drawn: Any, data: st.DataObject, facts: list[dict[str, Any]]
) -> None:
    kept = data.draw(st.lists(st.sampled_from(drawn), unique_by=id)) if drawn else []
    old, new = file_of(drawn), file_of([*data.draw(rules_drawn), *kept])
    found = changed_leads(old, new)
    if found is None:
        return
    for lead in [ALWAYS_SET | one | other for one in facts for other in facts]:
        before, after = decided(old, lead), decided(new, lead)
        told = {(change.old.outcome, change.new.outcome) for change in found if change.leads.holds(lead)}
        assert told == ({(before, after)} if before != after else set())


def decided(file: RuleFile, lead: dict[str, Any]) -> Any:
    index = Evaluator(file, standard_choices()).first(lead)
    return file.otherwise if index is None else file.rules[index].outcome


orders = st.lists(st.integers(0, 9), unique=True)


@given(orders, orders)
def test_what_did_not_move_is_in_the_same_order(one: list[int], other: list[int]) -> None:
    always = condition("{lastname: {is_set: yes}}")
    files = [file_of([(always, 0, number) for number in order]) for order in (one, other)]
    moved = moved_rules(*files).keys()
    left = [[rule.id for rule in file.rules if rule.id not in moved] for file in files]
    shared = set(left[0]) & set(left[1])
    assert [id for id in left[0] if id in shared] == [id for id in left[1] if id in shared]
