"""What an explanation says: a decision, the files and rules that were asked, who gets the lead, and by when.

Data only, in the shape that `--format json` prints; `explain_text` prints the same for people.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from rules.analysis.trying import tried_rules
from rules.engine.decision import Assign, Offer, RoutingDecision
from rules.engine.evaluator import shown
from rules.engine.fields import readable_fields
from rules.engine.outcome_words import contact_limit, step_word
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import RuleBook, RuleFile
from rules.strategies.simulation import Roster, Simulated, simulate

SlaState = Literal["running", "kept", "missed", "ended", "would run"]


@dataclass(frozen=True, slots=True)
class AskedFile:
    """One file of the chain: how many rules it has, how many of them were tried, and what came of it."""

    path: str
    rules: int
    tried: int
    decided: bool
    result: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the lead, or was given it then, and how they were chosen.

    `eligible` are those who could get it, None where that is not known any more; `skipped` says `key: why` of others.
    `partner` is who is offered the lead. With `waits` nobody may get it before `waits_until` (None: not known), and the
    team keeps it; `passed` are the teams in which nobody could get it before.
    The times are those of a real assignment; one that is not over has no `endedon`.
    """

    kind: Literal["user", "team"]
    key: str
    name: str | None
    team: str | None
    queue: str | None = None
    strategy: str | None = None
    turn: int | None = None
    eligible: tuple[str, ...] | None = None
    skipped: tuple[str, ...] = ()
    partner: str | None = None
    waits: bool = False
    waits_until: datetime | None = None
    passed: tuple[str, ...] = ()
    assignedon: datetime | None = None
    endedon: datetime | None = None
    endreason: str | None = None


@dataclass(frozen=True, slots=True)
class Sla:
    """How long somebody has to accept the lead: `within` of their working time, or with `clock` of every hour.

    `steps` are what happens when nobody does. `missedon` are the times at which it came to that.
    """

    within: timedelta
    clock: bool
    due: datetime | None
    steps: tuple[str, ...]
    state: SlaState
    acceptedon: datetime | None = None
    missedon: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """How long until somebody must have written or called: `within` of working time, or with `clock` of every hour."""

    within: timedelta
    clock: bool
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision with all that made it. `facts` are as people read them, None where they were not kept."""

    digest: str
    decidedon: datetime
    decision: RoutingDecision
    files: tuple[AskedFile, ...]
    facts: Mapping[str, str] | None
    recipient: Recipient | None
    sla: Sla | None
    contact: Contact | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What is otherwise now; None on a side that does not have it."""

    what: str
    then: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What today's rules would do otherwise, what of the lead has changed since, and which of the two made it so."""

    differences: tuple[Difference, ...]
    changed_facts: tuple[Difference, ...]
    cause: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was asked about, as it was decided `then` (a stored lead's `number`th decision of `total`) and `now`."""

    subject: str
    leadid: UUID | None = None
    step: str | None = None
    number: int | None = None
    total: int | None = None
    then: Explained | None = None
    now: Explained | None = None
    comparison: Comparison | None = None


def explained(engine: RulesEngine, facts: Mapping[str, Any], at: datetime, roster: Roster) -> Explained:
    """The decision that these rules make, and who would get the lead in this state of the team."""
    decision = engine.decide(facts)
    recipient = sla = contact = None
    if isinstance(decision.outcome, Assign | Offer):
        found = simulate(decision.outcome, engine.directory, at, roster)
        recipient = _would_get(decision.outcome, found, engine)
        sla = sla_of(decision.outcome, found.due, "would run")
        contact = contact_of(decision.outcome, found.contact_due)
    return Explained(
        digest=engine.digest,
        decidedon=at.astimezone(UTC),
        decision=decision,
        files=asked_files(engine.book, decision),
        facts=readable(facts, engine),
        recipient=recipient,
        sla=sla,
        contact=contact,
    )


def contact_of(outcome: Assign | Offer, due: datetime | None) -> Contact | None:
    """What the rule promises of the first contact; None where it promises nothing."""
    limit = contact_limit(outcome)
    return Contact(limit.within, limit.clock, due) if limit else None


def sla_of(outcome: Assign | Offer, due: datetime | None, state: SlaState) -> Sla | None:
    """What the rule promises; None where it promises nothing."""
    if outcome.accept_within is None:
        return None
    steps = tuple(map(step_word, outcome.if_missed)) if isinstance(outcome, Assign) else ()
    return Sla(outcome.accept_within, outcome.sla_clock, due, steps, state)


def asked_files(book: RuleBook, decision: RoutingDecision) -> tuple[AskedFile, ...]:
    """The chain as it was gone through."""
    return tuple(
        AskedFile(file.path, len(file.rules), len(tried), file.path == decision.file, _result(file, decision))
        for file, tried in tried_rules(book, decision)
    )


def readable(facts: Mapping[str, Any], engine: RulesEngine) -> dict[str, str]:
    """Facts by field as people read them, without what only the engine uses."""
    fields = readable_fields()
    return {name: shown(fields[name], value, engine.book.choices) for name, value in facts.items() if name in fields}


def _result(file: RuleFile, decision: RoutingDecision) -> str:
    if file.path != decision.file:
        to = "the business unit" if file.kind == "channel_partner" else "the parent unit, or to default.yaml"
        return f"{_none_of(file)}; its `otherwise` hands on to {to}"
    if decision.unmatched:
        return f"{_none_of(file)}; its `otherwise` decides"
    return f"rule {decision.rule} decides"


def _none_of(file: RuleFile) -> str:
    match len(file.rules):
        case 0:
            return "it has no rules"
        case 1:
            return "its only rule does not match"
        case count:
            return f"none of its {count} rules matches"


def _would_get(outcome: Assign | Offer, found: Simulated, engine: RulesEngine) -> Recipient:
    directory = engine.directory
    people = directory.users if found.owner_kind == "user" else directory.teams
    entry = people.get(found.owner_key)
    return Recipient(
        kind=found.owner_kind,
        key=found.owner_key,
        name=entry.name if entry else None,
        team=found.team,
        queue=found.queue,
        strategy=found.choice.strategy if found.choice else None,
        eligible=found.eligible if found.choice else None,
        skipped=found.skipped,
        partner=found.partner if isinstance(outcome, Offer) else None,
        waits=found.waits,
        waits_until=found.waits_until,
        passed=found.passed,
    )
