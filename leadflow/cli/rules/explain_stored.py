"""A stored lead's decisions, each with the rules and facts that it was made from, and what today's rules would do.

Nothing here writes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from activities.pooling import TeamPool
from activities.routing import routing_facts
from crm.entities.lead import Lead
from crm.entities.organisation import SystemUser
from crm.errors import InvalidInput, Misconfigured, NotFound
from crm.lifecycle import LeadState
from crm.store import records
from crm.store.distribution import rotation
from crm.store.distribution.rotation import KeptAssignment
from crm.store.life import journal
from crm.store.life.finding import find_lead
from crm.store.life.journal import Entry
from crm.store.partners import offers
from crm.store.partners.offers import OfferEvent
from crm.store.people.organisation import record_id
from crm.store.rules import decisions, rulesets
from crm.store.rules.decisions import KeptDecision
from leadflow.cli.output import counted
from leadflow.cli.rules.explain_comparison import compared
from leadflow.cli.rules.explanation import (
    Explained,
    Explanation,
    Recipient,
    Sla,
    SlaState,
    asked_files,
    explained,
    readable,
    sla_of,
)
from rules.engine.decision import Assign, Outcome, RoutingDecision
from rules.engine.directory import Directory
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from rules.strategies.destination import teams_asked
from rules.strategies.simulation import Roster
from rules.strategies.sla import accept_by

Wanted = Callable[[int], Sequence[int]]
"""Which decisions of so many, counted from 1."""

NO_FACTS = (
    "The facts of this decision were not kept: it was made before leadflow kept them. So its conditions cannot be "
    "shown again; what follows is the decision as it was kept."
)
ASKED = (OfferEvent.ACCEPTED, OfferEvent.DECLINED, OfferEvent.EXPIRED, OfferEvent.WITHDRAWN)
"""What a partner leaves who is not offered the lead again."""
ROUTED = "route"
"""The kind of the journal's rows that a decision leaves, one each."""


@dataclass
class _Story:
    """What is known of a lead: its decisions, who was given it, what happened; and rule sets that were made again."""

    lead: Lead
    kept: Sequence[KeptDecision]
    given: Mapping[str, KeptAssignment]
    events: Sequence[Entry]
    engines: dict[str, RulesEngine | str] = field(default_factory=dict)


def explain_stored(connection: Connection, name: str, wanted: Wanted, today: RulesEngine | None) -> list[Explanation]:
    """The wanted decisions of the lead that `name` names; with `today`, what those rules make of it now beside each.

    Raises NotFound for no such lead, or one that was never routed while nobody asks what `today` would do.
    """
    lead = find_lead(connection, name)
    story = _Story(
        lead,
        decisions.of_lead(connection, lead.leadid),
        rotation.assignments(connection, lead.leadid),
        journal.timeline(connection, lead.leadid),
    )
    subject = f"lead {lead.leadid}"
    now, facts = _today(connection, lead, today) if today else (None, None)
    if not story.kept:
        if now is None:
            raise NotFound(f"{subject} was never routed, it is {lead.lf_stage}; --now says what today's rules would do")
        return [Explanation(subject, lead.leadid, total=0, now=now)]
    found = []
    for number in wanted(len(story.kept)):
        kept = story.kept[number - 1]
        then, engine = _then(connection, story, number)
        beside = compared(kept, then, engine, now, facts, today) if now and today and facts is not None else None
        found.append(Explanation(subject, lead.leadid, kept.step, number, len(story.kept), then, now, beside))
    return found


# As it was decided


def _then(connection: Connection, story: _Story, number: int) -> tuple[Explained, RulesEngine | None]:
    """A past decision, made again where that is possible; and the rules that made it."""
    kept = story.kept[number - 1]
    decision = RoutingDecision.model_validate(kept.decision)
    engine = _engine(connection, story, kept.digest)
    notes: list[str] = []
    if isinstance(engine, str):
        notes.append(engine)
    if kept.facts is None:
        notes.append(NO_FACTS)
    elif isinstance(engine, RulesEngine):
        again = engine.decide(kept.facts)
        notes += _unlike(decision, again)
        decision = decision.model_copy(update={"trace": again.trace})
    known = engine if isinstance(engine, RulesEngine) else None
    given = story.given.get(kept.step)
    explanation = Explained(
        digest=kept.digest,
        decidedon=kept.decidedon,
        decision=decision,
        files=asked_files(known.book, decision) if known else (),
        facts=readable(kept.facts, known) if known and kept.facts is not None else None,
        recipient=_given(given) if given else None,
        sla=_sla(story, number, decision, given, known),
        notes=tuple(notes),
    )
    return explanation, known


def _engine(connection: Connection, story: _Story, digest: str) -> RulesEngine | str:
    """The rules that decided, from their files as they were kept; or why they cannot be had."""
    if digest not in story.engines:
        name = f"the rule files kept for {digest[:12]}"
        try:
            _, files = rulesets.find(connection, digest)
            story.engines[digest] = RulesEngine.of(RuleSources.from_texts(files), name)
        except NotFound:
            story.engines[digest] = f"The files of rule set {digest[:12]} were not kept: it decided before they were."
        except Misconfigured as error:
            story.engines[digest] = f"This version of leadflow does not accept the files that decided: {error}"
    return story.engines[digest]


def _unlike(kept: RoutingDecision, again: RoutingDecision) -> Iterator[str]:
    """What comes out otherwise when the decision is made again. Places, texts and engine faults are not compared."""
    compared = ("digest", "files", "file", "rule", "unmatched", "outcome")
    for name in compared:
        then, now = getattr(kept, name), getattr(again, name)
        if then != now:
            yield (
                f"Made again from the kept facts and files, this version of leadflow decides otherwise: {name} was "
                f"{_said(then)} and is now {_said(now)}. The conditions below are read as this version reads them."
            )


def _said(value: Any) -> str:
    return getattr(value, "destination", None) or (", ".join(value) if isinstance(value, tuple) else str(value))


def _given(given: KeptAssignment) -> Recipient:
    return Recipient(
        kind="user" if given.owner_type == "systemuser" else "team",
        key=given.owner,
        name=given.name,
        team=given.team,
        queue=given.queue,
        strategy=given.strategy,
        turn=given.turn,
        skipped=tuple(given.skipped or ()),
        assignedon=given.assignedon,
        endedon=given.endedon,
        endreason=given.endreason,
    )


def _sla(
    story: _Story, number: int, decision: RoutingDecision, given: KeptAssignment | None, engine: RulesEngine | None
) -> Sla | None:
    """What was promised, and what came of it until the next decision."""
    outcome = decision.outcome
    if given is None or not isinstance(outcome, Assign) or outcome.accept_within is None:
        return None
    events = _until_the_next(story, number)
    is_last = number == len(story.kept)
    missed = tuple(event.on for event in events if event.kind == "sla_missed")
    accepted = next((event.on for event in events if event.kind == "accept"), None)
    lead = story.lead
    if is_last:
        accepted = accepted or lead.lf_acceptedon  # answering a lead accepts it, too
    due = lead.lf_acceptby if is_last and given.endedon is None else None
    if due is None and engine is not None:
        user = given.owner if given.owner_type == "systemuser" else None
        team = given.team or (None if user else given.owner)
        due = accept_by(
            engine.directory, given.assignedon, outcome.accept_within, clock=outcome.sla_clock, user=user, team=team
        )
    over = not is_last or given.endedon is not None or lead.statecode != LeadState.OPEN
    promised = sla_of(outcome, due, _state(accepted, missed, over=over))
    return promised and replace(promised, acceptedon=accepted, missedon=missed)


def _until_the_next(story: _Story, number: int) -> Sequence[Entry]:
    """What happened after a decision, until the next one. Steps may bear the same time; their order is kept."""
    marks = [place for place, event in enumerate(story.events) if event.kind == ROUTED][number - 1 : number + 1]
    return story.events[slice(*marks)] if len(marks) == 2 else story.events[marks[0] :] if marks else ()


def _state(accepted: datetime | None, missed: Sequence[datetime], *, over: bool) -> SlaState:
    if missed and (accepted is None or missed[0] < accepted):
        return "missed"
    if accepted is not None:
        return "kept"
    return "ended" if over else "running"


# As it would be decided now


def _today(connection: Connection, lead: Lead, engine: RulesEngine) -> tuple[Explained, Mapping[str, Any]]:
    """What these rules decide on today's facts, and who would be next as the teams stand; no turn is taken."""
    now = datetime.now(UTC)
    facts = routing_facts(connection, engine, lead, now)
    outcome = engine.decide(facts, trace=False).outcome
    return explained(engine, facts, now, _roster(connection, outcome, lead, engine.directory, now)), facts


def _roster(connection: Connection, outcome: Outcome, lead: Lead, directory: Directory, now: datetime) -> Roster:
    """The teams as they stand in the database; no turn is taken. And who gave this lead back, or was offered it."""
    pools = {}
    for asked in teams_asked(outcome):
        turns = rotation.pool_of(connection, record_id("team", asked.key))
        pools[asked.key] = TeamPool(connection, asked, lead, directory, now, turns)
    gave_back = rotation.gave_back(connection, lead.leadid)
    users = {key for key in directory.users if record_id("systemuser", key) in gave_back}
    partners = {entry.partner for entry in offers.trail(connection, lead.leadid) if entry.event in ASKED}
    return Roster(
        inactive=_named_but_disabled(connection, outcome),
        gave_back=frozenset(users | partners),
        pools={team: {member.key: member for member in pool.members} for team, pool in pools.items()},
    )


def _named_but_disabled(connection: Connection, outcome: Outcome) -> frozenset[str]:
    """The user whom the outcome names, where the database says that this one gets no leads."""
    if not isinstance(outcome, Assign) or outcome.to != "user":
        return frozenset()
    user = records.fetch(connection, SystemUser, record_id("systemuser", outcome.key))
    return frozenset({outcome.key} if user is None or user.isdisabled else ())


def wanted_decisions(every: bool, number: int | None) -> Wanted:
    """All of them, the one asked for, or the last. Raises InvalidInput for a number that there is not."""

    def wanted(total: int) -> Sequence[int]:
        if every:
            return range(1, total + 1)
        if number is not None and number > total:
            raise InvalidInput(f"the lead has {counted(total, 'decision')}; ask for one of them")
        return [number or total]

    return wanted
