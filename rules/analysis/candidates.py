"""Values that one field of a lead may take: from them a lead for a box is put together."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any
from uuid import UUID

from crm.entities.lead import Lead
from rules.analysis.domains import Domain, decoded, encoded
from rules.analysis.sets import Members, Spans
from rules.analysis.texts import texts
from rules.engine.canonical import CANONICAL
from rules.engine.fields import FieldSpec, FieldType
from rules.engine.values import Names

MAX_TRIES = 400
"""So many values of a field are tried."""
EARLIEST, LATEST = 946_684_800, 4_102_444_800
"""The years 2000 to 2100: times that leads have."""
_AGES = (0, 3600, 86_400, 30 * 86_400, 400 * 86_400)
_KEYS = ("one", "another", "a-third")


def fitting(spec: FieldSpec, domain: Domain, now: int, names: Names) -> Iterator[Any]:
    """Canonical values that the domain allows and a lead can have; None for no value, first where that is allowed."""
    if domain.missing:
        yield None
    for value in islice(_possible(spec, domain, now, names), MAX_TRIES):
        if _can_be(spec, value, names) and domain.contains(encoded(spec.name, value), value, now):
            yield value


def _possible(spec: FieldSpec, domain: Domain, now: int, names: Names) -> Iterable[Any]:
    """Values to try. Those of a list stand in it; others are near the ends of spans, or made up."""
    values = domain.values
    if isinstance(values, Members) and not values.but:
        return sorted(values.values)
    if spec.type is FieldType.TIME:
        return times(domain, now)
    if isinstance(values, Spans):
        return _numbers(spec, values)
    if spec.type is FieldType.CHOICE:
        return [option.value for option in names.choices[spec.option_set or ""].options]
    if spec.type is FieldType.REFERENCE:
        return (str(UUID(int=number)) for number in range(1, MAX_TRIES))
    if spec.type is FieldType.KEY:
        return list(_section(spec, names)) or _KEYS
    return texts(spec.type, domain.claims)


def times(domain: Domain, now: int) -> Iterator[int]:
    """The ends of the domain's spans, and ages that its claims are about."""
    ends = (end for span in domain.values.spans for end in span)
    spans = chain.from_iterable((claim.operand, claim.operand + 1) for claim in domain.claims)
    for time in chain((now - age for age in (*spans, *_AGES)), ends, (EARLIEST, LATEST, now + 86_400)):
        if EARLIEST <= time <= LATEST:
            yield time


def _numbers(spec: FieldSpec, values: Spans) -> Iterator[Any]:
    limits = Spans((_limits(spec),))
    return (decoded(spec.name, end) for span in values.intersection(limits).spans for end in span)


def _limits(spec: FieldSpec) -> tuple[int, int]:
    """What the attribute may hold, in the numbers of sets."""
    attribute = Lead.attributes().get(spec.name)
    canonical = CANONICAL[spec.type]
    if attribute is None or attribute.minimum is None or attribute.maximum is None:
        return encoded(spec.name, canonical(0)), encoded(spec.name, canonical(10**6))
    low, high = (canonical(limit) for limit in (attribute.minimum, attribute.maximum))
    return encoded(spec.name, low), encoded(spec.name, high)


def _can_be(spec: FieldSpec, value: Any, names: Names) -> bool:
    """Whether a lead's attribute may hold the value."""
    if spec.type is FieldType.CHOICE:
        return names.choices[spec.option_set or ""].find(value) is not None
    if spec.type is FieldType.KEY:
        section = _section(spec, names)
        return not section or value in section
    attribute = Lead.attributes().get(spec.name)
    if not isinstance(value, str) or attribute is None or attribute.max_length is None:
        return True
    return len(value) <= attribute.max_length and (
        spec.type is not FieldType.EMAIL or 0 < value.find("@") < len(value) - 1
    )


def _section(spec: FieldSpec, names: Names) -> Iterable[str]:
    """The keys of the directory; none where it is not known."""
    keys: Iterable[str] = getattr(names.directory, spec.directory or "")
    return keys
