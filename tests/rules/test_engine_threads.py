"""Threads and durable-rules: the adapter's lock lets nobody in between one lead's calls."""

import threading

import pytest

from rules.engine.compiler import compiled
from rules.engine.durable_engine import Matcher
from tests.rules.books import condition, rule_file
from tests.rules.conftest import HANG_SECONDS, Recorder


def matcher(*texts: str) -> Matcher:
    return Matcher(compiled(rule_file(*map(condition, texts))))


def test_h8_threads_share_a_matcher(often_switching: None) -> None:
    rules = matcher(*[f"numberofemployees: {number}" for number in range(100)])
    wrong: list[tuple[int, int | None]] = []

    def ask(start: int) -> None:
        for step in range(1500):
            number = (start + step * 7) % 110
            answer = rules.first({"numberofemployees": number})
            if answer != (number if number < 100 else None):
                wrong.append((number, answer))

    threads = [threading.Thread(target=ask, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


class WatchedLock:
    """A lock that tells when a thread comes to it."""

    def __init__(self, lock: threading.Lock, come: threading.Event) -> None:
        self._lock, self._come = lock, come

    def __enter__(self) -> None:
        self._come.set()
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()


@pytest.mark.parametrize("call", ["assert_event", "start_action_for_state", "complete_and_start_action"])
def test_h8_no_thread_calls_while_another_is_in_the_middle(recorder: Recorder, call: str) -> None:
    """Without the lock, the second lead is asserted before the first one is complete."""
    rules = matcher("lastname: smith", "lastname: jones")
    here = threading.Event()  # the second thread waits for its turn, or has been through already
    answers: dict[str, int | None] = {}

    def ask(name: str) -> None:
        answers[name] = rules.first({"lastname": name})
        here.set()

    first, second = (threading.Thread(target=ask, args=(name,), name=name) for name in ("smith", "jones"))
    recorder.wait_at = call
    first.start()
    assert recorder.waiting.wait(HANG_SECONDS)
    del recorder.threads[:]
    rules._lock = WatchedLock(rules._lock, here)  # type: ignore[assignment]
    second.start()
    assert here.wait(HANG_SECONDS)
    recorder.go_on.set()
    for thread in (first, second):
        thread.join(HANG_SECONDS)
    assert answers == {"smith": 0, "jones": 1}
    assert recorder.threads == sorted(recorder.threads, key=["smith", "jones"].index), "the calls of two leads mix"
