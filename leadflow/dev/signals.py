"""Ending a program on a signal as if it had returned, so that what it started is stopped."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def termination_as_exit() -> Iterator[None]:
    """Inside, SIGTERM and SIGHUP raise SystemExit once, unless the program handles them itself.

    Only the main thread can receive signals; elsewhere this does nothing.
    """
    main = threading.current_thread() is threading.main_thread()
    ours = [number for number in SIGNALS if main and signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _exit_once)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _exit_once(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # a second signal must not interrupt the clean-up
    raise SystemExit(128 + number)
