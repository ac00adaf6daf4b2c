"""leadflow rules test: do the examples beside the rules come out as they say, and what do they leave open?"""

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Annotated

import typer

from crm.errors import InvalidInput, NotFound
from leadflow.cli.output import as_json, say
from leadflow.cli.rules.examples_report import Advice, ExamplesReport, Run, json_of, text_of
from leadflow.cli.rules.failure import failure_text, with_trace
from leadflow.cli.rules.folder import FolderOption, rules_folder
from leadflow.cli.rules.junit import junit_of
from rules.analysis.coverage import Count, Coverage, coverage_of
from rules.analysis.example_text import example_text
from rules.analysis.suggestions import Suggesting
from rules.engine.examples import run_example
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import Example, RuleFile

MAX_SUGGESTIONS = 40
NO_EXAMPLE = "There is no example. Write one under `examples:`; rules/_template.yaml shows how."


class ReportFormat(StrEnum):
    TEXT = "text"
    JUNIT = "junit"
    JSON = "json"


def test(
    files: Annotated[list[str] | None, typer.Argument(metavar="FILE", help="Rule files, if not all.")] = None,
    folder: FolderOption = None,
    only: Annotated[str, typer.Option("--only", metavar="TEXT", help="Examples with this in their name.")] = "",
    coverage: Annotated[bool, typer.Option("--coverage", help="Say what the examples do not show.")] = False,
    suggest: Annotated[bool, typer.Option("--suggest", help="Write examples that would show it.")] = False,
    fail_under: Annotated[
        int | None, typer.Option("--fail-under", min=0, max=100, help="Fail below this coverage, in percent.")
    ] = None,
    format: Annotated[ReportFormat, typer.Option("--format", help="How to print the report.")] = ReportFormat.TEXT,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the report here, and print it as text.")
    ] = None,
) -> None:
    """Run the examples that stand beside the rules. Fails where one does not come out, and where there is none."""
    covering = coverage or suggest or fail_under is not None
    if only and covering:
        raise typer.BadParameter("coverage counts all examples of a file; leave out --only", param_hint="--only")
    rules = rules_folder(folder)
    engine = RulesEngine.load(rules)
    report = _report(engine, _chosen(engine, rules, files), only, covering)
    if report.coverage:
        problems = (*report.problems, *_too_little(report.coverage.total, fail_under or 0))
        advice = _advice(engine, report.coverage) if suggest else report.advice
        report = replace(report, advice=advice, problems=problems)
    _print(report, format, output)
    raise typer.Exit(0 if report.sound else 1)


def _chosen(engine: RulesEngine, folder: Path, names: list[str] | None) -> tuple[str, ...]:
    """The rule files asked for, by their path in the rules folder or by the one that a shell completes."""
    book = engine.book.files
    chosen = []
    for name in names or book:
        path = Path(name).resolve()
        inside = path.relative_to(folder.resolve()).as_posix() if path.is_relative_to(folder.resolve()) else name
        if name not in book and inside not in book:
            raise NotFound(f"'{name}' is no rule file in {folder}; there are: {', '.join(book)}")
        chosen.append(name if name in book else inside)
    return tuple(dict.fromkeys(chosen))


def _report(engine: RulesEngine, files: tuple[str, ...], only: str, covering: bool) -> ExamplesReport:
    """Coverage counts every example of the book: those of a partner's file show rules of a unit's file, too."""
    runs = [
        _run(engine, file, example) for file in engine.book.files.values() for example in file.examples
        if covering or (file.path in files and only.casefold() in example.name.casefold())
    ]  # fmt: skip
    if only and not runs:
        raise NotFound(f"no example has '{only}' in its name")
    coverage = None
    if covering:
        whole = coverage_of(engine.book, ((run.result.facts, run.result.decision) for run in runs))
        coverage = Coverage(tuple(file for file in whole.files if file.file in files))
    shown = tuple(run for run in runs if run.result.file in files)
    return ExamplesReport(files, shown, coverage, Advice(), () if shown else (NO_EXAMPLE,))


def _run(engine: RulesEngine, file: RuleFile, example: Example) -> Run:
    start = time.perf_counter()
    result = run_example(engine, file, example)
    seconds = time.perf_counter() - start
    if result.passed:
        return Run(result, seconds)
    traced = with_trace(engine, result)
    return Run(traced, seconds, failure_text(engine, traced))


def _too_little(total: Count, wanted: int) -> Iterator[str]:
    if not total.reaches(wanted):
        more = ceil(wanted * total.points / 100) - total.covered
        yield (
            f"Coverage is {total.percent} %, below the {wanted} % asked for: {total.covered} of {total.points} "
            f"points are covered, {more} more {'is' if more == 1 else 'are'} needed."
        )


def _advice(engine: RulesEngine, coverage: Coverage) -> Advice:
    """Examples for the first gaps; more come when these are written."""
    suggesting = Suggesting(engine)
    examples: dict[str, str] = {}
    impossible = []
    for gap, found in islice(suggesting.suggestions(coverage), MAX_SUGGESTIONS):
        if found is not None:
            text = example_text(found, engine.book.files[found.file], engine.book.choices)
            examples[found.file] = examples.get(found.file, "") + text
        elif suggesting.is_impossible(gap):
            impossible.append(gap)
    return Advice(examples, tuple(impossible))


def _print(report: ExamplesReport, format: ReportFormat, output: Path | None) -> None:
    if output is not None:
        _write(output, _rendered(report, format))
    if output is not None or format is ReportFormat.TEXT:
        for line in text_of(report).splitlines():
            say(line, "bold red" if line.startswith("FAILED") else None)
    else:
        sys.stdout.write(_rendered(report, format))
        for problem in report.problems:
            print(problem, file=sys.stderr)


def _rendered(report: ExamplesReport, format: ReportFormat) -> str:
    if format is ReportFormat.JUNIT:
        return junit_of(report)
    return as_json(json_of(report)) if format is ReportFormat.JSON else text_of(report)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror}") from None
