"""Past leads through new rules, beside what was decided then or what other rules decide. Pure: nothing is written."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from crm.history import PastLead
from rules.backtest.comparison import Change, Difference, compared
from rules.backtest.promises import PromiseEffect
from rules.backtest.rotation import Rotation
from rules.engine.decision import Priority, RoutingDecision
from rules.engine.directory import Directory
from rules.engine.rules_engine import RulesEngine

EXAMPLES = 3
"""So many leads are named for each number."""
PRIORITIES: tuple[Priority, ...] = ("hot", "normal", "bulk")


@dataclass(slots=True)
class Count:
    """Leads, and the first few of them."""

    leads: int = 0
    examples: list[UUID] = field(default_factory=list)

    def add(self, lead: UUID) -> None:
        self.leads += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(lead)


@dataclass(slots=True)
class Pair(Count):
    """The leads that are `old` by the one decision and `new` by the other."""

    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """How many leads an owner or a destination gets by the old and by the new rules."""

    name: str
    old: int
    new: int
    difference: int


@dataclass(slots=True)
class Then:
    """What became of the moved leads in truth: somebody accepted them, answered them; a time to accept ran out."""

    accepted: int = 0
    responded: int = 0
    breached: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sides: how it decides a past lead, and the people whom it can give leads to."""

    decide: Callable[[PastLead], RoutingDecision]
    directory: Directory


@dataclass(frozen=True, slots=True)
class Backtest:
    """The comparison. Lists begin with the largest numbers.

    `destinations` has every lead in exactly one pair, unmoved leads in pairs of equal names; `rules` has the leads that
    stay where they were by another rule. `load` counts the leads of each owner after the rotation, `arrivals` those of
    each destination. `disagreements` are leads on which durable-rules and the evaluator did not agree: none, ever.
    """

    leads: int
    changes: Mapping[Change, Count]
    destinations: list[Pair]
    arrivals: list[Load]
    load: list[Load]
    rules: list[Pair]
    priorities: list[Pair]
    promises: list[PromiseEffect]
    moved_then: Then
    disagreements: Count

    @property
    def moved(self) -> int:
        return self.changes[Change.MOVED].leads


def decided_by(engine: RulesEngine) -> Side:
    """The side of rules that decide every lead again."""
    return Side(lambda lead: engine.decide(lead.facts, trace=False), engine.directory)


def recorded(directory: Directory) -> Side:
    """The side of the decisions as they were kept."""
    known: dict[tuple[str, str, str], RoutingDecision] = {}

    def decide(lead: PastLead) -> RoutingDecision:
        # Where a rule sends leads is the same for all of them, as long as its rule set's digest is the same.
        key = (lead.digest, lead.decision["file"], lead.decision["rule"])
        decision = known.get(key)
        if decision is None:
            decision = known[key] = RoutingDecision.model_validate(lead.decision)
        return decision

    return Side(decide, directory)


def backtest(leads: Iterable[PastLead], old: Side, new: Side) -> Backtest:
    """Decide every lead by both sides and count what differs. `leads` come in the order of their decisions."""
    counts = _Counts(Rotation(old.directory), Rotation(new.directory))
    for lead in leads:
        counts.add(lead, old.decide(lead), new.decide(lead))
    return counts.result()


class _Counts:
    """What is counted while leads go by."""

    def __init__(self, old: Rotation, new: Rotation) -> None:
        self._old, self._new = old, new
        self._leads = 0
        self._changes = {change: Count() for change in Change}
        self._destinations: dict[tuple[str, str], Pair] = {}
        self._rules: dict[tuple[str, str], Pair] = {}
        self._priorities: dict[tuple[str, str], Pair] = {}
        self._promises = {priority: PromiseEffect(priority) for priority in PRIORITIES}
        self._then = Then()
        self._disagreements = Count()

    def add(self, lead: PastLead, old: RoutingDecision, new: RoutingDecision) -> None:
        self._leads += 1
        self._count(lead, compared(old, new), old, new)
        promises = self._promises[new.outcome.priority]
        promises.count(old.outcome, new.outcome)
        promises.old.count(lead.acceptedon, self._old.give(lead, old.outcome))
        promises.new.count(lead.acceptedon, self._new.give(lead, new.outcome))

    def _count(self, lead: PastLead, found: Difference, old: RoutingDecision, new: RoutingDecision) -> None:
        for change in found.changes:
            self._changes[change].add(lead.leadid)
        _add(self._destinations, found.old_destination, found.new_destination, lead.leadid)
        if Change.OTHER_RULE in found.changes:
            _add(self._rules, found.old_rule, found.new_rule, lead.leadid)
        if Change.OTHER_PRIORITY in found.changes:
            _add(self._priorities, old.outcome.priority, new.outcome.priority, lead.leadid)
        if Change.MOVED in found.changes:
            self._then.accepted += lead.acceptedon is not None
            self._then.responded += lead.respondedon is not None
            self._then.breached += lead.breached
        if old.engine_disagreement or new.engine_disagreement:
            self._disagreements.add(lead.leadid)

    def result(self) -> Backtest:
        pairs = _largest(self._destinations.values())
        return Backtest(
            leads=self._leads,
            changes=self._changes,
            destinations=pairs,
            arrivals=_loads(
                _sums((pair.old, pair.leads) for pair in pairs), _sums((pair.new, pair.leads) for pair in pairs)
            ),
            load=_loads(self._old.leads, self._new.leads),
            rules=_largest(self._rules.values()),
            priorities=_largest(self._priorities.values()),
            promises=[effect for effect in self._promises.values() if effect.leads],
            moved_then=self._then,
            disagreements=self._disagreements,
        )


def _add(pairs: dict[tuple[str, str], Pair], old: str, new: str, lead: UUID) -> None:
    pair = pairs.get((old, new))
    if pair is None:
        pair = pairs[old, new] = Pair(old=old, new=new)
    pair.add(lead)


def _sums(numbers: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    sums: Counter[str] = Counter()
    for name, number in numbers:
        sums[name] += number
    return sums


def _loads(old: Mapping[str, int], new: Mapping[str, int]) -> list[Load]:
    rows = [
        Load(name, old.get(name, 0), new.get(name, 0), new.get(name, 0) - old.get(name, 0)) for name in {*old, *new}
    ]
    return sorted(rows, key=lambda row: (-max(row.old, row.new), row.name))


def _largest(pairs: Iterable[Pair]) -> list[Pair]:
    return sorted(pairs, key=lambda pair: (-pair.leads, pair.old, pair.new))
