"""`leadflow` itself: help, version, usage, and what it says where it cannot run."""

import os
import signal
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from leadflow.cli import asking
from leadflow.cli.app import app
from leadflow.cli.lazy import LazyCommand
from leadflow.dev.temporal_files import ServerFiles
from tests.command import Cli, enter
from tests.service import WAIT_SECONDS, environment, kill, run, start, wait_for


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Every command's path, with the names that its help must mention: subcommands, or options and arguments."""
    group = group.load() if isinstance(group, LazyCommand) else group
    children = getattr(group, "commands", {})
    if children:
        yield path, list(children)
    else:
        params = group.params
        yield (
            path,
            [
                param.opts[0] if param.param_type_name == "option" else (param.metavar or param.name).strip("[]")
                for param in params
            ],
        )
    for name, child in children.items():
        yield from commands(child, (*path, name))


EVERY_COMMAND = list(commands(app))


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line where nothing runs."""
    enter(environment(tmp_path / "state", temporal_address="127.0.0.1:9"), monkeypatch)
    return Cli(monkeypatch)


def test_there_are_all_the_commands() -> None:
    paths = {" ".join(path) for path, _ in EVERY_COMMAND}
    for command in [
        "submit",
        "import",
        "list",
        "show",
        "accept",
        "decline",
        "assign",
        "reroute",
        "edit",
        "log",
        "note",
        "qualify",
        "disqualify",
        "reactivate",
        "delete",
    ]:
        assert f"leads {command}" in paths
    assert {"up", "worker", "demo", "rules check", "rules test", "rules explain"} <= paths
    assert {"report sources", "directory apply", "db upgrade"} <= paths


@pytest.mark.parametrize(("path", "names"), EVERY_COMMAND, ids=lambda value: " ".join(value) or "leadflow")
def test_help_names_everything_and_says_something_about_it(
    nowhere: Cli, path: tuple[str, ...], names: list[str]
) -> None:
    said = nowhere.text(*path, "--help")
    assert f"Usage: leadflow {' '.join(path)}".rstrip() in said
    for name in names:
        assert name in said
    bare = [
        line
        for line in said.splitlines()
        if line.startswith("│") and line.strip("│ ").startswith("--") and len(line.split()) < 4
    ]
    assert not bare, "an option without a word about it"


def lazy(group: object) -> Iterator[LazyCommand]:
    for child in getattr(group, "commands", {}).values():
        if isinstance(child, LazyCommand):
            yield child
        else:
            yield from lazy(child)


@pytest.mark.parametrize("command", list(lazy(app)), ids=lambda command: command.name)
def test_a_list_says_of_a_command_what_its_own_help_begins_with(command: LazyCommand) -> None:
    assert command.help and command.load().help.startswith(command.help.rstrip("."))


HEAVY = {"activities", "alembic", "phonenumbers", "pycountry", "sqlalchemy", "temporalio", "workflows", "yaml"}


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["--help"], set()),
        (["leads", "--help"], set()),
        (["leads", "list", "--help"], {"alembic", "sqlalchemy"}),
        (["rules", "check"], {"phonenumbers", "pycountry", "yaml"}),
    ],
)
def test_a_command_imports_only_what_it_needs(words: list[str], needed: set[str], tmp_path: Path) -> None:
    program = f"import sys; from leadflow.cli.main import run; run({words}); print(*sys.modules, file=sys.stderr)"
    answer = run("python", "-c", program, env=environment(tmp_path / "state"))
    assert answer.code == 0
    assert HEAVY.intersection(name.partition(".")[0] for name in answer.err.split()) <= needed


def test_up_ends_when_its_server_does(tmp_path: Path) -> None:
    state, log = tmp_path / "state", tmp_path / "up.log"
    process = start("up", env=environment(state), log=log)
    try:
        wait_for(lambda: "worker is running" in log.read_text() or process.poll() is not None, f"up, see {log}")
        server = ServerFiles(state).published()
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        assert process.wait(WAIT_SECONDS) == 1
    finally:
        kill(process)
        if left := ServerFiles(state).published():
            os.kill(left.pid, signal.SIGKILL)
    last = log.read_text().splitlines()[-1]
    assert last.startswith("Error: The embedded Temporal server has ended") and "'leadflow up'" in last


@pytest.mark.parametrize("group", [[], ["leads"], ["rules"], ["report"], ["directory"], ["db"]])
def test_a_group_alone_prints_its_help(nowhere: Cli, group: list[str]) -> None:
    answer = nowhere.answer(*group)
    assert "Usage: leadflow" in answer.out + answer.err and "Commands" in answer.out + answer.err


def test_a_command_that_is_none(nowhere: Cli) -> None:
    assert "No such command 'lead'" in nowhere.misused("lead", "list")
    assert "No such option" in nowhere.misused("leads", "list", "--nothing")


def test_no_server_is_one_clear_sentence(nowhere: Cli) -> None:
    reason = (
        "Error: Temporal does not answer at 127.0.0.1:9. Start it with 'leadflow up', or set LEADFLOW_TEMPORAL_ADDRESS."
    )
    assert nowhere.refused("leads", "submit", "lastname=X") == reason
    nowhere.text("db", "upgrade")
    nowhere.text("directory", "apply")
    assert nowhere.refused("worker") == reason


def test_no_worker_is_one_clear_sentence_and_the_lead_is_kept(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ANSWER_SECONDS", 1.0)
    monkeypatch.setenv("LEADFLOW_TASK_QUEUE", "nobody")
    identity = ("--source", "nobody", "--external-id", "1")
    for _ in range(2):
        reason = cli.refused("leads", "submit", "lastname=X", *identity)
        assert "No worker has answered" in reason and "'leadflow worker'" in reason
    (Path.cwd() / "one.csv").write_text("Lead Id,Last Name\n1,X\n")
    assert cli.json("leads", "import", "one.csv", "--source", "nobody")["known"] == 1


def test_up_beside_a_configured_server(nowhere: Cli) -> None:
    assert "Run 'leadflow worker' against it" in nowhere.refused("up")


def test_a_wrong_setting_is_named(nowhere: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADFLOW_DATABASE_URL", "mysql://somewhere")
    assert "LEADFLOW_DATABASE_URL=mysql://somewhere" in nowhere.refused("leads", "list")


def test_the_installed_command(tmp_path: Path) -> None:
    env = environment(tmp_path / "state", temporal_address="127.0.0.1:9")
    answer = run("leadflow", "--version", env=env)
    assert (answer.code, answer.out, answer.err) == (0, f"leadflow {version('leadflow')}\n", "")
    answer = run("leadflow", "leads", "list", env=env)
    assert (answer.code, answer.out) == (1, "") and answer.err.count("\n") == 1
    assert run("leadflow", "leads", "list", "--limit", "none", env=env).code == 2
