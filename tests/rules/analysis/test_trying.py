"""Which rules were tried, and why a condition holds or not, in words."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from crm.choices import standard_choices
from rules.analysis.trying import MAX_SHOWN, failed_parts, in_words, why
from rules.engine import conditions as tree
from rules.engine.evaluator import predicate
from tests.rules.books import condition, rule_file
from tests.rules.random_rules import conditions, leads

CHOICES = standard_choices()


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ("numberofemployees: {at_least: 500}", "numberofemployees at_least 500"),
        ("numberofemployees: {between: [50, 499]}", "numberofemployees between [50, 499]"),
        ("address1_country: [DE, AT]", "address1_country equals one of [DE, AT]"),
        ("industrycode: {not: [Insurance, Brokers]}", "industrycode not one of [Insurance, Brokers]"),
        ("companyname: {is_empty: no}", "companyname is_empty no"),
        ("createdon: {within_last: 30 days}", "createdon within_last 30 days"),
    ],
)
def test_a_condition_reads_as_it_is_written(when: str, words: str) -> None:
    (test,) = tree.tests_in(condition(when))
    assert in_words(test) == words


def test_a_long_list_is_cut() -> None:
    (test,) = tree.tests_in(condition(f"lastname: [{', '.join(f'name-{number}' for number in range(50))}]"))
    assert len(in_words(test)) < MAX_SHOWN + 40 and in_words(test).endswith("...]")


GROUPS = """
address1_country: [GB, IE]
any:
  - numberofemployees: {at_least: 1000}
  - jobtitle: {starts_with: CEO}
    revenue: {at_least: 5}
none:
  - email_is_free: yes
  - companyname: {contains: bank}
    lastname: {is_empty: yes}
"""


@pytest.mark.parametrize(
    ("facts", "lines"),
    [
        (
            {"address1_country": "gb", "numberofemployees": 1000, "email_is_free": False},
            [
                "address1_country equals one of [GB, IE], and the lead has GB",
                "numberofemployees at_least 1000, and the lead has 1000",
                "none of these holds:",
                "- email_is_free equals yes, but it is no",
                "- companyname contains bank, but the lead has no companyname",
            ],
        ),
        (
            {"address1_country": "fr", "jobtitle": "cfo", "email_is_free": True, "companyname": "banksy"},
            [
                "address1_country equals one of [GB, IE], but the lead has FR",
                "one of these must hold, but none does:",
                "- numberofemployees at_least 1000, but the lead has no numberofemployees",
                "- jobtitle starts_with CEO, but the lead has cfo",
                "  revenue at_least 5, but the lead has no revenue",
                "this must not hold, but it does:",
                "- email_is_free equals yes, and it is yes",
                "- companyname contains bank, and the lead has banksy",
                "  lastname is_empty yes, and the lead has no lastname",
            ],
        ),
    ],
)
def test_groups_are_explained_by_what_makes_the_difference(facts: dict[str, Any], lines: list[str]) -> None:
    assert why(condition(GROUPS), facts, CHOICES) == lines


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(conditions, leads)
def test_every_condition_is_explained_and_rules_fail_by_parts(drawn: tree.Condition, facts: dict[str, Any]) -> None:
    assert all(line.strip() for line in why(drawn, facts, CHOICES)) and why(drawn, facts, CHOICES)
    (rule,) = rule_file(drawn).rules
    assert (not failed_parts(rule, facts)) == predicate(drawn)(facts)
