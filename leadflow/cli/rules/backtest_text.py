"""A backtest as tables in the terminal."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from leadflow.cli.output import Format, print_rows, say
from leadflow.cli.rules.backtest_words import CHANGES, Told, late, percent, signed, thousands
from rules.backtest.promises import PromiseEffect
from rules.backtest.result import Count, Load

Row = dict[str, Any]


def print_backtest(told: Told, limit: int) -> None:
    """The summary, then one table for each question; at most `limit` rows each."""
    result = told.result
    say(told.summary(), "bold")
    for line in told.about():
        say(line)
    _print("Would go elsewhere", _moves(told), {"old": "From", "new": "To", **_COUNTED}, limit)
    if result.moved:
        say(told.moved_then())
    rules = [_row(told, pair, old=pair.old, new=pair.new) for pair in result.rules]
    _print("Same owner, another rule", rules, {"old": "Rule before", "new": "Rule now", **_COUNTED}, limit)
    changes = [
        _row(told, result.changes[change], what=words)
        for change, words in CHANGES.items()
        if result.changes[change].leads
    ]
    _print("What else changes", changes, {"what": "Leads", **_COUNTED}, limit)
    _print("Leads by destination", _loads(result.arrivals), _LOADS, limit)
    _print("Leads by owner, with every team's turns played again", _loads(result.load), _LOADS, limit)
    promises = _promises(result.promises)
    _print("Time to accept, by the priority that the leads get now", promises, _PROMISES, len(promises))


_COUNTED = {"leads": "Number", "share": "Share", "examples": "For example"}
_LOADS = {"name": "", "old": "Before", "new": "Now", "difference": "Difference"}
_PROMISES = {
    "priority": "Priority", "leads": "Leads", "same": "Same", "shorter": "Shorter", "longer": "Longer", "added": "New",
    "dropped": "Dropped", "without": "None", "late_before": "Late before", "late_now": "Late now",
}  # fmt: skip


def _moves(told: Told) -> list[Row]:
    pairs = told.result.destinations
    return [_row(told, pair, old=pair.old, new=pair.new) for pair in pairs if pair.old != pair.new]


def _row(told: Told, count: Count, **names: str) -> Row:
    share, examples = percent(told.share(count.leads)), ", ".join(str(lead)[:13] for lead in count.examples)
    return (
        {**names, "leads": thousands(count.leads), "share": share, "examples": examples}
        if count.leads
        else {"leads": 0}
    )


def _loads(loads: Sequence[Load]) -> list[Row]:
    """The largest differences first: what stays as it was interests least."""
    ordered = sorted(loads, key=lambda load: (-abs(load.difference), -load.new, load.name))
    return [
        {
            "name": load.name,
            "old": thousands(load.old),
            "new": thousands(load.new),
            "difference": signed(load.difference),
        }
        for load in ordered
    ]


def _promises(effects: Sequence[PromiseEffect]) -> list[Row]:
    return [{**asdict(effect), "late_before": late(effect.old), "late_now": late(effect.new)} for effect in effects]


def _print(title: str, rows: Sequence[Row], columns: Mapping[str, str], limit: int) -> None:
    if not rows:
        return
    say("")
    say(title, "bold")
    print_rows(rows[:limit], columns, Format.TEXT)
    if len(rows) > limit:
        say(f"... and {thousands(len(rows) - limit)} more: --limit {len(rows)} shows them all.")
