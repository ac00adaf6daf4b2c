"""The rules engine: a checked, compiled rule book that decides where a lead goes."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from crm.errors import Misconfigured
from rules.engine.check import read_rules
from rules.engine.compiler import compiled
from rules.engine.decision import OTHERWISE, RoutingDecision
from rules.engine.digest import book_digest
from rules.engine.directory import Directory
from rules.engine.durable_engine import EngineFault, Matcher
from rules.engine.evaluator import Evaluator
from rules.engine.fields_read import fields_read
from rules.engine.policy import Policy
from rules.engine.schema import Rule, RuleBook, RuleFile
from rules.engine.sources import DEFAULT_FILE, FOLDERS, RuleSources

_log = logging.getLogger("leadflow.rules")
_UNIT_FOLDER, _PARTNER_FOLDER = FOLDERS


class _Step:
    """One file of a chain, ready to decide."""

    def __init__(self, file: RuleFile, book: RuleBook) -> None:
        self.file = file
        self.matcher = Matcher(compiled(file))
        self.evaluator = Evaluator(file, book.choices)
        self.matched = self.matcher.first
        self.expected = self.evaluator.first
        self.ends = file.otherwise is not None
        self.unique = file.hit_policy == "unique"


@dataclass(frozen=True, slots=True)
class _Chain:
    """The files that may decide, in order, and the policy that they state. `decisions` keeps what each rule of each
    file decides, without a trace."""

    steps: tuple[_Step, ...]
    policy: Policy
    decisions: dict[tuple[int, int | None], RoutingDecision] = field(default_factory=dict)


class RulesEngine:
    """Decides by durable-rules and checks every decision against plain Python. Use from any thread."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
        self.digest = book_digest(book)
        self._steps = {path: _Step(file, book) for path, file in book.files.items()}
        self._chains: dict[tuple[str | None, str | None], _Chain] = {}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read, check and compile the rules folder. Raises Misconfigured with every error found."""
        return cls.of(RuleSources.from_folder(folder), f"the rule files in {folder}")

    @classmethod
    def of(cls, sources: RuleSources, name: str) -> Self:
        """Check and compile files at hand; an error speaks of them as `name`. Raises Misconfigured like `load`."""
        result = read_rules(sources)
        if result.book is None:
            errors = [str(finding) for finding in result.findings if finding.severity == "error"]
            raise Misconfigured(f"{name} do not check:\n" + "\n".join(errors))
        return cls(result.book)

    @property
    def directory(self) -> Directory:
        return self.book.directory

    @cached_property
    def fields_read(self) -> frozenset[str]:
        """The fields that decide where leads go: an edit of others never moves one."""
        return fields_read(self.book)

    def close(self) -> None:
        """Frees the engine's memory now; otherwise that happens when nobody holds the engine any more."""
        for step in self._steps.values():
            step.matcher.close()

    def decide(self, facts: Mapping[str, Any], *, trace: bool = True) -> RoutingDecision:
        """Where a lead goes, and why.

        `facts` come from `facts.lead_facts`; the unit and the partner among them choose the files. A unit or partner
        without a file of its own is passed over.
        """
        business_unit, channel_partner = facts.get("business_unit"), facts.get("channel_partner")
        chain = self._chains.get((business_unit, channel_partner)) or self._chain(business_unit, channel_partner)
        disagreement = False
        depth = 0
        for step in chain.steps:
            index = step.expected(facts)
            if not _agrees(step, facts, index):
                disagreement = True
            if index is not None or step.ends:
                break
            depth += 1
        decision = chain.decisions.get((depth, index)) or self._decision(chain, depth, index)
        if not (trace or disagreement or step.unique):
            return decision
        more = self._details(chain.steps[: depth + 1], decision, index, facts, disagreement, trace)
        return decision.model_copy(update=more)

    def policy(self, facts: Mapping[str, Any]) -> Policy:
        """How the files that decide on a lead with these facts want it treated beside routing."""
        return self._chain(facts.get("business_unit"), facts.get("channel_partner")).policy

    def _chain(self, business_unit: str | None, channel_partner: str | None) -> _Chain:
        """Partner's file, unit's file, the files of its parents, default: as many as there are."""
        unit = business_unit if business_unit in self.directory.business_units else None
        partner = channel_partner if channel_partner in self.directory.channel_partners else None
        chain = self._chains.get((unit, partner))
        if chain is None:
            units = self.directory.with_parents(unit) if unit else ()
            paths = [
                f"{_PARTNER_FOLDER}/{partner}.yaml",
                *(f"{_UNIT_FOLDER}/{key}.yaml" for key in units),
                DEFAULT_FILE,
            ]
            present = [path for path in paths if path in self._steps]
            chain = _Chain(tuple(self._steps[path] for path in present), self.book.policy(present))
            self._chains[unit, partner] = chain
        return chain

    def _decision(self, chain: _Chain, depth: int, index: int | None) -> RoutingDecision:
        """The decision that rule `index` (None: otherwise) of the file at `depth` gives every lead."""
        file = chain.steps[depth].file
        files = tuple(step.file.path for step in chain.steps[: depth + 1])
        outcome = file.otherwise if index is None else file.rules[index].outcome
        if outcome is None:
            raise Misconfigured(f"{file.path}: no file follows; give its `otherwise` an outcome")
        rule = None if index is None else file.rules[index]
        decision = RoutingDecision(
            digest=self.digest, files=files, file=file.path, rule=rule.id if rule else OTHERWISE,
            table=_table(file, rule), line=rule.at.line if rule else file.otherwise_at.line,
            description=rule.description if rule else "", outcome=outcome, unmatched=rule is None,
            reason=_reason(file, files, index),
        )  # fmt: skip
        chain.decisions[depth, index] = decision
        return decision

    def _details(
        self,
        steps: tuple[_Step, ...],
        decision: RoutingDecision,
        index: int | None,
        facts: Mapping[str, Any],
        disagreement: bool,
        trace: bool,
    ) -> dict[str, Any]:
        """What this lead's decision says beyond the rule's: the trace, and anything unusual."""
        more: dict[str, Any] = {}
        reason = decision.reason
        last = steps[-1]
        if index is not None and last.unique:
            others = [last.file.rules[other].id for other in last.evaluator.every(facts) if other != index]
            if others:
                reason += f" Not unique: {', '.join(others)} matches as well; the first one in the file decides."
        if disagreement:
            more["engine_disagreement"] = True
            reason += " durable-rules and the evaluator disagreed; the evaluator's answer was taken."
        if reason != decision.reason:
            more["reason"] = reason
        if trace:
            more["trace"] = tuple(rule for step in steps for rule in step.evaluator.trace(facts))
        return more


def _agrees(step: _Step, facts: Mapping[str, Any], expected: int | None) -> bool:
    """Whether durable-rules finds the same rule as the evaluator (None: no rule), if need be after a reset."""
    for _ in (1, 2):
        try:
            found = step.matched(facts)
            if found == expected:
                return True
            _log.warning("%s: durable-rules finds rule %s, the evaluator %s", step.file.path, found, expected)
        except EngineFault as fault:
            _log.warning("%s: %s", step.file.path, fault)
        step.matcher.reset()
    return False


def _table(file: RuleFile, rule: Rule | None) -> str | None:
    """The rule table that the rule is a row of, if any."""
    return rule.at.file if rule and rule.at.file != file.path else None


def _reason(file: RuleFile, files: tuple[str, ...], index: int | None) -> str:
    if index is None:
        return f"No rule of {', '.join(files)} matched, so `otherwise` of {file.path} applies."
    rule = file.rules[index]
    passed = f" after no rule of {', '.join(files[:-1])} did" if len(files) > 1 else ""
    why = f": {rule.description.rstrip('.')}" if rule.description else ""
    table = _table(file, rule)
    row = f" ({table}, line {rule.at.line})" if table else ""
    return f"Rule {rule.id} of {file.path}{row} matched{passed}{why}."
