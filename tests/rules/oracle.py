"""What rules mean, straight from their design: a third opinion beside durable-rules and the evaluator.

It shares nothing with either: it walks the conditions as they were read, one by one, and knows the operators by name.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.engine.conditions import Condition, Group, Test
from rules.engine.fields import FieldType, readable_fields
from rules.engine.schema import RuleBook, RuleFile

Facts = Mapping[str, Any]
Seen = set[tuple[FieldType, str, bool]]
"""Types and operators that were tried, and whether they held."""


def _is_at_domain(address: str, name: str) -> bool:
    labels, wanted = address.split("@")[-1].split("."), name.split(".")
    return labels[-len(wanted) :] == wanted


MEANINGS: dict[str, Callable[[Any, Any, int], bool]] = {
    "equals": lambda value, operand, now: any(value == one for one in operand),
    "not": lambda value, operand, now: any(value == one for one in operand),
    "at_least": lambda value, operand, now: not value < operand,
    "above": lambda value, operand, now: operand < value,
    "at_most": lambda value, operand, now: not value > operand,
    "below": lambda value, operand, now: operand > value,
    "between": lambda value, operand, now: not (value < operand[0] or value > operand[1]),
    "contains": lambda value, operand, now: any(value.find(part) >= 0 for part in operand),
    "starts_with": lambda value, operand, now: any(value[: len(part)] == part for part in operand),
    "ends_with": lambda value, operand, now: any(value[-len(part) :] == part for part in operand),
    "matches": lambda value, operand, now: bool(re.match(rf"(?:{operand})\Z", value[:256], re.IGNORECASE)),
    "domain_in": lambda value, operand, now: any(_is_at_domain(value, name) for name in operand),
    "is_set": lambda value, operand, now: True,
    "is_empty": lambda value, operand, now: True,
    "before": lambda value, operand, now: operand > value,
    "after": lambda value, operand, now: operand < value,
    "within_last": lambda value, operand, now: now - operand <= value <= now,
}
"""Each operator for a field with a value; `not`, `is_empty` and the like are turned round where they stand."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a decision must say."""

    files: tuple[str, ...]
    rule: str
    others: tuple[str, ...]


def holds(condition: Condition, facts: Facts, seen: Seen | None = None) -> bool:
    """Whether a condition holds for a lead. An empty field fits nothing."""
    if isinstance(condition, Group):
        parts = [holds(part, facts, seen) for part in condition.parts]
        return {"all": False not in parts, "any": True in parts, "none": True not in parts}[condition.kind]
    return _fits(condition, facts, seen)


def _fits(test: Test, facts: Facts, seen: Seen | None) -> bool:
    fits = test.field in facts and MEANINGS[test.operator](facts[test.field], test.operand, facts["now"])
    if seen is not None:
        seen.add((readable_fields()[test.field].type, test.operator, fits))
    return not fits if test.negated else fits


def matching(file: RuleFile, facts: Facts, seen: Seen | None = None) -> list[int]:
    """The rules of a file that match, by their number."""
    return [number for number, rule in enumerate(file.rules) if holds(rule.when, facts, seen)]


def verdict(book: RuleBook, facts: Facts, matches: Mapping[str, list[int]]) -> Verdict:
    """What decides a lead, `matches` being the rules of each file that match: the first, in the first file that knows.

    Rules stand in the order in which they decide. Under `unique`, the other ones that match are named as well.
    """
    asked: list[str] = []
    for file in _chain(book, facts):
        asked.append(file.path)
        ids = [file.rules[number].id for number in matches[file.path]]
        if ids:
            return Verdict(tuple(asked), ids[0], tuple(ids[1:]) if file.hit_policy == "unique" else ())
        if file.otherwise is not None:
            break
    return Verdict(tuple(asked), "otherwise", ())


def _chain(book: RuleBook, facts: Facts) -> Iterator[RuleFile]:
    """The partner's file, the unit's, those of the units above it, default: as far as there are such files."""
    paths = [f"channel_partners/{facts.get('channel_partner')}.yaml"]
    unit = facts.get("business_unit")
    while unit in book.directory.business_units:
        paths.append(f"business_units/{unit}.yaml")
        unit = book.directory.business_units[unit].parent
    return (book.files[path] for path in [*paths, "default.yaml"] if path in book.files)
