"""How text, phone numbers, countries, numbers and dates are read."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.choices import standard_choices
from crm.errors import ErrorCode
from crm.normalise import Normalised, normalise_lead
from crm.normalise.countries import country_code
from crm.normalise.numbers import decimal_from_text

CHOICES = standard_choices()


def read(default_country: str | None = None, **raw: object) -> Normalised:
    return normalise_lead(raw, CHOICES, default_country=default_country)


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("firstname", "  Zoe\u0308 ", "Zo\u00eb"),
        ("firstname", "A\x00d\u200ba\ufeff\ud800", "Ada"),
        ("companyname", "Analytical\r\n\tEngines", "Analytical Engines"),
        ("description", "one\r\ntwo\rthree\u2028four\tfive\x00", "one\ntwo\nthree\nfour\tfive"),
        ("address1_postalcode", 8001, "8001"),
        (
            "lastname",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        ),
    ],
)
def test_text(name: str, typed: object, kept: str) -> None:
    assert normalise_lead({name: typed}, CHOICES).values == {name: kept}


def test_length_counts_after_cleaning() -> None:
    assert read(firstname=" " * 9 + "x" * 50).values == {"firstname": "x" * 50}
    assert read(description="x" * 2001).problems[0].code == ErrorCode.STRING_TOO_LONG


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada.Lovelace@Analytical.Example", "Ada.Lovelace@analytical.example"),
        ("ada@analytical.test", "ada@analytical.test"),
        ("ada@XN--BCHER-KVA.example", "ada@b\u00fccher.example"),
        (" ada+demo@mail.analytical.example\n", "ada+demo@mail.analytical.example"),
    ],
)
def test_email(typed: str, kept: str) -> None:
    assert read(emailaddress1=typed).values == {"emailaddress1": kept}


@pytest.mark.parametrize("typed", ["ada", "ada@", "@b.example", "a b@c.example", "Ada <ada@b.example>", "a@b..example"])
def test_no_email(typed: str) -> None:
    result = read(emailaddress1=typed)
    assert result.values == {}
    assert result.problems[0].code == ErrorCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("020 7946 0123", "GB", "+442079460123"),
        ("+44 (0)20 7946 0123", None, "+442079460123"),
        ("0044 20 7946 0123", "DE", "+442079460123"),
        ("(212) 555-0123 ext. 45", "US", "+12125550123 x45"),
        ("+12125550123;ext=45", None, "+12125550123 x45"),
        ("Tel: 030 23125 123", "Germany", "+493023125123"),
        (442079460123, "GB", "+442079460123"),
    ],
)
def test_phone(typed: object, country: str | None, kept: str) -> None:
    result = read(telephone1=typed, address1_country=country)
    assert result.values["telephone1"] == kept
    assert result.notes == []


@pytest.mark.parametrize("typed", ["020 7946 0123", "ask reception", "555-0123", "1", "+1 212 555 0123 ask for Ada"])
def test_a_phone_that_cannot_be_read_stays_with_a_note(typed: str) -> None:
    result = read(telephone1=typed, default_country="US" if typed.startswith("555") else None)
    assert result.values == {"telephone1": typed}
    assert result.problems == []
    (note,) = result.notes
    assert note.startswith("telephone1: ")
    assert "kept as typed" in note


def test_each_address_block_has_its_own_phone_region() -> None:
    result = read(
        default_country="United States",
        telephone1="020 7946 0123",
        address1_country="UK",
        address2_telephone1="030 23125123",
        address2_country="Deutschland",
    )
    assert result.values["telephone1"] == "+442079460123"
    assert result.values["address2_telephone1"] == "+493023125123"
    assert read(default_country="USA", telephone1="212 555 0123").values == {"telephone1": "+12125550123"}
    unknown = read(default_country="US", telephone1="212 555 0123", address1_country="Atlantis")
    assert unknown.values["telephone1"] == "+12125550123"


def test_an_extension_is_never_cut() -> None:
    assert read(mobilephone="+447700900123 ext 1234").values == {"mobilephone": "+447700900123 x1234"}
    assert read(mobilephone="+447700900123x123456").values == {"mobilephone": "+447700900123x123456"}
    assert read(mobilephone="+447700900123 ext 12345678").problems[0].code == ErrorCode.STRING_TOO_LONG


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("UK", "GB"), ("gb", "GB"), ("United Kingdom", "GB"), ("England", "GB"), ("USA", "US"), ("U.S.A.", "US"),
        ("united states", "US"), ("Deutschland", "DE"), ("Österreich", "AT"), ("Osterreich", "AT"), ("Suisse", "CH"),
        ("Schweiz", "CH"), ("South Korea", "KR"), ("Korea, Republic of", "KR"), ("Türkiye", "TR"), ("Turkey", "TR"),
        ("Côte d'Ivoire", "CI"), ("Niger", "NE"), ("Nigeria", "NG"), ("NO", "NO"), ("Kosovo", "XK"), ("XK", "XK"),
        ("Atlantis", None), ("", None), ("Republic", None),
    ],
)  # fmt: skip
def test_country(typed: str, code: str | None) -> None:
    assert country_code(typed) == code


def test_every_code_and_name_of_iso_3166_is_known() -> None:
    import pycountry

    for country in pycountry.countries:
        for name in (country.alpha_2, country.alpha_3, country.name):
            assert country_code(name) == country.alpha_2


def test_an_unknown_country_stays_with_a_note() -> None:
    result = read(address1_country=" Atlantis ")
    assert result.values == {"address1_country": "Atlantis"}
    assert "kept as typed" in result.notes[0]


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        (1250, "1250"), (1250.1, "1250.10"), (Decimal("1250.10"), "1250.10"), ("1250", "1250"), ("1,250.50", "1250.50"),
        ("1.250,50", "1250.50"), ("1'250.50", "1250.50"), ("1 250,50", "1250.50"), ("1\u00a0250,5", "1250.5"),
        ("1.250", "1250"), ("1,250", "1250"), ("1.250.000", "1250000"), ("12,5", "12.5"), ("0,125", "0.13"),
        ("0.12", "0.12"), ("EUR 1.250", "1250"), ("1.250 €", "1250"), ("$1,250.50", "1250.50"), ("US$ 5", "5"),
        ("1e3", "1000"), ("+5", "5"), (".5", "0.5"),
    ],
)  # fmt: skip
def test_money(typed: object, amount: str) -> None:
    value = read(revenue=typed).values["revenue"]
    assert isinstance(value, Decimal)
    assert value == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    [
        "$1M-$10M",
        "10k",
        "1.250.50",
        "1,25,000",
        "12 34",
        "1..2",
        "1-2",
        "about 5",
        True,
        [5],
        {"a": 1},
        "٣",
        "EUR",
        "--5",
    ],
)
def test_no_money(typed: object) -> None:
    result = read(revenue=typed)
    assert result.values == {}
    assert result.problems[0].code == ErrorCode.CANNOT_PARSE


def test_notes_on_money() -> None:
    assert read(revenue="1250.505").notes == ["revenue: rounded to 2 decimals"]
    assert "currency" in read(revenue="CHF 5").notes[0]
    assert read(revenue="5.10").notes == []
    assert read(revenue="EUR").notes == []


def test_one_separator_before_three_digits_is_decided_by_the_attribute() -> None:
    assert decimal_from_text("1.250", 2) == 1250
    assert decimal_from_text("48.208", 5) == Decimal("48.208")
    assert read(address1_latitude="48,208").values == {"address1_latitude": 48.208}
    assert read(numberofemployees="1.250").values == {"numberofemployees": 1250}


@given(amount=st.decimals(min_value=0, max_value=10**12, places=2))
def test_both_ways_of_writing_an_amount_are_read_exactly(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    continental = english.translate(str.maketrans(",.", ".,"))
    assert read(revenue=english).values == read(revenue=continental).values == {"revenue": amount}


def test_whole_numbers() -> None:
    assert read(numberofemployees=250.0).values == {"numberofemployees": 250}
    assert type(read(numberofemployees="250,0").values["numberofemployees"]) is int
    assert "whole number" in read(numberofemployees="2.5").problems[0].message
    assert read(numberofemployees=10**400).problems[0].code == ErrorCode.INTEGER_OUT_OF_RANGE


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-04-03T10:00:00Z", datetime(2026, 4, 3, 10, tzinfo=UTC)),
        ("2026-04-03 12:00+02:00", datetime(2026, 4, 3, 10, tzinfo=UTC)),
        ("2026-04-03t10:00:00.5z", datetime(2026, 4, 3, 10, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_time(typed: str, moment: datetime) -> None:
    result = read(schedulefollowup_qualify=typed)
    assert result.values == {"schedulefollowup_qualify": moment}
    assert result.notes == []


@pytest.mark.parametrize(
    ("typed", "hour"),
    [("2026-04-03", 0), ("2026-04-03T10:00", 10), (date(2026, 4, 3), 0), (datetime(2026, 4, 3, 9), 9)],
)
def test_a_time_without_zone_is_utc_with_a_note(typed: object, hour: int) -> None:
    result = read(schedulefollowup_qualify=typed)
    assert result.values == {"schedulefollowup_qualify": datetime(2026, 4, 3, hour, tzinfo=UTC)}
    assert "taken as UTC" in result.notes[0]


@pytest.mark.parametrize(
    "typed",
    [
        "03/04/2026", "3.4.2026", "2026-13-01", "2026-02-30", "1775210400", 1775210400, 1.5, "20260403", "2026-W14-5",
        "2026-04-03T25:00Z", "tomorrow", True, "0001-01-01", "9999-12-31T23:59:59-10:00",
    ],
)  # fmt: skip
def test_no_time(typed: object) -> None:
    result = read(schedulefollowup_qualify=typed)
    assert result.values == {}
    assert result.problems


def test_the_wanted_form_of_a_date_is_shown() -> None:
    (problem,) = read(estimatedclosedate="03/04/2026").problems
    assert problem.message.endswith("write it as 2026-04-03")
    assert problem.value_shown == "03/04/2026"


def test_a_date_with_a_time_keeps_the_day_as_written() -> None:
    result = read(estimatedclosedate="2026-04-03T23:30:00-05:00")
    assert result.values == {"estimatedclosedate": date(2026, 4, 3)}
    assert "time of day" in result.notes[0]
    assert read(estimatedclosedate="2026-04-03T00:00:00Z").notes == []
