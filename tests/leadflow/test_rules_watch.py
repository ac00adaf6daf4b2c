"""A worker's watch over its rule files: edited ones go live whole and proved, and all can see what is in force."""

import asyncio
import os
import re
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.common import MetricMeter

from activities.deps import Dependencies
from crm.errors import Misconfigured, Unavailable
from crm.store.database import Database
from crm.store.rules import rulestatus
from crm.store.rules.rulestatus import WorkerRules
from leadflow import rules_watch
from leadflow.rules_watch import watching_rules
from rules.engine import trial
from rules.engine.live import LiveRules
from rules.engine.sources import RuleSources
from rules.engine.trial import try_out
from tests.e2e.test_worker import free_port, read
from tests.rules.books import rule_text, write_book
from tests.service import ROOT, Service, environment, run, start_worker, stop, wait_for

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MATCHES, DIFFERS, BROKEN = rule_text("{lastname: a}"), rule_text("{lastname: b}"), rule_text("{lastnme: a}")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_watch, "LOOK_SECONDS", 0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_book(tmp_path / "rules", {"default.yaml": MATCHES})


def edit(folder: Path, text: str, file: str = "default.yaml") -> None:
    (folder / file).write_text(text, encoding="utf-8")


def seen(database: Database) -> Sequence[WorkerRules]:
    with database.reading() as connection:
        return rulestatus.workers(connection)


def fake_python(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """The trial's process does what the script says: what a crash or a hang of the native engine looks like."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


@asynccontextmanager
async def watched(folder: Path, database: Database) -> AsyncIterator[LiveRules]:
    rules = LiveRules(folder)
    async with watching_rules(Dependencies(database, rules), MetricMeter.noop):
        yield rules


async def until(look: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.02)


async def test_edited_files_go_live_although_nobody_asks(folder: Path, sqlite_database: Database) -> None:
    async with watched(folder, sqlite_database) as rules:
        before = rules.current().digest
        edit(folder, DIFFERS)
        await until(lambda: rules.current().digest != before)
        await until(
            lambda: [(row.digest, row.refusal) for row in seen(sqlite_database)] == [(rules.current().digest, None)]
        )


async def test_a_refusal_is_told_and_taken_back(folder: Path, sqlite_database: Database) -> None:
    async with watched(folder, sqlite_database) as rules:
        digest = rules.current().digest
        edit(folder, BROKEN)
        await until(lambda: rules.refusal)
        assert "default.yaml:3:12" in str(rules.refusal) and rules.current().digest == digest
        await until(lambda: seen(sqlite_database)[0].refusal)
        (row,) = seen(sqlite_database)
        assert (row.worker, row.digest) == (f"{socket.gethostname()}:{os.getpid()}", digest)
        assert row.refusal == rules.refusal
        edit(folder, MATCHES)
        await until(lambda: seen(sqlite_database)[0].refusal is None)


async def test_what_crashes_the_trial_never_goes_live(
    folder: Path, sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_watch, "AGAIN_SECONDS", 0.1)
    python = sys.executable
    async with watched(folder, sqlite_database) as rules:
        digest = rules.current().digest
        fake_python(monkeypatch, tmp_path, "kill -SEGV $$")
        edit(folder, DIFFERS)
        await until(lambda: rules.refusal)
        assert "crash the rules engine: trying them out ended by SIGSEGV" in str(rules.refusal)
        assert rules.current().digest == digest
        monkeypatch.setattr(sys, "executable", python)  # the machine had no memory left, say
        await until(lambda: rules.current().digest != digest)
        assert rules.refusal is None


async def test_what_hangs_is_ended(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LIMIT_SECONDS", 0.3)
    fake_python(monkeypatch, tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")
    with pytest.raises(Unavailable, match=r"the rules hang the rules engine: trying them out took over 0 s\."):
        await try_out(RuleSources.from_folder(folder), "the rules")
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(
    ("script", "reason"),
    [("echo MemoryError >&2; exit 1", r"with exit code 1 \(MemoryError\)"), ("exit 7", "without a word")],
)
async def test_how_a_trial_ended_is_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    fake_python(monkeypatch, tmp_path, script)
    with pytest.raises(Unavailable, match=reason):
        await try_out(RuleSources.from_folder(folder), "the rules")


async def test_a_trial_that_cannot_begin(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(Unavailable, match="could not be tried out: No such file"):
        await try_out(RuleSources.from_folder(folder), "the rules")


async def test_the_trial_uses_the_shipped_rules() -> None:
    await try_out(RuleSources.from_folder(ROOT / "rules"), "the rules")


async def test_the_trial_refuses_what_does_not_check(folder: Path) -> None:
    edit(folder, BROKEN)
    with pytest.raises(Misconfigured, match=r"the rules do not check:\ndefault.yaml:3:12: error LF201"):
        await try_out(RuleSources.from_folder(folder), "the rules")
    (folder / "default.yaml").write_bytes(b"\xff\xfe\x00rules")
    with pytest.raises(Misconfigured, match=r"default\.yaml"):
        await try_out(RuleSources.from_folder(folder), "the rules")


async def test_a_database_that_does_not_answer_disturbs_nothing(
    folder: Path, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite_database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE lf_rulestatus")
    async with watched(folder, sqlite_database) as rules:
        before = rules.current().digest
        edit(folder, DIFFERS)
        await until(lambda: rules.current().digest != before)
    said = [record.message for record in caplog.records if "status cannot be written" in record.message]
    assert len(said) == 1, "once, until it works again"


async def test_a_worker_that_ends_is_forgotten(folder: Path, sqlite_database: Database) -> None:
    async with watched(folder, sqlite_database):
        await until(lambda: seen(sqlite_database))
    assert seen(sqlite_database) == []


async def test_a_sign_of_life_comes_now_and_then(
    folder: Path, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_watch, "REPORT_SECONDS", 0.1)
    async with watched(folder, sqlite_database):
        await until(lambda: seen(sqlite_database))
        first = seen(sqlite_database)[0].seenon
        await until(lambda: seen(sqlite_database)[0].seenon > first)


def status(worker: str, seenon: datetime = NOW, refusal: str | None = None) -> WorkerRules:
    return WorkerRules(worker, "d" * 64, NOW, refusal, seenon)


def test_a_worker_has_one_row_and_those_gone_for_a_day_have_none(database: Database) -> None:
    with database.transaction() as connection:
        rulestatus.report(connection, status("old:1", NOW - timedelta(days=1, seconds=1)))
        rulestatus.report(connection, status("late:1", NOW - timedelta(hours=23)))
        rulestatus.report(connection, status("a:1"))
        rulestatus.report(connection, status("a:1", refusal="nul \0" + "x" * 20_000))
    rows = seen(database)
    assert [row.worker for row in rows] == ["a:1", "late:1"]
    assert rows[0].refusal == "nul " + "x" * 9_996
    with database.transaction() as connection:
        rulestatus.withdraw(connection, "a:1")
    assert seen(database) == [status("late:1", NOW - timedelta(hours=23))]


def test_a_real_worker_takes_up_edited_files_and_shows_it(service: Service, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    metrics = f"127.0.0.1:{free_port()}"
    own = {"temporal_address": service.server.address, "task_queue": "watched", "metrics_address": metrics}
    env = environment(tmp_path / "state", rules_dir=str(folder), **own)
    for command in (["db", "upgrade"], ["directory", "apply"]):
        assert run("leadflow", *command, env=env).code == 0
    worker = start_worker(env, tmp_path / "worker.log")
    try:
        shown = wait_for(lambda: metric(metrics, "leadflow_rules_info", "1"), "the digest")
        assert metric(metrics, "leadflow_rules_refused", "0")
        uk = folder / "business_units" / "uk.yaml"
        good = uk.read_text()
        uk.write_text(good.replace("at_least: 1000", "at_least: 1001"))
        wait_for(lambda: metric(metrics, "leadflow_rules_info", "0") == shown, "the new rules")
        assert metric(metrics, "leadflow_rules_info", "1") != shown
        assert "accepted" in str(metric(metrics, "leadflow_rules_loads_total", "1"))
        uk.write_text(good.replace("numberofemployees", "numberofemployes"))
        wait_for(lambda: metric(metrics, "leadflow_rules_refused", "1"), "the refusal")
        refused = run("leadflow", "rules", "status", env=env)
        assert refused.code == 1 and "business_units/uk.yaml" in refused.out
        uk.write_text(good)
        wait_for(lambda: run("leadflow", "rules", "status", env=env).code == 0, "the first rules")
        assert stop(worker) == 0
    finally:
        worker.kill()
    log = (tmp_path / "worker.log").read_text()
    assert log.count("are in force") == 2 and log.count("edited rules are refused") == 1 and "Traceback" not in log
    ended = run("leadflow", "rules", "status", env=env)
    assert ended.code == 1 and "No worker" in ended.out


def metric(address: str, name: str, value: str) -> str | None:
    """The labels of the metric's first line that has this value."""
    found = re.search(rf"^{name}(\{{.*\}}) {value}$", read(address) or "", re.MULTILINE)
    return found and found[1]
