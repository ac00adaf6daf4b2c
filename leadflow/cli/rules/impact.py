"""leadflow rules impact: which leads a version of the rules decided, and sending them where today's rules do."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from crm.errors import InvalidInput, StateConflict
from crm.store.rules import rulesets, rulestatus
from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, counted, print_json, print_rows, say
from leadflow.cli.rerouting import RateOption, reroute_all, say_rerouted
from leadflow.cli.rules.folder import FolderOption, rules_folder
from leadflow.cli.rules.status import State, state_of
from leadflow.rerouting import Fate, Rerouted, Verdict, fates, undoing
from rules.engine.decision import RoutingDecision
from rules.engine.rules_engine import RulesEngine

LISTED = {"leadid": "Lead", "decided": "Decided (UTC)", "rule": "Rule", "sent": "Sent to", "owner": "Owner now",
          "stage": "Stage", "verdict": "Today"}  # fmt: skip


def impact(
    digest: Annotated[str, typer.Argument(help="The rule set's digest, or its first digits; see rules status --sets.")],
    folder: FolderOption = None,
    again: Annotated[bool, typer.Option("--reroute", help="Send the leads where today's rules do.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what --reroute would do.")] = False,
    rate: RateOption = 5.0,
    accepted: Annotated[bool, typer.Option("--accepted", help="Re-route leads too that somebody accepted.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="List at most so many leads.")] = 50,
    format: FormatOption = Format.TEXT,
) -> None:
    """List the leads that a version of the rules decided, and what today's rules would do with them.

    --reroute sends those that would go elsewhere there, through their workflows. It may be stopped and run again.
    """
    if dry_run and not again:
        raise InvalidInput("--dry-run belongs to --reroute")
    engine = RulesEngine.load(rules_folder(folder))
    whole, found = _fates(digest, engine, accepted)
    moving = [fate for fate in found if fate.verdict is Verdict.MOVES]
    if format is Format.TEXT:
        _print(whole, found, limit)
    if not again or dry_run:
        if format is Format.JSON:
            print_json({"digest": whole, "leads": [_row(fate) for fate in found]})
        elif moving:
            say(f"{counted(len(moving), 'lead')} would be re-routed by --reroute.")
        return
    _require_same_rules(engine.digest)
    result = reroute_all(undoing(moving, whole), rate) if moving else Rerouted()
    _report(result, whole, found, format)


def _fates(digest: str, engine: RulesEngine, accepted: bool) -> tuple[str, list[Fate]]:
    with session.store() as database, database.reading() as connection:
        whole, _ = rulesets.find(connection, digest)
        return whole, fates(connection, engine, whole, accepted=accepted)


def _require_same_rules(digest: str) -> None:
    """Workers re-route by their own rules: they must be those that this command looked at."""
    with session.store() as database, database.reading() as connection:
        found = rulestatus.workers(connection)
    states = {row.worker: state_of(row, digest, datetime.now(UTC)) for row in found}
    others = [worker for worker, state in states.items() if state in (State.BEHIND, State.REFUSES)]
    if others:
        raise StateConflict(
            f"Worker {others[0]} does not decide by these rules. See 'leadflow rules status', and ask again."
        )


def _report(result: Rerouted, digest: str, found: Sequence[Fate], format: Format) -> None:
    if format is Format.JSON:
        rows = [_row(fate) for fate in found]
        print_json({"digest": digest, "leads": rows, "rerouted": result.done, "refused": result.refused})
    else:
        say_rerouted(result)
    if result.refused:
        raise typer.Exit(1)


def _print(digest: str, found: Sequence[Fate], limit: int) -> None:
    say(f"Rules {digest[:12]} decided {counted(len(found), 'lead')}.", "bold")
    for verdict, number in Counter(fate.verdict for fate in found).most_common():
        say(f"  {number} {verdict}")
    order = list(Verdict)
    rows = [_row(fate) for fate in sorted(found, key=lambda fate: order.index(fate.verdict))[:limit]]
    if rows:
        print_rows(rows, LISTED, Format.TEXT)
    if len(found) > len(rows):
        say(f"... and {counted(len(found) - len(rows), 'lead')} more; --limit shows them")


def _row(fate: Fate) -> dict[str, Any]:
    then = RoutingDecision.model_validate(fate.lead.decision)
    return {
        "leadid": str(fate.lead.leadid),
        "decided": f"{fate.lead.decidedon:%Y-%m-%d %H:%M}",
        "rule": then.rule,
        "sent": then.outcome.destination,
        "owner": fate.lead.owner,
        "stage": fate.lead.stage,
        "verdict": _today(fate),
    }


def _today(fate: Fate) -> str:
    """What becomes of the lead, and where it goes if it moves."""
    if fate.today is None or fate.verdict is Verdict.SAME:
        return str(fate.verdict)
    return f"{fate.verdict}: {fate.today.outcome.destination} (rule {fate.today.rule})"
