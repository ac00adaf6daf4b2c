"""leadflow rules check | test | explain: what an editor of rule files runs before a change goes live."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from activities.routing import routing_context
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.normalise import normalise_lead
from crm.store import leads
from crm.store.finding import find_lead
from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, attribute_pair, console, print_json
from rules.engine.check import check_rules
from rules.engine.decision import RoutingDecision, RuleTrace
from rules.engine.examples import ExampleResult, run_examples
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.findings import Finding
from rules.engine.rules_engine import RulesEngine

app = typer.Typer(help="Check, test and explain the routing rules.", no_args_is_help=True)
FolderOption = Annotated[Path | None, typer.Option("--rules", help="The rules folder, if not the configured one.")]


@app.command()
def check(
    folder: FolderOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Check every rule file; each finding names its place, what is wrong, and what to do."""
    result = check_rules(_folder(folder))
    if format is Format.JSON:
        print_json(result.findings)
    else:
        _print_findings(result.findings)
    failed = result.book is None or (strict and result.findings)
    raise typer.Exit(1 if failed else 0)


@app.command()
def test(folder: FolderOption = None, format: FormatOption = Format.TEXT) -> None:
    """Run the examples that stand beside the rules."""
    results = run_examples(RulesEngine.load(_folder(folder)))
    failed = [result for result in results if not result.passed]
    if format is Format.JSON:
        print_json(results)
    else:
        for result in failed:
            _print_failure(result)
        console.print(f"{len(results) - len(failed)} examples passed, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


@app.command()
def explain(
    subject: Annotated[
        list[str], typer.Argument(metavar="LEAD | FIELD=VALUE...", help="A stored lead, or the values of one to try.")
    ],
    folder: FolderOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say where a lead goes by the rules as they are now, and why: every rule, every condition, the actual values."""
    engine = RulesEngine.load(_folder(folder))
    tried = "=" in subject[0] or len(subject) > 1
    lead, context = _trial(engine, subject) if tried else _stored(subject[0])
    facts = lead_facts(lead, context)
    decision = engine.decide(
        facts, business_unit=context.business_unit, channel_partner=context.channel_partner
    )
    if format is Format.JSON:
        print_json(decision)
    else:
        print_decision(decision)


def print_decision(decision: RoutingDecision) -> None:
    """The whole decision: outcome, then every rule with its conditions."""
    outcome = decision.outcome.model_dump(exclude_none=True, exclude_defaults=True)
    console.print(f"[bold]{decision.reason}[/bold]")
    console.print(f"Outcome: {decision.outcome.kind} " + ", ".join(f"{key} {value}" for key, value in outcome.items()))
    console.print(f"Files asked: {', '.join(decision.files)}; rules {decision.digest[:12]}")
    table = Table("Rule", "", "Condition", "Expected", "Actual", title_justify="left")
    for rule in decision.trace:
        _add_rule(table, rule, decided=rule.rule == decision.rule and rule.file == decision.file)
    console.print(table)


def _add_rule(table: Table, rule: RuleTrace, *, decided: bool) -> None:
    verdict = "[green]decides[/green]" if decided else "matches" if rule.matched else "near miss" if rule.near_miss else "no"
    name = f"{rule.rule}\n{rule.file}:{rule.line}"
    for number, condition in enumerate(rule.conditions or ()):
        mark = "[green]✓[/green]" if condition.holds else "[red]✗[/red]"
        group = "" if condition.group == "all" else f" ({condition.group})"
        table.add_row(
            name if number == 0 else "",
            verdict if number == 0 else "",
            f"{mark} {condition.field} {condition.operator}{group}",
            condition.expected,
            condition.actual if condition.actual is not None else "(empty)",
        )
    table.add_section()


def _folder(given: Path | None) -> Path:
    return given or session.settings().rules_dir


def _print_findings(findings: tuple[Finding, ...] | list[Finding]) -> None:
    for finding in findings:
        console.print(str(finding), markup=False, soft_wrap=True)
    errors = sum(finding.severity == "error" for finding in findings)
    console.print(f"{errors} errors, {len(findings) - errors} warnings")


def _print_failure(result: ExampleResult) -> None:
    console.print(f"FAILED {result.file}:{result.line} {result.name}", markup=False)
    for difference in result.differences:
        console.print(f"  {difference}", markup=False)
    console.print(f"  {result.decision.reason}", markup=False)


def _trial(engine: RulesEngine, pairs: list[str]) -> tuple[Lead, RoutingContext]:
    """A lead made of `field=value` pairs; the fields of the context are keys and true/false."""
    values = dict(attribute_pair(pair) for pair in pairs)
    given = {name: values.pop(name) for name in list(values) if name in RoutingContext.model_fields}
    source = values.pop("source", None)
    read = normalise_lead(values, engine.book.choices)
    if read.problems:
        raise InvalidInput("; ".join(str(problem) for problem in read.problems))
    lead = Lead.model_validate({**read.values, "lf_source": source})
    return lead, RoutingContext.model_validate({"now": datetime.now(UTC), **given})


def _stored(name: str) -> tuple[Lead, RoutingContext]:
    with session.store() as database, database.reading() as connection:
        lead = find_lead(connection, name)
        return lead, routing_context(connection, lead, leads.view(connection, lead.leadid), datetime.now(UTC))
