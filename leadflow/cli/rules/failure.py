"""A failing example, told to the person who wrote it: what was expected, what came out, and why."""

from collections.abc import Iterator
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rules.analysis.trying import failed_parts, tried_rules, why
from rules.engine.conditions import Condition
from rules.engine.decision import OTHERWISE
from rules.engine.examples import ExampleResult
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import Rule, RuleFile

WIDTH = 110
MAX_NEAR_MISSES = 3
MAX_REASONS = 12


def failure_text(engine: RulesEngine, result: ExampleResult) -> str:
    """Several lines: the example and its place, a table of what differs, and the reasons."""
    lines = [f"FAILED {result.file}:{result.line} {result.name}", *_table(result), "", *_Reasons(engine, result).lines()]
    return "\n".join(line.rstrip() for line in lines)


def _table(result: ExampleResult) -> list[str]:
    """Expected and actual side by side, for each thing that the example states."""
    table = Table("", "", "expected", "actual", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, wanted in result.expected.items():
        actual = result.actual[name]
        table.add_row("  ✓" if wanted == actual else "  ✗", name, Text(wanted), Text(actual))
    text = StringIO()
    Console(file=text, width=WIDTH, color_system=None, highlight=False, markup=False).print(table)
    return text.getvalue().splitlines()


class _Reasons:
    """Why an example's lead went where it went, and not where it was expected."""

    def __init__(self, engine: RulesEngine, result: ExampleResult) -> None:
        self._book = engine.book
        self._facts = result.facts
        self._decision = result.decision
        self._expected = result.expected.get("rule")
        self._tried = list(tried_rules(engine.book, result.decision))
        self._rules = {rule.id: (file, rule) for file in engine.book.files.values() for rule in file.rules}

    def lines(self) -> list[str]:
        return [f"  {line}" for part in (self._decided(), self._missed(), self._near(), self._counts()) for line in part]

    def _decided(self) -> Iterator[str]:
        """What decided, and the conditions that made it."""
        decision = self._decision
        yield decision.reason
        if decision.rule == self._expected:
            yield f"That is the rule which the example expects; what it does stands in {decision.file}:{decision.line}."
        elif decision.rule in self._rules:
            yield from self._because(self._rules[decision.rule][1].when)

    def _missed(self) -> Iterator[str]:
        """Why the expected rule is not the one that decided."""
        expected, decision = self._expected, self._decision
        if expected in (None, decision.rule):
            return
        if expected == OTHERWISE:
            yield f"`otherwise` applies only where no rule matches, and rule {decision.rule} does."
            return
        file, rule = self._rules[expected or ""]
        if file.path not in decision.files:
            yield f"Rule {rule.id} stands in {file.path}, which was not asked: the lead came to {_joined(decision.files)}."
            yield "Its `context` in the example says which unit and partner it belongs to, and so which files are asked."
        elif failed := failed_parts(rule, self._facts):
            yield f"Rule {rule.id} did not match ({_place(rule)}):"
            yield from (line for part in failed for line in self._because(part))
        else:
            yield f"Rule {rule.id} matches as well ({_place(rule)}), but {self._before(file)} and decides."

    def _before(self, file: RuleFile) -> str:
        decided = self._decision.rule
        if file.path != self._decision.file:
            return f"rule {decided} of {self._decision.file} comes first"
        return f"rule {decided} {'has the lower rank' if file.hit_policy == 'priority' else 'stands before it'}"

    def _near(self) -> Iterator[str]:
        """Rules that one more condition would have made match; those with the most conditions are the nearest."""
        missed = [
            (rule, failed[0])
            for _, rules in self._tried for rule in rules
            if rule.id != self._expected and len(rule.when.parts) > 1
            and len(failed := failed_parts(rule, self._facts)) == 1
        ]  # fmt: skip
        missed.sort(key=lambda pair: -len(pair[0].when.parts))
        for rule, part in missed[:MAX_NEAR_MISSES]:
            yield f"Near miss, all but one condition held: rule {rule.id} ({_place(rule)}):"
            yield from self._because(part)
        if len(missed) > MAX_NEAR_MISSES:
            yield f"{len(missed) - MAX_NEAR_MISSES} more near misses."

    def _counts(self) -> Iterator[str]:
        asked = [f"{len(rules)} of {len(file.rules)} in {file.path}" for file, rules in self._tried]
        yield f"Rules tried: {_joined(asked, ', then ')}."

    def _because(self, condition: Condition) -> Iterator[str]:
        lines = why(condition, self._facts, self._book.choices)
        yield from (f"  {line}" for line in lines[:MAX_REASONS])
        if len(lines) > MAX_REASONS:
            yield f"  and {len(lines) - MAX_REASONS} lines more"


def _place(rule: Rule) -> str:
    return f"{rule.at.file}:{rule.at.line}"


def _joined(names: list[str] | tuple[str, ...], between: str = ", ") -> str:
    return between.join(names)
