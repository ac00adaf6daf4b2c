"""From leads to facts: one spelling for equal values."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.entities.lead import Lead
from rules.engine.canonical import (
    MAX_TEXT,
    canonical_number,
    canonical_text,
    canonical_time,
    canonical_whole,
)
from rules.engine.facts import NOW, RoutingContext, lead_facts
from rules.engine.fields import readable_fields

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def test_facts_are_typed_and_empty_values_are_left_out() -> None:
    lead = Lead(
        emailaddress1="Jane@Mail.Initech.Example", companyname="  ACME Straße ", industrycode=20, lf_source="Website",
        numberofemployees=12, revenue=Decimal("1000.005"), decisionmaker=True, jobtitle="",
        estimatedclosedate=date(2026, 2, 1), campaignid=UUID(int=255), createdon=NOON - timedelta(hours=36),
    )  # fmt: skip
    facts = lead_facts(lead, RoutingContext(now=NOON, business_unit="uk", registered_partner="Acme", is_duplicate=True))
    expected = {
        "emailaddress1": "jane@mail.initech.example", "email_domain": "mail.initech.example", "email_is_free": False,
        "companyname": "acme strasse", "industrycode": 20, "source": "website", "numberofemployees": 12,
        "revenue": 1000.0, "decisionmaker": True, "estimatedclosedate": 1769904000, "age_hours": 36.0,
        "campaignid": "00000000-0000-0000-0000-0000000000ff", "business_unit": "uk", "is_duplicate": True,
        "registered_partner": "acme",
        "existing_account": False, NOW: 1768478400,
    }  # fmt: skip
    assert {name: facts[name] for name in expected} == expected
    assert not {"jobtitle", "lastname", "channel_partner", "campaign"} & facts.keys()


def test_every_fact_is_a_readable_field_and_own_attributes_stay_out() -> None:
    facts = lead_facts(Lead(lf_stage="routing", lf_source="sdr"), RoutingContext(now=NOON))
    assert facts.keys() - {NOW} <= readable_fields().keys()
    assert not [name for name in readable_fields() if name.startswith("lf_")]


@pytest.mark.parametrize(("address", "free"), [("a@GMAIL.com", True), ("a@firm.example", False), ("nobody", None)])
def test_free_mail(address: str, free: bool | None) -> None:
    facts = lead_facts(Lead(emailaddress1=address), RoutingContext(now=NOON))
    assert facts.get("email_is_free") is free


def test_times_are_seconds_in_utc() -> None:
    east = datetime(2026, 1, 15, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    assert canonical_time(east) == canonical_time(NOON) == canonical_time(NOON.replace(tzinfo=None))


def test_numbers_stay_within_what_prints_without_an_exponent() -> None:
    assert canonical_number(float("nan")) is None
    assert canonical_number(Decimal("0.005")) == 0.01
    assert str(canonical_number(-0.001)) == "0.0"
    assert canonical_whole(2**80) == 2**53 - 1


@given(st.floats(allow_nan=False))
def test_any_number_prints_plainly(value: float) -> None:
    number = canonical_number(value)
    assert number is not None and "e" not in orjson.dumps(number).decode()


@given(st.text(max_size=2000))
def test_text_has_one_form(value: str) -> None:
    text = canonical_text(value)
    if text is not None:
        assert canonical_text(text) == text
        assert 0 < len(text) <= MAX_TEXT
        assert orjson.loads(orjson.dumps(text)) == text
        assert not any(ord(char) < 32 or ord(char) == 127 for char in text)


def test_text_forms_that_look_alike_are_equal() -> None:
    assert canonical_text("Cafe\u0301 ") == canonical_text("CAFÉ")
    assert canonical_text("\ud800\x00 \n") is None
