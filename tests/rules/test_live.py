"""Edited files take effect, whole and only when a change is over; broken ones do not."""

import gc
import os
import shutil
import threading
import weakref
from pathlib import Path

import pytest

from crm.errors import Misconfigured
from rules.engine.live import LiveRules
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.books import rule_text, write_book


def edit(folder: Path, text: str, file: str = "default.yaml") -> None:
    """Change a file, with a new time whatever the file system's clock can tell apart."""
    path = folder / file
    before = path.stat().st_mtime_ns
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before + 10**9, before + 10**9))


def look(rules: LiveRules) -> bool:
    """Look as a watcher does, until the files are still: whether there was something to take up."""
    sources = rules.edited() or rules.edited()
    if sources is not None:
        rules.take_up(sources)
    return sources is not None


def ask(rules: LiveRules) -> str:
    return rules.current().decide({"lastname": "a"}).rule


def test_an_edited_file_takes_effect(tmp_path: Path) -> None:
    rules = LiveRules(write_book(tmp_path, {}))
    before = rules.since
    edit(tmp_path, rule_text("{lastname: a}"))
    assert ask(rules) == "otherwise"
    assert look(rules)
    assert (ask(rules), rules.refusal) == ("one", None)
    assert rules.since > before


def test_files_are_given_once_and_only_when_they_are_still(tmp_path: Path) -> None:
    rules = LiveRules(write_book(tmp_path, {}))
    assert rules.edited() is None and rules.edited() is None
    for number in range(3):  # a save of several files goes on
        edit(tmp_path, rule_text(f"{{lastname: a{number}}}"))
        assert rules.edited() is None
    sources = rules.edited()
    assert sources is not None and b"a2" in sources.files["default.yaml"]
    assert rules.edited() is None and rules.edited() is None


def test_a_change_while_the_files_are_read_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = LiveRules(write_book(tmp_path, {}))
    edit(tmp_path, rule_text("{lastname: half}"))
    rules.edited()
    read = RuleSources.from_folder

    def slow(folder: Path) -> RuleSources:
        sources = read(folder)
        edit(tmp_path, rule_text("{lastname: whole}"))
        return sources

    monkeypatch.setattr(RuleSources, "from_folder", slow)
    assert rules.edited() is None
    monkeypatch.setattr(RuleSources, "from_folder", read)
    assert rules.edited() is None
    sources = rules.edited()
    assert sources is not None and b"whole" in sources.files["default.yaml"]


def test_a_file_in_its_place_with_its_size_and_time_is_seen(tmp_path: Path) -> None:
    rules = LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastname: a}")}))
    path = tmp_path / "default.yaml"
    shutil.copy2(path, tmp_path / "kept")
    (tmp_path / "kept").write_text(path.read_text().replace("lastname: a", "lastname: b"))
    shutil.copystat(path, tmp_path / "kept")
    (tmp_path / "kept").replace(path)
    assert look(rules) and ask(rules) == "otherwise"


def test_a_set_that_does_not_check_is_refused_until_it_does(tmp_path: Path) -> None:
    rules = LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastname: a}")}))
    digest, since = rules.current().digest, rules.since
    edit(tmp_path, rule_text("{lastnme: a}"))
    assert look(rules)
    assert ask(rules) == "one" and (rules.current().digest, rules.since) == (digest, since)
    assert rules.refusal is not None and "default.yaml:3:12" in rules.refusal
    assert not look(rules), "it is tried once"
    edit(tmp_path, rule_text("{lastname: b}"))
    assert look(rules)
    assert ask(rules) == "otherwise" and rules.refusal is None


def test_files_that_go_back_to_what_they_were_are_refused_no_more(tmp_path: Path) -> None:
    rules = LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastname: a}")}))
    edit(tmp_path, "rules: [")
    look(rules)
    assert "default.yaml" in str(rules.refusal)
    edit(tmp_path, rule_text("{lastname: a}"))
    look(rules)
    assert (ask(rules), rules.refusal) == ("one", None)


def test_whatever_goes_wrong_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastname: a}")}))

    def broken(*_: object) -> RulesEngine:
        raise RecursionError("too deep")

    monkeypatch.setattr(RulesEngine, "of", broken)
    edit(tmp_path, rule_text("{lastname: b}"))
    assert look(rules)
    assert ask(rules) == "one"
    assert "cannot be loaded (RecursionError: too deep)" in str(rules.refusal)


def test_a_refusal_that_may_pass_is_tried_again_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("rules.engine.live.time.monotonic", lambda: now[0])
    rules = LiveRules(write_book(tmp_path, {}))
    edit(tmp_path, rule_text("{lastname: a}"))
    rules.edited()
    assert rules.edited() is not None
    rules.refuse("it took too long", again_in=60)
    now[0] += 59
    assert rules.edited() is None
    now[0] += 1
    assert look(rules)
    assert (ask(rules), rules.refusal) == ("one", None)
    now[0] += 1000
    assert not look(rules)


def test_a_new_file_and_a_removed_one_are_seen(tmp_path: Path) -> None:
    rules = LiveRules(write_book(tmp_path, {}))
    unit = tmp_path / "business_units" / "uk.yaml"
    unit.parent.mkdir()
    unit.write_text("business_unit: uk\notherwise: {hold: {reason: new}}\n")
    look(rules)
    assert "business_units/uk.yaml" in rules.current().book.files
    unit.unlink()
    look(rules)
    assert "business_units/uk.yaml" not in rules.current().book.files


def test_a_folder_that_goes_away_is_refused(tmp_path: Path) -> None:
    folder = write_book(tmp_path / "rules", {})
    rules = LiveRules(folder)
    folder.rename(tmp_path / "elsewhere")
    assert look(rules)
    assert "directory.yaml:1:1: error LF001" in str(rules.refusal)
    assert ask(rules) == "otherwise"


def test_unchanged_files_are_not_read_again(tmp_path: Path) -> None:
    rules = LiveRules(write_book(tmp_path, {}))
    engine = rules.current()
    assert not look(rules)
    assert rules.current() is engine


def test_an_old_engine_works_for_whom_holds_it_and_is_freed_then(tmp_path: Path) -> None:
    rules = LiveRules(write_book(tmp_path, {"default.yaml": rule_text("{lastname: a}")}))
    old = rules.current()
    edit(tmp_path, rule_text("{lastname: b}"))
    look(rules)
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


def test_threads_ask_while_files_change(tmp_path: Path) -> None:
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
        assert look(rules)
    done.set()
    for thread in threads:
        thread.join()
    assert not disagreements
