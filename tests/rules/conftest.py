"""What the tests of the adapter need: a look at every call of the C module, and threads that switch all the time."""

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rules.engine import durable_engine

HANG_SECONDS = 60


class Recorder:
    """Stands between the adapter and the C module; can break off or wait at one call, or answer it once.

    At `wait_at` it sets `waiting` and goes on when `go_on` is set. `threads` names the caller of each call.
    """

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.calls: list[str] = []
        self.threads: list[str] = []
        self.wait_at: str | None = None
        self.waiting, self.go_on = threading.Event(), threading.Event()
        self.break_at: str | None = None
        self.answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            self.calls.append(name)
            self.threads.append(threading.current_thread().name)
            if name == self.wait_at:
                self.wait_at = None
                self.waiting.set()
                assert self.go_on.wait(HANG_SECONDS)
            if name == self.break_at:
                self.break_at = None
                raise KeyboardInterrupt
            if name in self.answers:
                return self.answers.pop(name)
            return getattr(self.engine, name)(*arguments)

        return call


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder(durable_engine._library())
    monkeypatch.setattr(durable_engine, "_library", lambda: recorder)
    return recorder


@pytest.fixture
def often_switching() -> Iterator[None]:
    """Threads take turns so often that sequences of calls would mix without the lock."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)
