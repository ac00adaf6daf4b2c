"""Merging two leads: every value of both is found afterwards, and what belongs together stays together."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crm.entities.lead import Lead
from crm.merging import merge

text = st.none() | st.sampled_from(["Ada", "Eva", "King"])
number = st.none() | st.sampled_from([Decimal(1), Decimal(2)])
attributes = st.fixed_dictionaries(
    {
        **dict.fromkeys(["firstname", "lastname", "jobtitle", "address1_city", "address1_line1", "companyname"], text),
        **dict.fromkeys(["revenue", "budgetamount"], number),
        "decisionmaker": st.booleans(),
        "donotemail": st.booleans(),
        "lf_source": text,
    }
)
single = st.fixed_dictionaries(dict.fromkeys(["jobtitle", "companyname", "websiteurl", "description"], text))


def taken_over(master: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {**master, **merge(Lead(**master), Lead(**other)).filled}


@given(master=attributes, other=attributes)
@settings(max_examples=200)
def test_every_value_of_both_is_in_the_master_or_in_the_note(master: dict[str, Any], other: dict[str, Any]) -> None:
    result = merge(Lead(**master), Lead(**other))
    text = result.text("Lead 2 from web")
    after = {**master, **result.filled}
    for name, value in other.items():
        if value is not None and name != "lf_source":
            kept = "nothing" if master[name] is None else master[name]
            assert after[name] == value or f"{name}: kept: {kept}; there: {value}" in text
    assert {name for name in result.filled if master[name] is not None} <= {"donotemail"}


@given(master=attributes, other=attributes)
@settings(max_examples=100)
def test_a_second_merge_of_the_same_lead_takes_nothing_over(master: dict[str, Any], other: dict[str, Any]) -> None:
    assert merge(Lead(**taken_over(master, other)), Lead(**other)).filled == {}


@given(master=single, one=single, other=single)
@settings(max_examples=100)
def test_two_leads_that_do_not_contradict_each_other_are_merged_in_any_order(
    master: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    agreeing = other | {name: value for name, value in one.items() if value is not None and other[name] is not None}
    assert taken_over(taken_over(master, one), agreeing) == taken_over(taken_over(master, agreeing), one)


def test_half_an_address_is_not_taken_over() -> None:
    result = merge(
        Lead(address1_city="Berlin"), Lead(address1_city="Paris", address1_line1="Rue X", address2_city="Lyon")
    )
    assert result.filled == {"address2_city": "Lyon"}
    assert result.beside == {"address1_city": ("Berlin", "Paris"), "address1_line1": (None, "Rue X")}
    assert "address1_line1: kept: nothing; there: Rue X" in result.text("Lead 2")


def test_amounts_in_another_currency_stay_beside() -> None:
    euros, dollars = ({"transactioncurrencyid": f"{number}" * 8 + "-0000-5000-8000-000000000000"} for number in (1, 2))
    result = merge(Lead.model_validate(euros), Lead.model_validate({**dollars, "revenue": 1000}))
    assert result.filled == {}
    assert result.beside["revenue"] == (None, Decimal(1000))


def test_a_wish_not_to_be_written_to_is_taken_over() -> None:
    assert merge(Lead(), Lead(donotemail=True)).filled == {"donotemail": True}
    assert merge(Lead(donotemail=True), Lead()).filled == {}
