"""Past leads: each once, by its first decision, with what happened then; a sample is the same each time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from sqlalchemy import insert

from crm.entities.lead import Lead
from crm.history import PastLead
from crm.store import records
from crm.store.database import Database
from crm.store.life import journal
from crm.store.life.journal import Entry
from crm.store.rules import history
from crm.store.rules.history import PastCounts, Period, count_past_leads, past_leads
from crm.store.service_tables import lf_routingdecision

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
FACTS: Mapping[str, Any] = {"_now": 1767603600, "jobtitle": "ärztin", "revenue": 1000.0, "is_duplicate": False}
DECISION: Mapping[str, Any] = {"file": "default.yaml", "rule": "one", "outcome": {"kind": "hold", "reason": "look"}}


def lead_number(number: int) -> UUID:
    return uuid5(UUID(int=0), str(number))


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def decided(
    database: Database, number: int, minute: int, *, step: str = "intake", facts: Mapping[str, Any] | None = FACTS
) -> None:
    """A decision, as routing keeps it; without facts, as it was kept before."""
    leadid = lead_number(number)
    values = {
        "lf_routingdecisionid": uuid5(leadid, step), "leadid": leadid, "step": step,
        "digest": f"{minute:064}", "file": "default.yaml",
        "rule": "one", "unmatched": False, "disagreement": False, "decision": DECISION, "facts": facts,
        "decidedon": at(minute),
    }  # fmt: skip
    with database.transaction() as connection:
        connection.execute(insert(lf_routingdecision), values)


def lived(database: Database, number: int, *steps: tuple[str, float], **attributes: Any) -> None:
    """The lead as it stands, and steps of its life by kind and minute."""
    with database.transaction() as connection:
        records.insert(connection, Lead(leadid=lead_number(number), lastname="Lind", **attributes), now=START)
        entries = {f"{place}": Entry(at(minute), kind, kind, None) for place, (kind, minute) in enumerate(steps)}
        if entries:
            journal.write(connection, lead_number(number), entries)


def found(database: Database, period: Period | None = None, sample: int | None = None) -> list[PastLead]:
    with database.reading() as connection:
        return list(past_leads(connection, period or Period(), sample=sample))


def counted(database: Database, period: Period) -> PastCounts:
    with database.reading() as connection:
        return count_past_leads(connection, period)


def test_a_lead_comes_back_word_for_word(database: Database) -> None:
    decided(database, 1, 3)
    lived(database, 1, ("route", 3), ("sla_missed", 20), ("accept", 30), ("accept", 40),
          lf_acceptedon=at(40), lf_firstresponseon=at(45), lf_closedon=at(50))  # fmt: skip
    assert found(database) == [
        PastLead(
            leadid=lead_number(1), decidedon=at(3), digest=f"{3:064}", decision=DECISION, facts=FACTS,
            acceptedon=at(30), respondedon=at(45), closedon=at(50), breached=True,
        )
    ]  # fmt: skip


def test_who_answers_has_accepted(database: Database) -> None:
    decided(database, 1, 0)
    lived(database, 1, ("log", 7), lf_acceptedon=at(7), lf_firstresponseon=at(7))
    [lead] = found(database)
    assert (lead.acceptedon, lead.respondedon, lead.closedon, lead.breached) == (at(7), at(7), None, False)


def test_a_lead_of_which_nothing_more_is_known(database: Database) -> None:
    decided(database, 1, 0)
    [lead] = found(database)
    assert (lead.acceptedon, lead.respondedon, lead.closedon, lead.breached) == (None, None, None, False)


def test_a_lead_counts_once_by_the_first_decision_of_its_life(database: Database) -> None:
    decided(database, 1, 5, step="late")
    decided(database, 1, 1, step="early")
    decided(database, 2, 2)
    assert [(lead.leadid, lead.decidedon) for lead in found(database)] == [
        (lead_number(1), at(1)),
        (lead_number(2), at(2)),
    ]
    later = Period(since=at(2))
    assert [lead.leadid for lead in found(database, later)] == [lead_number(2)], "it was routed before this period"
    assert counted(database, later) == PastCounts(1, 0, f"{2:064}")


def test_two_decisions_of_one_moment_are_one_lead(database: Database) -> None:
    for step in ("one", "two"):
        decided(database, 1, 0, step=step)
    assert len(found(database)) == 1


def test_a_period_ends_before_its_end(database: Database) -> None:
    for minute in range(4):
        decided(database, minute, minute)
    period = Period(since=at(1), until=at(3))
    assert [lead.decidedon for lead in found(database, period)] == [at(1), at(2)]
    assert counted(database, period) == PastCounts(2, 0, f"{2:064}")


def test_leads_without_facts_are_left_out_and_counted(database: Database) -> None:
    decided(database, 1, 0, facts=None)
    decided(database, 1, 1, step="again")
    decided(database, 2, 2)
    decided(database, 3, 3, facts=None)
    assert [lead.leadid for lead in found(database)] == [lead_number(2)]
    assert counted(database, Period()) == PastCounts(1, 2, f"{2:064}")
    assert counted(database, Period(until=START)) == PastCounts(0, 0, None)


@pytest.mark.parametrize("batch", [3, 500])
def test_order_and_samples(database: Database, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "BATCH", batch)
    for number in range(20):
        decided(database, number, number // 3)
    every = found(database)
    assert len(every) == 20
    assert [(lead.decidedon, lead.leadid) for lead in every] == sorted((lead.decidedon, lead.leadid) for lead in every)
    some, more = found(database, sample=7), found(database, sample=12)
    assert len(some) == 7 and len(more) == 12 and some == found(database, sample=7)
    chosen = {lead.leadid for lead in more}
    assert [lead for lead in every if lead.leadid in chosen] == more, "in the same order, as a part of all"
    assert {lead.leadid for lead in some} < chosen
    assert found(database, sample=100) == every
    assert chosen != {lead.leadid for lead in every[:12]}
