"""A lead for a box: it is one that can exist, and it is in the box."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from crm.choices import standard_choices
from rules.analysis.regions import region_of, witness
from rules.analysis.witness import sample
from rules.engine.conditions import Condition
from rules.engine.evaluator import predicate
from rules.engine.values import Names
from tests.rules.analysis.analysing import sound_conditions
from tests.rules.books import checked, condition


def found(text: str, names: Names | None = None) -> dict[str, object] | None:
    region = region_of(condition(text))
    assert region is not None
    return next((facts for box in region.boxes if (facts := witness(box, names))), None)


@settings(deadline=None, max_examples=150)
@given(sound_conditions)
def test_a_witness_fits(when: Condition) -> None:
    region = region_of(when)
    for box in region.boxes if region else ():
        facts = witness(box)
        assert facts is None or (box.holds(facts) and predicate(when)(facts))
        assert all(lead["now"] for lead in sample(box))


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("{numberofemployees: {at_least: 500}}", {"numberofemployees": 500}),
        ("{revenue: {above: 5, below: 5.02}}", {"revenue": 5.01}),
        ("{address1_country: {not: [AW, AF], is_set: yes}}", {"address1_country": "ao"}),
        ("{jobtitle: {starts_with: [CEO], contains: sales}}", {"jobtitle": "ceosales"}),
        ("{jobtitle: {matches: '(head|vp) of .*'}}", {"jobtitle": "head of x"}),
        ("{emailaddress1: {domain_in: firm.example}}", {"email_domain": "firm.example", "email_is_free": False}),
        ("{emailaddress1: {ends_with: .ac.uk}}", {"emailaddress1": "someone@example.ac.uk"}),
        ("{email_is_free: yes}", {"email_is_free": True}),
        ("{email_domain: {contains: shop}}", {"email_domain": "shop.firm.example"}),
        ("{age_hours: {above: 720}, is_duplicate: yes}", {"age_hours": 720.01, "is_duplicate": True}),
        ("{createdon: {before: 2020-01-01}, age_hours: {below: 100}}", {}),
        ("{createdon: {within_last: 3 days}}", {}),
        ("{lastname: {is_set: yes}, existing_account: no}", {"existing_account": False}),
        ("{industrycode: {is_set: yes, not: [Accounting]}}", {"industrycode": 2}),
        ("{campaignid: {is_set: yes}}", {"campaignid": "00000000-0000-0000-0000-000000000001"}),
        ("{source: sdr}", {"source": "sdr"}),
    ],
)
def test_leads_are_found(when: str, facts: dict[str, object]) -> None:
    lead = found(when)
    assert lead is not None and predicate(condition(when))(lead)
    assert facts.items() <= lead.items()


@pytest.mark.parametrize(
    "when",
    [
        "{emailaddress1: {is_empty: yes}, email_domain: firm.example}",
        "{email_domain: gmail.com, email_is_free: no}",
        "{revenue: {below: 0}}",
        "{numberofemployees: {above: 1000000}}",
        "{jobtitle: " + "x" * 101 + "}",
        "{jobtitle: {matches: a.*}, all: [{jobtitle: {matches: b.*}}]}",
    ],
)
def test_no_lead_is_made_up_that_cannot_be(when: str) -> None:
    assert found(when) is None


def test_keys_and_options_are_those_of_the_rule_book(tmp_path: Path) -> None:
    book = checked(tmp_path, {}).book
    assert book is not None
    names = Names(book.choices, book.directory)
    for field, key in (("business_unit", "emea"), ("channel_partner", "contoso"), ("campaign", "spring")):
        lead = found(f"{{{field}: {{is_set: yes}}}}", names)
        assert lead is not None and lead[field] == key
    labels = ", ".join(option.label for option in standard_choices()["budgetstatus"].options)
    assert found(f"{{budgetstatus: {{is_set: yes, not: [{labels}]}}}}") is None
