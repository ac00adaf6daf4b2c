"""Rules that follow their files: edited files are taken up without a restart, broken ones are refused.

Whoever watches the files goes by three steps, beside the work: `edited` gives the files once a change is over, then
`take_up` puts them in force as a whole, or `refuse` notes why they are not. Whoever decides asks only for `current`.
"""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from crm.errors import LeadflowError
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources, rule_paths

_log = logging.getLogger("leadflow.rules")
_Stamp = tuple[tuple[str | int, ...], ...]


class LiveRules:
    """The engine of the last rule set that was taken up. Use from any thread.

    `refusal` says why the files as they stand are refused, None when they are in force; `since` is when the set in
    force was taken up (UTC). A caller keeps the engine it was given as long as it needs it; an old engine's memory is
    freed when the last caller drops it.
    """

    def __init__(self, folder: Path) -> None:
        """Loads the rules once. Raises Misconfigured when they do not check."""
        self.name = f"the rule files in {folder}"
        self._folder = folder
        self._lock = Lock()
        self._seen = self._settled = self._stamped()
        self._again_from: float | None = None
        self._engine = RulesEngine.load(folder)
        self.since = datetime.now(UTC)
        self.refusal: str | None = None

    def current(self) -> RulesEngine:
        """The engine in force."""
        return self._engine

    def edited(self) -> RuleSources | None:
        """The files, once after each change, as soon as two looks in a row find them alike; else None.

        An editor that saves several files, or a checkout that replaces many, is over by then. Call it about once a
        second, and not from where leads wait: it asks the file system.
        """
        with self._lock:
            stamp = self._stamped()
            quiet, self._seen = stamp == self._seen, stamp
            if not quiet or (stamp == self._settled and not self._is_due_again()):
                return None
            sources = RuleSources.from_folder(self._folder)
            if self._stamped() != stamp:
                return None
            self._settled, self._again_from = stamp, None
            return sources

    def take_up(self, sources: RuleSources) -> bool:
        """Put these files in force, all of them, or refuse them and change nothing. Returns whether they are."""
        try:
            engine = RulesEngine.of(sources, self.name)
        except LeadflowError as error:
            self.refuse(str(error))
            return False
        except Exception as error:
            _log.exception("loading rules failed")
            self.refuse(f"{self.name} cannot be loaded ({type(error).__name__}: {error}). Report this as a defect.")
            return False
        with self._lock:
            self._engine, self.since, self.refusal = engine, datetime.now(UTC), None
        _log.info("rules %s are in force", engine.digest[:12])
        return True

    def refuse(self, reason: str, *, again_in: float | None = None) -> None:
        """Note why the files are not in force. `edited` gives them again after `again_in` seconds, if that is given."""
        with self._lock:
            self.refusal = reason
            self._again_from = None if again_in is None else time.monotonic() + again_in
        _log.error("edited rules are refused, the last good ones stay in force: %s", reason)

    def _is_due_again(self) -> bool:
        return self._again_from is not None and time.monotonic() >= self._again_from

    def _stamped(self) -> _Stamp:
        """Names, times, sizes and numbers of all files that make up the rules.

        A copy that keeps the file's own time, or a file moved into its place, still has another time of change.
        """
        stamps = []
        for path in rule_paths(self._folder):
            try:
                status = path.stat()
            except OSError:
                continue
            stamps.append((str(path), status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino))
        return tuple(stamps)
