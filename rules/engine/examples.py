"""Running the examples that stand beside the rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.engine.decision import Assign, Disqualify, Outcome, RoutingDecision
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import Example, RuleFile

NOW = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
"""When examples take place that do not say `now`."""


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """`expected` and `actual` hold the same keys: all that the example states.

    The decision has no trace: `engine.decide(facts)` makes one.
    """

    file: str
    line: int
    name: str
    passed: bool
    expected: dict[str, str]
    actual: dict[str, str]
    decision: RoutingDecision
    facts: Mapping[str, object]

    @property
    def differences(self) -> tuple[str, ...]:
        """One line for each thing that came out otherwise."""
        return tuple(
            f"{key}: expected {wanted}, got {self.actual[key]}"
            for key, wanted in self.expected.items()
            if wanted != self.actual[key]
        )


def run_examples(engine: RulesEngine) -> list[ExampleResult]:
    """All examples of all files, in order."""
    return [run_example(engine, file, example) for file in engine.book.files.values() for example in file.examples]


def run_example(engine: RulesEngine, file: RuleFile, example: Example) -> ExampleResult:
    """One example of a file of the engine's book."""
    facts = lead_facts(example.lead, _context(file, example))
    decision = engine.decide(facts, trace=False)
    compared = list(_compared(example, decision))
    expected = {key: wanted for key, wanted, _ in compared}
    actual = {key: found for key, _, found in compared}
    name = example.name or f"line {example.at.line}"
    return ExampleResult(file.path, example.at.line, name, expected == actual, expected, actual, decision, facts)


def _context(file: RuleFile, example: Example) -> RoutingContext:
    """The example's own context, in the unit or partner of its file."""
    given = {key: value for key, value in example.context.model_dump().items() if value is not None}
    own = {} if file.kind == "default" else {file.kind: file.key}
    return RoutingContext.model_validate({"now": NOW, **own, **given})


def _compared(example: Example, decision: RoutingDecision) -> Iterator[tuple[str, str, str]]:
    """What the example states: its name, the expected and the actual value."""
    expect, outcome = example.expect, decision.outcome
    if expect.rule is not None:
        yield "rule", expect.rule, decision.rule
    if expect.file is not None:
        yield "file", expect.file, decision.file
    if expect.owner is not None:
        wanted = [f"{kind} {key}" for kind, key in expect.owner.model_dump(exclude_none=True).items()]
        yield "owner", ", ".join(wanted), _owner(outcome, with_strategy=expect.owner.strategy is not None)
    if expect.priority is not None:
        yield "priority", expect.priority, outcome.priority
    if expect.accept_within is not None:
        within = outcome.accept_within if isinstance(outcome, Assign) else None
        yield "accept_within", str(expect.accept_within), str(within)
    if expect.qualify is not None:
        yield "qualify", _yes(expect.qualify), _yes(outcome.kind == "qualify")
    if expect.hold is not None:
        yield "hold", _yes(expect.hold), _yes(outcome.kind == "hold")
    if expect.disqualify is not None:
        status = outcome.status_label if isinstance(outcome, Disqualify) else "no"
        yield "disqualify", expect.disqualify.casefold(), status.casefold()


def _owner(outcome: Outcome, *, with_strategy: bool) -> str:
    if not isinstance(outcome, Assign):
        return "nobody"
    strategy = f", strategy {outcome.strategy}" if with_strategy else ""
    return f"{outcome.to} {outcome.key}{strategy}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
