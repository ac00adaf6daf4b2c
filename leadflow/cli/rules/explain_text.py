"""An explanation for people: what happens to the lead in one sentence, then why, down to each condition."""

from rich import box
from rich.table import Table
from rich.text import Text

from leadflow.cli.output import cell, console, counted, say
from leadflow.cli.rules.explain_destination import Tense, facts, headline
from leadflow.cli.rules.explanation import (
    AskedFile,
    Comparison,
    Difference,
    Explained,
    Explanation,
)
from rules.engine.decision import (
    ConditionTrace,
    RoutingDecision,
    RuleTrace,
)

WORTH_COUNTING = 0.5
GROUPS = {"all": "", "any": " (any)", "none": " (none)"}


def print_explanation(explanation: Explanation, *, all_rules: bool) -> None:
    """The whole explanation. Rules after the one that decides are counted only, unless `all_rules`."""
    of = f", decision {explanation.number} of {explanation.total}" if explanation.total else ""
    say(f"{explanation.subject[0].upper()}{explanation.subject[1:]}{of}", "bold")
    if explanation.then:
        _print_explained(explanation.then, Tense.THEN, all_rules=all_rules)
    if explanation.now and explanation.leadid:
        say("")
        say("By today's rules:" if explanation.then else "It was never routed. By today's rules:", "bold")
        if explanation.comparison:
            _print_comparison(explanation.comparison)
        _print_explained(explanation.now, Tense.NOW, all_rules=all_rules)
    elif explanation.now:
        _print_explained(explanation.now, Tense.TRIAL, all_rules=all_rules)


def _print_explained(explained: Explained, tense: Tense, *, all_rules: bool) -> None:
    say(headline(explained, tense), "bold green")
    grid = Table.grid(padding=(0, 2))
    for label, text in facts(explained, tense):
        grid.add_row(label, cell(text))
    console.print(grid)
    for note in explained.notes:
        say(f"Note: {note}", "yellow")
    if explained.files:
        say("Files asked, in this order", "bold")
        console.print(_files(explained.files))
    if explained.decision.trace:
        _print_rules(explained, all_rules=all_rules)


# Why


def _files(files: tuple[AskedFile, ...]) -> Table:
    table = Table("", "File", "What came of it", box=box.SIMPLE_HEAD, pad_edge=False)
    for number, file in enumerate(files, 1):
        table.add_row(str(number), cell(file.path), Text(file.result, style="green" if file.decided else ""))
    return table


def _print_rules(explained: Explained, *, all_rules: bool) -> None:
    """Every rule that was tried, with its conditions; those after the winner on demand."""
    decision = explained.decision
    tried = sum(file.tried for file in explained.files) if explained.files else len(decision.trace)
    rules = decision.trace if all_rules else decision.trace[:tried]
    if rules:
        nearest = max((_share(rule) for rule in rules if not rule.matched), default=0.0)
        table = Table("Rule", "Verdict", "Condition", "Expected", "The lead has", box=box.SIMPLE_HEAD, pad_edge=False)
        for place, rule in enumerate(rules):
            late = place >= tried
            _add_rule(table, rule, _verdict(rule, decision, nearest, late=late), late=late)
        say("Rules tried", "bold")
        console.print(table)
    if left := len(decision.trace) - len(rules):
        say(f"{counted(left, 'rule')} after it made no difference; --all-rules shows {_them(left)} too.")


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _share(rule: RuleTrace) -> float:
    """How much of a rule holds; nothing where there is only one condition, for that is no near miss."""
    return rule.held / rule.parts if rule.parts > 1 else 0.0


def _verdict(rule: RuleTrace, decision: RoutingDecision, nearest: float, *, late: bool) -> Text:
    if rule.rule == decision.rule:
        return Text("decides", style="bold green")
    if rule.matched:
        return Text("matches, but comes after" if late else "matches as well")
    share = _share(rule)
    if share < WORTH_COUNTING:
        return Text("no")
    count = f"{rule.held} of {rule.parts} conditions hold"
    return Text(f"near miss: {count}" if rule.near_miss else count, style="bold yellow" if share == nearest else "")


def _add_rule(table: Table, rule: RuleTrace, verdict: Text, *, late: bool) -> None:
    name = Text(f"{rule.rule}\n{rule.file}:{rule.line}", overflow="fold")
    for number, condition in enumerate(rule.conditions):
        table.add_row(
            name if number == 0 else "",
            verdict if number == 0 else "",
            _condition(condition),
            cell(condition.expected),
            cell(condition.actual if condition.actual is not None else "(empty)"),
            style="dim" if late else None,
        )
    table.add_section()


def _condition(condition: ConditionTrace) -> Text:
    """A condition with a mark that says whether it helps the rule to match."""
    helps = condition.holds != (condition.group == "none")
    mark = Text("✓ " if helps else "✗ ", style="green" if helps else "red")
    return mark + Text(f"{condition.field} {condition.operator}{GROUPS[condition.group]}", overflow="fold")


# Then and now


def _print_comparison(comparison: Comparison) -> None:
    say(comparison.cause)
    for title, found in (
        ("What today's rules do otherwise", comparison.differences),
        ("What has changed of the lead that the rules ask for", comparison.changed_facts),
    ):
        if found:
            say(title, "bold")
            console.print(_differences(found))


def _differences(differences: tuple[Difference, ...]) -> Table:
    table = Table("", "Then", "Now", box=box.SIMPLE_HEAD, pad_edge=False)
    for one in differences:
        table.add_row(cell(one.what), cell(one.then or "(none)"), cell(one.now or "(none)"))
    return table
