"""The real `leadflow` for tests: its programs as processes, each with a state folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from leadflow.dev.temporal_files import RunningServer, ServerFiles

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
EXAMPLES = ROOT / "examples"
WAIT_SECONDS = 60.0
# The secrets of the sources in examples/intake.yaml, which every running service takes leads from.
SECRETS = {
    "WEBSITE_KEY": "the-key-of-the-website",
    "CONTOSO_SECRET": "a-secret-of-the-partner",
    "CRM_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}

Found = TypeVar("Found")
Environment = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a command answered: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Service:
    """A running `leadflow up`: its process, its state folder, and the environment that commands find it with."""

    process: subprocess.Popen[bytes]
    state: Path
    env: Environment

    @property
    def server(self) -> RunningServer:
        found = ServerFiles(self.state).published()
        assert found is not None
        return found


def environment(state: Path, **more: str) -> Environment:
    """The environment of a command: nothing of ours but the state folder, the rules, and `more` (LEADFLOW_<NAME>)."""
    foreign = ("LEADFLOW_", "TEMPORAL_", "COLUMNS")
    own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    given = {"LEADFLOW_STATE_DIR": str(state), "LEADFLOW_RULES_DIR": str(ROOT / "rules")}
    return own | given | {f"LEADFLOW_{name.upper()}": value for name, value in more.items()}


def run(program: str, *arguments: str, env: Environment, stdin: str | None = None, cwd: Path = ROOT) -> Answer:
    """Run a program of this environment to its end."""
    done = subprocess.run(
        [BIN / program, *arguments],
        env=env,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def start(*arguments: str, env: Environment, log: Path) -> subprocess.Popen[bytes]:
    """Start `leadflow`; what it prints goes to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen([BIN / "leadflow", *arguments], env=env, cwd=ROOT, stdout=output, stderr=output)


def start_worker(env: Environment, log: Path) -> subprocess.Popen[bytes]:
    """Start `leadflow worker`, and wait until it takes work."""
    before = log.stat().st_size if log.exists() else 0
    process = start("worker", env=env, log=log)
    wait_for(lambda: _is_working(process, log, before), f"the worker to start, see {log}")
    return process


def stop(process: subprocess.Popen[bytes]) -> int:
    """End a process as an operator would, and return its exit code."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(WAIT_SECONDS)
    finally:
        process.kill()


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9."""
    process.kill()
    process.wait()


def wait_for(look: Callable[[], Found | None], what: str, seconds: float = WAIT_SECONDS) -> Found:
    """The first true answer of `look`. Fails, saying what was waited for, when it does not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


@contextmanager
def running_service(state: Path, **more: str) -> Iterator[Service]:
    """`leadflow up` in a state folder, from its first line to its end."""
    state.mkdir(parents=True, exist_ok=True)
    log = state / "up.log"
    env = {**environment(state, **{"intake_file": str(EXAMPLES / "intake.yaml"), **more}), **SECRETS}
    before = log.stat().st_size if log.exists() else 0
    process = start("up", env=env, log=log)
    try:
        wait_for(lambda: _is_working(process, log, before), f"leadflow up, see {log}")
        yield Service(process, state, env)
    finally:
        with suppress(ProcessLookupError):
            stop(process)


def _is_working(process: subprocess.Popen[bytes], log: Path, before: int) -> bool:
    text = log.read_bytes()[before:].decode(errors="replace")
    assert process.poll() is None, f"leadflow ended at once:\n{text}"
    return "worker is running" in text
