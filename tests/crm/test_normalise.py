"""Normalisation as a whole: it is total, idempotent, loses nothing, and says what to do about what it leaves out."""

import math
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.choices import standard_choices
from crm.entities.lead import Lead
from crm.errors import ErrorCode
from crm.normalise import normalise, normalise_lead
from crm.normalise.texts import clean_line

CHOICES = standard_choices()
NAMES = sorted(Lead.attributes())
WRITABLE = sorted(name for name, attribute in Lead.attributes().items() if attribute.create)
GUID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=60)
    | st.decimals()
    | st.uuids()
    | st.datetimes()
    | st.dates()
)
json_like = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
plausible = st.sampled_from(
    [
        "Ada", "ada@analytical.example", "Ada.L@Bücher.Example", "020 7946 0123 ext. 12", "+1 (212) 555-0123 x9999",
        "UK", "Deutschland", "EUR 1.250", "1,250.505", "1.250", "48.2082", "0", "-3", "Web", "8", "Hot", "yes", "Allow",
        "Do Not Allow", "2026-04-03", "2026-04-03T10:00:00+02:00", GUID, "{" + GUID + "}", "", "  ", "a\r\nb", "\ud800",
        "e\u0301", "\uff11\uff12", "²", "+44 7700 900123 ask for Ada",
    ]
)  # fmt: skip


@given(raw=st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=20), json_like, max_size=6), update=st.booleans())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_input_raises(raw: dict[str, object], update: bool) -> None:
    result = normalise_lead(raw, CHOICES, default_country="GB", update=update)
    for problem in result.problems:
        assert problem.message
        assert len(problem.value_shown) <= 40
        assert problem.value_shown.isprintable()


@given(raw=st.dictionaries(st.sampled_from(WRITABLE), plausible | scalars, max_size=8), update=st.booleans())
@settings(max_examples=200, deadline=None)
def test_reading_the_result_again_changes_nothing(raw: dict[str, object], update: bool) -> None:
    once = normalise_lead(raw, CHOICES, default_country="GB", update=update)
    twice = normalise_lead(once.values, CHOICES, default_country="GB", update=update)
    assert twice.values == once.values
    assert twice.problems == []


@given(raw=st.dictionaries(st.sampled_from(WRITABLE), plausible | scalars, max_size=8))
@settings(max_examples=200, deadline=None)
def test_every_value_is_kept_or_reported_or_empty(raw: dict[str, object]) -> None:
    result = normalise_lead(raw, CHOICES)
    reported = {problem.attribute for problem in result.problems}
    for name, value in raw.items():
        kept = name in result.values
        assert kept + (name in reported) <= 1
        if not kept and name not in reported:
            assert value is None or (isinstance(value, str) and not clean_line(value))


@given(raw=st.dictionaries(st.sampled_from(WRITABLE), plausible, max_size=8))
@settings(max_examples=200, deadline=None)
def test_the_result_is_what_the_entity_accepts(raw: dict[str, object]) -> None:
    values = normalise_lead(raw, CHOICES).values
    lead = Lead.model_validate(values, strict=True)
    assert {name: getattr(lead, name) for name in values} == values


def test_a_typical_lead() -> None:
    result = normalise_lead(
        {
            "firstname": " Ada ",
            "lastname": "Lovelace",
            "emailaddress1": "Ada@Analytical.EXAMPLE",
            "telephone1": "020 7946 0123",
            "address1_country": "United Kingdom",
            "revenue": "1,250.50",
            "numberofemployees": "250",
            "leadsourcecode": "web",
            "donotemail": "Do Not Allow",
            "estimatedclosedate": "2026-04-03",
            "ownerid": GUID,
        },
        CHOICES,
    )
    assert result.problems == []
    assert result.notes == []
    assert result.values == {
        "firstname": "Ada",
        "lastname": "Lovelace",
        "emailaddress1": "Ada@analytical.example",
        "telephone1": "+442079460123",
        "address1_country": "GB",
        "revenue": Decimal("1250.50"),
        "numberofemployees": 250,
        "leadsourcecode": 8,
        "donotemail": True,
        "estimatedclosedate": date(2026, 4, 3),
        "ownerid": UUID(GUID),
    }


@pytest.mark.parametrize(
    ("name", "value", "code", "words"),
    [
        ("emailadress1", "a@b.example", ErrorCode.UNKNOWN_PROPERTY, "did you mean 'emailaddress1'?"),
        ("EMAILADDRESS1", "a@b.example", ErrorCode.UNKNOWN_PROPERTY, "did you mean 'emailaddress1'?"),
        ("parentaccountid@odata.bind", "/accounts(1)", ErrorCode.UNKNOWN_PROPERTY, "'parentaccountid'"),
        ("qqqqq", "x", ErrorCode.UNKNOWN_PROPERTY, "leave it out"),
        ("foo", "x", ErrorCode.UNKNOWN_PROPERTY, "leave it out"),
        ("lf_routingrul", "x", ErrorCode.UNKNOWN_PROPERTY, "leave it out"),  # near to one that no caller can set
        ("fullname", "Ada", ErrorCode.INVALID_ARGUMENT, "cannot be set"),
        ("firstname", "x" * 51, ErrorCode.STRING_TOO_LONG, "has 51 characters and can hold 50"),
        ("firstname", True, ErrorCode.CANNOT_PARSE, "quotes"),
        ("firstname", ["Ada"], ErrorCode.CANNOT_PARSE, "quotes"),
        ("emailaddress1", "ada at example", ErrorCode.INVALID_ARGUMENT, "such as name@company.example"),
        ("emailaddress1", "a@b.example; c@d.example", ErrorCode.INVALID_ARGUMENT, "one address"),
        ("numberofemployees", "200-499", ErrorCode.CANNOT_PARSE, "such as 1250"),
        ("numberofemployees", "1000001", ErrorCode.INTEGER_OUT_OF_RANGE, "from 0 to 1,000,000"),
        ("revenue", "-1", ErrorCode.DECIMAL_OUT_OF_RANGE, "from 0 to 100,000,000,000,000"),
        ("leadsourcecode", "Wbe", ErrorCode.INVALID_OPTION, "did you mean 'Web'?"),
        ("leadsourcecode", 99, ErrorCode.INVALID_OPTION, "choose one of 'Advertisement'"),
        ("leadsourcecode", "9" * 5000, ErrorCode.INVALID_OPTION, "choose one of"),
        ("leadsourcecode", True, ErrorCode.CANNOT_PARSE, "whole number"),
        ("donotemail", "perhaps", ErrorCode.CANNOT_PARSE, "write true or false"),
        ("ownerid", "ada", ErrorCode.CANNOT_PARSE, "GUID"),
        ("ownerid", "6f9619ff8b864d01b42d00cf4fc964f٣", ErrorCode.CANNOT_PARSE, "GUID"),
    ],
)
def test_a_problem_names_the_attribute_and_the_remedy(name: str, value: object, code: str, words: str) -> None:
    result = normalise_lead({name: value, "jobtitle": "CTO"}, CHOICES)
    assert result.values == {"jobtitle": "CTO"}
    (problem,) = result.problems
    assert problem.attribute == name
    assert problem.code == code
    assert words in problem.message
    assert str(problem).startswith(f"{name} ")


def test_the_value_shown_is_short_and_on_one_line() -> None:
    (problem,) = normalise_lead({"estimatedclosedate": "soon\nor " + "later " * 20}, CHOICES).problems
    assert problem.value_shown == "soon or later later later later later l…"
    assert len(problem.value_shown) == 40


def test_empty_values_of_a_new_lead_are_left_out() -> None:
    raw = {"firstname": "", "revenue": " ", "leadsourcecode": None, "donotemail": "", "ownerid": "\t"}
    result = normalise_lead(raw, CHOICES)
    assert (result.values, result.problems) == ({}, [])


def test_an_update_clears_with_an_empty_value_where_that_is_possible() -> None:
    result = normalise_lead({"firstname": "", "revenue": None, "donotemail": "", "ownerid": None}, CHOICES, update=True)
    assert result.values == {"firstname": None, "revenue": None}
    assert {problem.attribute for problem in result.problems} == {"donotemail", "ownerid"}


def test_an_update_may_not_touch_what_is_set_once() -> None:
    raw = {"lf_source": "web"}
    assert normalise_lead(raw, CHOICES).values == raw
    (problem,) = normalise_lead(raw, CHOICES, update=True).problems
    assert "cannot be changed" in problem.message


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("donotemail", "Allow", False),
        ("donotemail", "do not allow", True),
        ("followemail", "Allow", True),
        ("followemail", "Do Not Allow", False),
        ("donotphone", "YES", True),
        ("donotphone", 0, False),
        ("donotphone", "1", True),
        ("leadqualitycode", "hot", 1),
        ("leadqualitycode", "3", 3),
        ("statecode", "Open", 0),
        ("statuscode", "Contacted", 2),
        ("budgetstatus", 0, 0),
        ("industrycode", "Doctor's Offices and Clinics", 11),
    ],
)
def test_yes_no_and_options(name: str, value: object, wanted: object) -> None:
    assert normalise_lead({name: value}, CHOICES).values == {name: wanted}


@pytest.mark.parametrize("text", [GUID, GUID.upper(), "{" + GUID + "}", GUID.replace("-", ""), f" {GUID} ", UUID(GUID)])
def test_references_by_guid(text: object) -> None:
    assert normalise_lead({"campaignid": text}, CHOICES).values == {"campaignid": UUID(GUID)}


def test_an_organisations_own_option_is_known() -> None:
    book = CHOICES.extended_with({"leadsourcecode": {100000: "Chat"}})
    assert normalise_lead({"leadsourcecode": "chat"}, book).values == {"leadsourcecode": 100000}


def test_any_entity_can_be_read() -> None:
    from crm.entities.contact import Contact

    assert normalise(Contact, {"lastname": " Byron "}, CHOICES).values == {"lastname": "Byron"}


def test_a_number_too_long_to_print_is_a_problem_like_any_other() -> None:
    for name in ("firstname", "revenue", "leadsourcecode", "donotemail", "ownerid", "telephone1", "no_such_name"):
        (problem,) = normalise_lead({name: 10**5000}, CHOICES).problems
        assert problem.value_shown == "a very large number"


def test_a_nan_is_no_number() -> None:
    for value in (math.nan, math.inf, Decimal("sNaN")):
        assert normalise_lead({"revenue": value}, CHOICES).problems


def test_a_time_is_kept_to_the_microsecond() -> None:
    moment = datetime.fromisoformat("2026-04-03T10:00:00.123456+00:00")
    assert normalise_lead({"schedulefollowup_qualify": moment}, CHOICES).values == {"schedulefollowup_qualify": moment}
