"""leadflow rules shadow start | report | stop: candidate rules decide beside the live ones, and change nothing."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from crm.store.rules import rulesets, shadows
from crm.store.rules.shadows import Difference, Shadow, ShadowCounts
from leadflow.cli import session
from leadflow.cli.output import Format, FormatOption, print_json, print_rows, say
from leadflow.cli.rules.sources import FORMS, sources_of
from rules.engine.decision import RoutingDecision
from rules.engine.rules_engine import RulesEngine
from rules.engine.trial import try_out

COLUMNS = {"leads": "Leads", "live": "Live", "live_rule": "Rule", "shadow": "In the shadow", "shadow_rule": "Rule"}
COLUMNS_OF_A_LEAD = {name: heading for name, heading in COLUMNS.items() if name != "leads"}


def start(
    rules: Annotated[str, typer.Argument(help=f"The candidate rules: {FORMS}.")],
    format: FormatOption = Format.TEXT,
) -> None:
    """Let candidate rules decide every lead beside the live rules, from now on. They change no lead."""
    sources = sources_of(rules)
    asyncio.run(try_out(sources, f"the rule files of {rules}"))
    engine = RulesEngine.of(sources, f"the rule files of {rules}")
    now = datetime.now(UTC)
    with session.store() as database, database.transaction() as connection:
        rulesets.keep(connection, engine.digest, engine.book.texts, now)
        shadow = shadows.start(connection, engine.digest, rules, now)
    if format is Format.JSON:
        print_json(shadow)
        return
    say(f"Rules {shadow.digest[:12]} ({rules}) decide in the shadow from now on; workers begin within seconds.")
    say("See what they would have done: leadflow rules shadow report")


def stop(format: FormatOption = Format.TEXT) -> None:
    """End the trial of the rules in the shadow. What they would have done stays for the report."""
    with session.store() as database, database.transaction() as connection:
        shadow = shadows.stop(connection, datetime.now(UTC))
    if format is Format.JSON:
        print_json(shadow)
    else:
        say(f"Rules {shadow.digest[:12]} ({shadow.name}) decide no longer.")


def report(
    limit: Annotated[int, typer.Option(min=0, help="List at most so many leads.")] = 20,
    format: FormatOption = Format.TEXT,
) -> None:
    """Count and list the leads that the rules in the shadow would have sent elsewhere, of the newest trial."""
    with session.store() as database, database.reading() as connection:
        shadow = shadows.newest(connection)
        counts = shadows.counts(connection, shadow)
        different = shadows.differences(connection, shadow)
    rows = [_row(difference) for difference in different]
    if format is Format.JSON:
        print_json({"shadow": shadow, "counts": counts, "differences": [_whole(each) for each in different]})
        return
    _print_head(shadow, counts)
    if rows:
        print_rows(_grouped(rows), COLUMNS, format, title="Differences")
        listed = [{"leadid": str(lead.leadid), **row} for lead, row in zip(different, rows, strict=True)][:limit]
        print_rows(listed, {"leadid": "Lead", **COLUMNS_OF_A_LEAD}, format, title=f"The first {len(listed)} of them")


def _print_head(shadow: Shadow, counts: ShadowCounts) -> None:
    until = f"until {shadow.stoppedon:%Y-%m-%d %H:%M} UTC" if shadow.stoppedon else "still deciding"
    since = f"{shadow.startedon:%Y-%m-%d %H:%M} UTC"
    say(f"Rules {shadow.digest[:12]} ({shadow.name}) in the shadow since {since}, {until}")
    share = f" ({counts.different / counts.compared:.1%})" if counts.compared else ""
    say(f"{counts.compared} of {counts.live} live decisions compared, {counts.different} differ{share}")
    if counts.faults:
        say(f"{counts.faults} failed in the shadow; the leads went where the live rules sent them", "red")


def _row(difference: Difference) -> dict[str, Any]:
    live = RoutingDecision.model_validate(difference.live)
    named = {"live": live.outcome.destination, "live_rule": live.rule}
    if difference.decision is None:
        return {**named, "shadow": f"failed: {difference.fault}", "shadow_rule": ""}
    beside = RoutingDecision.model_validate(difference.decision)
    return {**named, "shadow": _beside(live, beside), "shadow_rule": beside.rule}


def _beside(live: RoutingDecision, beside: RoutingDecision) -> str:
    """Where the shadow sends the lead; what else differs where that is the same place."""
    if live.outcome.destination != beside.outcome.destination:
        return beside.outcome.destination
    old, new = live.outcome.model_dump(), beside.outcome.model_dump()
    others = [name.replace("_", " ") for name in new if new[name] != old.get(name)]
    return f"same, other {', '.join(others)}" if others else "same"


def _whole(difference: Difference) -> dict[str, Any]:
    return {**asdict(difference), **_row(difference)}


def _grouped(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Equal differences counted, the most frequent first."""
    found = Counter(tuple(row.items()) for row in rows)
    return [{"leads": number, **dict(row)} for row, number in found.most_common()]
