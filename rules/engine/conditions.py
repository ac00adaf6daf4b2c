"""Conditions: what stands under `when`, read into a typed tree."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rules.engine.canonical import CANONICAL
from rules.engine.facts import NOW
from rules.engine.fields import FieldSpec, readable_fields
from rules.engine.findings import Code, Findings, Place
from rules.engine.loader import Items, Table, Text, YamlNode
from rules.engine.operators import OPERATORS, Operator, Shape, operators_for, pattern_problem
from rules.engine.values import NUMERIC, Names, Unfit, doubt, duration, misread, switch, typed_value

GroupKind = Literal["all", "any", "none"]
GROUPS: tuple[GroupKind, ...] = ("all", "any", "none")
MAX_VALUES = 5000


@dataclass(frozen=True, slots=True)
class Test:
    """One condition: field, operator and canonical operand; `negated` turns the operator's meaning round."""

    field: str
    operator: str
    operand: Any
    negated: bool
    expected: str
    at: Place

    @property
    def row(self) -> Operator:
        return OPERATORS[self.operator]


@dataclass(frozen=True, slots=True)
class Group:
    """All, any or none of the parts."""

    kind: GroupKind
    parts: "tuple[Condition, ...]"
    at: Place


Condition = Test | Group


def bound(test: Test) -> Callable[[Mapping[str, Any]], bool]:
    """The test as a function of the facts, without its negation: false for an empty field."""
    field, holds, operand = test.field, test.row.holds, test.operand
    if test.row.clock:
        return lambda facts: field in facts and NOW in facts and holds(facts[NOW] - facts[field], operand)
    return lambda facts: field in facts and holds(facts[field], operand)


def tests_in(condition: Condition) -> Iterator[Test]:
    if isinstance(condition, Test):
        yield condition
    else:
        for part in condition.parts:
            yield from tests_in(part)


@dataclass(frozen=True)
class ConditionReader:
    """Reads conditions of one file; what is wrong goes to `findings`."""

    names: Names
    findings: Findings

    def read(self, node: YamlNode, kind: GroupKind = "all") -> Group | None:
        """A mapping of fields and groups. None when any part of it is wrong."""
        if not isinstance(node, Table):
            self._wrong(node.at, "conditions are a mapping", "Write `field: value` lines")
            return None
        parts: list[Condition | None] = []
        for name, value in node.entries.items():
            if name in GROUPS:
                parts.append(self._group(name, value))
            else:
                parts.extend(self._tests(name, node.keys[name], value))
        return self._grouped(kind, parts, node.at)

    def _group(self, name: str, node: YamlNode) -> Group | None:
        kind = next(group for group in GROUPS if group == name)
        if not isinstance(node, Items):
            self._wrong(node.at, f"'{name}' takes a list", "Start each entry with a dash: `- field: value`")
            return None
        return self._grouped(kind, [self._alone(self.read(item)) for item in node.items], node.at)

    def _alone(self, group: Group | None) -> Condition | None:
        """The one condition of a list's entry, or the entry's conditions as a group."""
        return group.parts[0] if group is not None and len(group.parts) == 1 else group

    def _grouped(self, kind: GroupKind, parts: list[Condition | None], at: Place) -> Group | None:
        if not parts:
            self.findings.error(
                Code.EMPTY_CONDITION,
                at,
                "no condition stands here",
                "Name at least one field; use `otherwise` for the rest",
            )
            return None
        sound = tuple(part for part in parts if part is not None)
        return Group(kind, sound, at) if len(sound) == len(parts) else None

    def _tests(self, name: str, at: Place, node: YamlNode) -> Iterator[Test | None]:
        spec = readable_fields().get(name)
        if not self.findings.takes("error"):
            yield None
        elif spec is None:
            self.findings.unknown(Code.UNKNOWN_FIELD, at, "field", name, [*readable_fields(), *GROUPS])
            yield None
        elif not isinstance(node, Table):
            yield self._test(spec, "equals", node, node.at)
        elif not node.entries:
            yield self._wrong(node.at, f"{name} has no operator", "Write a value, or `operator: value`")
        else:
            for operator, operand in node.entries.items():
                yield self._test(spec, operator, operand, node.keys[operator])

    def _test(self, spec: FieldSpec, operator: str, node: YamlNode, at: Place) -> Test | None:
        allowed = operators_for(spec.type)
        if operator not in OPERATORS:
            self.findings.unknown(Code.UNKNOWN_OPERATOR, at, "operator", operator, allowed)
            return None
        if operator not in allowed:
            message = f"{spec.name} is a field of type {spec.type.value}, '{operator}' does not apply to it"
            self.findings.error(Code.OPERATOR_TYPE, at, message, f"Use one of: {', '.join(allowed)}")
            return None
        row = OPERATORS[operator]
        operand = self._operand(spec, row.shape, node)
        if operand is None:
            return None
        negated = row.negates != (row.shape is Shape.SWITCH and operand is False)
        kept = True if row.shape is Shape.SWITCH else operand
        return Test(spec.name, operator, kept, negated, _as_written(node), at)

    def _operand(self, spec: FieldSpec, shape: Shape, node: YamlNode) -> Any:
        """The canonical operand, or None after a finding."""
        if shape in (Shape.VALUES, Shape.PAIR):
            return self._values(spec, shape, node)
        if not isinstance(node, Text):
            return self._wrong(node.at, f"{shape.value} is expected", "Write one value, without list or mapping")
        try:
            return self._single(spec, shape, node)
        except Unfit as unfit:
            self.findings.error(unfit.code, node.at, unfit.message, unfit.remedy)
            return None

    def _single(self, spec: FieldSpec, shape: Shape, node: Text) -> Any:
        if shape is Shape.SWITCH:
            return switch(node.text)
        if shape is Shape.DURATION:
            return int(duration(node.text).total_seconds())
        if shape is Shape.PATTERN:
            problem = pattern_problem(node.text) if node.text else "it is empty"
            if problem:
                raise Unfit(f"the regular expression is refused: {problem}", "Simplify it, or use contains")
            return node.text
        return self._value(spec, node)

    def _values(self, spec: FieldSpec, shape: Shape, node: YamlNode) -> Any:
        items = node.items if isinstance(node, Items) else (node,)
        if not items:
            remedy = "Name at least one value; for a field without a value write `is_empty: yes`"
            self.findings.error(Code.EMPTY_LIST, node.at, f"the list for {spec.name} is empty, so nothing fits", remedy)
            return None
        if not 0 < len(items) <= MAX_VALUES or (shape is Shape.PAIR and len(items) != 2):
            return self._wrong(node.at, f"{shape.value} is expected", f"At least one, at most {MAX_VALUES:,} values")
        values = [self._listed(spec, item) for item in items]
        if None in values:
            return None
        if shape is Shape.PAIR and values[0] > values[1]:
            return self._wrong(node.at, "the first value is above the second", "Write the lower one first")
        return tuple(values) if shape is Shape.PAIR else tuple(dict.fromkeys(values))

    def _listed(self, spec: FieldSpec, node: YamlNode) -> Any:
        if not self.findings.takes("error"):
            return None
        if not isinstance(node, Text):
            return self._wrong(node.at, f"a value of {spec.name} is expected", "Write plain values")
        try:
            return self._value(spec, node)
        except Unfit as unfit:
            self.findings.error(unfit.code, node.at, unfit.message, unfit.remedy)
            return None

    def _value(self, spec: FieldSpec, node: Text) -> Any:
        value = CANONICAL[spec.type](typed_value(spec, node.text, self.names))
        if value is None:
            raise Unfit(f"nothing is left of '{node.text}'", "Write visible characters")
        if self.findings.takes("warning"):
            if doubtful := doubt(spec, node.text):
                self.findings.warning(Code.DOUBTFUL_VALUE, node.at, *doubtful)
            elif spec.type in NUMERIC and (mistakable := misread(node.text)):
                self.findings.warning(Code.MISREAD_NUMBER, node.at, *mistakable)
        return value

    def _wrong(self, at: Place, message: str, remedy: str) -> Any:
        """Notes a wrong shape; None, for the caller to hand on."""
        self.findings.error(Code.WRONG_SHAPE, at, message, remedy)


def _as_written(node: YamlNode) -> str:
    if isinstance(node, Items):
        return ", ".join(_as_written(item) for item in node.items)
    return node.text if isinstance(node, Text) else ""
