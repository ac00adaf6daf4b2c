"""The embedded server is a real one: it starts, is shared, survives restarts with its runs, and ends with its owner."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client, WorkflowExecutionStatus

from crm.errors import Misconfigured
from leadflow.dev import temporal_server
from leadflow.dev.ports import is_free
from leadflow.dev.temporal_files import RunningServer
from leadflow.dev.temporal_server import embedded_server
from leadflow.settings import Settings

ATTRIBUTES = {"LeadStage": "Keyword", "SlaDue": "Datetime", "Unmatched": "Bool"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_in(folder: Path, **values: object) -> Settings:
    chosen = {"embedded_port": free_port(), "embedded_ui_port": free_port(), **values}
    return Settings.model_validate({"state_dir": folder / "state", **chosen})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def answers(server: RunningServer) -> bool:
    host, port = server.address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def registered(server: RunningServer) -> dict[str, str]:
    client = await Client.connect(server.address)
    answer = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="default"))
    prefix = "INDEXED_VALUE_TYPE_"
    return {name: IndexedValueType.Name(kind).removeprefix(prefix) for name, kind in answer.custom_attributes.items()}


async def test_runs_and_search_attributes_outlive_a_restart(settings: Settings) -> None:
    with embedded_server(settings, ATTRIBUTES) as first:
        client = await Client.connect(first.address)
        await client.start_workflow("LeadLifecycle", id="lead-1", task_queue="leads")
    assert not answers(first)

    with embedded_server(settings, {**ATTRIBUTES, "LeadOwner": "Keyword"}) as second:
        client = await Client.connect(second.address)
        description = await client.get_workflow_handle("lead-1").describe()
        assert description.status == WorkflowExecutionStatus.RUNNING
        found = await registered(second)
    assert found == {"LeadStage": "KEYWORD", "SlaDue": "DATETIME", "Unmatched": "BOOL", "LeadOwner": "KEYWORD"}


async def test_a_second_program_shares_the_server_and_adds_its_attributes(settings: Settings) -> None:
    with embedded_server(settings, ATTRIBUTES) as first:
        with embedded_server(settings, {"LeadOwner": "Keyword"}) as second:
            assert second == first
            assert "LeadOwner" in await registered(second)
        with embedded_server(settings, {}) as third:
            assert third == first
        assert answers(first)
    assert not is_alive(first.pid)


def test_a_taken_usual_port_gives_the_next_free_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr("leadflow.dev.ports.DEFAULT_PORT", port)
        with embedded_server(settings_in(tmp_path, embedded_port=None), {}) as server:
            assert int(server.address.split(":")[1]) > port
    assert f"Port {port} is taken by another program, so Temporal listens on" in caplog.text


def test_a_port_lost_between_look_and_start_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        looks = iter([(taken.getsockname()[1], free_port()), (free_port(), free_port())])
        monkeypatch.setattr(temporal_server, "choose_ports", lambda _settings: next(looks))
        with embedded_server(settings_in(tmp_path), {}) as server:
            assert answers(server)


def test_a_taken_fixed_port_is_named_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(Misconfigured, match=f"Port {port} for Temporal is taken .* LEADFLOW_EMBEDDED_PORT"),
            embedded_server(settings_in(tmp_path, embedded_port=port), {}),
        ):
            pass


def test_a_state_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, not a folder")
    with (
        pytest.raises(Misconfigured, match=r"cannot write in its state folder .*/state .* LEADFLOW_STATE_DIR"),
        embedded_server(settings_in(tmp_path), {}),
    ):
        pass


def test_a_missing_binary_names_the_remedy(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Misconfigured, match="run `make install`"), embedded_server(settings, {}):
        pass


def test_a_server_that_cannot_start_gives_its_own_reason(settings: Settings) -> None:
    settings.state_dir.mkdir()
    (settings.state_dir / "temporal.db").write_text("this is not a database " * 100)
    with (
        pytest.raises(Misconfigured, match=r"did not start: .*not a database.* \(the whole log is /.*temporal\.log\)"),
        embedded_server(settings, {}),
    ):
        pass


def test_a_refused_search_attribute_is_named_and_the_server_ends(settings: Settings) -> None:
    with (
        pytest.raises(Misconfigured, match=r"refuses a search attribute: .*NoSuchType"),
        embedded_server(settings, {"LeadStage": "NoSuchType"}),
    ):
        pass
    assert settings.embedded_port is not None
    assert is_free(settings.embedded_port)


def test_temporal_variables_of_the_environment_do_not_mislead_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "elsewhere.example:7233")
    monkeypatch.setenv("TEMPORAL_TLS", "true")
    with embedded_server(settings, {}) as server, embedded_server(settings, ATTRIBUTES) as shared:
        assert shared == server


OWNER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin without it,
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and what nohup starts without this one
from leadflow.dev.temporal_server import embedded_server
from leadflow.settings import load_settings

with embedded_server(load_settings(), {}) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def owner(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Another program that runs the server of the same state folder."""
    environment = {
        **os.environ,
        "LEADFLOW_STATE_DIR": str(settings.state_dir),
        "LEADFLOW_EMBEDDED_PORT": str(settings.embedded_port),
        "LEADFLOW_EMBEDDED_UI_PORT": str(settings.embedded_ui_port),
    }
    with subprocess.Popen([sys.executable, "-c", OWNER], env=environment, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def server_pid(owner: subprocess.Popen[str]) -> int:
    assert owner.stdout is not None
    return int(owner.stdout.readline())


def wait_for_end(pid: int) -> None:
    deadline = time.monotonic() + 20
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_server_ends_with_its_owner(sign: signal.Signals, owner: subprocess.Popen[str]) -> None:
    pid = server_pid(owner)
    owner.send_signal(sign)
    owner.wait(20)
    wait_for_end(pid)


def test_a_server_whose_owner_was_killed_is_replaced(settings: Settings, owner: subprocess.Popen[str]) -> None:
    leftover = server_pid(owner)
    owner.kill()
    owner.wait(20)
    assert is_alive(leftover)
    with embedded_server(settings, {}) as server:
        assert server.pid != leftover
        assert answers(server)
        wait_for_end(leftover)
