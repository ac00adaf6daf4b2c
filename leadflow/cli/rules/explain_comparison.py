"""A past decision beside today's: what differs, what of the lead has changed, and which of the two made it so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crm.store.rules.decisions import KeptDecision
from leadflow.cli.rules.explanation import Comparison, Difference, Explained
from rules.backtest.comparison import rule_name
from rules.engine.decision import Assign, Offer, Outcome, RoutingDecision
from rules.engine.outcome_words import accept_limit, contact_limit, requirement_words, step_words
from rules.engine.rules_engine import RulesEngine
from rules.engine.values import TimeLimit, duration_text


def compared(
    kept: KeptDecision,
    then: Explained,
    engine: RulesEngine | None,
    now: Explained,
    facts: Mapping[str, Any],
    today: RulesEngine,
) -> Comparison:
    """What today's rules (`today`, on `facts`) do otherwise than what was `kept`, which `engine` decided."""
    differences = tuple(_differences(then.decision, now.decision))
    changed = tuple(_changed(then, now)) if then.facts is not None else ()
    return Comparison(differences, changed, _cause(differences, kept, engine, facts, today))


def _differences(then: RoutingDecision, now: RoutingDecision) -> Iterator[Difference]:
    for name, say in _SIDES.items():
        before, after = say(then), say(now)
        if before != after:
            yield Difference(name, before, after)


def _within(limit: TimeLimit | None) -> str | None:
    return f"{duration_text(limit.within)}{' by the clock' if limit.clock else ''}" if limit else None


def _strategy(outcome: Outcome) -> str | None:
    return outcome.strategy if isinstance(outcome, Assign) else None


def _requires(outcome: Outcome) -> str | None:
    return requirement_words(outcome.requires) or None if isinstance(outcome, Assign) else None


def _if_missed(outcome: Outcome) -> str | None:
    return step_words(outcome.if_missed) or None if isinstance(outcome, Assign) else None


def _if_nobody(outcome: Outcome) -> str | None:
    return step_words(outcome.if_nobody) or None if isinstance(outcome, Assign | Offer) else None


_SIDES: Mapping[str, Callable[[RoutingDecision], str | None]] = {
    "rule": rule_name,
    "goes to": lambda decision: decision.outcome.destination,
    "strategy": lambda decision: _strategy(decision.outcome),
    "requires": lambda decision: _requires(decision.outcome),
    "priority": lambda decision: decision.outcome.priority,
    "accept within": lambda decision: _within(accept_limit(decision.outcome)),
    "contact within": lambda decision: _within(contact_limit(decision.outcome)),
    "if missed": lambda decision: _if_missed(decision.outcome),
    "if nobody": lambda decision: _if_nobody(decision.outcome),
}


def _changed(then: Explained, now: Explained) -> Iterator[Difference]:
    """The facts that are not what they were, among those that the rules asked for then or ask for now."""
    before, after = then.facts or {}, now.facts or {}
    asked = {test.field for one in (then, now) for rule in one.decision.trace for test in rule.conditions}
    for name in sorted(asked):
        if before.get(name) != after.get(name):
            yield Difference(name, before.get(name), after.get(name))


def _cause(
    differences: Sequence[Difference],
    kept: KeptDecision,
    engine: RulesEngine | None,
    facts: Mapping[str, Any],
    today: RulesEngine,
) -> str:
    """Whether the rules or the lead made the difference."""
    if not differences:
        return "Today's rules send the lead the same way."
    if kept.facts is None or engine is None:
        return "Whether the rules or the lead made the difference cannot be told: too little was kept of it then."
    new_rules = _same(today.decide(kept.facts, trace=False), kept)
    old_rules = _same(engine.decide(facts, trace=False), kept)
    return _CAUSES[new_rules, old_rules]


_CAUSES = {
    (True, False): "The lead has changed since: as it was then, today's rules would send it the same way as then.",
    (
        False,
        True,
    ): "The rules have changed since: by those of then, the lead as it is now would still go the same way.",
    (False, False): "Both have changed since, the lead and the rules: either alone would have sent it another way.",
    (True, True): "Both have changed since, the lead and the rules: only together do they send it another way.",
}


def _same(decision: RoutingDecision, kept: KeptDecision) -> bool:
    """Whether a decision is what was decided then, as far as a comparison shows."""
    return not list(_differences(RoutingDecision.model_validate(kept.decision), decision))
