"""The embedded server's files in the state folder, and the locks that tell who runs it."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from crm.errors import Misconfigured
from leadflow.settings import variable_of


@dataclass(frozen=True)
class RunningServer:
    """A Temporal server that answers. `address` is host:port, `pid` its process on this machine."""

    address: str
    ui_url: str
    pid: int


class ServerFiles:
    """Where one embedded server keeps its runs, its log, its address and its locks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "temporal.db"
        self.log = folder / "temporal.log"
        self.record = folder / "temporal.json"
        self.owner_lock = folder / "temporal.owner.lock"
        self.server_lock = folder / "temporal.server.lock"

    @contextmanager
    def open_lock(self, path: Path) -> Iterator[TextIO]:
        """The lock file, open but not locked; raises Misconfigured when the state folder cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            file = path.open("a+")
        except OSError as error:
            raise Misconfigured(
                f"leadflow cannot write in its state folder {self.folder.absolute()} ({error.strerror}); "
                f"make it writable, or set {variable_of('state_dir')} to another folder."
            ) from None
        with file:
            yield file

    def publish(self, server: RunningServer) -> None:
        """Tell other processes where the server is; they never see half a record."""
        draft = self.record.with_suffix(".new")
        draft.write_text(json.dumps(asdict(server)))
        draft.replace(self.record)

    def published(self) -> RunningServer | None:
        """The server that its owner has published, if any."""
        try:
            return RunningServer(**json.loads(self.record.read_text()))
        except FileNotFoundError:
            return None


def try_lock(file: TextIO, *, seconds: float = 0.0) -> bool:
    """Take the lock for as long as any process has this file open; False when it is still taken after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
