"""Outcomes and their parts in the words of rule files, for people who compare or explain them."""

from collections.abc import Iterable, Iterator
from typing import Any

from rules.engine.decision import Assign, MissedStep, NobodyStep, Offer, Outcome, Requirements
from rules.engine.values import TimeLimit, duration_text

_BY_NAME = {"kind", "to", "key", "status"}
"""What the destination says already."""
_IN_WORDS = {
    "requires", "partners", "by", "accept_within", "sla_clock", "contact_within", "contact_clock", "registered_for",
    "if_missed", "if_nobody",
}  # fmt: skip
"""What has words of its own."""


def outcome_words(outcome: Outcome) -> str:
    """An outcome in one line."""
    plain = outcome.model_dump(exclude_defaults=True, exclude=_BY_NAME | _IN_WORDS)
    words = [f"{name.removesuffix('_label')} {_plain(value)}" for name, value in plain.items()]
    return "; ".join((outcome.destination, *words, *_parts(outcome)))


def accept_limit(outcome: Outcome) -> TimeLimit | None:
    """How long the owner, or the partner, has to accept; None where nothing is said."""
    if not isinstance(outcome, Assign | Offer) or outcome.accept_within is None:
        return None
    return TimeLimit(outcome.accept_within, outcome.sla_clock)


def contact_limit(outcome: Outcome) -> TimeLimit | None:
    """How long until somebody must have written or called; None where nothing is said."""
    if not isinstance(outcome, Assign) or outcome.contact_within is None:
        return None
    return TimeLimit(outcome.contact_within, outcome.contact_clock)


def requirement_words(requires: Requirements) -> str:
    """`languages de, en; skills cloud`; empty where nothing is required."""
    return "; ".join(f"{kind} {', '.join(words)}" for kind, words in requires if words)


def step_words(steps: Iterable[MissedStep | NobodyStep]) -> str:
    """`remind, escalate desk`, or `next desk, wait`."""
    return ", ".join(map(step_word, steps))


def step_word(step: MissedStep | NobodyStep) -> str:
    about = step.team if isinstance(step, MissedStep) else step.key
    return f"{step.action} {about}" if about else step.action


def _parts(outcome: Outcome) -> Iterator[str]:
    if isinstance(outcome, Assign) and outcome.requires != Requirements():
        yield f"requires {requirement_words(outcome.requires)}"
    if isinstance(outcome, Offer) and outcome.by == "weight":
        yield f"weights {', '.join(f'{to.partner} {to.weight}' for to in outcome.partners)}"
    for name, limit in (("accept_within", accept_limit(outcome)), ("contact_within", contact_limit(outcome))):
        if limit:
            yield f"{name} {limit}"
    if isinstance(outcome, Offer) and outcome.registered_for:
        yield f"registered_for {duration_text(outcome.registered_for)}"
    if isinstance(outcome, Assign) and outcome.if_missed:
        yield f"if_missed {step_words(outcome.if_missed)}"
    if isinstance(outcome, Assign | Offer) and outcome.if_nobody:
        yield f"if_nobody {step_words(outcome.if_nobody)}"


def _plain(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
