"""From the outbox to the sinks: at least once, in each lead's order, and no sink waits for another one."""

import asyncio
import logging
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crm.store.database import Database
from crm.store.service_tables import lf_delivery
from crm.store.sinks import deadletters
from leadflow.sinks import courier, retrying
from leadflow.sinks.retrying import NotDelivered
from tests.leadflow.sinks.conftest import SECRET, Receiver, new_event, sinks_of
from tests.leadflow.sinks.recording import Recorder, a_life, delivery, put, states, until

pytestmark = pytest.mark.usefixtures("quick")


async def test_everything_arrives_in_each_lead_s_order(database: Database) -> None:
    lives = [a_life() for _ in range(4)]
    put(database, [event for life in lives for event in reversed(life)], "a", "b")
    a, b = Recorder("a"), Recorder("b")
    async with delivery(database, a, b):
        await until(lambda: len(a.got) == len(b.got) == 12)
    for sink in (a, b):
        for life in lives:
            assert [event for event in sink.got if event.leadid == life[0].leadid] == life
        assert states(database, sink.name) == {"delivered": 12}


async def test_a_slow_and_a_dead_sink_hold_up_no_other(database: Database) -> None:
    gate = threading.Event()
    slow, dead, good = Recorder("slow", gate=gate), Recorder("dead", lambda _: NotDelivered("down")), Recorder("good")
    put(database, [event for _ in range(6) for event in a_life()], "slow", "dead", "good")
    async with delivery(database, slow, dead, good):
        await until(lambda: len(good.got) == 18)
        assert slow.got == dead.got == []
        assert len(slow.tried) <= courier.AT_ONCE, "no more at a time than its own threads"
        gate.set()
        await until(lambda: len(slow.got) == 18)
    assert dead.got == []


async def test_what_failed_is_tried_again_and_the_lead_s_next_event_waits(database: Database) -> None:
    life = a_life()
    fails = iter([NotDelivered("HTTP 503"), ValueError("a defect"), None, None, None])
    sink = Recorder("a", lambda _: next(fails))
    put(database, life, "a")
    async with delivery(database, sink):
        await until(lambda: len(sink.got) == 3)
    assert sink.got == life and sink.tried == [life[0], life[0], *life]


async def test_what_is_never_taken_becomes_a_dead_letter_and_can_be_sent_again(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    life = a_life(2)
    bad = {life[0].id}
    sink = Recorder("a", lambda event: NotDelivered("HTTP 500: no") if event.id in bad else None)
    put(database, life, "a")
    async with delivery(database, sink):
        await until(lambda: states(database, "a") == {"dead": 1, "delivered": 1})
        assert sink.got == life[1:]
        with database.transaction() as connection:
            (letter,) = deadletters.dead_letters(connection, "a", 10)
            bad.clear()
            assert deadletters.resend(connection, datetime.now(UTC), event=letter.id, sink=None) == 1
        await until(lambda: sink.got == [life[1], life[0]])
    assert (letter.id, letter.attempts, letter.outcome) == (life[0].id, retrying.TRIES, "HTTP 500: no")
    assert [record.message for record in caplog.records if "dead letter" in record.message] == [
        f"sink a: event {life[0].id} is a dead letter: leadflow sinks dead"
    ]


async def test_a_sink_that_is_down_is_probed_by_one_event_at_a_time(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "FIRST_WAIT", timedelta(hours=1))
    monkeypatch.setattr(retrying, "LONGEST_PAUSE", timedelta(hours=1))
    sink = Recorder("a", lambda _: NotDelivered("down"))
    put(sqlite_database, [new_event() for _ in range(30)], "a")
    async with delivery(sqlite_database, sink):
        await until(lambda: len(sink.tried) >= retrying.PATIENCE)
        await asyncio.sleep(0.1)
        assert len(sink.tried) <= retrying.PATIENCE + courier.AT_ONCE
    with sqlite_database.reading() as connection:
        tried = connection.execute(select(lf_delivery.c.outboxid).where(lf_delivery.c.attempts > 0)).all()
    assert len(tried) == len(sink.tried), "nobody else's tries were used up"


KILLED = """
import os, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from crm.store.sinks import outbox
from crm.store.database import open_database
from leadflow.settings import Settings
from leadflow.sinks.opening import open_sinks
database = open_database(sys.argv[1])
(sink,) = open_sinks(Settings(sinks_file=Path(sys.argv[2])), database)
with database.transaction() as connection:
    (claim,) = outbox.claim(connection, sink.name, datetime.now(UTC), timedelta(seconds=float(sys.argv[3])), 1)
sink.deliver(claim.event)
os.kill(os.getpid(), 9)
"""


async def test_what_a_killed_worker_was_busy_with_comes_again_with_the_same_id(
    receiver: Receiver, sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    text = f"crm: {{webhook: {{url: '{receiver.url}', secret_env: HOOK_SECRET}}}}"
    sink = sinks_of(text, tmp_path, sqlite_database)["crm"]
    life = a_life(2)
    put(sqlite_database, life, "crm")
    command = [sys.executable, "-c", KILLED, sqlite_database.url, str(tmp_path / "sinks.yaml"), "0.2"]
    killed = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=60, check=False)
    assert killed.returncode == -9, killed.stderr.decode()
    assert states(sqlite_database, "crm") == {"pending": 2} and len(receiver.requests) == 1
    async with delivery(sqlite_database, sink):
        await until(lambda: len(receiver.requests) == 3)
        await until(lambda: states(sqlite_database, "crm") == {"delivered": 2})
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert ids == [str(life[0].id), str(life[0].id), str(life[1].id)]


async def test_several_workers_share_the_work(database: Database) -> None:
    lives = [a_life(2) for _ in range(8)]
    put(database, [event for life in lives for event in life], "a")
    workers = [Recorder("a") for _ in range(3)]
    async with delivery(database, workers[0]), delivery(database, workers[1]), delivery(database, workers[2]):
        await until(lambda: states(database, "a") == {"delivered": 16})
    got = [event.id for worker in workers for event in worker.got]
    assert len(got) == len(set(got)) == 16


async def test_a_worker_that_ends_lets_what_is_under_way_end(sqlite_database: Database) -> None:
    gate = threading.Event()
    sink = Recorder("a", gate=gate)
    put(sqlite_database, [new_event()], "a")
    async with delivery(sqlite_database, sink):
        await until(lambda: sink.tried)
        asyncio.get_running_loop().call_later(0.05, gate.set)
    assert states(sqlite_database, "a") == {"delivered": 1}


async def test_a_worker_that_ends_does_not_wait_for_ever(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "GRACE_SECONDS", 0.05)
    gate = threading.Event()
    sink = Recorder("a", gate=gate)
    put(sqlite_database, [new_event()], "a")
    async with delivery(sqlite_database, sink):
        await until(lambda: sink.tried)
    assert states(sqlite_database, "a") == {"pending": 1}
    gate.set()


async def test_a_database_that_does_not_answer_is_told_once_and_ends_nothing(
    sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    sink = Recorder("a")
    with sqlite_database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE lf_delivery RENAME TO away")
    async with delivery(sqlite_database, sink):
        await until(lambda: "cannot be read" in caplog.text)
        await asyncio.sleep(0.1)
        with sqlite_database.transaction() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO lf_delivery")
        put(sqlite_database, [new_event()], "a")
        await until(lambda: sink.got)
    assert caplog.text.count("sink a: the outbox cannot be read") == 1


async def test_the_log_is_a_sink(sqlite_database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sink = sinks_of("audit: {log: {}}", tmp_path, sqlite_database)["audit"]
    event = new_event()
    put(sqlite_database, [event], "audit")
    with caplog.at_level(logging.INFO, "leadflow.events"):
        async with delivery(sqlite_database, sink):
            await until(lambda: states(sqlite_database, "audit") == {"delivered": 1})
    (line,) = [record.message for record in caplog.records if record.name == "leadflow.events"]
    assert line.startswith('{"type":"lead.assigned","id":"') and "\n" not in line
