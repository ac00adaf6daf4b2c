"""Texts that fit conditions on text: guesses, which the caller tries before it believes them."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice, product

import pycountry

from crm.matching import free_email_domains
from rules.analysis.claims import Claim
from rules.engine.canonical import canonical_text
from rules.engine.fields import FieldType

MAX_COMBINATIONS = 40
_PLAIN = ("example", "firm", "a", "somewhere", "unknown", "x y", "example 2", "example 3")
_MAILS = ("someone@firm.example", "someone@company.example", "nobody@elsewhere.example", "a@b.example")
_SIMPLER = (
    (r"\(\?:", "("),
    (r"\\[dD]", "1"),
    (r"\\w", "a"),
    (r"\\s", " "),
    (r"\\b|[\^$](?!\])", ""),
    (r"\[\^[^\]]*\]", "x"),
    (r"\[(.)[^\]]*\]", r"\1"),
    (r"\\(\W)", r"\1"),
    (r"\.\*\??", "x"),
    (r".[*?]\??", ""),
    (r"\.\+\??", "x"),
    (r"(.)\+\??", r"\1"),
)
"""How a regular expression becomes a text that it may match: each of its parts in its shortest form."""


def texts(field_type: FieldType, claims: Iterable[Claim]) -> Iterator[str]:
    """Canonical texts for a field of this type, those that are made for the claims first."""
    wanted = [claim for claim in claims if claim.holds]
    made = (_joined(parts, wanted) for parts in islice(product(*map(_options, wanted)), MAX_COMBINATIONS))
    if field_type is FieldType.EMAIL:
        made = (mail for text in made for mail in (_addressed(text), text))
    for text in chain(made if wanted else (), _usual(field_type)):
        canonical = canonical_text(text)
        if canonical is not None:
            yield canonical


def _options(claim: Claim) -> tuple[str, ...]:
    if isinstance(claim.operand, tuple):
        return claim.operand[:MAX_COMBINATIONS]
    return tuple(dict.fromkeys(_shortest(part) for part in (claim.operand, *_alternatives(claim.operand))))


def _joined(parts: tuple[str, ...], claims: list[Claim]) -> str:
    """One text of the parts that the claims ask for: beginnings, middles, ends."""
    of = {name: [part for part, claim in zip(parts, claims, strict=True) if claim.operator == name] for name in _ORDER}
    starts = sorted(of["starts_with"], key=len)[-1:]
    ends = sorted(of["ends_with"], key=len)[-1:]
    domains = [f"@{domain}" for domain in sorted(of["domain_in"], key=len)[-1:]]
    middle = " ".join(
        part for part in (*of["matches"], *of["contains"]) if part not in "".join((*starts, *ends, *domains))
    )
    front = "".join(starts) + middle
    return (front or "someone" if domains else front) + "".join(domains or ends)


def _addressed(text: str) -> str:
    """An address of what may be its beginning, its end, or a word of it."""
    if "@" in text:
        return text if not text.startswith("@") else f"someone{text}"
    return f"someone@{'example' if text.startswith('.') else ''}{text}" if "." in text else f"{text}@firm.example"


_ORDER = ("starts_with", "matches", "contains", "ends_with", "domain_in")


def _alternatives(pattern: str) -> list[str]:
    """The pattern with each alternative of its first group in place of the group, or each alternative of its own."""
    group = re.search(r"\((?:\?:)?([^()]*)\)", pattern)
    if group is None:
        return pattern.split("|")
    return [pattern[: group.start()] + part + pattern[group.end() :] for part in group[1].split("|")]


def _shortest(pattern: str) -> str:
    for old, new in _SIMPLER:
        pattern = re.sub(old, new, pattern)
    while (group := re.search(r"\(([^()|]*)[^()]*\)", pattern)) is not None:
        pattern = pattern[: group.start()] + group[1] + pattern[group.end() :]
    return pattern.partition("|")[0].replace(".", "x")


def _usual(field_type: FieldType) -> Iterator[str]:
    if field_type is FieldType.COUNTRY:
        return iter([country.alpha_2 for country in pycountry.countries])
    if field_type is FieldType.EMAIL:
        return chain(_MAILS, (f"someone@{domain}" for domain in sorted(free_email_domains())[:MAX_COMBINATIONS]))
    return iter(_PLAIN)
