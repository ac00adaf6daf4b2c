"""The two sides of the Web API's benchmark as processes: `leadflow api` itself, and the floor."""

import multiprocessing
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.api_floor import Columns, serve_floor_app
from crm.security import Caller
from leadflow.api.serving import listen
from leadflow.settings import Settings, variable_of

LEADFLOW = str(Path(sys.executable).with_name("leadflow"))
WAIT_SECONDS = 90


def free_port() -> int:
    """A port that nobody listens at."""
    with listen("127.0.0.1:0") as listener:
        port: int = listener.getsockname()[1]
        return port


def environment(settings: Settings, temporal: str, port: int) -> dict[str, str]:
    """The environment of `leadflow api`: limits that no benchmark reaches."""
    own: dict[str, Any] = {
        "state_dir": settings.state_dir,
        "database_url": settings.database_url,
        "temporal_address": temporal,
        "api_address": f"127.0.0.1:{port}",
        "limit_requests": 10**9,
        "limit_seconds": 10**9,
        "limit_concurrency": 10**6,
    }
    return os.environ | {variable_of(name): str(value) for name, value in own.items()}


@contextmanager
def running_api(settings: Settings, temporal: str) -> Iterator[tuple[int, dict[str, str]]]:
    """`leadflow api` on a free port; with it the environment in which commands mean the same installation."""
    port = free_port()
    env = environment(settings, temporal, port)
    process = subprocess.Popen([LEADFLOW, "api"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        yield port, env
    finally:
        process.terminate()
        process.wait(WAIT_SECONDS)


def token(user: str, env: dict[str, str]) -> str:
    """A token of that installation for a user."""
    return subprocess.run([LEADFLOW, "token", user], env=env, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def running_floor(url: str, caller: Caller, columns: Columns) -> Iterator[int]:
    """The floor on a free port."""
    context = multiprocessing.get_context("spawn")
    started, stop = context.Event(), context.Event()
    port = free_port()
    process = context.Process(target=serve_floor_app, args=(url, caller, columns, f"127.0.0.1:{port}", started, stop))
    process.start()
    try:
        if not started.wait(WAIT_SECONDS):
            raise SystemExit("the floor does not start")
        yield port
    finally:
        stop.set()
        process.join(WAIT_SECONDS)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=1).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"leadflow api does not answer at {url}")
