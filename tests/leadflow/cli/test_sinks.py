"""leadflow sinks list | dead | resend | test: on-call sees what did not get there, and sends it again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from crm.store.database import Database
from crm.store.sinks import outbox
from crm.store.sinks.outbox import Event
from tests.command import Cli, enter
from tests.leadflow.sinks.conftest import SECRET, Receiver, Reply, new_event
from tests.leadflow.sinks.conftest import receiver as receiver
from tests.service import environment

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def cli(sqlite_database: Database, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    file = tmp_path / "sinks.yaml"
    hook = f"webhook: {{url: '{receiver.url}', secret_env: HOOK_SECRET, timeout: 2 seconds}}"
    file.write_text(f"crm: {{{hook}}}\naudit: {{log: {{}}}}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    enter(environment(tmp_path, database_url=sqlite_database.url, sinks_file=str(file)), monkeypatch)
    return Cli(monkeypatch)


def dead_letters(database: Database, *sinks: str) -> list[Event]:
    """Two events that no sink took, and one that waits."""
    events = [new_event(uuid4()) for _ in range(3)]
    with database.transaction() as connection:
        for event in events:
            outbox.put(connection, event, sinks, NOW)
        for sink in sinks:
            for claim in outbox.claim(connection, sink, NOW, timedelta(minutes=5), 2):
                outbox.failed(connection, claim, NOW, "HTTP 410: gone", None)
    return events


def test_the_list_shows_each_sink_and_what_it_has_not_got(
    cli: Cli, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    dead_letters(sqlite_database, "crm", "old")
    rows = {row.pop("sink"): row for row in cli.json("sinks", "list")}
    behind = {"pending": 1, "dead": 2, "oldest": "2026-03-02T09:00:00Z", "error": "HTTP 410: gone"}
    assert rows == {
        "crm": {"kind": "webhook", **behind},
        "audit": {"kind": "log", "pending": 0, "dead": 0, "oldest": None, "error": None},
        "old": {"kind": "not in the file", **behind},
    }
    said = cli.text("sinks", "list")
    assert "2026-03-02 09:00" in said and "HTTP 410: gone" in said and "not in the file" in said


def test_without_sinks_the_list_says_how_to_get_some(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADFLOW_SINKS_FILE")
    assert "LEADFLOW_SINKS_FILE" in cli.text("sinks", "list")
    assert cli.json("sinks", "list") == []


def test_dead_letters_are_listed_and_sent_again(cli: Cli, sqlite_database: Database) -> None:
    assert cli.text("sinks", "dead") == "No dead letters.\n"
    dead_letters(sqlite_database, "crm", "old")
    rows = cli.json("sinks", "dead")
    assert [row["sink"] for row in cli.json("sinks", "dead", "--sink", "crm")] == ["crm", "crm"]
    assert len(rows) == 4 and len(cli.json("sinks", "dead", "--limit", "3")) == 3
    assert {(row["event"], row["attempts"], row["outcome"]) for row in rows} == {("lead.assigned", 1, "HTTP 410: gone")}
    said = cli.text("sinks", "dead")
    assert rows[0]["id"] in said and rows[0]["leadid"] in said
    one = next(row for row in rows if row["sink"] == "crm")
    assert cli.text("sinks", "resend", one["id"], "--sink", "crm") == "1 event will be sent again\n"
    assert cli.text("sinks", "resend", "--all", "--sink", "old") == "2 events will be sent again\n"
    assert cli.json("sinks", "resend", "--all") == {"resent": 1}
    assert cli.json("sinks", "dead") == []


def test_what_cannot_be_sent_again(cli: Cli) -> None:
    assert "leadflow sinks dead" in cli.refused("sinks", "resend", uuid4())
    assert "name one event, or give --all" in cli.refused("sinks", "resend")
    assert "name one event, or give --all" in cli.refused("sinks", "resend", uuid4(), "--all")
    assert "a valid UUID" in cli.misused("sinks", "resend", "7")


def test_a_test_says_what_became_of_it(cli: Cli, receiver: Receiver) -> None:
    assert cli.text("sinks", "test", "crm") == "crm: HTTP 200\n"
    assert cli.json("sinks", "test", "audit") == {"sink": "audit", "outcome": "logged"}
    receiver.replies.append(Reply(401, body=b"who are you?"))
    assert cli.refused("sinks", "test", "crm") == "Error: crm did not take it: HTTP 401: who are you?"
    assert b'"type":"sink.test"' in receiver.requests[0].body
    assert "there are: crm, audit" in cli.refused("sinks", "test", "slack")


def test_a_file_that_is_wrong_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "sinks.yaml").write_text("crm: {webhook: {url: here, secret_env: HOOK_SECRET}}")
    assert "sinks.yaml: crm.webhook.url: " in cli.refused("sinks", "list")
    assert "sinks.yaml: crm.webhook.url: " in cli.refused("worker")
