"""`leadflow worker` beside a server of its own accord: it works, shows its metrics, and ends when it is told to."""

import socket
import time
import urllib.request
from pathlib import Path

from tests.service import Service, environment, run, start_worker, stop, wait_for

QUICKLY = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_worker_works_measures_and_ends(service: Service, tmp_path: Path) -> None:
    metrics = f"127.0.0.1:{free_port()}"
    own = {"temporal_address": service.server.address, "task_queue": "apart", "metrics_address": metrics}
    env = environment(tmp_path / "state", **own)
    for command in (["db", "upgrade"], ["directory", "apply"]):
        assert run("leadflow", *command, env=env).code == 0
    worker = start_worker(env, tmp_path / "worker.log")
    try:
        pairs = ("lastname=Byrne", "address1_country=IE", "--business-unit", "uk", "--source", "apart")
        lead = run("leadflow", "leads", "submit", *pairs, "--format", "json", env=env).json()
        assert lead["owner"]["key"] == "niamh.doyle"
        page = wait_for(lambda: read(metrics), "the metrics")
        assert "temporal_workflow_task_execution_latency" in page and 'task_queue="apart"' in page
        told = time.monotonic()
        assert stop(worker) == 0
        assert time.monotonic() - told < QUICKLY
    finally:
        worker.kill()
    assert "Traceback" not in (tmp_path / "worker.log").read_text()


def read(address: str) -> str | None:
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return None
