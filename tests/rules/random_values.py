"""Values as they come: in rule files as text, in leads as whatever callers send. They meet, so that conditions hold."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from crm.choices import ChoiceBook
from crm.entities.lead import Lead
from crm.normalise import normalise_lead
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.fields import FieldType

FIELDS: Mapping[FieldType, tuple[str, ...]] = {
    FieldType.TEXT: ("companyname", "lastname", "source"),
    FieldType.EMAIL: ("emailaddress1", "emailaddress2", "email_domain"),
    FieldType.COUNTRY: ("address1_country", "address2_country"),
    FieldType.WHOLE: ("numberofemployees", "versionnumber", "address1_utcoffset"),
    FieldType.NUMBER: ("revenue", "estimatedvalue", "age_hours"),
    FieldType.BOOLEAN: ("decisionmaker", "donotemail", "email_is_free", "is_duplicate", "existing_account"),
    FieldType.CHOICE: ("leadsourcecode", "budgetstatus"),
    FieldType.TIME: ("createdon", "estimatedclosedate", "schedulefollowup_prospect", "now"),
    FieldType.REFERENCE: ("campaignid", "ownerid", "parentaccountid"),
    FieldType.KEY: ("business_unit", "channel_partner", "campaign"),
}
WORDS = ("de", "Acme GmbH", "ACME", "Straße", "STRASSE", "Café", "Cafe\u0301", "日本", "🎉 party", "it's",
         'a "b" c', "a\\b", "\\d+", "1", "9", "10", "01", "1.0", "1e3", "true", "null", "nil", "NaN", "{}", "[1]",
         "a,b", "\u2028x", "\ufeffx", "İ", "ǆ", "x\u0000y", "{\"_t\":1}", "a.b@c", "$m", "%", "x" * 1023 + "yz",
         "  padded ")  # fmt: skip
ADDRESSES = ("Jane@Mail.Initech.Example", "bob@initech.example", "x@notinitech.example", "a@gmail.com", "nobody", "@",
             "x@y@initech.example", "ü@bücher.example", "a@.example", "a@initech.example.")  # fmt: skip
IDS = tuple(str(UUID(int=number)) for number in (0, 255, 2**64, 2**128 - 1))
WRITTEN: Mapping[str, tuple[str, ...]] = {
    FieldType.TEXT: WORDS,
    FieldType.EMAIL: (*ADDRESSES, "initech.example", "EXAMPLE", "gmail.com", "mail.initech.example", "bücher.example"),
    FieldType.COUNTRY: ("DE", "de", "AT", "NO", "uk", "Deutschland", "ẞ"),
    FieldType.WHOLE: ("-999999999999999", "-5", "-1", "0", "1", "5", "9", "10", "1e2", "499", "500", "2147483648",
                      "9007199254740.0", "999999999999999"),
    FieldType.NUMBER: ("-999999999999999", "-5.5", "-0.01", "-0", "0.001", "0.01", "1", "9", "10", "99.99", "1e2",
                       "100.005", "1000", "8760", "1E+14", "999999999999999"),
    FieldType.BOOLEAN: ("yes", "no", "TRUE", "false", "on", "off"),
    FieldType.TIME: ("0001-01-01", "1969-12-31T23:59:59Z", "1970-01-01", "2023-11-14T22:13:20Z", "2025-06-15",
                     "2026-01-15T15:29+05:30", "2026-01-15T10:00:00Z", "2026-01-15T10:00:01", "2026-01-15T09:00-11:00",
                     "9999-12-31"),
    FieldType.REFERENCE: (*IDS, IDS[3].upper(), f"{{{IDS[1]}}}"),
    "leadsourcecode": ("1", "Web", "8", "word of mouth", "Partner"),
    "budgetstatus": ("0", "No Committed Budget", "May Buy", "3"),
    "business_units": ("emea", "uk", "london", "us"),
    "channel_partners": ("contoso", "fabrikam"),
    "campaigns": ("spring", "autumn"),
}  # fmt: skip
"""What rule files say, by type, option set or section of the directory; numbers and times in ascending order."""
PATTERNS = ("a.*", ".*gmbh", "(de|at|acme)", "x+y?z?", "[^@]+@.*", "\\d+", ".", "caf.", ".*[.]example")
DURATIONS = ("1 minute", "2 hours", "30 days", "215 days", "999999 days")
SWITCHES = ("yes", "no", "on", "FALSE")

NOW = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
ZONES = (UTC, ZoneInfo("Asia/Kolkata"), ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Kiritimati"),
         timezone(timedelta(hours=-11, seconds=-1)), None)  # fmt: skip
NUMBERS = (0, 1, -1, 5, 9, 10, 0.005, 0.01, -0.004, 99.99, 100, 100.005, 12.345, 1e14, 1e16, 1e22, 1e-7, -1e300,
           5e-324, float("inf"), float("-inf"), float("nan"), Decimal("0.005"), Decimal("99.990"), Decimal("1E+3"),
           2**53, 2**63, 10**20, Decimal("-999999999999999"), 8760, True)  # fmt: skip
WHOLES = (0, 1, -1, 5, 9, 10, 100, 499, 500, 2**31, 2**53 - 1, 2**53, -(2**63), 10**20, 999_999_999_999_999)
HOSTILE: dict[str, object] = {
    "id": "1", "sid": "9", "$forward": 1, "$s": 1, "_t": 0, "_prime": 1, "_n": "x", "_f0": 1, "liquid": "de",
    "nested": {"a": [1]}, "costarring": None,
}  # fmt: skip
"""Facts beside the known ones, under names that mean something to durable-rules."""
UNREADABLE = (
    "\x00",
    "\ud800",
    "1,200",
    "1.200,50 €",
    "zwölf",
    "12/31/2025",
    "31.12.2025 08:00",
    "tomorrow",
    "ja",
    "k.A.",
)


def random_facts(chance: Random, choices: ChoiceBook) -> dict[str, object]:
    """The facts of one lead: through intake's normalisation, or straight from a record with whatever is in it."""
    fill = chance.choice((0.1, 0.5, 0.9))
    through_intake = chance.random() < 0.3
    values = {
        name: (_sent if through_intake else _stored)(chance, field_type, name)
        for field_type, names in FIELDS.items()
        for name in names
        if name in Lead.model_fields and chance.random() < fill
    }
    if through_intake:
        values = normalise_lead(values, choices).values
    source = _text(chance) if chance.random() < fill else None
    lead = _blank().model_copy(update={**values, "lf_source": source})  # nothing is validated: stored leads may be odd
    facts = lead_facts(lead, _context(chance, fill))
    return facts | HOSTILE if chance.random() < 0.2 else facts


@cache
def _blank() -> Lead:
    return Lead()


def _context(chance: Random, fill: float) -> RoutingContext:
    known: dict[str, Any] = {
        name: chance.choice((*WRITTEN[section], "unknown", "", "LONDON", "default", "../default"))
        for name, section in _SECTIONS.items()
        if chance.random() < max(fill, 0.5)
    }
    known |= {name: chance.random() < 0.5 for name in ("is_duplicate", "existing_account", "existing_contact")}
    return RoutingContext(now=_moment(chance).replace(tzinfo=chance.choice(ZONES[:-1])), **known)


_SECTIONS = {"business_unit": "business_units", "channel_partner": "channel_partners", "campaign": "campaigns"}


def _sent(chance: Random, field_type: FieldType, name: str) -> object:
    """What a caller sends: the right thing, the right thing as text, text where there should be none, or nothing."""
    kind = chance.random()
    if kind < 0.3:
        return _stored(chance, field_type, name)
    if kind < 0.7:
        return chance.choice(WRITTEN[name if field_type is FieldType.CHOICE else field_type])
    return chance.choice((*UNREADABLE, None, *chance.choice(list(WRITTEN.values()))))


def _stored(chance: Random, field_type: FieldType, name: str) -> Any:
    """A value of the attribute's own type."""
    if chance.random() < 0.03:
        return None
    match field_type:
        case FieldType.TEXT | FieldType.COUNTRY | FieldType.EMAIL:
            return _text(chance, field_type)
        case FieldType.WHOLE:
            return chance.choice(WHOLES) if chance.random() < 0.8 else chance.randint(-(10**18), 10**18)
        case FieldType.NUMBER:
            return chance.choice(NUMBERS) if chance.random() < 0.8 else chance.uniform(-1e6, 1e6)
        case FieldType.BOOLEAN:
            return chance.random() < 0.5
        case FieldType.CHOICE:
            return chance.choice((*range(11), -1, 10**9))
        case FieldType.REFERENCE:
            return UUID(chance.choice(IDS))
        case _:
            return (
                _moment(chance) if name != "estimatedclosedate" else chance.choice((_moment(chance).date(), date.max))
            )


def _text(chance: Random, field_type: FieldType = FieldType.TEXT) -> str:
    """Words of the rules in another spelling, or anything at all."""
    word = chance.choice(WRITTEN[field_type])
    kind = chance.randrange(8)
    if kind == 0:
        return "".join(chr(chance.choice((chance.randrange(1, 0x250), chance.randrange(0x110000)))) for _ in range(4))
    return (
        word,
        word,
        word.upper(),
        word.lower(),
        f" {word}\n",
        f"{word}\x00\x07",
        word + word,
        word[: len(word) // 2],
    )[kind]


def _moment(chance: Random) -> datetime:
    """A time near one that the rules name, with or without a zone."""
    written = datetime.fromisoformat(chance.choice(WRITTEN[FieldType.TIME]))
    near = chance.choice((NOW, written.replace(tzinfo=None) if written.year in (1, 9999) else written))
    if near.tzinfo is None:
        return near
    moved = near + timedelta(
        seconds=chance.choice((-86400, -1, 0, 0, 1, 59)), microseconds=chance.choice((0, 1, 999_999))
    )
    zone = chance.choice(ZONES)
    return moved.astimezone(zone) if zone else moved.astimezone(UTC).replace(tzinfo=None)
