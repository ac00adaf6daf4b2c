"""What the containers run: shell scripts that parse and do their steps in order, and commands that leadflow has."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workflows.search_attributes import SEARCH_ATTRIBUTE_TYPES

SCRIPTS = ("deploy/temporal/setup-schema.sh", "deploy/temporal/setup-namespace.sh")


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder with recorders in place of Temporal's programs: each call is one line of calls.txt."""
    for name in ("temporal", "temporal-sql-tool"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>"{tmp_path}/calls.txt"\n[ ! -e "{tmp_path}/fail-$3" ]\n')
        program.chmod(0o755)
    return tmp_path


def run(script: str, root: Path, tools: Path, **environment: str) -> list[str]:
    path = f"{tools}:{os.environ['PATH']}"
    subprocess.run(["sh", str(root / script)], env={"PATH": path, **environment}, check=True, capture_output=True)
    return (tools / "calls.txt").read_text().splitlines()


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_parse_and_are_executable(script: str, root: Path) -> None:
    subprocess.run(["sh", "-n", str(root / script)], check=True)
    assert os.access(root / script, os.X_OK)


def test_the_schema_job_prepares_both_databases(root: Path, tools: Path) -> None:
    calls = run(SCRIPTS[0], root, tools, POSTGRES_HOST="db", POSTGRES_PORT="5432", POSTGRES_USER="temporal")
    prefix = "temporal-sql-tool --plugin postgres12 --ep db -p 5432 -u temporal --db"
    assert calls == [
        f"{prefix} {database} {step}"
        for database, schema in (("temporal", "temporal"), ("temporal_visibility", "visibility"))
        for step in (
            "create",
            "setup-schema -v 0.0",
            f"update-schema -d /etc/temporal/schema/postgresql/v12/{schema}/versioned",
        )
    ]


def test_the_namespace_job_registers_the_workflows_search_attributes(root: Path, tools: Path) -> None:
    calls = run(SCRIPTS[1], root, tools, RETENTION="720h")
    assert calls[:2] == ["temporal operator cluster health", "temporal operator namespace describe"]
    registered = dict(re.findall(r"--name (\w+) --type (\w+)", calls[-1]))
    assert registered == SEARCH_ATTRIBUTE_TYPES


def test_the_namespace_job_creates_a_namespace_that_is_missing(root: Path, tools: Path) -> None:
    (tools / "fail-describe").touch()
    assert "temporal operator namespace create --retention 720h" in run(SCRIPTS[1], root, tools, RETENTION="720h")


def leadflow_commands(services: dict[str, dict[str, Any]]) -> list[str]:
    """Each leadflow command of a container, such as `db upgrade`."""
    found: list[str] = []
    for service in services.values():
        if "build" in service:
            line = " ".join(service["command"])
            found += re.findall(r"leadflow ([a-z ]+)", line) if "entrypoint" in service else [line]
    return [command.strip() for command in found]


def test_each_leadflow_command_exists(services: dict[str, dict[str, Any]]) -> None:
    commands = leadflow_commands(services)
    assert commands == ["db upgrade", "directory apply", "worker", "api"]
    program = Path(sys.executable).with_name("leadflow")
    for command in commands:
        check = subprocess.run([program, *command.split(), "--help"], capture_output=True, text=True, check=False)
        assert check.returncode == 0, check.stdout + check.stderr
        assert command.split()[-1] in check.stdout
