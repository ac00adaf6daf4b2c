"""A failing example, told to the person who wrote it: what was expected, what came out, and why."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from rich.table import Table
from rich.text import Text

from leadflow.cli.output import as_text
from rules.analysis.trying import failed_parts, tried_rules, why
from rules.engine.conditions import Condition
from rules.engine.decision import OTHERWISE, RuleTrace
from rules.engine.evaluator import Evaluator
from rules.engine.examples import ExampleResult
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import Rule, RuleFile

MAX_NEAR_MISSES = 3
MAX_REASONS = 12
_UNPRINTABLE = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010fffd]")
"""What a terminal would obey, and XML cannot hold."""


def with_trace(engine: RulesEngine, result: ExampleResult) -> ExampleResult:
    """The result with a trace in short: the rule that decided, the expected one, and the nearest misses.

    A whole trace of a large book, for each of many examples that fail, would take minutes.
    """
    book, decision, facts = engine.book, result.decision, result.facts
    tried = [rule for _, rules in tried_rules(book, decision) for rule in rules]
    near = [rule for rule in tried if len(rule.when.parts) > 1 and len(failed_parts(rule, facts)) == 1]
    near.sort(key=lambda rule: -len(rule.when.parts))
    names = [decision.rule, result.expected.get("rule")]
    kept = {*names, *islice((rule.id for rule in near if rule.id not in names), MAX_NEAR_MISSES)}
    traces: list[RuleTrace] = []
    for path in decision.files:
        file = book.files[path]
        rules = tuple(rule for rule in file.rules if rule.id in kept)
        traces += Evaluator(replace(file, rules=rules), book.choices).trace(facts)
    return replace(result, decision=decision.model_copy(update={"trace": tuple(traces)}))


def failure_text(engine: RulesEngine, result: ExampleResult) -> str:
    """The example and its place, a table of what differs, and the reasons, near misses by the result's trace.

    Lines without an end after the last.
    """
    reasons = "\n".join(f"  {line}" for line in _Reasons(engine, result).lines())
    return printable(f"FAILED {result.file}:{result.line} {result.name}\n{as_text(_table(result))}\n{reasons}")


def printable(text: str) -> str:
    """The text with a mark for each character that no report can show."""
    return _UNPRINTABLE.sub("\ufffd", text)


def _table(result: ExampleResult) -> Table:
    """Expected and actual side by side, for each thing that the example states."""
    table = Table("", "", "expected", "actual", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, wanted in result.expected.items():
        actual = result.actual[name]
        table.add_row("  ✓" if wanted == actual else "  ✗", name, Text(wanted), Text(actual))
    return table


class _Reasons:
    """Why an example's lead went where it went, and not where it was expected."""

    def __init__(self, engine: RulesEngine, result: ExampleResult) -> None:
        self._book = engine.book
        self._facts = result.facts
        self._decision = result.decision
        self._assignment = result.assignment
        self._differing = {name for name, wanted in result.expected.items() if wanted != result.actual[name]}
        self._expected = result.expected.get("rule")
        self._tried = list(tried_rules(engine.book, result.decision))
        self._rules = {rule.id: (file, rule) for file in engine.book.files.values() for rule in file.rules}

    def lines(self) -> Iterator[str]:
        yield from self._decided()
        if self._expected != self._decision.rule:
            yield from self._missed()
            yield from self._near()
        if self._expected in (None, self._decision.rule) and self._differing & {"owner", "skipped", "accept_by"}:
            yield from self._team()
        yield self._counts()

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
        if expected is None:
            return
        if expected == OTHERWISE:
            yield f"`otherwise` applies only where no rule matches, and rule {decision.rule} does."
            return
        file, rule = self._rules[expected]
        if file.path not in decision.files:
            yield f"Rule {rule.id} stands in {file.path}, to which this lead did not come."
            yield f"Files asked: {', '.join(decision.files)}. The `context` of the example names unit and partner."
        elif failed := failed_parts(rule, self._facts):
            yield f"Rule {rule.id} did not match ({_place(rule)}):"
            yield from (line for part in failed for line in self._because(part))
        else:
            yield f"Rule {rule.id} matches as well ({_place(rule)}), but {self._before(file)} and decides."

    def _team(self) -> Iterator[str]:
        """Who of the team could not get the lead, and who could."""
        assignment = self._assignment
        if assignment is not None and assignment.team is not None:
            yield from (f"Skipped: {member}." for member in assignment.skipped)
            if assignment.eligible:
                yield f"Of the team, these could get it: {', '.join(assignment.eligible)}."

    def _before(self, file: RuleFile) -> str:
        decided = self._decision.rule
        if file.path != self._decision.file:
            return f"rule {decided} of {self._decision.file} comes first"
        return f"rule {decided} {'has the lower rank' if file.hit_policy == 'priority' else 'stands before it'}"

    def _near(self) -> Iterator[str]:
        """Rules that one more condition would have made match."""
        for near in self._decision.trace:
            if near.near_miss and near.rule != self._expected:
                rule = self._rules[near.rule][1]
                (failed,) = failed_parts(rule, self._facts)
                first, *more = self._because(failed)
                yield f"Near miss: rule {rule.id} ({_place(rule)}): {first.strip()}"
                yield from more

    def _counts(self) -> str:
        asked = (f"{len(rules)} of {len(file.rules)} in {file.path}" for file, rules in self._tried)
        return f"Rules tried: {', then '.join(asked)}."

    def _because(self, condition: Condition) -> Iterator[str]:
        lines = why(condition, self._facts, self._book.choices)
        yield from (f"  {line}" for line in lines[:MAX_REASONS])
        if len(lines) > MAX_REASONS:
            yield f"  and {len(lines) - MAX_REASONS} lines more"


def _place(rule: Rule) -> str:
    return f"{rule.at.file}:{rule.at.line}"
