"""leadflow rules check | test: what an editor of rule files runs before a change goes live."""

from pathlib import Path
from typing import Annotated

import typer

from crm.errors import Misconfigured
from leadflow.cli.output import Format, FormatOption, print_json, say
from leadflow.settings import load_settings, variable_of
from rules.engine.check import check_rules
from rules.engine.examples import ExampleResult, run_examples
from rules.engine.findings import Finding
from rules.engine.rules_engine import RulesEngine

FolderOption = Annotated[Path | None, typer.Option("--rules", help="The rules folder, if not the configured one.")]


def check(
    folder: FolderOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Check every rule file; each finding names its place, what is wrong, and what to do."""
    result = check_rules(rules_folder(folder))
    if format is Format.JSON:
        print_json(result.findings)
    else:
        _print_findings(result.findings)
    failed = result.book is None or (strict and result.findings)
    raise typer.Exit(1 if failed else 0)


def test(folder: FolderOption = None, format: FormatOption = Format.TEXT) -> None:
    """Run the examples that stand beside the rules."""
    results = run_examples(RulesEngine.load(rules_folder(folder)))
    failed = [result for result in results if not result.passed]
    if format is Format.JSON:
        print_json(results)
    else:
        for result in failed:
            _print_failure(result)
        say(f"{len(results) - len(failed)} examples passed, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def rules_folder(given: Path | None) -> Path:
    """The folder that was asked for, else the configured one. Raises Misconfigured where there is none."""
    folder = given or load_settings().rules_dir
    if not folder.is_dir():
        raise Misconfigured(
            f"The rules folder {folder.absolute()} does not exist; name it with --rules, "
            f"or with {variable_of('rules_dir')}."
        )
    return folder


def _print_findings(findings: tuple[Finding, ...] | list[Finding]) -> None:
    for finding in findings:
        say(str(finding))
    errors = sum(finding.severity == "error" for finding in findings)
    say(f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}")


def _print_failure(result: ExampleResult) -> None:
    say(f"FAILED {result.file}:{result.line} {result.name}")
    for difference in result.differences:
        say(f"  {difference}")
    say(f"  {result.decision.reason}")
