"""Names for people and programs, made of logical names: `numberofemployees` is NumberOfEmployees.

Logical names run words together. `words.txt` has the words; a name with a word that is not there stays in one piece.
"""

import re
from functools import cache
from importlib import resources

_SCHEMA = {"email": "EMail", "iso": "ISO", "mm": "MM", "sic": "SIC", "ups": "UPS", "utc": "UTC"}
_DISPLAY = {**_SCHEMA, "email": "Email"}
_CAPITALS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def attribute_schema_name(logical_name: str) -> str:
    """`address1_line1` -> Address1_Line1; `lf_assignedon` -> lf_AssignedOn."""
    return "_".join(
        part if words is None else "".join(_SCHEMA.get(word, word.capitalize()) for word in words)
        for part, words in _parts(logical_name)
    )


def attribute_display_name(logical_name: str, *, is_lookup: bool = False) -> str:
    """`address1_line1` -> "Address 1: Line 1"; `lf_assignedon` -> "Assigned On". A lookup is not called an id."""
    parts = [list(words) for _, words in _parts(logical_name) if words is not None]
    if is_lookup and parts[-1][-1] == "id" and len(parts[-1]) > 1:
        parts[-1].pop()
    return ": ".join(" ".join(_DISPLAY.get(word, word.capitalize()) for word in words) for words in parts)


def spaced(schema_name: str) -> str:
    """`lf_RoutingDecision` -> "Routing Decision"."""
    return _CAPITALS.sub(" ", schema_name.rpartition("_")[2])


def _parts(logical_name: str) -> list[tuple[str, tuple[str, ...] | None]]:
    """The parts between underscores, each with its words. A publisher's prefix (`lf`, `msdyn`) has none."""
    first, *rest = logical_name.split("_")
    is_prefix = bool(rest) and _split(first) is None
    return [(first, None if is_prefix else words_of(first)), *((part, words_of(part)) for part in rest)]


@cache
def words_of(text: str) -> tuple[str, ...]:
    """The fewest words and numbers that make up `text`; `text` itself where they do not."""
    return _split(text) or (text,)


@cache
def _split(text: str) -> tuple[str, ...] | None:
    if text in _words() or text.isdigit():
        return (text,)
    ways = ((text[:end], _split(text[end:])) for end in range(1, len(text)) if text[:end] in _words())
    return min(((first, *rest) for first, rest in ways if rest), key=len, default=None)


@cache
def _words() -> frozenset[str]:
    return frozenset(resources.files(__package__).joinpath("words.txt").read_text(encoding="utf-8").split())
