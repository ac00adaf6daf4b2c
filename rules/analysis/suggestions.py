"""Examples that would close gaps in the coverage. Each lead is made from the conditions, and tried with the engine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from crm.entities.lead import Lead
from rules.analysis.coverage import Coverage, Gap
from rules.analysis.regions import Region, region_of, whole
from rules.analysis.trying import in_words, tried_rules
from rules.analysis.witness import witness
from rules.engine.conditions import Condition, ConditionReader, Group, Test
from rules.engine.decision import OTHERWISE, RoutingDecision
from rules.engine.evaluator import predicate
from rules.engine.examples import NOW as USUAL_NOW
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.findings import Findings
from rules.engine.loader import load_text
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import Rule, RuleFile
from rules.engine.values import Names

MAX_TRIES = 60
MAX_NAME = 120
_ASKED = {
    "default": "business_unit: {{is_empty: yes}}\nchannel_partner: {{is_empty: yes}}",
    "business_unit": "business_unit: {0}\nchannel_partner: {{is_empty: yes}}",
    "channel_partner": "channel_partner: {0}",
}
"""The leads that come to a file of each kind first."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An example for `file`: the facts of its lead, and what the rules do with it as they are now."""

    file: str
    name: str
    facts: Mapping[str, Any]
    decision: RoutingDecision


@cache
def bare_facts() -> Mapping[str, Any]:
    """The facts of a lead of whom an example says nothing."""
    return lead_facts(Lead(), RoutingContext(now=USUAL_NOW))


class Suggesting:
    """Finds leads that show what no example does."""

    def __init__(self, engine: RulesEngine) -> None:
        self._engine = engine
        self._names = Names(engine.book.choices, engine.directory)
        self._regions: dict[str, Region | None] = {}

    def suggestions(self, coverage: Coverage) -> Iterator[tuple[Gap, Suggestion | None]]:
        """For each gap that the suggestions before it leave open, one more; None where no lead was found.

        Many gaps take long: stop when there are enough.
        """
        for covered in coverage.files:
            file = self._engine.book.files[covered.file]
            made: list[Suggestion] = []
            for gap in covered.gaps:
                if any(self._shows(file, gap, one.facts, one.decision) for one in made):
                    continue
                found = self._found(file, gap)
                made += [Suggestion(file.path, _name(gap), *found)] if found else []
                yield gap, made[-1] if found else None

    def is_impossible(self, gap: Gap) -> bool:
        """Proved: no lead at all can show it. False where there may be one."""
        file = self._engine.book.files[gap.file]
        rule = _rule_of(file, gap)
        earlier = file.rules[: file.rules.index(rule)] if rule else file.rules
        if gap.condition is not None and file.hit_policy == "unique":
            earlier = ()
        *_, region = self._wanted(file, gap)
        for before in earlier:
            matched = self._region(before)
            region = region.minus(matched) if region is not None and matched is not None else None
        return region is not None and region.is_empty

    def _found(self, file: RuleFile, gap: Gap) -> tuple[dict[str, Any], RoutingDecision] | None:
        asked = region_of(self._read(_ASKED[file.kind].format(file.key)))
        for wanted in self._wanted(file, gap):
            region = wanted.intersection(asked) if wanted is not None and asked is not None else None
            if region is not None and (found := self._search(file, gap, region)) is not None:
                return found
        return None

    def _search(self, file: RuleFile, gap: Gap, region: Region) -> tuple[dict[str, Any], RoutingDecision] | None:
        """A lead of the region that shows it. Where another rule decides instead, its leads are left out."""
        left: Region | None = region
        for _ in range(MAX_TRIES):
            if left is None or left.is_empty:
                return None
            facts = witness(left.boxes[0], self._names)
            if facts is None or bare_facts().keys() - facts.keys():
                left = Region(left.boxes[1:])
                continue
            decision = self._engine.decide(facts, trace=False)
            if self._shows(file, gap, facts, decision):
                return facts, decision
            decided = next((rule for rule in file.rules if rule.id == decision.rule), None)
            matched = self._region(decided) if decided else None
            left = left.minus(matched) if matched else Region(left.boxes[1:])
        return None

    def _shows(self, file: RuleFile, gap: Gap, facts: Mapping[str, Any], decision: RoutingDecision) -> bool:
        if gap.condition is None and gap.rule != OTHERWISE:
            return decision.rule == gap.rule
        tried = next((rules for asked, rules in tried_rules(self._engine.book, decision) if asked is file), ())
        if gap.condition is None:
            return file.path in decision.files and (file.path != decision.file or decision.rule == OTHERWISE)
        return any(rule.id == gap.rule for rule in tried) and predicate(gap.condition)(facts) == gap.holds

    def _wanted(self, file: RuleFile, gap: Gap) -> Iterator[Region | None]:
        """Leads to look among, the most telling first: those that the rule matches, then those it nearly matches."""
        rule = _rule_of(file, gap)
        if rule is None:
            yield whole()
        elif gap.condition is None:
            yield self._region(rule)
        else:
            opposite = Group("none", (gap.condition,), gap.at)
            wanted = gap.condition if gap.holds else opposite
            yield region_of(Group("all", (rule.when, wanted), gap.at))
            yield region_of(Group("all", (_replaced(rule.when, gap.condition, opposite), wanted), gap.at))
            yield region_of(wanted)

    def _region(self, rule: Rule) -> Region | None:
        if rule.id not in self._regions:
            self._regions[rule.id] = region_of(rule.when)
        return self._regions[rule.id]

    def _read(self, text: str) -> Group:
        table = load_text(text, "", Findings())
        group = ConditionReader(self._names, Findings()).read(table) if table else None
        assert group is not None, text
        return group


def _rule_of(file: RuleFile, gap: Gap) -> Rule | None:
    return next((rule for rule in file.rules if rule.id == gap.rule), None)


def _replaced(condition: Condition, test: Test, other: Condition) -> Condition:
    """The condition with `other` where `test` stands."""
    if condition is test:
        return other
    if isinstance(condition, Test):
        return condition
    return Group(condition.kind, tuple(_replaced(part, test, other) for part in condition.parts), condition.at)


def _name(gap: Gap) -> str:
    if gap.condition is not None:
        return f"{gap.rule} where {in_words(gap.condition)} is {str(gap.holds).lower()}"[:MAX_NAME].rstrip()
    return "no rule of this file matches" if gap.rule == OTHERWISE else f"{gap.rule} decides"
