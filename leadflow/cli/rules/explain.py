"""leadflow rules explain: where a lead goes, and why."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table

from activities.routing import routing_context
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.normalise import normalise_lead
from crm.store.finding import find_lead
from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, attribute_pair, cell, console, print_json, say
from leadflow.cli.rules.folder import FolderOption, rules_folder
from leadflow.intake.importing import explain as explain_error
from rules.engine.decision import Assign, Outcome, RoutingDecision, RuleTrace
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.rules_engine import RulesEngine


def explain(
    subject: Annotated[
        list[str], typer.Argument(metavar="LEAD | FIELD=VALUE...", help="A stored lead, or the values of one to try.")
    ],
    folder: FolderOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say where a lead goes by the rules as they are now, and why: every rule, every condition, the actual values."""
    engine = RulesEngine.load(rules_folder(folder))
    tried = "=" in subject[0] or len(subject) > 1
    lead, context = _trial(engine, subject) if tried else _stored(engine, subject[0])
    facts = lead_facts(lead, context)
    decision = engine.decide(facts)
    if format is Format.JSON:
        print_json(decision)
    else:
        print_decision(decision)


def print_decision(decision: RoutingDecision) -> None:
    """The whole decision: outcome, then every rule with its conditions."""
    say(decision.reason, "bold")
    say(f"Outcome: {_outcome(decision.outcome)}")
    say(f"Files asked: {', '.join(decision.files)}; rules {decision.digest[:12]}")
    table = Table("Rule", "", "Condition", "Expected", "Actual", title_justify="left")
    for rule in decision.trace:
        _add_rule(table, rule, decided=rule.rule == decision.rule)
    console.print(table)


def _outcome(outcome: Outcome) -> str:
    """The outcome as a rule file says it: what happens, then how."""
    given = outcome.model_dump(exclude_none=True, exclude_defaults=True)
    what = given.pop("kind", outcome.kind)
    if isinstance(outcome, Assign):
        what = f"assign to {given.pop('to')} {given.pop('key')}"
        given["if_missed"] = ", ".join(f"{step.action} {step.team or ''}".strip() for step in outcome.if_missed)
    parts = (f"{name.replace('_', ' ')} {value}" for name, value in given.items() if value != "")
    return "; ".join((what, *parts))


def _add_rule(table: Table, rule: RuleTrace, *, decided: bool) -> None:
    verdict = (
        "[green]decides[/green]" if decided else "matches" if rule.matched else "near miss" if rule.near_miss else "no"
    )
    name = f"{rule.rule}\n{rule.file}:{rule.line}"
    for number, condition in enumerate(rule.conditions or ()):
        mark = "[green]✓[/green]" if condition.holds else "[red]✗[/red]"
        group = "" if condition.group == "all" else f" ({condition.group})"
        table.add_row(
            name if number == 0 else "",
            verdict if number == 0 else "",
            f"{mark} {condition.field} {condition.operator}{group}",
            cell(condition.expected),
            cell(condition.actual if condition.actual is not None else "(empty)"),
        )
    table.add_section()


def _trial(engine: RulesEngine, pairs: list[str]) -> tuple[Lead, RoutingContext]:
    """A lead made of `field=value` pairs; the fields of the context are keys and true/false."""
    values = dict(attribute_pair(pair) for pair in pairs)
    given = {name: values.pop(name) for name in list(values) if name in RoutingContext.model_fields}
    source = values.pop("source", None)
    read = normalise_lead(values, engine.book.choices)
    if read.problems:
        raise InvalidInput("; ".join(str(problem) for problem in read.problems))
    _require_known(engine, given)
    lead = Lead.model_validate({**read.values, "lf_source": source})
    try:
        return lead, RoutingContext.model_validate({"now": datetime.now(UTC), **given})
    except ValidationError as error:
        raise InvalidInput(explain_error(error)) from None


def _require_known(engine: RulesEngine, given: Mapping[str, str]) -> None:
    """Keys that a real lead would be quarantined for are refused here, too."""
    directory = engine.directory
    sections: dict[str, Collection[str]] = {
        "business_unit": directory.business_units,
        "channel_partner": directory.channel_partners,
        "campaign": directory.campaigns,
    }
    for name, known in sections.items():
        if name in given and given[name] not in known:
            raise InvalidInput(f"{name} '{given[name]}' is not in the directory; known are: {', '.join(sorted(known))}")


def _stored(engine: RulesEngine, name: str) -> tuple[Lead, RoutingContext]:
    with session.store() as database, database.reading() as connection:
        lead = find_lead(connection, name)
        return lead, routing_context(connection, lead, engine.directory, datetime.now(UTC))
