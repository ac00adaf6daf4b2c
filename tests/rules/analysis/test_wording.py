"""Regions in words."""

import pytest

from crm.choices import standard_choices
from rules.analysis.regions import region_of, whole
from rules.analysis.wording import described
from tests.rules.books import condition


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (
            "{address1_country: [DE, AT, CH], numberofemployees: {at_least: 500}, emailaddress1: {is_empty: yes}}",
            "address1_country is AT, CH or DE; numberofemployees at least 500; emailaddress1 not set",
        ),
        ("{numberofemployees: {not: [5, 7]}}", "numberofemployees is not 5 or 7"),
        ("{numberofemployees: [5, 7]}", "numberofemployees is 5 or 7"),
        ("{numberofemployees: {between: [5, 9]}}", "numberofemployees between 5 and 9"),
        ("{none: [{numberofemployees: {between: [5, 9]}}]}", "numberofemployees at most 4 or at least 10, or not set"),
        ("{revenue: {below: 5}}", "revenue below 5"),
        ("{revenue: {above: 5, at_most: 7.5}}", "revenue above 5 and at most 7.50"),
        ("{revenue: {at_least: 5, below: 7}}", "revenue at least 5 and below 7"),
        ("{revenue: {is_set: yes}}", "revenue set"),
        ("{createdon: {after: 2025-01-01, before: 2025-03-01}}", "createdon after 2025-01-01 and before 2025-03-01"),
        ("{createdon: {between: [2025-01-01, 2025-03-01]}}", "createdon between 2025-01-01 and 2025-03-01"),
        ("{createdon: {before: 2025-03-01T10:30}}", "createdon until 2025-03-01T10:29:59Z"),
        ("{none: [{createdon: {before: 2025-03-01}}]}", "createdon from 2025-03-01, or not set"),
        ("{createdon: {within_last: 30 days}}", "createdon is within the last 30 days"),
        ("{none: [{createdon: {within_last: 90 minutes}}]}", "createdon is not within the last 90 minutes"),
        ("{is_duplicate: yes}", "is_duplicate is yes"),
        ("{email_is_free: {not: yes}}", "email_is_free is no, or not set"),
        ("{industrycode: [Insurance, Accounting]}", "industrycode is Accounting or Insurance"),
        ("{companyname: Acme}", "companyname is 'acme'"),
        ("{companyname: {contains: [gmbh, ag]}}", "companyname contains 'gmbh' or 'ag'"),
        ("{none: [{companyname: {contains: gmbh}}]}", "companyname does not contain 'gmbh'"),
        ("{companyname: {is_set: yes, not: Acme}}", "companyname set and is not 'acme'"),
        ("{jobtitle: {matches: c.o}}", "jobtitle matches 'c.o'"),
        ("{emailaddress1: {domain_in: [a.example]}}", "emailaddress1 is at the domain 'a.example'"),
        ("{any: [{address1_country: DE}, {address1_country: AT}]}", "address1_country is AT or DE"),
    ],
)
def test_one_line_for_a_box(when: str, words: str) -> None:
    region = region_of(condition(when))
    assert region is not None and described(region, standard_choices()) == [words]


def test_every_lead_and_none() -> None:
    assert described(whole(), standard_choices()) == ["every lead"]
    nothing = whole().minus(whole())
    assert nothing is not None and described(nothing, standard_choices()) == []


def test_long_lists_are_cut_short() -> None:
    names = ", ".join(f"name{number:02}" for number in range(40))
    region = region_of(condition(f"{{companyname: [{names}]}}"))
    assert region is not None
    (line,) = described(region, standard_choices())
    assert line.startswith("companyname is 'name00', 'name01'") and line.endswith("'name11' or 28 more")
