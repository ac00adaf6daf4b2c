"""The embedded Temporal server: a real one, with its Web UI, that lives as long as the program that asked for it.

One state folder has one server. Two file locks tell who is who, and both end with their process however it dies:

    temporal.owner.lock    held by the leadflow process that started the server and will stop it
    temporal.server.lock   held by the server itself, which inherits it

A second program finds the owner's lock taken and shares the server. A server without an owner is left over from a
program that was killed: it is stopped and started again, and its runs are safe in temporal.db.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO

from crm.errors import Misconfigured, Unavailable
from leadflow.dev.ports import choose_ports
from leadflow.dev.signals import termination_as_exit
from leadflow.dev.temporal_command import (
    HOST,
    health_command,
    register_command,
    server_command,
    server_environment,
)
from leadflow.dev.temporal_files import RunningServer, ServerFiles, try_lock
from leadflow.settings import Settings, variable_of

START_SECONDS = 60.0
STOP_SECONDS = 10.0
WATCH_SECONDS = 0.5
READY = b"Temporal UI:"  # printed once everything listens
PORT_TAKEN = b"address already in use"


@contextmanager
def embedded_server(settings: Settings, search_attributes: Mapping[str, str]) -> Iterator[RunningServer]:
    """Run, or share, the server of `settings.state_dir`; `search_attributes` maps a name to a type (`Keyword`, ...).

    Starting and stopping block for about a second and use no event loop: enter it before `asyncio.run`. Raises
    Misconfigured when a server cannot run here, Unavailable when another process's server does not answer.
    """
    files = ServerFiles(settings.state_dir)
    with files.open_lock(files.owner_lock) as owner:
        if not try_lock(owner):
            server = _wait_for_shared(files)
            _register(server, settings, search_attributes)
            yield server
            return
        with termination_as_exit(), _own(files, settings) as server:
            _register(server, settings, search_attributes)
            files.publish(server)
            yield server


async def require_server(settings: Settings) -> None:
    """Wait for as long as the server of `settings.state_dir` lives, whoever runs it; raise Unavailable when it ends."""
    files = ServerFiles(settings.state_dir)
    with files.open_lock(files.server_lock) as lock:
        while not try_lock(lock):
            await asyncio.sleep(WATCH_SECONDS)
    raise Unavailable(
        f"The embedded Temporal server has ended; its log is {files.log.absolute()}. "
        "Start again with 'leadflow up': no lead is lost."
    )


def _wait_for_shared(files: ServerFiles) -> RunningServer:
    """The server that another leadflow process runs, or is just starting."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        server = files.published()
        if server and _run(health_command(server.address)).returncode == 0:
            return server
        time.sleep(0.05)
    raise Unavailable(
        f"Another leadflow process uses {files.folder}, but its Temporal server does not answer; "
        f"end that process, or set {variable_of('state_dir')} to another folder."
    )


def _register(server: RunningServer, settings: Settings, search_attributes: Mapping[str, str]) -> None:
    if not search_attributes:
        return
    answer = _run(register_command(server.address, settings.temporal_namespace, search_attributes))
    if answer.returncode != 0:
        raise Misconfigured(
            f"The Temporal server at {server.address} refuses a search attribute: {answer.stderr.strip()}"
        )


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=server_environment(), capture_output=True, text=True, check=False)


@contextmanager
def _own(files: ServerFiles, settings: Settings) -> Iterator[RunningServer]:
    files.record.unlink(missing_ok=True)
    with files.open_lock(files.server_lock) as lock:
        _end_leftover(files, lock)
        process, server = _start(files, lock, settings)
    try:
        yield server
    finally:
        files.record.unlink(missing_ok=True)
        _stop(process)


def _end_leftover(files: ServerFiles, lock: TextIO) -> None:
    """Take the server's lock; a server that still holds it has lost its owner and is stopped first."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if try_lock(lock):
            return
        lock.seek(0)
        with suppress(ValueError, ProcessLookupError):
            os.kill(int(lock.read()), sign)
        if try_lock(lock, seconds=STOP_SECONDS):
            return
    raise Unavailable(f"An earlier Temporal server still uses {files.database}; end its process and start again.")


def _start(files: ServerFiles, lock: TextIO, settings: Settings) -> tuple[subprocess.Popen[bytes], RunningServer]:
    for _ in range(5):  # another program may take a port between our look and the server's start
        port, ui_port = choose_ports(settings)
        command = server_command(files.database, port, ui_port, settings.temporal_namespace)
        process = _spawn(command, files, lock)
        if _is_ready(process, files):
            return process, RunningServer(f"{HOST}:{port}", f"http://{HOST}:{ui_port}", process.pid)
        if PORT_TAKEN not in files.log.read_bytes():
            break
    last_line = (files.log.read_text(errors="replace").strip().splitlines() or ["it printed nothing"])[-1]
    raise Misconfigured(f"The Temporal server did not start: {last_line} (the whole log is {files.log.absolute()})")


def _spawn(command: list[str], files: ServerFiles, lock: TextIO) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so that Ctrl-C ends us first and the workers can finish."""
    with files.log.open("wb") as log:
        process = subprocess.Popen(
            command,
            env=server_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lock.fileno(),),
            start_new_session=True,
        )
    lock.truncate(0)
    lock.write(str(process.pid))
    lock.flush()
    return process


def _is_ready(process: subprocess.Popen[bytes], files: ServerFiles) -> bool:
    """Wait for the server; False, with the process gone, when it ended or took too long."""
    ready = False
    deadline = time.monotonic() + START_SECONDS
    try:
        while process.poll() is None and time.monotonic() < deadline and not ready:
            time.sleep(0.02)
            ready = READY in files.log.read_bytes()
    finally:
        if not ready:
            _stop(process)
    return ready


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
