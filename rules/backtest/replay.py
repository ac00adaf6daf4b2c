"""Past leads through new rules, beside what was decided then or what other rules decide. Pure: nothing is written."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args
from uuid import UUID

from crm.history import PastLead
from rules.backtest.comparison import Change, Difference, compared
from rules.backtest.promises import PromiseEffect
from rules.backtest.result import Backtest, Count, Load, Pair, Then
from rules.backtest.rotation import Rotation
from rules.engine.decision import Priority, RoutingDecision
from rules.engine.directory import Directory
from rules.engine.rules_engine import RulesEngine

_PRIORITIES: tuple[Priority, ...] = get_args(Priority)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sides: how it decides a past lead, and the people whom it can give leads to."""

    decide: Callable[[PastLead], RoutingDecision]
    directory: Directory


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
            # Whether the engines agreed then is no question of this day, and would hold for one lead only.
            decision = known[key] = RoutingDecision.model_validate({**lead.decision, "engine_disagreement": False})
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
        self._promises = {priority: PromiseEffect(priority) for priority in _PRIORITIES}
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
