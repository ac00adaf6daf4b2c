"""One lead of the source data as a person at a company: names, address, phone, words for codes.

Every choice depends on the ids of the source data only, never on chance or on other leads, so that a part of the data
gives the same leads as the whole.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import phonenumbers

from examples import words

T = TypeVar("T")
Record = Mapping[str, str]

# Of a hundred accounts in the data's two regions, how many stand in each country.
_COUNTRIES = {
    "UK": ["GB"] * 74 + ["DE"] * 13 + ["FR"] * 6 + ["AT"] * 4 + ["CH"] * 3,
    "US": ["US"] * 84 + ["DE"] * 9 + ["CH"] * 4 + ["AT"] * 3,
}
_EMPLOYEES = {"200-499": (200, 499), "500-999": (500, 999), "1000-1999": (1000, 1999), "2000+": (2000, 9000)}
_REVENUE = {"$1M-$10M": (1, 10), "$10M-$50M": (10, 50), "$50M-$200M": (50, 200), "$200M+": (200, 900)}
_LANGUAGES = {"DE": 1, "AT": 1, "CH": 1, "FR": 2}


@dataclass(frozen=True, slots=True)
class Source:
    """One lead of the source data with what belongs to it, and the names that English-speaking people may have."""

    lead: Record
    account: Record
    contact: Record
    first_names: Sequence[str]
    last_names: Sequence[str]

    @property
    def number(self) -> int:
        return int(self.lead["lead_id"].rpartition("_")[2])


def draw(key: str, choices: Sequence[T]) -> T:
    """The choice that `key` always gets."""
    return choices[int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % len(choices)]


def country_of(source: Source) -> str:
    return draw(source.account["account_id"] + "country", _COUNTRIES[source.account["region"]])


def person(source: Source) -> dict[str, str]:
    """The lead's attributes by logical name, as a form would send them; some have no e-mail, some no phone."""
    lead_id, country = source.lead["lead_id"], country_of(source)
    first, last = _names(source, country)
    company = brand(source, country)
    email = _email(source, f"{slug(first)}.{slug(last)}", slug(company))
    company += " " + draw(source.account["account_id"] + "form", words.LEGAL_FORMS[country])
    topic = draw(lead_id + "topic", words.TOPICS[source.contact["role_function"]])
    return {
        "firstname": first,
        "lastname": last,
        "jobtitle": source.contact["job_title"],
        "companyname": company,
        "emailaddress1": email,
        "telephone1": _phone(source, country) if not email or draw(lead_id + "phone", range(10)) else "",
        "address1_country": draw(lead_id + "typed", words.COUNTRY_NAMES[country]),
        "industrycode": words.INDUSTRIES[source.account["industry"]],
        "numberofemployees": str(_within(source, _EMPLOYEES[source.account["employee_band"]])),
        "revenue": str(_within(source, _REVENUE[source.account["estimated_revenue_band"]], 100) * 10_000),
        "subject": f"{topic} for {company}",
    }


def brand(source: Source, country: str) -> str:
    """The company's name without its legal form."""
    account = source.account["account_id"]
    family = draw(account + "family", words.LAST_NAMES.get(_names_of(country), source.last_names))
    trade = draw(account + "trade", words.TRADES[source.account["industry"]][_LANGUAGES.get(country, 0)])
    return f"{family} {trade}"


def received(source: Source, later: timedelta = timedelta()) -> str:
    """The lead's day at some time of the working day, in ISO 8601."""
    minutes = draw(source.lead["lead_id"] + "time", range(7 * 60, 18 * 60))
    moment = datetime.fromisoformat(source.lead["lead_created_at"]) + timedelta(minutes=minutes) + later
    return f"{moment.isoformat()}Z"


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits, words joined by hyphens."""
    for letter, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        text = text.lower().replace(letter, pair)
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")


def _names_of(country: str) -> str:
    return "DE" if country in ("DE", "AT", "CH") else country


def _names(source: Source, country: str) -> tuple[str, str]:
    contact = source.contact["contact_id"]
    first = draw(contact + "first", words.FIRST_NAMES.get(_names_of(country), source.first_names))
    return first, draw(contact + "last", words.LAST_NAMES.get(_names_of(country), source.last_names))


def _email(source: Source, name: str, company: str) -> str:
    kind = source.contact["email_domain_type"]
    if kind == "unknown":
        return ""
    if kind == "personal":
        return f"{name}{draw(source.contact['contact_id'], range(60, 100))}@freemail.example"
    return f"{name}@{'rival' if source.number % 97 == 5 else company}.example"


def _phone(source: Source, country: str) -> str:
    """A number of its own for each lead, in the national or the international way of writing."""
    patterns = words.PHONES[country]
    digits = iter(f"{source.number % 1000:03}"[-patterns[0].count("#") :])
    pattern = patterns[source.number // 100 % len(patterns)]
    number = phonenumbers.parse("".join(next(digits) if char == "#" else char for char in pattern))
    styles = (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return phonenumbers.format_number(number, draw(source.lead["lead_id"] + "style", styles))


def _within(source: Source, band: tuple[int, int], steps: int = 1) -> int:
    low, high = band
    return draw(source.account["account_id"] + str(band), range(low * steps, high * steps))
