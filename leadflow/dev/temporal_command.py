"""How the embedded Temporal server is started: where its binary is, and the flags that make it quick."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from crm.errors import Misconfigured

HOST = "127.0.0.1"

# One partition halves the latency under load and makes priorities and fairness exact; the default limit of 20 polls a
# second on the server's single shard would add some 50 ms to each step of a workflow.
DYNAMIC_CONFIG = {
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
    "matching.enableFairness": "true",
    "history.transferProcessorMaxPollRPS": "2000",
}
# Twice the throughput of SQLite's rollback journal. A crash of the machine may lose the last moments, never the file.
SQLITE_PRAGMAS = {"journal_mode": "wal", "synchronous": "normal"}


def temporal_binary() -> str:
    """The `temporal` program of the environment, else of PATH; raises Misconfigured when there is none."""
    own = Path(sys.executable).with_name("temporal")
    found = str(own) if own.exists() else shutil.which("temporal")
    if found is None:
        raise Misconfigured("The Temporal server's program `temporal` is missing; run `make install` to get it.")
    return found


def server_command(database: Path, port: int, ui_port: int, namespace: str) -> list[str]:
    """The command line of a server that keeps its runs in `database`.

    Search attributes are not among its flags: the server ignores new ones when the database exists already.
    """
    pairs = [
        *(("--sqlite-pragma", f"{name}={value}") for name, value in SQLITE_PRAGMAS.items()),
        *(("--dynamic-config-value", f"{name}={value}") for name, value in DYNAMIC_CONFIG.items()),
        ("--db-filename", str(database)),
        ("--namespace", namespace),
        ("--ip", HOST),
        ("--port", str(port)),
        ("--ui-port", str(ui_port)),
        ("--log-level", "warn"),
    ]
    return [temporal_binary(), "server", "start-dev", *(word for pair in pairs for word in pair)]


def health_command(address: str) -> list[str]:
    """The command line that succeeds when a server answers at the address."""
    return [temporal_binary(), "operator", "cluster", "health", "--address", address]


def register_command(address: str, namespace: str, search_attributes: Mapping[str, str]) -> list[str]:
    """The command line that adds search attributes to a running server; those that exist already are left alone."""
    pairs = [("--name", name, "--type", kind) for name, kind in search_attributes.items()]
    place = ["--address", address, "--namespace", namespace]
    return [
        temporal_binary(),
        "operator",
        "search-attribute",
        "create",
        *place,
        *(word for pair in pairs for word in pair),
    ]


def server_environment() -> dict[str, str]:
    """Our environment without TEMPORAL_*, which would point the command at another server or ask for TLS."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    return {**environment, "GOGC": "400"}
