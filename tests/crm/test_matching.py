"""Match keys: what counts as the same person or company."""

import tomllib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.choices import standard_choices
from crm.matching import company_key, email_domain, email_key, free_email_domains, is_free_email, phone_key
from crm.normalise import normalise_lead


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Analytical Engines Ltd", "ANALYTICAL ENGINES LIMITED"),
        ("Müller GmbH & Co. KG", "Mu\u0308ller"),
        ("The Acme Corporation", "Acme, Inc."),
        ("Société Générale S.A.", "Societe Generale SA"),
        ("Straßenbau AG", "STRASSENBAU"),
        ("Marks & Spencer plc", "Marks and Spencer"),
        ("Kino e.V.", "kino"),
    ],
)
def test_the_same_company(one: str, other: str) -> None:
    assert company_key(one) == company_key(other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Acme Ltd", "Acme Logistics Ltd"), ("Ltd", "Inc"), ("SE", "AG"), ("Co-op", "Op"), ("A.B. C", "C")],
)
def test_different_companies(one: str, other: str) -> None:
    assert company_key(one) != company_key(other)


@given(
    name=st.text(max_size=40) | st.lists(st.sampled_from(["The", "Co.", "S.A.", "&", "Ltd", "Ada", "é"])).map(" ".join)
)
def test_a_company_key_is_its_own_key(name: str) -> None:
    key = company_key(name)
    assert company_key(key) == key


@given(name=st.text(alphabet="bcdfhjkqvwxz", min_size=1), form=st.sampled_from(["GmbH", "Ltd.", "S.A.", "& Co. KG"]))
def test_a_legal_form_makes_no_difference(name: str, form: str) -> None:
    assert company_key(f"The Q{name.upper()} {form}") == company_key(f"q{name}")


@given(address=st.emails())
def test_an_email_key_ignores_case_only(address: str) -> None:
    assert email_key(address) == email_key(address.upper()) == email_key(email_key(address))
    assert email_key("x" + address) != email_key(address)


@given(address=st.emails())
def test_the_domain_is_the_end_of_the_key(address: str) -> None:
    key, domain = email_key(address), email_domain(address)
    assert key is not None and domain is not None
    assert key.endswith("@" + domain)
    assert email_domain(f"a@{domain}") == domain


@pytest.mark.parametrize("address", [None, "", "ada", "@b.example", "ada@", "ada@ "])
def test_no_domain(address: str | None) -> None:
    assert email_domain(address) is None


@given(number=st.integers(2_000_000, 9_999_999), extension=st.integers(0, 9999) | st.none())
def test_the_extension_and_the_way_of_writing_do_not_change_a_phone_key(number: int, extension: int | None) -> None:
    suffix = "" if extension is None else f" ext {extension}"
    keys = set()
    for typed in (f"(212) {number // 10000}-{number % 10000:04}", f"+1212{number}", f"001 212 {number}"):
        country = "GB" if typed.startswith("00") else "US"
        lead = normalise_lead({"telephone1": typed + suffix}, standard_choices(), default_country=country)
        keys.add(phone_key(str(lead.values["telephone1"])))
    assert keys == {f"1212{number}"}


@pytest.mark.parametrize("phone", [None, "", "020 7946 0123", "+44 20", "+", "ask Ada", "+44abc"])
def test_no_phone_key(phone: str | None) -> None:
    assert phone_key(phone) is None


@pytest.mark.parametrize(
    ("domain", "free"),
    [("gmail.com", True), ("GMX.de", True), ("freemail.example", True), ("analytical.example", False), (None, False)],
)
def test_free_email(domain: str | None, free: bool) -> None:
    assert is_free_email(domain) is free


def test_the_table_of_providers_is_clean() -> None:
    data = tomllib.loads(resources.files("crm").joinpath("freemail.toml").read_text(encoding="utf-8"))
    domains = [domain for provider in data["providers"] for domain in provider]
    assert domains == [domain.casefold().strip() for domain in domains]
    assert len(domains) == len(set(domains)) == len(free_email_domains())
