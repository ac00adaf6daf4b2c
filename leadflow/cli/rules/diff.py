"""leadflow rules diff: what changed between two versions of the rules, in meaning."""

from typing import Annotated

import typer

from leadflow.cli.output import Format, FormatOption, print_json, say
from leadflow.cli.rules.folder import rules_folder
from leadflow.cli.rules.sources import FORMS, engine_of
from rules.difference.affected import Affected
from rules.difference.difference import Difference, difference

SHOWN = 12
"""So many kinds of leads are listed for each change of outcome."""
SIGNS = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}
STYLES = {"added": "green", "removed": "red", "changed": "yellow", "moved": "cyan"}


def diff(
    old: Annotated[str, typer.Argument(help=f"The rules as they were: {FORMS}.")] = "git:HEAD",
    new: Annotated[str | None, typer.Argument(help="The rules as they are; the configured folder.")] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say what changed between two versions of the rules, in meaning, and which leads will fare differently.

    Without arguments: what was edited since the last commit.
    """
    before, after = engine_of(old), engine_of(new or str(rules_folder()))
    found = difference(before.book, after.book)
    if format is Format.JSON:
        print_json(found)
    else:
        _print(found)


def _print(found: Difference) -> None:
    if not (found.rules or found.others):
        same = found.old_digest == found.new_digest
        say(
            "Nothing changed in meaning." if same else "No rule changed, but the units that files pass leads on to did."
        )
        return
    for change in found.rules:
        place = f"{change.file}:{change.line}" if change.kind != "removed" else change.file
        say(f"{SIGNS[change.kind]} rule {change.rule} {change.kind} ({place})", STYLES[change.kind])
        for detail in change.details:
            say(f"    {detail}")
    for other in found.others:
        say(f"{SIGNS[other.kind]} {other.name} {other.kind}", STYLES[other.kind])
        for detail in other.details:
            say(f"    {detail}")
    _print_leads(found)


def _print_leads(found: Difference) -> None:
    say("")
    if found.leads:
        say("Leads that will fare differently:", "bold")
    elif not found.too_large:
        say("No lead goes elsewhere by the rules of a file that both versions have.", "bold")
    for affected in found.leads:
        _print_affected(affected)
    for path in found.too_large:
        say(f"{path}: too many kinds of leads to compare; use rules backtest", "yellow")


def _print_affected(affected: Affected) -> None:
    new = "as before" if affected.old_rule == affected.new_rule else f"before, by {affected.new_rule} now"
    say(f"{affected.file}: decided by {affected.old_rule} {new}")
    say(f"       {affected.old_outcome}", "red")
    say(f"    -> {affected.new_outcome}", "green")
    for line in affected.leads[:SHOWN]:
        say(f"    where {line}")
    if len(affected.leads) > SHOWN:
        say(f"    ... and {len(affected.leads) - SHOWN} more kinds")
    if affected.example is None:
        say("    no example was found: there may be no such lead")
