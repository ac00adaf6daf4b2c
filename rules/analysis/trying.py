"""Which rules a decision tried, and why a condition holds for a lead or not: in the words of the rule file."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crm.choices import ChoiceBook
from rules.engine.conditions import Condition, Test
from rules.engine.decision import RoutingDecision
from rules.engine.evaluator import predicate, shown
from rules.engine.fields import FieldType, readable_fields
from rules.engine.operators import Shape
from rules.engine.schema import Rule, RuleBook, RuleFile

MAX_SHOWN = 100
"""Characters of a condition's values that are worth reading in a sentence."""


def tried_rules(book: RuleBook, decision: RoutingDecision) -> Iterator[tuple[RuleFile, tuple[Rule, ...]]]:
    """Each file that was asked, with the rules that were tried in it, in order.

    A rule is tried when no rule before it has decided. In a file with `hit_policy: unique`, every rule is.
    """
    for path in decision.files:
        file = book.files[path]
        decided = None if path != decision.file or file.hit_policy == "unique" else decision.rule
        count = next((number for number, rule in enumerate(file.rules, 1) if rule.id == decided), len(file.rules))
        yield file, file.rules[:count]


def in_words(test: Test) -> str:
    """A condition as the rule file says it: `numberofemployees at_least 500`, `jobtitle contains one of [CEO, CFO]`."""
    values = test.expected if len(test.expected) <= MAX_SHOWN else f"{test.expected[: MAX_SHOWN - 3]}..."
    several = isinstance(test.operand, tuple) and len(test.operand) > 1
    one_of = "one of " if several and test.row.shape is Shape.VALUES else ""
    return f"{test.field} {test.operator} {one_of}{f'[{values}]' if several else values}"


def failed_parts(rule: Rule, facts: Mapping[str, Any]) -> list[Condition]:
    """The lines under `when` that do not hold for a lead; a group counts as one. None for a rule that matches."""
    return [part for part in rule.when.parts if not predicate(part)(facts)]


def why(part: Condition, facts: Mapping[str, Any], choices: ChoiceBook) -> list[str]:
    """Why a condition holds for a lead, or why it does not: lines for people, without what makes no difference."""
    holds = predicate(part)(facts)
    if isinstance(part, Test):
        return [f"{in_words(part)}, {'and' if holds else 'but'} {_actual(part.field, facts, choices)}"]
    deciding = [one for one in part.parts if predicate(one)(facts) == (holds if part.kind != "none" else not holds)]
    reasons = [why(one, facts, choices) for one in deciding]
    if part.kind == "none":
        return ["none of these holds:" if holds else "this must not hold, but it does:", *_listed(reasons)]
    if part.kind == "any" and not holds:
        return ["one of these must hold, but none does:", *_listed(reasons)]
    return [line for lines in reasons for line in lines]


def _actual(name: str, facts: Mapping[str, Any], choices: ChoiceBook) -> str:
    field, actual = readable_fields()[name], facts.get(name)
    if actual is None:
        return f"the lead has no {name}"
    has = "it is" if field.type is FieldType.BOOLEAN else "the lead has"
    return f"{has} {shown(field, actual, choices)}"


def _listed(reasons: Iterable[list[str]]) -> Iterator[str]:
    """Each with a dash, its further lines below the first."""
    for lines in reasons:
        for number, line in enumerate(lines):
            yield f"{'  ' if number else '- '}{line}"
