"""leadflow rules check: is anything wrong with the rule files?"""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from leadflow.cli.output import counted, print_json, say
from leadflow.cli.rules.folder import FolderOption, rules_folder
from rules.engine.check import check_rules
from rules.engine.findings import Finding
from rules.engine.sources import RuleSources


class CheckFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def check(
    folder: FolderOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    format: Annotated[CheckFormat, typer.Option("--format", help="How to print the findings.")] = CheckFormat.TEXT,
) -> None:
    """Check every rule file; each finding names its place, what is wrong, and what to do.

    docs/rules/findings.md explains the codes.
    """
    rules = rules_folder(folder)
    result = check_rules(RuleSources.from_folder(rules))
    if format is CheckFormat.SARIF:
        from leadflow.cli.rules.sarif import sarif_of

        sys.stdout.write(sarif_of(result.findings, rules))
    elif format is CheckFormat.JSON:
        print_json(result.findings)
    else:
        _print_findings(result.findings)
    failed = result.book is None or (strict and result.findings)
    raise typer.Exit(1 if failed else 0)


def _print_findings(findings: tuple[Finding, ...]) -> None:
    for finding in findings:
        say(str(finding))
    errors = sum(finding.severity == "error" for finding in findings)
    say(f"{_or_no(errors, 'error')}, {_or_no(len(findings) - errors, 'warning')}")


def _or_no(number: int, what: str) -> str:
    return counted(number, what) if number else f"no {what}s"
