"""Edited files take effect, broken ones do not."""

import gc
import os
import threading
import weakref
from pathlib import Path

import pytest

from crm.errors import Misconfigured
from rules.engine.live import LiveRules
from tests.rules.books import rule_text, write_book


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("rules.engine.live.time.monotonic", lambda: now[0])
    return now


def edit(folder: Path, text: str) -> None:
    """Change default.yaml, with a new time whatever the file system's clock can tell apart."""
    path = folder / "default.yaml"
    before = path.stat().st_mtime_ns
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def ask(rules: LiveRules) -> str:
    return rules.current().decide({"lastname": "a"}).rule


def test_an_edited_file_takes_effect_after_two_seconds(tmp_path: Path, clock: list[float]) -> None:
    rules = LiveRules(write_book(tmp_path, {}))
    edit(tmp_path, rule_text("{lastname: a}"))
    clock[0] += 1.9
    assert ask(rules) == "otherwise"
    clock[0] += 0.2
    assert ask(rules) == "one"


def test_a_set_that_does_not_check_is_refused_until_it_does(tmp_path: Path, clock: list[float]) -> None:
    rules = LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastname: a}")}))
    digest = rules.current().digest
    edit(tmp_path, rule_text("{lastnme: a}"))
    clock[0] += 3
    assert ask(rules) == "one" and rules.current().digest == digest
    assert rules.refusal is not None and "default.yaml:3:12" in rules.refusal
    edit(tmp_path, rule_text("{lastname: b}"))
    clock[0] += 3
    assert ask(rules) == "otherwise" and rules.refusal is None


def test_a_new_file_and_a_removed_one_are_seen(tmp_path: Path, clock: list[float]) -> None:
    rules = LiveRules(write_book(tmp_path, {}))
    unit = tmp_path / "business_units" / "uk.yaml"
    unit.parent.mkdir()
    unit.write_text("business_unit: uk\notherwise: {hold: {reason: new}}\n")
    clock[0] += 3
    assert "business_units/uk.yaml" in rules.current().book.files
    unit.unlink()
    clock[0] += 3
    assert "business_units/uk.yaml" not in rules.current().book.files


def test_unchanged_files_are_not_read_again(tmp_path: Path, clock: list[float]) -> None:
    rules = LiveRules(write_book(tmp_path, {}))
    engine = rules.current()
    clock[0] += 10
    assert rules.current() is engine


def test_an_old_engine_works_for_whom_holds_it_and_is_freed_then(tmp_path: Path, clock: list[float]) -> None:
    rules = LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastname: a}")}))
    old = rules.current()
    edit(tmp_path, rule_text("{lastname: b}"))
    clock[0] += 3
    assert rules.current() is not old
    decision = old.decide({"lastname": "a"})
    assert decision.rule == "one" and not decision.engine_disagreement
    reference = weakref.ref(old)
    del old
    gc.collect()
    assert reference() is None


def test_the_first_load_must_check(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="LF201"):
        LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastnme: a}")}))


def test_threads_ask_while_files_change(tmp_path: Path, clock: list[float]) -> None:
    rules = LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastname: a}")}))
    disagreements: list[str] = []
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            decision = rules.current().decide({"lastname": "a"})
            if decision.engine_disagreement or decision.rule not in ("one", "otherwise"):
                disagreements.append(decision.reason)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(12):
        edit(tmp_path, rule_text("{lastname: a}" if number % 2 else "{lastname: b}"))
        clock[0] += 3
        rules.current()
    done.set()
    for thread in threads:
        thread.join()
    assert not disagreements
