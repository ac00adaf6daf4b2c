"""Past leads, to be decided again: the facts of each lead's first decision, and what happened then.

A lead counts once, by the first decision of its life. Later ones came about because somebody declined the lead or let
its time run out, or asked for them: they say more about people than about rules. Nothing here writes.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from crm.history import PastLead
from crm.store.service_tables import lf_journal, lf_routingdecision
from crm.store.tables import TABLES

BATCH = 500
_DECISION = lf_routingdecision
_EARLIER = lf_routingdecision.alias("earlier")
_LEAD = TABLES["lead"]
_ACCEPTED = "accept"
_MISSED = "sla_missed"


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until before `until`, both UTC; None leaves a side open."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PastCounts:
    """Leads first decided in a period: those whose facts are kept, and older ones whose facts are not.

    `newest_digest` names the rules that decided the last lead of the period, None where there is none.
    """

    with_facts: int
    without_facts: int
    newest_digest: str | None


def count_past_leads(connection: Connection, period: Period) -> PastCounts:
    """How many leads `past_leads` finds, and how many it leaves out."""
    counted = select(func.count(), func.count(_DECISION.c.facts)).where(*_first_in(period))
    every, with_facts = connection.execute(counted).one()
    newest = select(_DECISION.c.digest).where(*_first_in(period), _DECISION.c.facts.is_not(None))
    newest = newest.order_by(_DECISION.c.decidedon.desc(), _DECISION.c.leadid.desc()).limit(1)
    return PastCounts(with_facts, every - with_facts, connection.execute(newest).scalar())


def past_leads(connection: Connection, period: Period, *, sample: int | None = None) -> Iterator[PastLead]:
    """The leads first decided in the period whose facts are kept, by time of decision, then by id.

    `sample` chooses so many of them at random, but the same ones each time; a larger sample holds the smaller one.
    """
    query = _past_leads(period)
    if sample is None:
        for row in connection.execute(query, execution_options={"yield_per": BATCH}):
            yield PastLead(*row)
        return
    chosen = _sampled(connection, period, sample)
    for start in range(0, len(chosen), BATCH):
        for row in connection.execute(query.where(_DECISION.c.lf_routingdecisionid.in_(chosen[start : start + BATCH]))):
            yield PastLead(*row)


def _sampled(connection: Connection, period: Period, size: int) -> list[UUID]:
    """The ids of the sample's decisions in order: the leads whose hashed ids are the smallest."""
    keys = select(_DECISION.c.decidedon, _DECISION.c.leadid, _DECISION.c.lf_routingdecisionid)
    keys = keys.where(*_first_in(period), _DECISION.c.facts.is_not(None))
    rows = connection.execute(keys, execution_options={"yield_per": BATCH})
    chosen = heapq.nsmallest(size, rows, key=lambda row: blake2b(row.leadid.bytes).digest())
    return [row.lf_routingdecisionid for row in sorted(chosen, key=lambda row: (row.decidedon, row.leadid))]


def _past_leads(period: Period) -> Select[Any]:
    journal = lf_journal.c
    steps = select(func.min(journal.on)).where(journal.leadid == _DECISION.c.leadid)
    accepted = steps.where(journal.kind == _ACCEPTED).scalar_subquery()
    missed = steps.where(journal.kind == _MISSED).scalar_subquery()
    return (
        select(
            _DECISION.c.leadid,
            _DECISION.c.decidedon,
            _DECISION.c.digest,
            _DECISION.c.decision,
            _DECISION.c.facts,
            # Whoever answers a lead has accepted it, without a step of that name.
            func.coalesce(accepted, _LEAD.c.lf_acceptedon),
            _LEAD.c.lf_firstresponseon,
            _LEAD.c.lf_closedon,
            missed.is_not(None),
        )
        .outerjoin(_LEAD, _LEAD.c.leadid == _DECISION.c.leadid)
        .where(*_first_in(period), _DECISION.c.facts.is_not(None))
        .order_by(_DECISION.c.decidedon, _DECISION.c.leadid)
    )


def _first_in(period: Period) -> list[ColumnElement[bool]]:
    """That a decision is its lead's first, and was made in the period."""
    earlier = or_(
        _EARLIER.c.decidedon < _DECISION.c.decidedon,
        and_(
            _EARLIER.c.decidedon == _DECISION.c.decidedon,
            _EARLIER.c.lf_routingdecisionid < _DECISION.c.lf_routingdecisionid,
        ),
    )
    conditions = [
        ~select(_EARLIER.c.lf_routingdecisionid).where(_EARLIER.c.leadid == _DECISION.c.leadid, earlier).exists()
    ]
    if period.since is not None:
        conditions.append(_DECISION.c.decidedon >= period.since)
    if period.until is not None:
        conditions.append(_DECISION.c.decidedon < period.until)
    return conditions
