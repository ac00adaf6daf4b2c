"""What each operator means, on a lead that has the field and on one that has not."""

import re

import pytest

from crm.choices import standard_choices
from rules.engine.canonical import CANONICAL
from rules.engine.evaluator import predicate
from rules.engine.facts import NOW
from rules.engine.fields import FieldType, readable_fields
from rules.engine.operators import OPERATORS, operators_for, pattern_problem
from tests.rules.books import condition

DAY = 86400

CASES = [
    ("address1_country: [DE, AT]", "at", "fr"),
    ("address1_country: NO", "no", "off"),
    ("companyname: 012", "012", "12"),
    ("companyname: 'on'", "ON", "true"),
    ("companyname: {not: [Acme, Initech]}", "hooli", "ACME"),
    ("numberofemployees: 1e3", 1000, 1001),
    ("numberofemployees: 012", 12, 10),
    ("numberofemployees: {at_least: 500}", 500, 499),
    ("numberofemployees: {above: 500}", 501, 500),
    ("numberofemployees: {at_most: 500}", 500, 501),
    ("numberofemployees: {below: 500}", 499, 500),
    ("numberofemployees: {between: [5, 9]}", 9, 10),
    ("revenue: {at_least: 1e6}", 1000000, 999999.99),
    ("industrycode: insurance", 20, 21),
    ("industrycode: 20", 20, 21),
    ("decisionmaker: on", True, False),
    ("decisionmaker: {not: yes}", False, True),
    ("jobtitle: {contains: [VP, chief]}", "The VP of X", "manager"),
    ("jobtitle: {starts_with: 'Head of '}", "head of sales", "the head of sales"),
    ("emailaddress1: {ends_with: .edu}", "a@b.EDU", "a@b.edu.example"),
    ("jobtitle: {matches: '(cfo|ceo).*'}", "CFO at large", "the cfo"),
    ("emailaddress1: {domain_in: rival.example}", "a@x.Rival.example", "a@arrival.example"),
    ("email_domain: {domain_in: [rival.example]}", "rival.example", "xrival.example"),
    ("createdon: {before: 1970-01-02}", 0, DAY),
    ("createdon: {after: 1970-01-02T00:00:00+00:00}", DAY + 1, DAY),
    ("createdon: {between: [1970-01-01, 1970-01-02]}", DAY, DAY + 1),
    ("createdon: {within_last: 2 days}", 8 * DAY, 8 * DAY - 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "holding", "failing"), CASES)
def test_meaning(text: str, holding: object, failing: object) -> None:
    field = text.partition(":")[0]
    canonical = CANONICAL[readable_fields()[field].type]
    if readable_fields()[field].type is FieldType.TIME:
        canonical = lambda value: value  # noqa: E731 -- seconds already
    holds = predicate(condition(text))
    assert holds({field: canonical(holding), NOW: 10 * DAY})
    assert not holds({field: canonical(failing), NOW: 10 * DAY})


@pytest.mark.parametrize("text", [text for text, _, _ in CASES])
def test_a_test_of_an_empty_field_never_holds_and_its_opposite_does(text: str) -> None:
    assert predicate(condition(text))({NOW: 10 * DAY}) is ("not:" in text)
    opposite = condition(f"none: [{{{text}}}]")
    assert predicate(opposite)({NOW: 10 * DAY}) is ("not:" not in text)


def test_presence() -> None:
    for text, filled in [
        ("is_set: yes", True),
        ("is_set: no", False),
        ("is_empty: yes", False),
        ("is_empty: no", True),
    ]:
        holds = predicate(condition(f"companyname: {{{text}}}"))
        assert holds({"companyname": "acme"}) is filled
        assert holds({}) is not filled


def test_groups_nest() -> None:
    holds = predicate(condition("any: [{companyname: a, lastname: b}, {none: [{companyname: c}, {lastname: d}]}]"))
    assert holds({"companyname": "a", "lastname": "b"})
    assert holds({"companyname": "a", "lastname": "x"})
    assert not holds({"companyname": "c", "lastname": "b"})


def test_the_time_of_a_decision_without_now_is_unknown() -> None:
    assert not predicate(condition("createdon: {within_last: 2 days}"))({"createdon": 5})


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a|a)*b", "(.*)x{2,}(b)+", r"(a)\1", "(?=a)b", "a*b*c*d*", "a?" * 9, "(", "x" * 300, "[a"]
)
def test_patterns_that_could_run_for_minutes_are_refused(pattern: str) -> None:
    assert pattern_problem(pattern)


@pytest.mark.parametrize("pattern", [r".*@[a-z.]+", "(vp|head of).*", r"\+49.*", "[*+?]x", "a{2,3}", "(?:a|b)?c"])
def test_ordinary_patterns_are_taken(pattern: str) -> None:
    assert pattern_problem(pattern) is None


def test_the_table_is_complete() -> None:
    for field_type in FieldType:
        assert {"is_set", "is_empty"} <= set(operators_for(field_type))
    for name, operator in OPERATORS.items():
        assert name == operator.name and re.fullmatch("[a-z_]+", name) and operator.description
        assert operator.meaning in OPERATORS
    assert {field.option_set for field in readable_fields().values()} - {None} <= standard_choices().sets.keys()
