"""Which fields decide where leads go: an edit of any other never moves one."""

from pathlib import Path
from typing import Any

import pytest

from rules.engine.check import read_rules
from rules.engine.fields_read import CHOOSE_FILES, differing, fields_read
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.books import SHIPPED, rule_text, write_book


@pytest.mark.parametrize(
    ("when", "read"),
    [
        ("{lastname: a}", {"lastname"}),
        ("{email_domain: {ends_with: .de}, revenue: {at_least: 5}}", {"email_domain", "revenue"}),
        ("{any: [{none: [{jobtitle: a}, {all: [{age_hours: {above: 2}}]}]}, {source: web}]}",
         {"jobtitle", "age_hours", "source"}),
        ("{companyname: {is_empty: yes}}", {"companyname"}),
    ],
)  # fmt: skip
def test_every_field_of_a_condition_is_read_however_deep_it_stands(tmp_path: Path, when: str, read: set[str]) -> None:
    book = write_book(tmp_path, {"default.yaml": rule_text(when)})
    assert RulesEngine.load(book).fields_read == read | CHOOSE_FILES


def test_every_file_counts_and_outcomes_and_examples_do_not(tmp_path: Path) -> None:
    unit = (
        "business_unit: uk\n"
        "rules: [{id: u, when: {address1_city: x}, then: {hold: {reason: y}}}]\n"
        "otherwise: {use: parent}\n"
        "examples: [{lead: {lastname: a, mobilephone: 1}, expect: {rule: otherwise}}]\n"
    )
    engine = RulesEngine.load(write_book(tmp_path, {"business_units/uk.yaml": unit}))
    assert engine.fields_read == {"address1_city"} | CHOOSE_FILES


def test_the_shipped_rules_read_what_their_tables_compare() -> None:
    book = read_rules(RuleSources.from_folder(SHIPPED)).book
    assert book is not None
    assert {"address1_country", "numberofemployees"} <= fields_read(book)


@pytest.mark.parametrize(
    ("before", "after", "differ"),
    [
        ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5, "c": 4}, ("b",)),
        ({"a": 1}, {"b": 1}, ("a", "b")),
        ({"a": 1, "c": 1}, {"a": 1}, ()),
        ({}, {}, ()),
    ],
)
def test_only_other_values_of_what_is_read_differ(
    before: dict[str, Any], after: dict[str, Any], differ: tuple[str, ...]
) -> None:
    assert differing(frozenset({"a", "b"}), before, after) == differ
