"""leadflow rules shadow and impact: candidates beside the live rules, and the leads of a version."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.deps import Dependencies
from crm.requests import DisqualifyLead
from crm.store.database import Database
from crm.store.people.organisation import apply_directory
from rules.engine.rules_engine import RulesEngine
from tests.activities.conftest import NOW, Desk, lead_number
from tests.command import Cli, enter
from tests.leadflow.cli.rules.conftest import edited
from tests.rulebook import FOLDER, small_rules
from tests.service import environment

ANNA_TO_BEN = {"{user: anna}": "{user: ben}"}
MISSPELT = {"jobtitle: for anna": "jobtitel: for anna"}


@pytest.fixture
def fresh(sqlite_database: Database) -> Desk:
    with sqlite_database.transaction() as connection:
        apply_directory(connection, small_rules().current().directory, now=NOW)
    return Desk(Dependencies(sqlite_database, small_rules(), "DE"))


@pytest.fixture
def cli(fresh: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    enter(environment(tmp_path, rules_dir=str(FOLDER), database_url=fresh.database.url), monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


def routed_now(desk: Desk, number: int, job: str) -> None:
    """A lead that comes in after the trial began; a worker has noticed the trial."""
    desk.deps.shadow.refresh(desk.database)
    desk.register(lead_number(number), on=datetime.now(UTC), jobtitle=job)


def test_a_trial_from_start_to_stop(cli: Cli, fresh: Desk, tmp_path: Path) -> None:
    candidate = edited(tmp_path / "candidate", "default.yaml", ANNA_TO_BEN)
    said = cli.text("rules", "shadow", "start", candidate)
    assert f"({candidate}) decide in the shadow from now on" in said
    for number, job in enumerate(("for anna", "for anna", "unclear")):
        routed_now(fresh, number, job)
    said = cli.text("rules", "shadow", "report")
    assert "3 of 3 live decisions compared, 2 differ (66.7%)" in said
    assert "user anna" in said and "user ben" in said and str(lead_number(1)) in said
    assert "decide no longer" in cli.text("rules", "shadow", "stop")
    routed_now(fresh, 9, "for anna")
    found = cli.json("rules", "shadow", "report")
    assert found["counts"] == {"live": 3, "compared": 3, "different": 2, "faults": 0}
    assert [(each["live_rule"], each["shadow"]) for each in found["differences"]] == [("to-user", "user ben")] * 2


def test_what_differs_at_the_same_place(cli: Cli, fresh: Desk, tmp_path: Path) -> None:
    edits = {"{assign_to: {user: anna}}": "{assign_to: {user: anna}, priority: hot}", "id: hold": "id: on-hold"}
    cli.text("rules", "shadow", "start", edited(tmp_path / "candidate", "default.yaml", edits))
    routed_now(fresh, 1, "for anna")
    routed_now(fresh, 2, "unclear")
    found = cli.json("rules", "shadow", "report")["differences"]
    assert [(each["shadow"], each["shadow_rule"]) for each in found] == [
        ("same, other priority", "to-user"), ("same", "on-hold"),
    ]  # fmt: skip


def test_what_cannot_be_tried(cli: Cli, tmp_path: Path) -> None:
    assert "rules shadow start" in cli.refused("rules", "shadow", "report")
    assert "No rules run in the shadow" in cli.refused("rules", "shadow", "stop")
    answer = cli.answer("rules", "shadow", "start", edited(tmp_path / "broken", "default.yaml", MISSPELT))
    assert answer.code == 1 and "unknown field 'jobtitel'" in answer.err
    good = edited(tmp_path / "good", "default.yaml", ANNA_TO_BEN)
    cli.text("rules", "shadow", "start", good)
    assert "runs in the shadow already; stop it first" in cli.refused("rules", "shadow", "start", good)


def rows(cli: Cli, *arguments: object) -> dict[str, Any]:
    found = cli.json("rules", "impact", small_rules().current().digest[:10], *arguments)
    return {row["leadid"]: row for row in found["leads"]}


def test_the_leads_of_a_version(cli: Cli, fresh: Desk, tmp_path: Path) -> None:
    for number, job in enumerate(("for anna", "for the inbox", "for anna")):
        fresh.register(lead_number(number), jobtitle=job)
    fresh.take(fresh.qualification.disqualify_lead, DisqualifyLead(), lead=lead_number(2))
    found = rows(cli)
    assert {row["verdict"] for row in found.values()} == {"same outcome today", "closed"}
    assert found[str(lead_number(0))] | {"decided": ""} == {
        "leadid": str(lead_number(0)), "decided": "", "rule": "to-user", "sent": "user anna", "owner": "anna",
        "stage": "assigned", "verdict": "same outcome today",
    }  # fmt: skip


def test_what_todays_rules_would_do(cli: Cli, fresh: Desk, tmp_path: Path) -> None:
    fresh.register(lead_number(0), jobtitle="for anna")
    fresh.register(lead_number(1), jobtitle="for the inbox")
    folder = edited(tmp_path / "today", "default.yaml", ANNA_TO_BEN)
    before = fresh.contents()
    arguments = ("rules", "impact", small_rules().current().digest[:10], "--rules", folder, "--reroute", "--dry-run")
    said = cli.text(*arguments)
    assert "decided 2 leads." in said and "1 lead would be re-routed by --reroute." in said
    assert "moves: user ben (rule to-user)" in said
    assert fresh.contents() == before
    digest = RulesEngine.load(folder).digest
    assert digest != small_rules().current().digest


def test_what_cannot_be_listed(cli: Cli) -> None:
    assert "No rule set is kept" in cli.refused("rules", "impact", "123456")
    assert "--dry-run belongs to --reroute" in cli.refused("rules", "impact", "123456", "--dry-run")
