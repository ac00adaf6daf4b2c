"""Rules that follow their files: edited files are picked up without a restart, broken ones are refused."""

import logging
import time
from pathlib import Path
from threading import Lock

from crm.choices import ChoiceBook
from crm.errors import Misconfigured
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import rule_paths

CHECK_EVERY_SECONDS = 2.0
_log = logging.getLogger("leadflow.rules")
_Stamp = tuple[tuple[str, int, int], ...]


class LiveRules:
    """The engine of the last rule set that checked. Use from any thread.

    `refusal` says why the files as they stand are refused, None when they are in force. A caller keeps the engine it
    was given as long as it needs it; an old engine's memory is freed when the last caller drops it.
    """

    def __init__(self, folder: Path, choices: ChoiceBook | None = None) -> None:
        """Loads the rules once. Raises Misconfigured when they do not check."""
        self._folder = folder
        self._choices = choices
        self._lock = Lock()
        self.refusal: str | None = None
        self._stamp = self._stamped()
        self._engine = RulesEngine.load(folder, choices)
        self._look_again = time.monotonic() + CHECK_EVERY_SECONDS

    def current(self) -> RulesEngine:
        """The engine in force. Looks at the files at most once every two seconds."""
        if time.monotonic() >= self._look_again and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._engine

    def _look(self) -> None:
        self._look_again = time.monotonic() + CHECK_EVERY_SECONDS
        stamp = self._stamped()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._engine = RulesEngine.load(self._folder, self._choices)
        except Misconfigured as error:
            self.refusal = str(error)
            _log.error("edited rules are refused, the last good ones stay in force: %s", error)
        else:
            self.refusal = None
            _log.info("rules %s are in force", self._engine.digest[:12])

    def _stamped(self) -> _Stamp:
        """Names, times and sizes of all files that make up the rules."""
        stamps = []
        for path in rule_paths(self._folder):
            try:
                status = path.stat()
            except OSError:
                continue
            stamps.append((str(path), status.st_mtime_ns, status.st_size))
        return tuple(stamps)
