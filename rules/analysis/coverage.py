"""What the examples of a rule book show of it, and what they leave open.

Points to cover: each rule (an example ends there), each condition twice (an example tries its rule and the condition
holds; another, and it does not), and the `otherwise` of each file (an example ends there, or goes on to the next file).
A rule counts as tried for a lead where no rule before it has decided; see `trying.tried_rules`.

The rows of a table are one rule, and each of its columns is one condition: hundreds of rows are data, and an example
for each of them would only say them again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from math import floor
from typing import Any

from rules.analysis.trying import in_words, tried_rules
from rules.engine.conditions import Test, tests_in
from rules.engine.decision import OTHERWISE, RoutingDecision
from rules.engine.evaluator import predicate
from rules.engine.findings import Place
from rules.engine.schema import Rule, RuleBook, RuleFile
from rules.engine.sources import TABLE_ENDING

Decided = tuple[Mapping[str, Any], RoutingDecision]
"""The facts of an example's lead, and the decision that they led to."""


@dataclass(frozen=True, slots=True)
class Count:
    """Covered points among all points."""

    covered: int = 0
    points: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.covered + other.covered, self.points + other.points)

    def __str__(self) -> str:
        return f"{self.covered}/{self.points}"

    @property
    def percent(self) -> float:
        """From 0 to 100 with one decimal, rounded down: 100 means that nothing is missing."""
        return floor(1000 * self.covered / self.points) / 10 if self.points else 100.0

    def reaches(self, percent: float) -> bool:
        """Whether at least this share is covered, without rounding."""
        return self.covered * 100 >= percent * self.points


@dataclass(frozen=True, slots=True)
class Gap:
    """One point that no example shows: a rule that decides, a condition of it that `holds` or does not, or `otherwise`.

    `file` is the rule file, `at` the place, which may be in a table of it; `rule` is "otherwise" for the last. `tried`
    says whether any example gets as far as the rule.
    """

    file: str
    at: Place
    rule: str
    condition: Test | None
    holds: bool
    tried: bool

    @property
    def message(self) -> str:
        if self.condition is not None:
            return f"no example where {in_words(self.condition)} is {str(self.holds).lower()} in rule {self.rule}"
        if self.rule == OTHERWISE:
            return "no example gets past all rules, to otherwise"
        if self.at.file.endswith(TABLE_ENDING):
            return f"no example {'ends in' if self.tried else 'gets as far as'} a row of {self.at.file}"
        return f"no example {'ends in' if self.tried else 'gets as far as'} rule {self.rule}"


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """The coverage of one rule file, rules of its tables included; gaps stand in the order of the rules."""

    file: str
    rules: Count
    conditions: Count
    otherwise: Count
    gaps: tuple[Gap, ...]

    @property
    def total(self) -> Count:
        return self.rules + self.conditions + self.otherwise


@dataclass(frozen=True, slots=True)
class Coverage:
    files: tuple[FileCoverage, ...]

    @property
    def total(self) -> Count:
        return sum((file.total for file in self.files), Count())


class _Seen:
    """What the examples so far have shown of one rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.tests = [(rule, test) for test in tests_in(rule.when)]
        self.decided = False
        self.outcomes: set[tuple[int, bool]] = set()
        self._open: list[tuple[int, Callable[[Mapping[str, Any]], bool]]] = [
            (number, predicate(test)) for number, (_, test) in enumerate(self.tests)
        ]

    def add(self, facts: Mapping[str, Any]) -> None:
        """A lead for which the rule was tried. Conditions that were seen both ways are not looked at again."""
        if self._open:
            self.outcomes.update((number, holds(facts)) for number, holds in self._open)
            self._open = [one for one in self._open if not {(one[0], True), (one[0], False)} <= self.outcomes]


def coverage_of(book: RuleBook, decided: Iterable[Decided]) -> Coverage:
    """What these examples cover of every file, whichever file they stand in."""
    seen = {path: [_Seen(rule) for rule in file.rules] for path, file in book.files.items()}
    ended: set[str] = set()
    for facts, decision in decided:
        for file, rules in tried_rules(book, decision):
            for rule in seen[file.path][: len(rules)]:
                rule.add(facts)
                rule.decided |= file.path == decision.file and rule.rule.id == decision.rule
        ended.update(path for path in decision.files if path != decision.file or decision.rule == OTHERWISE)
    return Coverage(tuple(_file(file, seen[path], path in ended) for path, file in book.files.items()))


def _file(file: RuleFile, rules: list[_Seen], ended: bool) -> FileCoverage:
    seen = list(_with_tables_as_one(rules))
    gaps = [gap for rule in seen for gap in _gaps(file.path, rule)]
    if not ended:
        gaps.append(Gap(file.path, file.otherwise_at, OTHERWISE, None, holds=True, tried=True))
    return FileCoverage(
        file=file.path, rules=Count(sum(rule.decided for rule in seen), len(seen)),
        conditions=Count(sum(len(rule.outcomes) for rule in seen), sum(2 * len(rule.tests) for rule in seen)),
        otherwise=Count(int(ended), 1), gaps=tuple(gaps),
    )  # fmt: skip


def _with_tables_as_one(rules: list[_Seen]) -> Iterator[_Seen]:
    """The rules of a file in their order; the rows of a table as one, where the first of them stands."""
    for place, rows in groupby(rules, key=lambda seen: seen.rule.at.file):
        if place.endswith(TABLE_ENDING):
            yield _joined(list(rows))
        else:
            yield from rows


def _joined(rows: list[_Seen]) -> _Seen:
    """A table: it decides where a row does, and a column holds, or does not, where it does so in any row."""
    table = _Seen(rows[0].rule)
    table.tests, table.outcomes = [], set()
    columns: dict[tuple[str, str], int] = {}
    for row in rows:
        table.decided |= row.decided
        for number, (rule, test) in enumerate(row.tests):
            column = columns.setdefault((test.field, test.operator), len(columns))
            if column == len(table.tests):
                table.tests.append((rule, test))
            table.outcomes |= {(column, holds) for holds in (True, False) if (number, holds) in row.outcomes}
    return table


def _gaps(path: str, seen: _Seen) -> Iterator[Gap]:
    rule, tried = seen.rule, bool(seen.outcomes)
    if not seen.decided:
        yield Gap(path, rule.at, rule.id, None, holds=True, tried=tried)
    for number, (owner, test) in enumerate(seen.tests):
        for holds in (True, False):
            if (number, holds) not in seen.outcomes:
                yield Gap(path, test.at, owner.id, test, holds, tried)
