"""What a failing example says: each reason why a lead may go elsewhere, word by word."""

from pathlib import Path

import pytest

from leadflow.cli.rules.failure import failure_text, with_trace
from rules.engine.examples import run_examples
from rules.engine.rules_engine import RulesEngine
from tests.rules.books import write_book

UNIT = """\
business_unit: uk
{policy}
rules:
  - id: uk-large
    {first}
    description: Large companies
    when: {{address1_country: GB, numberofemployees: {{at_least: 500}}}}
    then: {{assign_to: {{team: desk}}, accept_within: 2 hours}}
  - id: uk-all
    {second}
    when: {{address1_country: GB}}
    then: {{assign_to: {{user: ann}}}}
otherwise: {{use: parent}}
examples:
  - name: it
    lead: {{{lead}}}
    expect: {{{expect}}}
"""
DEFAULT = """\
rules:
  - id: france
    when: {address1_country: FR, companyname: {is_set: yes}}
    then: {assign_to: {team: desk}}
otherwise: {assign_to: {queue: inbox}}
"""
US = """\
business_unit: us
rules: [{id: us-all, when: {address1_country: US}, then: {assign_to: {user: bob}}}]
otherwise: {assign_to: {queue: inbox}}
"""
LARGE = "address1_country: GB, numberofemployees: 900"
SMALL = "address1_country: GB, numberofemployees: 9"


def reasons(folder: Path, lead: str, expect: str, policy: str = "first") -> list[str]:
    """What stands below the table, for the one example of the unit's file."""
    ranks = ("rank: 1", "rank: 2") if policy == "priority" else ("", "")
    text = UNIT.format(policy=f"hit_policy: {policy}", first=ranks[0], second=ranks[1], lead=lead, expect=expect)
    files = {"business_units/uk.yaml": text, "business_units/us.yaml": US, "default.yaml": DEFAULT}
    engine = RulesEngine.load(write_book(folder, files))
    (result,) = run_examples(engine)
    said = failure_text(engine, with_trace(engine, result))
    engine.close()
    table, _, below = said.partition("\n\n")
    assert table.startswith("FAILED business_units/uk.yaml:15 it\n")
    assert len(table.splitlines()) == 2 + len(result.expected)
    return [line.removeprefix("  ") for line in below.splitlines()]


def test_a_condition_that_does_not_hold(tmp_path: Path) -> None:
    assert reasons(tmp_path, SMALL, "rule: uk-large") == [
        "Rule uk-all of business_units/uk.yaml matched.",
        "  address1_country equals GB, and the lead has GB",
        "Rule uk-large did not match (business_units/uk.yaml:4):",
        "  numberofemployees at_least 500, but the lead has 9",
        "Rules tried: 2 of 2 in business_units/uk.yaml.",
    ]


@pytest.mark.parametrize(("policy", "why"), [("first", "stands before it"), ("priority", "has the lower rank")])
def test_a_rule_that_comes_first(tmp_path: Path, policy: str, why: str) -> None:
    assert reasons(tmp_path, LARGE, "rule: uk-all", policy) == [
        "Rule uk-large of business_units/uk.yaml matched: Large companies.",
        "  address1_country equals GB, and the lead has GB",
        "  numberofemployees at_least 500, and the lead has 900",
        f"Rule uk-all matches as well (business_units/uk.yaml:9), but rule uk-large {why} and decides.",
        "Rules tried: 1 of 2 in business_units/uk.yaml.",
    ]


def test_a_rule_of_a_file_that_was_not_asked(tmp_path: Path) -> None:
    assert reasons(tmp_path, "address1_country: US", "rule: us-all")[-5:] == [
        "No rule of business_units/uk.yaml, default.yaml matched, so `otherwise` of default.yaml applies.",
        "Rule us-all stands in business_units/us.yaml, to which this lead did not come.",
        "Files asked: business_units/uk.yaml, default.yaml. The `context` of the example names unit and partner.",
        "Rules tried: 2 of 2 in business_units/uk.yaml, then 1 of 1 in default.yaml.",
    ]


def test_a_rule_of_an_earlier_file_and_near_misses(tmp_path: Path) -> None:
    assert reasons(tmp_path, "address1_country: FR, numberofemployees: 500", "rule: uk-all") == [
        "No rule of business_units/uk.yaml, default.yaml matched, so `otherwise` of default.yaml applies.",
        "Rule uk-all did not match (business_units/uk.yaml:9):",
        "  address1_country equals GB, but the lead has FR",
        "Near miss: rule uk-large (business_units/uk.yaml:4): address1_country equals GB, but the lead has FR",
        "Near miss: rule france (default.yaml:2): companyname is_set yes, but the lead has no companyname",
        "Rules tried: 2 of 2 in business_units/uk.yaml, then 1 of 1 in default.yaml.",
    ]


def test_otherwise_that_a_rule_was_before(tmp_path: Path) -> None:
    assert reasons(tmp_path, LARGE, "rule: otherwise")[-2:] == [
        "`otherwise` applies only where no rule matches, and rule uk-large does.",
        "Rules tried: 1 of 2 in business_units/uk.yaml.",
    ]


def test_the_right_rule_with_another_outcome(tmp_path: Path) -> None:
    assert reasons(tmp_path, LARGE, "rule: uk-large, owner: {user: ann}, priority: hot") == [
        "Rule uk-large of business_units/uk.yaml matched: Large companies.",
        "That is the rule which the example expects; what it does stands in business_units/uk.yaml:4.",
        "Rules tried: 1 of 2 in business_units/uk.yaml.",
    ]


def test_an_example_that_expects_no_rule(tmp_path: Path) -> None:
    assert reasons(tmp_path, LARGE, "priority: hot") == [
        "Rule uk-large of business_units/uk.yaml matched: Large companies.",
        "  address1_country equals GB, and the lead has GB",
        "  numberofemployees at_least 500, and the lead has 900",
        "Rules tried: 1 of 2 in business_units/uk.yaml.",
    ]


def test_a_member_who_was_skipped(tmp_path: Path) -> None:
    said = reasons(tmp_path, LARGE + "}\n    roster: {absent: [ann]", "owner: {user: ann}")
    assert "Skipped: ann: absent." in said and "Of the team, these could get it: bob." in said
