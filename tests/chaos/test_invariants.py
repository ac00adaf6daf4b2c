"""The checker itself: it is silent about sound records, and finds each thing that must not be."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.chaos.invariants import Away, Expected, Records, violations

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEAM, ANNA, BEN = uuid4(), uuid4(), uuid4()
WEIGHTS = {ANNA: 2, BEN: 1}
Doctor = Callable[[Records], object]


def assignment(lead: UUID, owner: UUID, turn: int | None, step: str = "intake", **more: Any) -> dict[str, Any]:
    row = {"leadid": lead, "step": step, "ownerid": owner, "owneridtype": "systemuser", "teamid": TEAM, "turn": turn}
    return {**row, "assignedon": NOON + timedelta(minutes=turn or 0), "endedon": None, "endreason": None, **more}


def step(lead: UUID, key: str, kind: str, minute: int) -> dict[str, Any]:
    written = NOON + timedelta(minutes=minute, milliseconds=5)
    return {"leadid": lead, "step": key, "kind": kind, "sequence": int(written.timestamp() * 1e9)}


def sound() -> tuple[Records, Expected]:
    """Six leads to anna, ben, anna and so on, one of them declined by ben and routed again; one lead is held."""
    leads = [uuid4() for _ in range(7)]
    owners = [ANNA, BEN, ANNA, ANNA, ANNA, BEN]
    given = [assignment(lead, owner, turn) for turn, (lead, owner) in enumerate(zip(leads, owners, strict=False), 1)]
    declined = {"endedon": NOON + timedelta(minutes=7), "endreason": "declined"}
    given[1] |= {"step": "intake", **declined}
    given.append(assignment(leads[1], ANNA, 7, "again"))
    owners = [ANNA, ANNA, ANNA, ANNA, ANNA, BEN]
    rows = [
        {
            "leadid": lead,
            "ownerid": owner,
            "owneridtype": "systemuser" if owner else None,
            "lf_stage": "assigned" if owner else "held",
            "statecode": 0,
            "lf_source": "feed",
            "lf_externalid": str(number),
        }
        for number, (lead, owner) in enumerate(zip(leads, [*owners, None], strict=True))
    ]
    given[5]["assignedon"] = NOON + timedelta(minutes=5)  # asked while ben was away, and carried out when he was back
    journal = [step(lead, "intake", "intake", turn) for turn, lead in enumerate(leads, start=1)]
    journal += [step(lead, "intake/route", "route", turn) for turn, lead in enumerate(leads, start=1)]
    journal += [step(leads[1], "again", "route", 7)]
    decisions = [{"leadid": lead, "step": "intake"} for lead in leads] + [{"leadid": leads[1], "step": "again"}]
    away = Away(BEN, NOON + timedelta(minutes=2, seconds=1), NOON + timedelta(minutes=6))
    records = Records(rows, given, journal, decisions, {TEAM: 7})
    return records, Expected(leads, {}, {ANNA: 5, BEN: 1}, [away])


def test_sound_records() -> None:
    assert violations(*sound()) == []


def change(rows: str, number: int, **values: Any) -> Doctor:
    return lambda records: getattr(records, rows)[number].update(values)


def lose(rows: str, number: int) -> Doctor:
    return lambda records: getattr(records, rows).pop(number)


def repeat(rows: str, number: int, **values: Any) -> Doctor:
    return lambda records: getattr(records, rows).append({**getattr(records, rows)[number], **values})


@pytest.mark.parametrize(
    ("doctor", "found"),
    [
        (lose("leads", 6), "is lost"),
        (repeat("leads", 6, leadid=uuid4(), lf_externalid="8"), "came from nowhere"),
        (change("leads", 6, lf_externalid="0"), "is 2 leads"),
        (change("leads", 0, ownerid=None), "nobody owns it"),
        (change("leads", 0, ownerid=BEN), "and is assigned to"),
        (change("leads", 0, lf_stage="held"), "is held, and assigned"),
        (change("leads", 6, lf_stage="waiting"), "is waiting, and nobody owns it"),
        (lose("assignments", 0), "and is assigned to []"),
        (repeat("assignments", 0, step="again"), "and is assigned to"),
        (change("assignments", 2, turn=2), "turns are lost or doubled"),
        (lambda records: records.turns.update({TEAM: 8}), "counts 8 turns, and 7 were given"),
        (lambda records: records.turns.update({uuid4(): 1}), "counts 1 turns, and 0 were given"),
        (lose("decisions", 0), "was routed 0 times, and took 1 turns"),
        (change("assignments", 3, ownerid=BEN), "is away, and got lead"),
        (change("leads", 0, ownerid=BEN), "may have 1 open leads, and has 2"),
        (change("assignments", 6, ownerid=BEN), "who declined it"),
        (repeat("journal", 0), "was taken in 2 times"),
        (lose("journal", 7), "was routed 0 times, and decided 1 times"),
        (change("assignments", 0, step="never"), "a step that never happened: never"),
    ],
)
def test_each_violation_is_found(doctor: Doctor, found: str) -> None:
    records, expected = sound()
    doctor(records)
    assert [text for text in violations(records, expected) if found in text]


@pytest.mark.parametrize(
    ("owners", "fair"),
    [
        ([ANNA, BEN, ANNA, ANNA, BEN, ANNA], True),
        ([ANNA, ANNA, BEN, ANNA, ANNA, BEN], True),
        ([BEN, BEN, ANNA, ANNA, ANNA, ANNA], False),  # right in the end, and not on the way
        ([ANNA, ANNA, ANNA, ANNA, BEN, BEN], False),
    ],
)
def test_shares_are_held_against_weights_after_every_turn(owners: list[UUID], fair: bool) -> None:
    given = [assignment(uuid4(), owner, turn) for turn, owner in enumerate(owners, start=1)]
    records = Records([], given, [], [], {TEAM: len(given)})
    found = violations(records, Expected([], {TEAM: WEIGHTS}, {}))
    assert any("of weight" in text for text in found) is not fair
