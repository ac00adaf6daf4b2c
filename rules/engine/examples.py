"""Running the examples that stand beside the rules."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.engine.decision import Assign, Disqualify, Offer, Outcome, RoutingDecision
from rules.engine.directory import Directory
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.outcome_words import accept_limit, contact_limit
from rules.engine.roster import RosterSpec
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import Example, ExpectSpec, RuleFile
from rules.strategies.simulation import Simulated, simulate

NOW = datetime(2026, 1, 15, 10, 0, tzinfo=UTC)
"""When examples take place that do not say `now`."""

_Compared = tuple[str, str, str]
"""The name of something that an example states, the expected and the actual value."""


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """`expected` and `actual` hold the same keys: all that the example states.

    The decision has no trace: `engine.decide(facts)` makes one. `assignment` is what it comes to at the time and with
    the team of the example; None where the lead is neither assigned nor offered.
    """

    file: str
    line: int
    name: str
    passed: bool
    expected: dict[str, str]
    actual: dict[str, str]
    decision: RoutingDecision
    facts: Mapping[str, object]
    assignment: Simulated | None = None

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
    context = _context(file, example)
    facts = lead_facts(example.lead, context)
    decision = engine.decide(facts, trace=False)
    assignment = _assignment(engine.directory, decision.outcome, context.now, example.roster)
    compared = list(_compared(example.expect, decision, assignment))
    expected = {key: wanted for key, wanted, _ in compared}
    actual = {key: found for key, _, found in compared}
    name = example.name or f"line {example.at.line}"
    return ExampleResult(
        file.path, example.at.line, name, expected == actual, expected, actual, decision, facts, assignment
    )


def _assignment(directory: Directory, outcome: Outcome, now: datetime, roster: RosterSpec) -> Simulated | None:
    if not isinstance(outcome, Assign | Offer):
        return None
    return simulate(outcome, directory, now, roster.state(directory))


def _context(file: RuleFile, example: Example) -> RoutingContext:
    """The example's own context, in the unit or partner of its file."""
    given = {key: value for key, value in example.context.model_dump().items() if value is not None}
    own = {} if file.kind == "default" else {file.kind: file.key}
    return RoutingContext.model_validate({"now": NOW, **own, **given})


def _compared(expect: ExpectSpec, decision: RoutingDecision, assignment: Simulated | None) -> Iterator[_Compared]:
    """All that the example states."""
    outcome = decision.outcome
    if expect.rule is not None:
        yield "rule", expect.rule, decision.rule
    if expect.file is not None:
        yield "file", expect.file, decision.file
    yield from _who(expect, outcome, assignment)
    if expect.priority is not None:
        yield "priority", expect.priority, outcome.priority
    yield from _until_when(expect, outcome, assignment)
    if expect.qualify is not None:
        yield "qualify", _yes(expect.qualify), _yes(outcome.kind == "qualify")
    if expect.hold is not None:
        yield "hold", _yes(expect.hold), _yes(outcome.kind == "hold")
    if expect.disqualify is not None:
        status = outcome.status_label if isinstance(outcome, Disqualify) else "no"
        yield "disqualify", expect.disqualify.casefold(), status.casefold()


def _who(expect: ExpectSpec, outcome: Outcome, assignment: Simulated | None) -> Iterator[_Compared]:
    """What the example states of who gets the lead, and who of the team does not."""
    if expect.owner is not None:
        wanted = expect.owner.model_dump(exclude_none=True)
        yield "owner", _listed(wanted), _listed(_owner(outcome, assignment, set(wanted)))
    if expect.skipped is not None:
        skipped = [text.partition(":")[0] for text in assignment.skipped] if assignment else []
        yield "skipped", _names(expect.skipped), _names(skipped)


def _until_when(expect: ExpectSpec, outcome: Outcome, assignment: Simulated | None) -> Iterator[_Compared]:
    """What the example states of time limits: how long, and until when."""
    if expect.accept_within is not None:
        yield "accept_within", str(expect.accept_within), str(accept_limit(outcome) or "none")
    if expect.accept_by is not None:
        yield _moment("accept_by", expect.accept_by, assignment.due if assignment else None)
    if expect.contact_within is not None:
        yield "contact_within", str(expect.contact_within), str(contact_limit(outcome) or "none")
    if expect.contact_by is not None:
        yield _moment("contact_by", expect.contact_by, assignment.contact_due if assignment else None)
    if expect.waits is not None:
        yield "waits", _yes(expect.waits), _yes(assignment is not None and assignment.waits)
    if expect.waits_until is not None:
        yield _moment("waits_until", expect.waits_until, assignment.waits_until if assignment else None)


def _moment(name: str, expected: datetime, actual: datetime | None) -> _Compared:
    """Both times with the offset in which the example states its own."""
    return name, expected.isoformat(), actual.astimezone(expected.tzinfo).isoformat() if actual else "none"


def _owner(outcome: Outcome, assignment: Simulated | None, asked: set[str]) -> dict[str, str]:
    """The owner in the words that the example uses, as far as they apply; otherwise all that is known."""
    if assignment is None:
        return {}
    known: dict[str, str] = {}
    if assignment.partner or assignment.queue:
        known = {"partner": assignment.partner} if assignment.partner else {"queue": assignment.queue or ""}
    elif assignment.team:
        known = {"team": assignment.team}
    if assignment.owner_kind == "user":
        known["user"] = assignment.owner_key
    if isinstance(outcome, Assign) and outcome.strategy:
        known["strategy"] = outcome.strategy
    return {kind: key for kind, key in known.items() if kind in asked} if asked <= known.keys() else known


def _listed(owner: Mapping[str, str]) -> str:
    order = ("team", "queue", "partner", "user", "strategy")
    return ", ".join(f"{kind} {owner[kind]}" for kind in order if kind in owner) or "nobody"


def _names(users: Iterable[str]) -> str:
    return ", ".join(sorted(users)) or "nobody"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
