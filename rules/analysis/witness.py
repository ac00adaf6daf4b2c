"""A lead for a box: the proof that the box is not empty."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any

from pydantic import ValidationError

from crm.choices import standard_choices
from crm.entities.lead import Lead
from crm.matching import email_domain, free_email_domains, is_free_email
from rules.analysis.boxes import Box
from rules.analysis.candidates import LATEST, MAX_TRIES, fitting, times
from rules.analysis.domains import ALWAYS_SET, Domain, encoded, whole_domain
from rules.engine.canonical import canonical_number, canonical_text
from rules.engine.directory import Directory
from rules.engine.facts import NOW, RoutingContext, lead_facts
from rules.engine.fields import FieldType, readable_fields
from rules.engine.values import Names

USUAL_NOW = 1_768_471_200
"""15 January 2026, 10:00 UTC."""
MAX_COMBINATIONS = 4000
_MAIL = ("emailaddress1", "email_domain", "email_is_free")
_CLOCK = ("now", "createdon", "overriddencreatedon", "age_hours")
_SWITCHES = tuple(field for field in ALWAYS_SET if readable_fields()[field].type is FieldType.BOOLEAN)
_HOUR = 3600


def witness(box: Box, names: Names | None = None) -> dict[str, Any] | None:
    """The facts of a lead in the box, or None where none was found: then there may be none.

    They are those of a lead that can exist: within the limits of its attributes, with options that have a label and,
    given `names`, with units, partners and campaigns of the directory; derived facts fit what they derive from.
    """
    names = names or Names(standard_choices(), Directory())
    chosen = _clock(box)
    address = _address(box) if chosen is not None else None
    if chosen is None or address is None:
        return None
    chosen |= address
    for field, domain in box.domains.items():
        if field not in (*_MAIL, *_CLOCK):
            value = next(fitting(readable_fields()[field], domain, chosen["now"], names), _NONE)
            if value is _NONE:
                return None
            chosen[field] = value
    facts = _facts(chosen)
    return facts if facts is not None and box.holds(facts) else None


def sample(box: Box) -> Iterator[dict[str, Any]]:
    """Facts that the box holds, quickly made: there need not be a lead that has them."""
    names = Names(standard_choices(), Directory())
    for skipped in (0, 1):
        facts: dict[str, Any] = {NOW: USUAL_NOW, "age_hours": 0.0} | dict.fromkeys(_SWITCHES, False)
        for field, domain in box.domains.items():
            values = list(islice(fitting(readable_fields()[field], domain, USUAL_NOW, names), 2))
            facts[field] = values[min(skipped, len(values) - 1)] if values else None
        yield {field: value for field, value in facts.items() if value is not None}


_NONE = object()


def _domain(box: Box, field: str) -> Domain:
    return box.domains.get(field) or whole_domain(field)


def _within(domain: Domain, field: str, value: Any, now: int) -> bool:
    return domain.contains(None if value is None else encoded(field, value), value, now)


def _clock(box: Box) -> dict[str, Any] | None:
    """The times on which the lead's age depends, and that of the decision."""
    domains = {field: _domain(box, field) for field in _CLOCK}
    if not any(field in box.domains for field in _CLOCK):
        return {"now": USUAL_NOW}
    for now, created, overridden in islice(_moments(domains), MAX_COMBINATIONS):
        age = canonical_number((now - (overridden or created or now)) / _HOUR)
        moments = dict(zip(_CLOCK, (now, created, overridden, age), strict=True))
        if all(_within(domains[field], field, value, now) for field, value in moments.items()):
            return {field: value for field, value in moments.items() if field != "age_hours"}
    return None


def _moments(domains: dict[str, Domain]) -> Iterator[tuple[int, int | None, int | None]]:
    """Times to try: of the decision, of creation, and of creation elsewhere."""
    ages = [round(end * 36) for span in domains["age_hours"].values.spans for end in span if 0 <= end < LATEST]
    ends = [time for field in _CLOCK[:3] for time in times(domains[field], USUAL_NOW)]
    nows = dict.fromkeys((USUAL_NOW, *ends, *(end + age for end in ends for age in ages)))
    for now in nows:
        born = [now - age for age in ages]
        created, overridden = (
            [None, *born, *(time for time in times(domains[field], now) if time <= now)] for field in _CLOCK[1:3]
        )
        yield from ((now, one, two) for one, two in product(created, overridden))


def _address(box: Box) -> dict[str, Any] | None:
    """The e-mail address, and with it the facts that derive from it."""
    if not any(field in box.domains for field in _MAIL):
        return {}
    address, domain, is_free = (_domain(box, field) for field in _MAIL)
    for text in islice(_addresses(address, domain), MAX_COMBINATIONS):
        found = canonical_text(email_domain(text) or "")
        values = (text, found, is_free_email(found) if found else None)
        if all(map(_within, (address, domain, is_free), _MAIL, values, (0, 0, 0))):
            return {"emailaddress1": text}
    return None


def _addresses(address: Domain, domain: Domain) -> Iterator[str | None]:
    names = Names(standard_choices(), Directory())
    spec = readable_fields()["emailaddress1"]
    yield from fitting(spec, address, 0, names)
    for place in fitting(readable_fields()["email_domain"], domain, 0, names):
        if place is not None:
            yield f"someone@{place.replace('@', '.')}"
    yield from (f"someone@{place}" for place in sorted(free_email_domains())[:MAX_TRIES])


def _facts(chosen: dict[str, Any]) -> dict[str, Any] | None:
    """The facts of the lead with these values; None where there can be no such lead."""
    values, context = {}, {}
    for field, value in chosen.items():
        spec = readable_fields()[field]
        typed = datetime.fromtimestamp(value, UTC) if spec.type is FieldType.TIME and value is not None else value
        if not spec.derived:
            values[field] = typed
        elif field == "source":
            values["lf_source"] = typed
        else:
            context[field] = typed
    try:
        return lead_facts(Lead.model_validate(values), RoutingContext.model_validate(context))
    except ValidationError:
        return None
