"""Regions in the words of rule files."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from crm.choices import ChoiceBook
from rules.analysis.claims import Claim
from rules.analysis.domains import Domain, decoded, whole_domain
from rules.analysis.regions import Box, Region
from rules.analysis.sets import Members, Spans
from rules.engine.evaluator import shown
from rules.engine.fields import FieldSpec, FieldType, readable_fields
from rules.engine.values import duration_text

MAX_SHOWN = 12
"""Of longer lists of values, only the first ones are shown."""

_CLAIMS: Mapping[str, tuple[str, str]] = {
    "contains": ("contains", "does not contain"),
    "starts_with": ("starts with", "does not start with"),
    "ends_with": ("ends with", "does not end with"),
    "matches": ("matches", "does not match"),
    "domain_in": ("is at the domain", "is not at the domain"),
    "within_last": ("is within the last", "is not within the last"),
}


def described(region: Region, choices: ChoiceBook) -> list[str]:
    """One line for each part of the region, such as "address1_country is DE or AT; numberofemployees at least 500".

    Boxes that differ in one field only are one part. The parts together are the region; a lead may be in several.
    """
    return [described_box(box, choices) for box in region.simplified().boxes]


def described_box(box: Box, choices: ChoiceBook) -> str:
    """The box in one line, its fields in the order of the conditions."""
    parts = [_domain(readable_fields()[field], domain, choices) for field, domain in box.domains.items()]
    return "; ".join(part for part in parts if part) or "every lead"


def _domain(spec: FieldSpec, domain: Domain, choices: ChoiceBook) -> str:
    """Nothing for a field that may hold anything."""
    whole = whole_domain(spec.name)
    if domain == whole:
        return ""
    if domain.values.is_empty:
        return f"{spec.name} not set"
    parts = [_claim(claim) for claim in sorted(domain.claims, key=repr)]
    negative = all(part[1] for part in parts)
    if domain.values != whole.values:
        words, excludes = _values(spec, domain.values, choices)
        parts.insert(0, (words, excludes))
        negative = negative and excludes
    text = " and ".join(words for words, _ in parts)
    if domain.missing:
        return f"{spec.name} {text}" if negative else f"{spec.name} {text}, or not set"
    if not parts:
        return f"{spec.name} set"
    return f"{spec.name} set and {text}" if negative and whole.missing else f"{spec.name} {text}"


def _claim(claim: Claim) -> tuple[str, bool]:
    """The claim in words, and whether it is one that an empty field fits as well."""
    operand = claim.operand
    if claim.row.clock:
        text = duration_text(timedelta(seconds=operand))
    else:
        text = _listed([f"'{part}'" for part in (operand if isinstance(operand, tuple) else (operand,))])
    return f"{_CLAIMS[claim.operator][not claim.holds]} {text}", not claim.holds


def _values(spec: FieldSpec, values: Any, choices: ChoiceBook) -> tuple[str, bool]:
    """The values in words, and whether they are told by those that are left out."""
    if isinstance(values, Members):
        quote = "'" if spec.type in (FieldType.TEXT, FieldType.EMAIL) else ""
        text = _listed([f"{quote}{shown(spec, value, choices)}{quote}" for value in sorted(values.values)])
        return (f"is not {text}", True) if values.but else (f"is {text}", False)
    left_out = whole_domain(spec.name).values.minus(values)
    if left_out.spans and all(first == last for first, last in left_out.spans):
        return f"is not {_listed([_number(spec, first, choices) for first, _ in left_out.spans])}", True
    return " or ".join(_spans(spec, values, choices)), False


def _spans(spec: FieldSpec, values: Spans, choices: ChoiceBook) -> Iterator[str]:
    """Each span in words, single numbers first."""
    single = [first for first, last in values.spans if first == last]
    if single:
        yield f"is {_listed([_number(spec, number, choices) for number in single])}"
    lowest, highest = _ends(spec)
    for first, last in values.spans:
        if first == last:
            continue
        if first <= lowest:
            yield _below(spec, last, choices)
        elif last >= highest:
            yield _above(spec, first, choices)
        elif _is_round(spec, first) and _is_round(spec, last):
            yield f"between {_number(spec, first, choices)} and {_number(spec, last, choices)}"
        else:
            yield f"{_above(spec, first, choices)} and {_below(spec, last, choices)}"


def _ends(spec: FieldSpec) -> tuple[int, int]:
    ((first, last),) = whole_domain(spec.name).values.spans
    return first, last


def _above(spec: FieldSpec, first: int, choices: ChoiceBook) -> str:
    if not _is_round(spec, first) and _is_round(spec, first - 1):
        return f"{'after' if spec.type is FieldType.TIME else 'above'} {_number(spec, first - 1, choices)}"
    return f"{'from' if spec.type is FieldType.TIME else 'at least'} {_number(spec, first, choices)}"


def _below(spec: FieldSpec, last: int, choices: ChoiceBook) -> str:
    if not _is_round(spec, last) and _is_round(spec, last + 1):
        return f"{'before' if spec.type is FieldType.TIME else 'below'} {_number(spec, last + 1, choices)}"
    return f"{'until' if spec.type is FieldType.TIME else 'at most'} {_number(spec, last, choices)}"


def _is_round(spec: FieldSpec, number: int) -> bool:
    """Whether people would write this number, and not the one beside it: a midnight, a number without decimals."""
    unit = {FieldType.TIME: 86400, FieldType.NUMBER: 100}.get(spec.type, 1)
    return number % unit == 0


def _number(spec: FieldSpec, number: int, choices: ChoiceBook) -> str:
    if spec.type is FieldType.NUMBER:
        return f"{decoded(spec.name, number):,.2f}".replace(",", "").removesuffix(".00")
    if spec.type is FieldType.TIME:
        return time_text(number)
    return shown(spec, number, choices)


def time_text(seconds: int) -> str:
    """Seconds since 1970 as a date, or as a time of that day in UTC."""
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{seconds} seconds after 1970"
    return f"{time:%Y-%m-%d}" if seconds % 86400 == 0 else f"{time:%Y-%m-%dT%H:%M:%SZ}".replace(":00Z", "Z")


def _listed(words: list[str]) -> str:
    """`DE, AT or CH`; a long list is cut short."""
    if len(words) > MAX_SHOWN:
        return f"{', '.join(words[:MAX_SHOWN])} or {len(words) - MAX_SHOWN} more"
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
