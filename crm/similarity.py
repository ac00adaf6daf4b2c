"""How alike two leads are by name and company, and the short keys by which leads that may be alike are found. Pure.

Three things must agree: first name, last name, company. Each may have a slip of the pen, be it in another order or
spelled another way; a part that is another name altogether makes it another lead. ADR 19 has the reasons and figures.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from rapidfuzz.distance import OSA

from crm.entities.lead import Lead
from crm.matching import company_key, email_domain, is_free_email, without_accents

ALIKE = 70
"""From this likeness on (per cent) two leads are taken for the same person; measured, see ADR 19."""

_WORD = re.compile(r"[^\W_]+")
_SPELLINGS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "'": "", "\u2019": ""}
)
_TRANSCRIBED = re.compile(r"(?<=[aou])e")  # the e of Mueller, which Muller and Müller do not have
_TITLES = frozenset({"dr", "prof", "professor", "dipl", "ing", "mag", "mr", "mrs", "ms", "herr", "frau", "sir"})
_PARTICLES = frozenset(
    {"von", "van", "der", "den", "de", "del", "della", "di", "da", "du", "la", "le", "zu", "zum", "zur", "af", "av"}
)
_GENERATIONS = {"jr": 2, "jun": 2, "junior": 2, "sr": 1, "sen": 1, "senior": 1, "ii": 2, "iii": 3, "iv": 4}
_PASSED_OVER = _TITLES | _PARTICLES | _GENERATIONS.keys()
# Letters that sound alike, as in Soundex; vowels, h and w are not heard.
_SOUNDS = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556", "aeiouyhw")
_DOUBLED = re.compile(r"(.)\1+")
_INITIAL = 0.9
_SOME_WORDS_MORE = 0.85
_OTHER_ADDRESS = 0.5


@dataclass(frozen=True)
class Likeable:
    """What is compared of a lead."""

    firstname: str | None = None
    lastname: str | None = None
    companyname: str | None = None
    emailaddress1: str | None = None

    @classmethod
    def of(cls, lead: Lead) -> "Likeable":
        return cls(lead.firstname, lead.lastname, lead.companyname, lead.emailaddress1)

    @cached_property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The words of the first and of the last name. A whole name in one field is taken apart at its last word."""
        first, last = _name(self.firstname), _name(self.lastname)
        if not first and len(last) > 1:
            first, last = last[:-1], last[-1:]
        return first, last

    @cached_property
    def company(self) -> tuple[str, ...]:
        return _words(company_key(self.companyname) or "")

    @cached_property
    def domain(self) -> str | None:
        """The company's own e-mail domain."""
        domain = email_domain(self.emailaddress1)
        return None if is_free_email(domain) else domain

    @cached_property
    def generation(self) -> int | None:
        """Senior is the first, junior the second."""
        words = _words(f"{self.firstname or ''} {self.lastname or ''}")
        return next((_GENERATIONS[word] for word in words if word in _GENERATIONS), None)


def likeness(one: Likeable, other: Likeable) -> int:
    """From 0 (not the same person) to 100 (the same name, the same company), in per cent."""
    if one.generation and other.generation and one.generation != other.generation:
        return 0
    name = _same_name(one, other)
    score = name * _same_company(one, other)
    if name < 1 and one.domain and one.domain == other.domain:
        score *= _OTHER_ADDRESS  # a company gives each of its people an address
    return round(100 * score)


def match_keys(lead: Likeable) -> list[str]:
    """Two of first name, last name and company by their sound: leads with a slip in the third one have a key in common.

    Empty for a lead that has no two of them.
    """
    first, last = lead.names
    names = sorted(_sound(words[at]) for words, at in ((first, 0), (last, -1)) if words)
    company = [f"@{_sound(max(lead.company, key=_length))}"] if lead.company else []
    return sorted({"|".join(pair) for pair in combinations(names + company, 2)})


def _same_name(one: Likeable, other: Likeable) -> float:
    """First with first and last with last name, or the other way round."""
    (first, last), (others_first, others_last) = one.names, other.names
    straight = _given(first, others_first) * _alike(last, others_last)
    swapped = _given(first, others_last) * _given(last, others_first)
    return max(straight, swapped)


def _same_company(one: Likeable, other: Likeable) -> float:
    if one.domain and one.domain == other.domain:
        return 1.0
    return _alike(one.company, other.company)


def _given(words: tuple[str, ...], others: tuple[str, ...]) -> float:
    """As last names; but an initial stands for its name, and another ending makes another name: Julia and Julian."""
    if not words or not others:
        return 0.0
    name, others_name = words[0], others[0]
    if 1 in (len(name), len(others_name)):
        return _INITIAL if name[0] == others_name[0] else 0.0
    other_ending = name[-1] != others_name[-1] and len(words) == len(others)
    return 0.0 if other_ending else _alike(words, others)


def _alike(words: tuple[str, ...], others: tuple[str, ...]) -> float:
    """How alike the least alike of the words are, whatever their order; one side may have words more."""
    fewer, more = sorted((words, others), key=lambda each: (len(each), each))
    if not fewer:
        return 0.0
    if "".join(words) == "".join(others):  # Anna-Maria and Annamaria
        return 1.0
    left, worst = list(more), 1.0
    for word in fewer:
        best = max(left, key=lambda candidate: _same_word(word, candidate))
        worst = min(worst, _same_word(word, best))
        left.remove(best)
    return worst * (_SOME_WORDS_MORE if left else 1.0)


def _same_word(word: str, other: str) -> float:
    """1 for the same word, less for one with slips of the pen, 0 for another word."""
    if word == other:
        return 1.0
    longest = max(len(word), len(other))
    slips = OSA.distance(word, other)
    if word.isalpha() and other.isalpha() and (slips <= _slips_in(longest) or _swapped_letters(word, other, slips)):
        return 1.0 - slips / longest
    return 0.0


def _slips_in(length: int) -> int:
    """How many slips a word of so many letters may have. In short ones each letter tells words apart: Ralf and Rolf."""
    return (length > 4) + (length > 8)


def _swapped_letters(word: str, other: str, slips: int) -> bool:
    return slips == 1 and sorted(word) == sorted(other)


def _words(text: str) -> tuple[str, ...]:
    plain = without_accents(text.casefold().translate(_SPELLINGS))
    return tuple(_WORD.findall(_TRANSCRIBED.sub("", plain)))


def _name(text: str | None) -> tuple[str, ...]:
    return tuple(word for word in _words(text or "") if word not in _PASSED_OVER)


def _length(word: str) -> tuple[int, str]:
    return len(word), word


def _sound(word: str) -> str:
    """How the word sounds: the kinds of its consonants, doubled ones once. A word without any stands for itself."""
    return _DOUBLED.sub(r"\1", word.translate(_SOUNDS))[:12] or word[:12]
