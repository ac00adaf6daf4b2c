"""Many leads go where today's rules send them: those that a rule set decided, or those of somebody who leaves."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection

from activities.routing import routing_facts
from crm.entities.lead import Lead
from crm.errors import LeadflowError, NotFound
from crm.lifecycle import LeadState
from crm.requests import RerouteLead
from crm.store import records
from crm.store.distribution import teams
from crm.store.distribution.teams import UserState
from crm.store.rules import impact
from crm.store.rules.impact import TouchedLead
from leadflow.starter import Leads
from rules.engine.decision import RoutingDecision
from rules.engine.rules_engine import RulesEngine


class Verdict(StrEnum):
    """What re-routing does with a lead that the old set decided."""

    MOVES = "moves"
    SAME = "same outcome today"
    ACCEPTED = "accepted, stays"
    DECIDED_SINCE = "decided by other rules since"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Fate:
    """A touched lead, what becomes of it, and today's decision where the lead could be routed again."""

    lead: TouchedLead
    verdict: Verdict
    today: RoutingDecision | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A lead that is to be routed again, by its workflow; the same `request_id` moves it once."""

    leadid: UUID
    workflow_id: str | None
    request: RerouteLead
    request_id: str


@dataclass(slots=True)
class Rerouted:
    """What re-routing did: the leads that went, and those that were refused, with the reasons."""

    done: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)


def fates(connection: Connection, engine: RulesEngine, digest: str, *, accepted: bool = False) -> list[Fate]:
    """What today's rules (`engine`) would do with every lead that the set `digest` decided. Writes nothing.

    Leads that somebody accepted stay, unless `accepted`: whoever works on them would lose them.
    """
    now = datetime.now(UTC)
    return [_fate(connection, engine, lead, now, accepted) for lead in impact.touched(connection, digest)]


def _fate(connection: Connection, engine: RulesEngine, lead: TouchedLead, now: datetime, accepted: bool) -> Fate:
    if lead.statecode != LeadState.OPEN:
        return Fate(lead, Verdict.CLOSED)
    if not lead.in_force:
        return Fate(lead, Verdict.DECIDED_SINCE)
    today = _decided_today(connection, engine, lead.leadid, now)
    if today.outcome == RoutingDecision.model_validate(lead.decision).outcome:
        return Fate(lead, Verdict.SAME, today)
    return Fate(lead, Verdict.ACCEPTED if lead.accepted and not accepted else Verdict.MOVES, today)


def _decided_today(connection: Connection, engine: RulesEngine, leadid: UUID, now: datetime) -> RoutingDecision:
    lead = records.fetch(connection, Lead, leadid)
    if lead is None:
        raise NotFound(f"lead {leadid} was deleted while it was looked at; ask again")
    return engine.decide(routing_facts(connection, engine, lead, now), trace=False)


def undoing(going: Iterable[Fate], digest: str) -> list[Move]:
    """The moves of the leads that the rule set `digest` sent elsewhere. They are not counted: the rules were wrong."""
    moves = []
    for fate in going:
        if fate.verdict is Verdict.MOVES and fate.today is not None:
            reason = f"rules {digest[:12]} are replaced by {fate.today.digest[:12]}"
            request_id = f"reroute-{digest[:12]}-{fate.today.digest[:12]}"
            request = RerouteLead(reason=reason, counts=False)
            moves.append(Move(fate.lead.leadid, fate.lead.workflow_id, request, request_id))
    return moves


def leaving(connection: Connection, user: UserState, *, reason: str, actor: str | None) -> list[Move]:
    """The moves of all open leads that a user owns: none of them ever comes back to that user."""
    request = RerouteLead(reason=reason, leaving=user.key, actor=actor)
    owned = teams.open_leads(connection, user.systemuserid)
    return [Move(lead.leadid, lead.workflow_id, request, f"left-{user.key}-{lead.assignedon}") for lead in owned]


async def reroute(
    leads: Leads, moves: Iterable[Move], *, rate: float, on_lead: Callable[[UUID], None] = lambda _: None
) -> Rerouted:
    """Ask the workflow of each lead to route it again, `rate` leads a second.

    Interrupt it and call it again: who went already gets the same answer to the same request. Raises Unavailable when
    Temporal or the workers go away; what was done stays.
    """
    result = Rerouted()
    for move in moves:
        turn = asyncio.create_task(asyncio.sleep(1 / rate))
        try:
            await leads.ask(move.workflow_id or move.leadid, move.request, move.request_id)
            result.done.append(move.leadid)
        except LeadflowError as error:
            if error.retryable:
                raise
            result.refused[move.leadid] = str(error)
        on_lead(move.leadid)
        await turn
    return result
