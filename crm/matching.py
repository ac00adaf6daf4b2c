"""Keys by which two records are found to be the same person or company. Equal keys mean a likely duplicate.

All take normalised values (`crm.normalise`), and give None where there is nothing to compare by.
"""

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources

_E164 = re.compile(r"\+([0-9]{3,15})(?= x|;|$)")
_NO_WORD = re.compile(r"[\W_]+")
_ABBREVIATING_DOT = re.compile(r"(?<=\w)\.(?=\w\b|\W|$)")
# Legal forms, and the words that join them to a name; at the end of a name they do not tell companies apart.
_LEGAL_FORMS = frozenset(
    {
        "ab", "ag", "and", "aps", "as", "asa", "bhd", "bv", "bvba", "co", "company", "corp", "corporation", "dac", "eg",
        "et", "ev", "ek", "gbr", "ges", "gesmbh", "gmbh", "inc", "incorporated", "kft", "kg", "kgaa", "lda", "limited",
        "llc", "llp", "lp", "ltd", "ltda", "mbh", "nv", "og", "ohg", "oy", "oyj", "plc", "pte", "pty", "pvt", "sa",
        "sarl", "sas", "sasu", "sdn", "se", "sl", "sll", "spa", "sprl", "spzoo", "srl", "srls", "sro", "ug", "und",
    }
)  # fmt: skip


def email_key(address: str | None) -> str | None:
    """The address without regard to case. Dots and `+tags` count: only some providers ignore them."""
    return _folded(address or "") or None


def phone_key(phone: str | None) -> str | None:
    """The digits of an E.164 number without its extension; None for one that is kept as typed."""
    number = _E164.match(phone or "")
    return number[1] if number else None


def company_key(name: str | None) -> str | None:
    """The name without case, accents, punctuation, a leading "the" and trailing legal forms (GmbH, Ltd, Inc ...).

    A name that consists of such words only is kept whole.
    """
    text = _ABBREVIATING_DOT.sub("", without_accents(name or "").replace("&", " and "))
    words = _NO_WORD.sub(" ", text).split()
    first, last = 0, len(words)
    while first < last and words[first] == "the":
        first += 1
    while last > first and words[last - 1] in _LEGAL_FORMS:
        last -= 1
    return " ".join(words[first:last] or words) or None


def email_domain(address: str | None) -> str | None:
    """What follows the last @, in lower case; None without a name before it or a domain after it."""
    name, _, domain = (address or "").rpartition("@")
    return _folded(domain).rstrip(".") or None if name.strip() else None


def is_free_email(domain: str | None) -> bool:
    """Whether everybody can get an address at this domain (`crm/freemail.toml`)."""
    return domain is not None and domain.casefold() in free_email_domains()


@cache
def free_email_domains() -> frozenset[str]:
    data = tomllib.loads(resources.files("crm").joinpath("freemail.toml").read_text(encoding="utf-8"))
    return frozenset(domain for provider in data["providers"] for domain in provider)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()


def without_accents(text: str) -> str:
    """The text in small letters without accents; Mueller stays apart from Müller."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
