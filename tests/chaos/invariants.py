"""What must be true of the records after any run, whatever was killed and repeated. Pure: rows in, violations out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from crm.store.database import Database
from crm.store.service_tables import lf_assignment, lf_journal, lf_pool, lf_routingdecision
from crm.store.tables import TABLES

Row = Mapping[str, Any]
UNOWNED = {"held", "quarantined", "qualified", "disqualified"}
"""Stages whose reason stands in the lead, its decision or its quarantine; every other lead has an owner."""


@dataclass(frozen=True, slots=True)
class Records:
    """All rows of a store that tell of distribution; `turns` is each team's count."""

    leads: Sequence[Row]
    assignments: Sequence[Row]
    journal: Sequence[Row]
    decisions: Sequence[Row]
    turns: Mapping[UUID, int]

    @classmethod
    def of(cls, database: Database) -> "Records":
        tables = (TABLES["lead"], lf_assignment, lf_journal, lf_routingdecision)
        with database.reading() as connection:
            leads, assignments, steps, decisions = (
                [dict(row) for row in connection.execute(select(table)).mappings()] for table in tables
            )
            turns = {row.teamid: row.turns for row in connection.execute(select(lf_pool))}
        return cls(leads, assignments, steps, decisions, turns)


@dataclass(frozen=True, slots=True)
class Away:
    """Between these moments it was certain that a user must not get a lead."""

    user: UUID
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """`submitted` are the leads that came in. `weights` has the members of the teams of whom nobody was ever skipped;
    `capacity` those who may have so many open leads."""

    submitted: Collection[UUID]
    weights: Mapping[UUID, Mapping[UUID, int]]
    capacity: Mapping[UUID, int]
    away: Sequence[Away] = ()


def violations(records: Records, expected: Expected) -> list[str]:
    """Everything that must not be; empty for sound records."""
    return [
        *_each_lead_once(records, expected.submitted),
        *_an_owner_or_a_reason(records),
        *_turns_without_holes(records),
        *_one_turn_a_routing(records),
        *_fair_shares(records, expected.weights),
        *_nobody_who_is_away(records, expected.away),
        *_nobody_above_capacity(records, expected.capacity),
        *_never_back_to_who_declined(records),
        *_journal_agrees(records),
    ]


def _each_lead_once(records: Records, submitted: Collection[UUID]) -> Iterator[str]:
    found = Counter(lead["leadid"] for lead in records.leads)
    yield from (f"lead {lead} is lost" for lead in set(submitted) - found.keys())
    yield from (f"lead {lead} came from nowhere" for lead in found.keys() - set(submitted))
    origins = Counter((lead["lf_source"], lead["lf_externalid"]) for lead in records.leads)
    yield from (f"{origin} is {number} leads" for origin, number in origins.items() if number > 1)


def _an_owner_or_a_reason(records: Records) -> Iterator[str]:
    present = defaultdict(list)
    for row in records.assignments:
        if row["endedon"] is None:
            present[row["leadid"]].append((row["ownerid"], row["owneridtype"]))
    for lead in records.leads:
        owners, owner = present[lead["leadid"]], (lead["ownerid"], lead["owneridtype"])
        if lead["lf_stage"] in UNOWNED:
            if owners:
                yield f"lead {lead['leadid']} is {lead['lf_stage']}, and assigned"
        elif lead["ownerid"] is None:
            yield f"lead {lead['leadid']} is {lead['lf_stage']}, and nobody owns it"
        elif owners != [owner]:
            yield f"lead {lead['leadid']} belongs to {owner}, and is assigned to {owners}"


def _turns_without_holes(records: Records) -> Iterator[str]:
    taken = defaultdict(list)
    for row in _with_turn(records):
        taken[row["teamid"]].append(row["turn"])
    for team, turns in taken.items():
        if sorted(turns) != list(range(1, len(turns) + 1)):
            yield f"team {team}: turns are lost or doubled: {sorted(turns)}"
    for team, count in records.turns.items():
        if count != len(taken[team]):
            yield f"team {team} counts {count} turns, and {len(taken[team])} were given"


def _one_turn_a_routing(records: Records) -> Iterator[str]:
    """A lead takes a turn each time it is routed, at most."""
    taken = Counter(row["leadid"] for row in _with_turn(records))
    routed = Counter(row["leadid"] for row in records.decisions)
    for lead, turns in taken.items():
        if turns > routed[lead]:
            yield f"lead {lead} was routed {routed[lead]} times, and took {turns} turns"


def _fair_shares(records: Records, weights: Mapping[UUID, Mapping[UUID, int]]) -> Iterator[str]:
    """After every turn of a pool that stays as it is, nobody is more than one turn away from their share."""
    for team, members in weights.items():
        had: Counter[UUID] = Counter()
        total = sum(members.values())
        rows = sorted((row for row in _with_turn(records) if row["teamid"] == team), key=lambda row: row["turn"])
        for number, row in enumerate(rows, start=1):
            had[row["ownerid"]] += 1
            for member, weight in members.items():
                if abs(had[member] - number * weight / total) > 1:
                    yield f"team {team}: {member} of weight {weight} of {total} had {had[member]} of {number} turns"
                    return


def _nobody_who_is_away(records: Records, away: Iterable[Away]) -> Iterator[str]:
    """A step that was asked after somebody had left, and written before they came back, must not choose them."""
    written = {(row["leadid"], row["step"]): row["sequence"] for row in records.journal}
    for one in away:
        for row in _with_turn(records):
            done = written.get((row["leadid"], row["step"]), 0) < one.end.timestamp() * 1e9
            if row["ownerid"] == one.user and row["assignedon"] >= one.start and done:
                yield f"{one.user} is away, and got lead {row['leadid']}"


def _nobody_above_capacity(records: Records, capacity: Mapping[UUID, int]) -> Iterator[str]:
    has = Counter(lead["ownerid"] for lead in records.leads if lead["statecode"] == 0)
    for member, most in capacity.items():
        if has[member] > most:
            yield f"{member} may have {most} open leads, and has {has[member]}"


def _never_back_to_who_declined(records: Records) -> Iterator[str]:
    gave_back: set[tuple[UUID, UUID]] = set()
    for row in sorted(records.assignments, key=lambda row: (row["assignedon"], row["endedon"] is None)):
        pair = (row["leadid"], row["ownerid"])
        if pair in gave_back:
            yield f"lead {pair[0]} came back to {pair[1]}, who declined it"
        if row["endreason"] == "declined":
            gave_back.add(pair)


def _journal_agrees(records: Records) -> Iterator[str]:
    """One intake a lead, a decision for each routing, and no assignment without the step that made it."""
    steps = {(row["leadid"], row["step"]) for row in records.journal}
    kinds = Counter((row["leadid"], row["kind"]) for row in records.journal)
    routed = Counter(row["leadid"] for row in records.decisions)
    for lead in (row["leadid"] for row in records.leads):
        if kinds[lead, "intake"] != 1:
            yield f"lead {lead} was taken in {kinds[lead, 'intake']} times"
        if kinds[lead, "route"] != routed[lead]:
            yield f"lead {lead} was routed {kinds[lead, 'route']} times, and decided {routed[lead]} times"
    for row in records.assignments:
        if (row["leadid"], row["step"]) not in steps:
            yield f"lead {row['leadid']} was assigned by a step that never happened: {row['step']}"


def _with_turn(records: Records) -> Iterator[Row]:
    return (row for row in records.assignments if row["turn"] is not None)
