"""A past decision beside today's: what differs, what of the lead has changed, and which of the two made it so."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from crm.store.decisions import KeptDecision
from leadflow.cli.rules.explanation import Comparison, Difference, Explained
from rules.backtest.comparison import rule_name
from rules.engine.decision import Assign, RoutingDecision
from rules.engine.rules_engine import RulesEngine
from rules.engine.values import duration_text


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


def _promised(decision: RoutingDecision) -> str | None:
    outcome = decision.outcome
    if not isinstance(outcome, Assign) or outcome.accept_within is None:
        return None
    return f"{duration_text(outcome.accept_within)}{' by the clock' if outcome.sla_clock else ''}"


def _ladder(decision: RoutingDecision) -> str | None:
    steps = decision.outcome.if_missed if isinstance(decision.outcome, Assign) else ()
    return ", ".join(f"{step.action} {step.team or ''}".strip() for step in steps) or None


_SIDES: Mapping[str, Callable[[RoutingDecision], str | None]] = {
    "rule": rule_name,
    "goes to": lambda decision: decision.outcome.destination,
    "strategy": lambda decision: decision.outcome.strategy if isinstance(decision.outcome, Assign) else None,
    "priority": lambda decision: decision.outcome.priority,
    "accept within": _promised,
    "if missed": _ladder,
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
