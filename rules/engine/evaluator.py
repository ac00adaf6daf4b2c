"""Rules in plain Python: the answer that every live decision is checked against, and the trace that explains it.

It works from the conditions as written, not from the form that durable-rules gets, so that a fault there shows.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from crm.choices import ChoiceBook
from rules.engine.conditions import Condition, Group, GroupKind, Test, bound, tests_in
from rules.engine.decision import ConditionTrace, RuleTrace
from rules.engine.fields import FieldSpec, FieldType, readable_fields
from rules.engine.schema import Rule, RuleFile

Facts = Mapping[str, Any]
Predicate = Callable[[Facts], bool]

_COMPARISONS: Mapping[str, str] = {"$gte": ">=", "$gt": ">", "$lte": "<=", "$lt": "<"}


class Evaluator:
    """One file's rules as a Python function, generated because it must cost little beside durable-rules itself."""

    def __init__(self, file: RuleFile, choices: ChoiceBook) -> None:
        self._file = file
        self._choices = choices
        self._traced = [_TracedRule(rule) for rule in file.rules]
        writer = _Writer()
        writer.add("first", ("", "return {index}", "return None"), file.rules)
        writer.add("every", ("found = []", "found.append({index})", "return found"), file.rules)
        self.first: Callable[[Facts], int | None] = writer.namespace["first"]
        """The index of the first rule in order that matches, or None."""
        self.every: Callable[[Facts], list[int]] = writer.namespace["every"]
        """The indexes of all rules that match, in order."""

    def trace(self, facts: Facts) -> tuple[RuleTrace, ...]:
        """Every rule with every condition, whether it decided or not."""
        return tuple(self._rule_trace(rule, facts) for rule in self._traced)

    def _rule_trace(self, traced: "_TracedRule", facts: Facts) -> RuleTrace:
        failed = sum(not holds(facts) for holds in traced.parts)
        rule = traced.rule
        return RuleTrace(
            file=self._file.path, rule=rule.id, line=rule.at.line, matched=not failed,
            near_miss=failed == 1 and len(traced.parts) > 1,
            conditions=tuple(self._condition_trace(*condition, facts) for condition in traced.conditions),
        )  # fmt: skip

    def _condition_trace(self, test: Test, group: GroupKind, holds: Predicate, facts: Facts) -> ConditionTrace:
        actual = facts.get(test.field)
        return ConditionTrace(
            field=test.field, operator=test.operator, expected=test.expected,
            actual=None if actual is None else shown(readable_fields()[test.field], actual, self._choices),
            holds=holds(facts), group=group, line=test.at.line,
        )  # fmt: skip


class _TracedRule:
    """A rule with its conditions as functions, so that a trace need not build them for each lead."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.parts = [predicate(part) for part in rule.when.parts]
        self.conditions = [(test, group, predicate(test)) for test, group in _with_groups(rule.when)]


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


class _Writer:
    """Writes rules as Python source. Field names come from the field table, constants are literals made by `repr`."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {}

    def add(self, name: str, words: tuple[str, str, str], rules: tuple[Rule, ...]) -> None:
        """Adds the function `name`; `words` are what it does first, for each rule that matches, and last."""
        begin, hit, end = words
        fields = sorted({test.field for rule in rules for test in tests_in(rule.when)})
        variables = {field: f"v{number}" for number, field in enumerate(fields)}
        lines = [f"def {name}(facts):", "    get = facts.get", f"    {begin}"]
        lines += [f"    {variable} = get({field!r})" for field, variable in variables.items()]
        for index, rule in enumerate(rules):
            lines.append(f"    if {self._written(rule.when, variables)}: {hit.format(index=index)}")
        source = "\n".join([*lines, f"    {end}"])
        exec(compile(source, f"<rules {name}>", "exec"), self.namespace)

    def _written(self, condition: Condition, variables: Mapping[str, str]) -> str:
        if isinstance(condition, Test):
            text = self._test(condition, variables[condition.field])
            return f"(not {text})" if condition.negated else text
        word = " and " if condition.kind == "all" else " or "
        text = "(" + word.join(self._written(part, variables) for part in condition.parts) + ")"
        return f"(not {text})" if condition.kind == "none" else text

    def _test(self, test: Test, variable: str) -> str:
        row = test.row
        if row.meaning == "is_set":
            return f"({variable} is not None)"
        if row.meaning == "equals":
            if len(test.operand) == 1:
                return f"({variable} == {test.operand[0]!r})"
            return f"({variable} in {{{', '.join(map(repr, test.operand))}}})"
        if row.native:
            bounds = test.operand if isinstance(test.operand, tuple) else (test.operand,)
            pairs = zip(row.native, bounds, strict=True)
            parts = [f"{variable} {_COMPARISONS[operator]} {value!r}" for operator, value in pairs]
            return f"({variable} is not None and {' and '.join(parts)})"
        name = f"test{len(self.namespace)}"
        self.namespace[name] = bound(test)
        return f"{name}(facts)"
