"""leadflow rules explain: where a lead goes, or went, and why."""

from pathlib import Path
from typing import Annotated

import typer

from crm.errors import InvalidInput
from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, print_json, say
from leadflow.cli.rules.explain_stored import explain_stored, wanted_decisions
from leadflow.cli.rules.explain_text import print_explanation
from leadflow.cli.rules.explain_trial import explain_file, explain_pairs, is_file
from leadflow.cli.rules.explanation import Explanation
from leadflow.cli.rules.folder import rules_folder
from leadflow.cli.rules.sources import FORMS, engine_of
from leadflow.settings import load_settings
from rules.engine.rules_engine import RulesEngine


def explain(
    subject: Annotated[
        list[str],
        typer.Argument(
            metavar="LEAD | FILE | FIELD=VALUE...",
            help="A stored lead (its id, external id or workflow id), a file of leads or - for stdin, or values.",
        ),
    ],
    rules: Annotated[
        str | None,
        typer.Option("--rules", help=f"Other rules than the configured ones: {FORMS}. Implies --now for stored leads."),
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Beside a stored lead's decision, what today's rules would do now.")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Every decision of a stored lead's life, oldest first.")] = False,
    decision: Annotated[
        int | None,
        typer.Option("--decision", min=1, help="Only this one of a stored lead's decisions, from 1."),
    ] = None,
    all_rules: Annotated[
        bool, typer.Option("--all-rules", help="Show the rules after the one that decides as well.")
    ] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say where a lead goes, or went, and why: every file, rule and condition, who gets it, and by when.

    A stored lead is explained by the rules that decided about it then. Nothing is written.
    """
    if every and decision is not None:
        raise InvalidInput("--all and --decision exclude each other")
    unmapped: list[str] = []
    if len(subject) == 1 and "=" not in subject[0] and not is_file(subject[0]):
        found = _stored(subject[0], rules, now or rules is not None, every, decision)
    elif now or every or decision is not None:
        raise InvalidInput("--now, --all and --decision belong to stored leads; a lead to try is always decided now")
    else:
        found, unmapped = _tried(subject, rules)
    if format is Format.JSON:
        print_json(found)
        return
    for number, explanation in enumerate(found):
        if number:
            say("")
        print_explanation(explanation, all_rules=all_rules)
    if unmapped:
        say(f"Columns that are no attributes of a lead, and were left out: {', '.join(unmapped)}")


def _stored(name: str, rules: str | None, now: bool, every: bool, decision: int | None) -> list[Explanation]:
    today = _engine(rules) if now else None
    with session.store() as database, database.reading() as connection:
        return explain_stored(connection, name, wanted_decisions(every, decision), today)


def _tried(subject: list[str], rules: str | None) -> tuple[list[Explanation], list[str]]:
    country = load_settings().default_country
    if len(subject) == 1 and is_file(subject[0]):
        return explain_file(_engine(rules), Path(subject[0]), country)
    return [explain_pairs(_engine(rules), subject, country)], []


def _engine(rules: str | None) -> RulesEngine:
    return engine_of(rules) if rules is not None else RulesEngine.load(rules_folder())
