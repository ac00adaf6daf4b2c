"""Which fields decide where a lead goes. Pure."""

from collections.abc import Mapping
from typing import Any

from rules.engine.conditions import tests_in
from rules.engine.schema import RuleBook

CHOOSE_FILES = frozenset({"business_unit", "channel_partner"})
"""The fields by which a lead gets its rule files, whatever the rules read."""


def fields_read(book: RuleBook) -> frozenset[str]:
    """The fields that some rule of the book looks at, and those that choose its files."""
    tests = (test for file in book.files.values() for rule in file.rules for test in tests_in(rule.when))
    return frozenset(test.field for test in tests) | CHOOSE_FILES


def differing(read: frozenset[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields among `read` in which two states of a lead's facts differ, in alphabetical order."""
    return tuple(sorted(name for name in read if before.get(name) != after.get(name)))
