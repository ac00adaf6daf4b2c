"""A name for the meaning of a rule book: equal digests, equal decisions. Comments, layout and examples do not count."""

import hashlib
from typing import Any

import orjson

from rules.engine.conditions import Condition, Test
from rules.engine.decision import Outcome
from rules.engine.policy import Policy
from rules.engine.schema import RuleBook, RuleFile

MEANING_VERSION = 1
"""Raise it when the same rule files come to mean something else."""


def book_digest(book: RuleBook) -> str:
    """sha256, as 64 hexadecimal digits."""
    parents = {key: unit.parent for key, unit in book.directory.business_units.items()}
    model = [MEANING_VERSION, parents, {path: _file(file) for path, file in book.files.items()}]
    return hashlib.sha256(orjson.dumps(model, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _file(file: RuleFile) -> list[Any]:
    rules = [[rule.id, meaning_of(rule.when), _outcome(rule.outcome)] for rule in file.rules]
    policy = Policy(**file.policy).model_dump(mode="json", include=set(file.policy))
    return [file.hit_policy, rules, _outcome(file.otherwise), *([policy] if policy else [])]


def _outcome(outcome: Outcome | None) -> Any:
    """Without defaults, so that a new kind of option leaves the digest of files that do not use it as it was."""
    return {"kind": outcome.kind, **outcome.model_dump(mode="json", exclude_defaults=True)} if outcome else None


def meaning_of(condition: Condition) -> list[Any]:
    """Equal for conditions that mean the same and are built alike."""
    if isinstance(condition, Test):
        operand = condition.operand
        if condition.row.meaning == "equals":
            operand = sorted(operand)
        return [condition.field, condition.row.meaning, operand, condition.negated]
    return [condition.kind, *(meaning_of(part) for part in condition.parts)]
