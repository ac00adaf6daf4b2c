"""Conditions as generated Python: the check of each decision must cost little beside durable-rules itself.

Field names come from the field table and constants are literals made by `repr`; nothing of an editor's text is run.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rules.engine.conditions import Condition, Test, tests_in
from rules.engine.facts import NOW

_COMPARISONS: Mapping[str, str] = {"$gte": ">=", "$gt": ">", "$lte": "<=", "$lt": "<"}


class FunctionWriter:
    """Writes one function of a lead's facts. Each field it reads becomes a local variable once."""

    def __init__(self, conditions: Iterable[Condition], fields: Iterable[str] = ()) -> None:
        used = {test.field for condition in conditions for test in tests_in(condition)}
        self._variables = {field: f"v{number}" for number, field in enumerate(sorted({*used, *fields}))}
        self._namespace: dict[str, Any] = {}

    def function(self, body: Iterable[str]) -> Callable[[Mapping[str, Any]], Any]:
        """The function with these lines; they may use the variables."""
        reads = [f"{variable} = get({field!r})" for field, variable in self._variables.items()]
        lines = ["get = facts.get", *reads, *body]
        source = "def rules(facts):\n" + "\n".join(f"    {line}" for line in lines)
        exec(compile(source, "<rules>", "exec"), self._namespace)
        function: Callable[[Mapping[str, Any]], Any] = self._namespace["rules"]
        return function

    def variable(self, field: str) -> str:
        return self._variables[field]

    def condition(self, condition: Condition) -> str:
        """An expression that is true where the condition holds."""
        if isinstance(condition, Test):
            return self.test(condition, condition.negated)
        word = " and " if condition.kind == "all" else " or "
        text = "(" + word.join(self.condition(part) for part in condition.parts) + ")"
        return f"(not {text})" if condition.kind == "none" else text

    def test(self, test: Test, negated: bool) -> str:
        """An expression for one test, its meaning turned round where `negated`."""
        text = self._plain_test(test, self._variables[test.field])
        return f"(not {text})" if negated else text

    def _plain_test(self, test: Test, variable: str) -> str:
        row, operand = test.row, test.operand
        if row.meaning == "is_set":
            return f"({variable} is not None)"
        if row.meaning == "equals":
            values = ", ".join(map(repr, operand))
            return f"({variable} in {{{values}}})" if len(operand) > 1 else f"({variable} == {values})"
        if row.native:
            bounds = zip(row.native, operand if isinstance(operand, tuple) else (operand,), strict=True)
            parts = " and ".join(f"{variable} {_COMPARISONS[operator]} {value!r}" for operator, value in bounds)
            return f"({variable} is not None and {parts})"
        name = f"holds{len(self._namespace)}"
        self._namespace[name] = row.holds
        if row.clock:
            now = f"get({NOW!r})"
            return f"({variable} is not None and {now} is not None and {name}({now} - {variable}, {operand!r}))"
        return f"({variable} is not None and {name}({variable}, {operand!r}))"
