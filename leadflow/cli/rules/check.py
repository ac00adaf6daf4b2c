"""leadflow rules check: is anything wrong with the rule files?"""

from typing import Annotated

import typer

from leadflow.cli.output import Format, FormatOption, print_json, say
from leadflow.cli.rules.folder import FolderOption, rules_folder
from rules.engine.check import check_rules
from rules.engine.findings import Finding
from rules.engine.sources import RuleSources


def check(
    folder: FolderOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Check every rule file; each finding names its place, what is wrong, and what to do."""
    result = check_rules(RuleSources.from_folder(rules_folder(folder)))
    if format is Format.JSON:
        print_json(result.findings)
    else:
        _print_findings(result.findings)
    failed = result.book is None or (strict and result.findings)
    raise typer.Exit(1 if failed else 0)


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _print_findings(findings: tuple[Finding, ...] | list[Finding]) -> None:
    for finding in findings:
        say(str(finding))
    errors = sum(finding.severity == "error" for finding in findings)
    say(f"{_count(errors, 'error')}, {_count(len(findings) - errors, 'warning')}")
