"""What a run of the examples found, as text for people and as JSON."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table

from leadflow.cli.output import as_text, counted
from rules.analysis.coverage import Count, Coverage, FileCoverage, Gap
from rules.analysis.trying import in_words
from rules.engine.examples import ExampleResult


@dataclass(frozen=True, slots=True)
class Run:
    """One example that was run: how long it took, and for one that failed, why."""

    result: ExampleResult
    seconds: float
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about gaps: examples to add, by file, as text; and the gaps that no lead can close."""

    examples: Mapping[str, str] = field(default_factory=dict)
    impossible: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class ExamplesReport:
    """`files` are the rule files asked for; `problems` says why the command fails beside examples that failed."""

    files: tuple[str, ...]
    runs: tuple[Run, ...]
    coverage: Coverage | None
    advice: Advice
    problems: tuple[str, ...]

    @property
    def failed(self) -> int:
        return sum(not run.result.passed for run in self.runs)

    @property
    def sound(self) -> bool:
        return not self.failed and not self.problems


def text_of(report: ExamplesReport) -> str:
    """The failures, the count, the coverage, and last what is missing."""
    parts = [f"{run.failure}\n\n" for run in report.runs if run.failure]
    passed = len(report.runs) - report.failed
    parts.append(f"{counted(passed, 'example')} passed, {report.failed} failed\n")
    if report.coverage:
        parts += ["\n", _coverage_table(report.coverage), *_gaps(report.coverage, report.advice)]
    parts += [f"\n{problem}\n" for problem in report.problems]
    return "".join(parts)


def _coverage_table(coverage: Coverage) -> str:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("Coverage", overflow="fold")
    for heading in ("rules", "conditions", "otherwise", "covered"):
        table.add_column(heading, justify="right")
    for file in coverage.files:
        table.add_row(file.file, str(file.rules), str(file.conditions), str(file.otherwise), _percent(file.total))
    if len(coverage.files) > 1:
        table.add_row("together", *map(str, _together(coverage)), _percent(coverage.total))
    return as_text(table)


def _together(coverage: Coverage) -> Iterator[Count]:
    for part in ("rules", "conditions", "otherwise"):
        yield sum((getattr(file, part) for file in coverage.files), Count())


def _percent(count: Count) -> str:
    return f"{count.percent:.1f} %"


def _gaps(coverage: Coverage, advice: Advice) -> Iterator[str]:
    """One line a gap, where a rule that no example gets as far as is one gap; then what would close them."""
    gaps = [gap for file in coverage.files for gap in file.gaps]
    points = Counter(gap.rule for gap in gaps)
    if gaps:
        yield "\nNot covered:\n"
    for gap in gaps:
        worth = "" if gap.tried else f" ({points[gap.rule]} points)"
        never = " (no lead can show this: is it needed?)" if gap in advice.impossible else ""
        if gap.tried or gap.condition is None:
            yield f"  {gap.at.file}:{gap.at.line}: {gap.message}{worth}{never}\n"
    if advice.examples:
        yield "\nExamples that show it, with what the rules do today. Keep those that are right:\n"
    for file, text in advice.examples.items():
        yield f"\n{file}\n{text}"


def json_of(report: ExamplesReport) -> dict[str, Any]:
    """Everything: each example with its decision, of a failed one with a short trace; the coverage with each gap."""
    return {
        "passed": len(report.runs) - report.failed,
        "failed": report.failed,
        "problems": report.problems,
        "examples": [_example(run) for run in report.runs],
        "coverage": report.coverage and _coverage(report.coverage, report.advice),
    }


def _example(run: Run) -> dict[str, Any]:
    result = run.result
    return {
        "file": result.file, "line": result.line, "name": result.name, "passed": result.passed,
        "seconds": round(run.seconds, 6), "expected": result.expected, "actual": result.actual,
        "explanation": run.failure or None, "decision": result.decision,
    }  # fmt: skip


def _coverage(coverage: Coverage, advice: Advice) -> dict[str, Any]:
    return {**_count(coverage.total), "files": [_file(file, advice) for file in coverage.files]}


def _file(file: FileCoverage, advice: Advice) -> dict[str, Any]:
    parts = {part: _count(getattr(file, part)) for part in ("rules", "conditions", "otherwise")}
    gaps = [_gap(gap, advice) for gap in file.gaps]
    return {"file": file.file, **_count(file.total), **parts, "gaps": gaps, "suggested": advice.examples.get(file.file)}


def _gap(gap: Gap, advice: Advice) -> dict[str, Any]:
    condition = in_words(gap.condition) if gap.condition else None
    return {
        "file": gap.at.file, "line": gap.at.line, "rule": gap.rule, "condition": condition,
        "holds": gap.holds if condition else None, "message": gap.message, "impossible": gap in advice.impossible,
    }  # fmt: skip


def _count(count: Count) -> dict[str, float]:
    return {"percent": count.percent, "covered": count.covered, "points": count.points}
