"""The outbox: each event goes to each sink at least once, in the lead's order, and nothing is lost on the way."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

import pytest

from crm.errors import NotFound, StateConflict
from crm.store.database import Database
from crm.store.service_tables import lf_delivery, lf_outbox
from crm.store.sinks import deadletters, outbox
from crm.store.sinks.outbox import Claim, Event
from tests.activities.conftest import at_once

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
LEADS = [uuid4() for _ in range(3)]


def event(lead: UUID, number: int, on: datetime = NOW) -> Event:
    return Event(uuid5(lead, str(number)), lead, number, "lead.edited", {"number": number}, on)


def put(database: Database, *events: Event, sinks: tuple[str, ...] = ("crm",)) -> None:
    with database.transaction() as connection:
        for each in events:
            outbox.put(connection, each, sinks, NOW)


def claim(database: Database, now: datetime = NOW, *, sink: str = "crm", limit: int = 10) -> list[Claim]:
    with database.transaction() as connection:
        return sorted(outbox.claim(connection, sink, now, LEASE, limit), key=lambda each: str(each.event.id))


def deliver(database: Database, claim: Claim, now: datetime = NOW) -> None:
    with database.transaction() as connection:
        outbox.delivered(connection, claim, now, "HTTP 200")


def fail(database: Database, claim: Claim, again: datetime | None, outcome: str = "HTTP 500") -> None:
    with database.transaction() as connection:
        outbox.failed(connection, claim, NOW, outcome, again)


def numbers(claims: list[Claim]) -> list[int]:
    return sorted(each.event.number for each in claims)


def is_due(database: Database, now: datetime, sink: str = "crm") -> bool:
    with database.reading() as connection:
        return outbox.is_due(connection, sink, now)


def test_each_sink_gets_each_event_once(database: Database) -> None:
    put(database, event(LEADS[0], 1), sinks=("crm", "log"))
    assert is_due(database, NOW) and not is_due(database, NOW - SECOND) and not is_due(database, NOW, "other")
    for sink in ("crm", "log"):
        (mine,) = claim(database, sink=sink)
        assert (mine.event, mine.sink, mine.attempt) == (event(LEADS[0], 1), sink, 1)
        deliver(database, mine)
        assert claim(database, NOW + LEASE * 2, sink=sink) == []


def test_what_is_claimed_belongs_to_one_until_the_lease_is_over_and_comes_again_with_the_same_id(
    database: Database,
) -> None:
    put(database, event(LEADS[0], 1))
    (first,) = claim(database)
    assert claim(database, NOW + LEASE - SECOND) == [] and not is_due(database, NOW + LEASE - SECOND)
    (again,) = claim(database, NOW + LEASE)
    assert (again.event, again.attempt) == (first.event, 2)


def test_a_lead_s_events_come_in_order_and_leads_do_not_wait_for_each_other(database: Database) -> None:
    put(database, event(LEADS[0], 2), event(LEADS[0], 1), event(LEADS[1], 7))
    first, other = sorted(claim(database), key=lambda each: each.event.number)
    assert (first.event.number, other.event.number) == (1, 7)
    fail(database, first, NOW + timedelta(hours=1))
    assert claim(database, NOW + LEASE / 2) == [], "the second waits for the first, which is to be tried again"
    claims = claim(database, NOW + timedelta(hours=1))
    assert numbers(claims) == [1, 7]
    for each in claims:
        deliver(database, each)
    assert numbers(claim(database, NOW + timedelta(hours=1))) == [2]


def test_one_sink_does_not_wait_for_another(database: Database) -> None:
    put(database, event(LEADS[0], 1), event(LEADS[0], 2), sinks=("dead", "crm"))
    fail(database, claim(database, sink="dead")[0], NOW + timedelta(days=1))
    for number in (1, 2):
        (mine,) = claim(database)
        assert mine.event.number == number
        deliver(database, mine)


def test_after_a_dead_letter_the_lead_s_next_event_goes_on(database: Database) -> None:
    put(database, event(LEADS[0], 1), event(LEADS[0], 2))
    fail(database, claim(database)[0], None)
    assert numbers(claim(database)) == [2]


def test_no_more_than_asked_for_and_the_longest_due_first(database: Database) -> None:
    put(database, *(event(lead, 1) for lead in LEADS))
    fail(database, claim(database, limit=1)[0], NOW + SECOND)
    assert len(claim(database, NOW + SECOND, limit=2)) == 2
    (last,) = claim(database, NOW + SECOND)
    assert last.attempt == 2


def test_several_workers_never_claim_the_same(database: Database) -> None:
    put(database, *(event(uuid4(), 1) for _ in range(24)))
    claims = at_once(*(lambda: claim(database, limit=6) for _ in range(4)))
    ids = [each.event.id for mine in claims for each in mine]
    assert len(ids) == len(set(ids)) and {each.attempt for mine in claims for each in mine} == {1}
    while more := claim(database):
        ids += [each.event.id for each in more]
    assert len(set(ids)) == len(ids) == 24


def test_who_was_too_slow_changes_nothing_but_a_delivery_counts(database: Database) -> None:
    put(database, event(LEADS[0], 1))
    (slow,) = claim(database)
    (second,) = claim(database, NOW + LEASE)
    fail(database, slow, None)
    assert claim(database, NOW + LEASE) == [], "still the second's"
    deliver(database, slow)
    fail(database, second, None)
    with database.reading() as connection:
        assert deadletters.backlogs(connection) == {}


def test_an_event_is_put_once(database: Database) -> None:
    put(database, event(LEADS[0], 1))
    with pytest.raises(StateConflict):
        put(database, event(LEADS[0], 1))


def test_what_sinks_have_not_got_is_counted_listed_and_sent_again(database: Database) -> None:
    put(database, *(event(lead, 1) for lead in LEADS), sinks=("crm", "log"))
    first, second, _ = claim(database)
    fail(database, first, None, "HTTP 410: nul \0" + "x" * 5000)
    fail(database, second, NOW + LEASE, "HTTP 503")
    with database.reading() as connection:
        counted = deadletters.backlogs(connection)
        (letter,) = deadletters.dead_letters(connection, None, 10)
        assert deadletters.dead_letters(connection, "log", 10) == []
    assert {name: (each.pending, each.dead) for name, each in counted.items()} == {"crm": (2, 1), "log": (3, 0)}
    assert counted["log"].oldest == NOW and counted["log"].error is None
    assert counted["crm"].error in (letter.outcome, "HTTP 503")
    assert (letter.id, letter.attempts, letter.triedon) == (first.event.id, 1, NOW)
    assert letter.outcome.startswith("HTTP 410: nul x") and len(letter.outcome) == outbox.LONGEST_OUTCOME
    later = NOW + timedelta(days=3)
    with database.transaction() as connection:
        assert deadletters.resend(connection, later, event=letter.id, sink="crm") == 1
        with pytest.raises(NotFound, match="leadflow sinks dead"):
            deadletters.resend(connection, later, event=letter.id, sink=None)
    again = {each.event.id: each.attempt for each in claim(database, later)}
    assert again[letter.id] == 1, "with all its attempts"


def test_all_dead_letters_of_a_sink_or_of_all_are_sent_again(database: Database) -> None:
    put(database, *(event(lead, 1) for lead in LEADS), sinks=("crm", "log"))
    for sink in ("crm", "log"):
        for each in claim(database, sink=sink):
            fail(database, each, None)
    with database.transaction() as connection:
        assert deadletters.resend(connection, NOW, event=None, sink="crm") == 3
        assert deadletters.resend(connection, NOW, event=None, sink=None) == 3
        assert deadletters.resend(connection, NOW, event=None, sink=None) == 0


def test_only_old_events_that_every_sink_has_are_forgotten(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FORGOTTEN_AT_ONCE", 2)
    got = [event(uuid4(), 1) for _ in range(3)]
    young, half, dead = event(LEADS[0], 1, NOW + SECOND), event(LEADS[1], 1), event(LEADS[2], 1)
    put(database, *got, young, half, dead, sinks=("crm", "log"))
    for sink in ("crm", "log"):
        for each in claim(database, sink=sink):
            if each.event.id == dead.id:
                fail(database, each, None)
            elif (each.event.id, sink) != (half.id, "log"):
                deliver(database, each)
    with database.transaction() as connection:
        assert [outbox.forget(connection, NOW + SECOND) for _ in range(3)] == [2, 1, 0]
        kept = connection.execute(lf_outbox.select().with_only_columns(lf_outbox.c.id)).scalars().all()
        deliveries = connection.execute(lf_delivery.select()).all()
    assert set(kept) == {young.id, half.id, dead.id} and len(deliveries) == 6
