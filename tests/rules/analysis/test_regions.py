"""Sets of leads: what is said of them is true of every lead."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.analysis.regions import MAX_BOXES, Region, region_of, whole
from rules.engine.conditions import Condition, Group
from rules.engine.evaluator import predicate
from tests.rules.analysis.analysing import real_leads
from tests.rules.books import AT, condition
from tests.rules.random_rules import conditions

some_leads = st.lists(real_leads, min_size=5, max_size=12)


def region(text: str) -> Region:
    found = region_of(condition(text))
    assert found is not None
    return found


@settings(deadline=None, max_examples=100)
@given(conditions, some_leads)
def test_a_region_holds_just_the_leads_that_fit(when: Condition, facts: list[dict[str, Any]]) -> None:
    found = region_of(when)
    holds = predicate(when)
    assert found is None or all(found.holds(lead) == holds(lead) for lead in facts)
    assert found is None or all(found.simplified().holds(lead) == holds(lead) for lead in facts)


@settings(deadline=None, max_examples=100)
@given(conditions, conditions, some_leads)
def test_operations_agree_with_evaluation(one: Condition, two: Condition, facts: list[dict[str, Any]]) -> None:
    first, second = region_of(one), region_of(two)
    if first is None or second is None:
        return
    both, left, either = first.intersection(second), first.minus(second), first.union(second)
    for lead in facts:
        a, b = predicate(one)(lead), predicate(two)(lead)
        assert both is None or both.holds(lead) == (a and b)
        assert left is None or left.holds(lead) == (a and not b)
        assert either is None or either.holds(lead) == (a or b)


@settings(deadline=None, max_examples=100)
@given(conditions)
def test_opposites_have_nothing_in_common_and_leave_nothing(when: Condition) -> None:
    found, opposite = region_of(when), region_of(Group("none", (when,), AT))
    if found is None or opposite is None:
        return
    shared = found.intersection(opposite)
    assert shared is None or shared.is_empty
    rest = whole().minus(found)
    rest = rest.minus(opposite) if rest else None
    assert rest is None or rest.is_empty


@settings(deadline=None, max_examples=100)
@given(conditions)
def test_a_region_without_itself_is_empty(when: Condition) -> None:
    found = region_of(when)
    left = found.minus(found) if found else None
    assert left is None or left.is_empty


@pytest.mark.parametrize(
    "when",
    [
        "{numberofemployees: {at_least: 10, below: 5}}",
        "{numberofemployees: {above: 5, below: 6}}",
        "{revenue: {above: 5, below: 5.01}}",
        "{createdon: {after: 2025-01-01, before: 2025-01-01T00:00:01}}",
        "{address1_country: DE, none: [{address1_country: [DE, AT]}]}",
        "{companyname: acme, all: [{companyname: {contains: x}}]}",
        "{companyname: {is_empty: yes, contains: x}}",
        "{companyname: {is_empty: yes, not: [x], is_set: yes}}",
        "{is_duplicate: {is_empty: yes}}",
        "{age_hours: {is_empty: yes}}",
        "{is_duplicate: yes, none: [{is_duplicate: {is_set: yes}}]}",
        "{jobtitle: {starts_with: [ceo, cfo]}, none: [{jobtitle: {starts_with: c}}]}",
        "{jobtitle: {starts_with: ceo}, none: [{jobtitle: {contains: [ce, x]}}]}",
        "{jobtitle: {starts_with: ceo}, all: [{jobtitle: {starts_with: cfo}}]}",
        "{emailaddress1: {domain_in: mail.firm.example}, none: [{emailaddress1: {domain_in: firm.example}}]}",
        "{emailaddress1: {domain_in: firm.example}, none: [{emailaddress1: {ends_with: .example}}]}",
        "{createdon: {within_last: 5 days}, none: [{createdon: {within_last: 6 days}}]}",
        "{jobtitle: {matches: a.*}, none: [{jobtitle: {matches: a.*}}]}",
    ],
)
def test_what_can_be_seen_to_be_empty(when: str) -> None:
    assert region(when).is_empty


@pytest.mark.parametrize(
    "when",
    [
        "{numberofemployees: {above: 5, below: 7}}",
        "{revenue: {above: 5, below: 5.02}}",
        "{address1_country: {not: DE, is_empty: yes}}",
        "{none: [{address1_country: DE}, {address1_country: {is_set: yes}}]}",
        "{companyname: {contains: x}, none: [{companyname: {contains: xy}}]}",
        "{jobtitle: {matches: a.*}, none: [{jobtitle: {matches: b.*}}]}",
        "{emailaddress1: {ends_with: m.example}, none: [{emailaddress1: {domain_in: m.example}}]}",
        "{createdon: {within_last: 6 days}, none: [{createdon: {within_last: 5 days}}]}",
        "{email_is_free: {not: [yes, no]}}",
        "{donotemail: {not: [yes, no]}}",
    ],
)
def test_what_must_not_be_called_empty(when: str) -> None:
    assert not region(when).is_empty


@pytest.mark.parametrize(
    ("covering", "covered"),
    [
        (["{numberofemployees: {below: 5}}", "{numberofemployees: {at_least: 5}}"], "{numberofemployees: 7}"),
        (["{revenue: {at_most: 4.99}}", "{revenue: {at_least: 5}}"], "{revenue: {is_set: yes}}"),
        (["{is_duplicate: yes}", "{is_duplicate: no}"], "{lastname: x}"),
        (["{decisionmaker: yes}", "{decisionmaker: no}"], "{decisionmaker: {is_set: yes}}"),
        (["{companyname: {contains: x}}", "{none: [{companyname: {contains: x}}]}"], "{companyname: {contains: y}}"),
    ],
)
def test_several_together_leave_nothing(covering: list[str], covered: str) -> None:
    left: Region | None = region(covered)
    for text in covering:
        left = left.minus(region(text)) if left else None
    assert left is not None and left.is_empty


def test_what_is_too_large_is_none() -> None:
    fields = ["firstname", "lastname", "companyname", "jobtitle", "subject"]
    several = ", ".join(
        f"{{any: [{', '.join(f'{{{field}: {{contains: w{n}}}}}' for n in range(8))}]}}" for field in fields
    )
    assert region_of(condition(f"{{all: [{several}]}}")) is None
    wide = region("{any: [" + ", ".join(f"{{firstname: {{contains: a{n}}}}}" for n in range(10, 40)) + "]}")
    other = region("{any: [" + ", ".join(f"{{lastname: {{contains: b{n}}}}}" for n in range(10, 40)) + "]}")
    assert len(wide.boxes) * len(other.boxes) > MAX_BOXES and wide.intersection(other) is None


def test_boxes_that_differ_in_one_field_become_one() -> None:
    found = region(
        "{any: [{address1_country: DE, revenue: 5}, {address1_country: AT, revenue: 5}, {address1_country: CH}]}"
    )
    assert len(found.boxes) == 3 and len(found.simplified().boxes) == 2
    everything = region("{any: [{is_duplicate: yes}, {is_duplicate: no}]}").simplified()
    assert everything == whole()
