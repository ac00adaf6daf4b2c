"""Rules in plain Python: the answer that every live decision is checked against, and the trace that explains it.

It works from the conditions as written, not from the form that durable-rules gets, so that a fault there shows.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from crm.choices import ChoiceBook
from rules.engine.conditions import Condition, Group, GroupKind, Test, bound
from rules.engine.decision import ConditionTrace, RuleTrace
from rules.engine.fields import FieldSpec, FieldType, readable_fields
from rules.engine.schema import Rule, RuleFile
from rules.engine.source import FunctionWriter

MAX_REMEMBERED = 200
MAX_REMEMBERED_IN_ALL = 20_000
"""Traces of conditions, about a kilobyte each: of one condition, and of all in a file together."""

Facts = Mapping[str, Any]
Predicate = Callable[[Facts], bool]


class Evaluator:
    """One file's rules as Python functions. What only some leads need is made when the first of them comes."""

    def __init__(self, file: RuleFile, choices: ChoiceBook) -> None:
        self._file = file
        self._choices = choices
        self.first: Callable[[Facts], int | None] = _function(file.rules, [], "return {}", "return None")
        """The index of the first rule in order that matches, or None."""

    @cached_property
    def every(self) -> Callable[[Facts], list[int]]:
        """The indexes of all rules that match, in order."""
        return _function(self._file.rules, ["found = []"], "found.append({})", "return found")

    @cached_property
    def _traced(self) -> "list[_TracedRule]":
        return [_TracedRule(rule) for rule in self._file.rules]

    @cached_property
    def _remembered(self) -> int:
        """How many traces each condition may keep."""
        conditions = sum(len(traced.conditions) for traced in self._traced)
        return max(2, min(MAX_REMEMBERED, MAX_REMEMBERED_IN_ALL // conditions))

    def trace(self, facts: Facts) -> tuple[RuleTrace, ...]:
        """Every rule with every condition, whether it decided or not."""
        return tuple(self._rule_trace(rule, facts) for rule in self._traced)

    def _rule_trace(self, traced: "_TracedRule", facts: Facts) -> RuleTrace:
        failed = sum(not holds(facts) for holds in traced.parts)
        rule = traced.rule
        return RuleTrace(
            file=rule.at.file, rule=rule.id, line=rule.at.line, matched=not failed,
            near_miss=failed == 1 and len(traced.parts) > 1, held=len(traced.parts) - failed, parts=len(traced.parts),
            conditions=tuple(self._condition_trace(condition, facts) for condition in traced.conditions),
        )  # fmt: skip

    def _condition_trace(self, condition: "_TracedCondition", facts: Facts) -> ConditionTrace:
        """Leads share values, and making a model costs more than finding it again."""
        actual = facts.get(condition.test.field)
        key = (actual, condition.holds(facts))
        trace = condition.made.get(key)
        if trace is None:
            if len(condition.made) >= self._remembered:
                condition.made.clear()
            trace = condition.made[key] = self._made(condition, *key)
        return trace

    def _made(self, condition: "_TracedCondition", actual: Any, holds: bool) -> ConditionTrace:
        test = condition.test
        return ConditionTrace(
            field=test.field, operator=test.operator, expected=test.expected,
            actual=None if actual is None else shown(readable_fields()[test.field], actual, self._choices),
            holds=holds, group=condition.group, line=test.at.line,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _TracedCondition:
    """A condition as a function, and the traces made of it so far by value and answer."""

    test: Test
    group: GroupKind
    holds: Predicate
    made: dict[tuple[Any, bool], ConditionTrace] = field(default_factory=dict)


class _TracedRule:
    """A rule with its conditions as functions, so that a trace need not build them for each lead."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.parts = [predicate(part) for part in rule.when.parts]
        self.conditions = [_TracedCondition(test, group, predicate(test)) for test, group in _with_groups(rule.when)]


def _function(rules: tuple[Rule, ...], begin: list[str], hit: str, end: str) -> Callable[[Facts], Any]:
    """A function that does `hit`, with the rule's index filled in, for each rule that matches."""
    writer = FunctionWriter(rule.when for rule in rules)
    hits = [f"if {writer.condition(rule.when)}: {hit.format(index)}" for index, rule in enumerate(rules)]
    return writer.function([*begin, *hits, end])


def _with_groups(group: Group) -> Iterator[tuple[Test, GroupKind]]:
    for part in group.parts:
        if isinstance(part, Test):
            yield part, group.kind
        else:
            yield from _with_groups(part)


def predicate(condition: Condition) -> Predicate:
    """A condition as a function of the facts."""
    if isinstance(condition, Test):
        holds, negated = bound(condition), condition.negated
        return lambda facts: holds(facts) != negated
    parts, kind = [predicate(part) for part in condition.parts], condition.kind
    if kind == "all":
        return lambda facts: all(part(facts) for part in parts)
    return lambda facts: any(part(facts) for part in parts) == (kind == "any")


def shown(spec: FieldSpec, value: Any, choices: ChoiceBook) -> str:
    """A canonical value as people read it."""
    if spec.type is FieldType.CHOICE:
        return choices[spec.option_set or ""].label(value)
    if spec.type is FieldType.BOOLEAN:
        return "yes" if value else "no"
    if spec.type is FieldType.COUNTRY:
        return str(value).upper()
    if spec.type is FieldType.TIME:
        return datetime.fromtimestamp(value, UTC).isoformat()
    return f"{value:.2f}" if isinstance(value, float) else str(value)
