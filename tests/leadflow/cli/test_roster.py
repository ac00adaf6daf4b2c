"""leadflow directory show | absent | activate | deactivate | reassign-open | history."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.deps import Dependencies
from crm.entities.lead import Lead
from crm.lifecycle import LeadStage
from crm.store import records
from crm.store.database import Database
from crm.store.people.organisation import apply_directory, record_id
from tests.activities.conftest import Desk, lead_number
from tests.command import Cli, enter
from tests.rulebook import FOLDER, small_rules
from tests.service import environment

SOON = datetime.now(UTC).date() + timedelta(days=10)
LATER = SOON + timedelta(days=5)


@pytest.fixture
def desk(sqlite_database: Database) -> Desk:
    rules = small_rules()
    with sqlite_database.transaction() as connection:
        apply_directory(connection, rules.current().directory, now=datetime.now(UTC))
    return Desk(Dependencies(sqlite_database, rules, "DE"))


@pytest.fixture
def alone(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cli]:
    """The command line with the small organisation, where Temporal does not answer."""
    given = {"rules_dir": str(FOLDER), "database_url": desk.database.url, "temporal_address": "127.0.0.1:9"}
    enter(environment(tmp_path / "state", **given), monkeypatch)
    yield Cli(monkeypatch)


def test_show_tells_who_gets_leads(alone: Cli, desk: Desk) -> None:
    desk.given(jobtitle="for anna")
    desk.given(lead_number(2))
    said = alone.text("directory", "show")
    assert "Desk (desk), manager mia" in said and "All Away (away), manager none" in said
    teams = {team["team"]: team for team in alone.json("directory", "show")}
    members = {member["user"]: member for member in teams["desk"]["members"]}
    assert (members["anna"]["open_leads"], members["anna"]["turns"]) == (2, 1)
    assert (members["cleo"]["active"], members["cleo"]["at_work"]) == (False, True)
    assert alone.json("directory", "show", "managers")["members"][0]["user"] == "mia"
    assert "Managers (managers)" in alone.text("directory", "show", "managers")


def test_an_absence_is_entered_seen_and_cancelled(alone: Cli) -> None:
    given = ("--from", SOON, "--to", LATER, "--reason", "travel", "--actor", "mia")
    assert alone.text("directory", "absent", "anna", *given) == f"anna is absent from {SOON} to {LATER}\n"
    said = alone.text("directory", "show", "anna")
    assert "Anna Berg (anna), active, 0 open leads" in said
    assert f"Absent {SOON} to {LATER} (entered by hand, travel)" in said
    span = alone.json("directory", "absent", "anna", "--cancel", "--actor", "mia")
    assert (span["first"], span["last"]) == (str(SOON), str(LATER))
    assert "Absent" not in alone.text("directory", "show", "anna")
    changes = alone.json("directory", "history", "anna")
    assert [(change["change"], change["actor"]) for change in changes] == [
        ("absent", "mia"),
        ("absence cancelled", "mia"),
    ]
    assert alone.json("directory", "history", "ben") == []
    assert alone.text("directory", "history", "ben") == "No changes.\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["absent", "anna"], "say the first and the last day away: --from 2026-12-21 --to 2027-01-02"),
        (["absent", "ana", "--from", SOON, "--to", LATER], "no user 'ana' in the directory. Did you mean 'anna'?"),
        (["absent", "anna", "--from", LATER, "--to", SOON], "before it begins"),
        (["absent", "anna", "--from", "2020-01-01", "--to", "2020-01-02"], "has passed; look at the year"),
        (["absent", "anna", "--cancel"], "no absence of anna was entered by hand"),
        (["absent", "anna", "--cancel", "--to", SOON], "--cancel takes --from alone"),
        (["deactivate", "nobody-here"], "no user 'nobody-here'"),
        (["activate", "cleo"], "rules/directory.yaml says `active: no` of cleo"),
        (["reassign-open", "bean"], "Did you mean 'ben'?"),
        (["show", "desks"], "no team or user 'desks' in the directory. Did you mean 'desk'?"),
        (["history", "mio"], "Did you mean 'mia'?"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(alone: Cli, arguments: list[str], says: str) -> None:
    assert says in alone.refused("directory", *arguments)


def test_a_date_that_is_none_is_wrong_usage(alone: Cli) -> None:
    assert "does not match the format" in alone.misused("directory", "absent", "anna", "--from", "tomorrow")


def test_deactivating_takes_effect_at_once_and_outlasts_the_directory_file(alone: Cli, desk: Desk) -> None:
    desk.given(jobtitle="for anna")
    said = alone.text("directory", "deactivate", "anna", "--actor", "mia", "--reason", "left us")
    assert said == ("anna gets no more leads\nanna still has 1 open lead: leadflow directory reassign-open anna\n")
    alone.text("directory", "apply")
    assert {desk.given(lead_number(n)).owner.key for n in range(4)} == {"ben", "dora"}  # type: ignore[union-attr]
    assert "deactivated by hand" in alone.text("directory", "show", "desk")
    assert alone.text("directory", "activate", "anna") == "anna gets leads again\n"
    assert alone.text("directory", "activate", "anna") == "anna is active already\n"
    assert "anna" in {desk.given(lead_number(n)).owner.key for n in range(4, 8)}  # type: ignore[union-attr]
    assert [change["detail"] for change in alone.json("directory", "history")] == ["left us", "by hand"]


def test_leads_that_wait_and_cannot_be_woken_are_named(alone: Cli, desk: Desk) -> None:
    lead = desk.given(jobtitle="nobody there").leadid
    with desk.database.transaction() as connection:
        waiting = {"lf_stage": LeadStage.WAITING, "ownerid": record_id("team", "desk")}
        records.update(connection, Lead, lead, waiting, now=datetime.now(UTC))
    alone.text("directory", "deactivate", "anna")
    said = alone.text("directory", "activate", "anna").splitlines()
    assert said[0] == "anna gets leads again"
    assert said[1].startswith("1 waiting lead could not be woken and will look again later: ")


def test_a_dry_run_counts_the_leads_of_a_leaver(alone: Cli, desk: Desk) -> None:
    lead = desk.given(jobtitle="for anna")
    said = alone.text("directory", "reassign-open", "anna", "--dry-run")
    assert said.splitlines() == [
        "anna is active and gets new leads; to end that: leadflow directory deactivate anna",
        "1 lead would be routed again",
    ]
    assert alone.json("directory", "reassign-open", "anna", "--dry-run") == {"leads": [str(lead.leadid)]}
    assert alone.text("directory", "reassign-open", "mia").endswith("0 leads re-routed, 0 refused\n")


def test_a_leaver_s_leads_go_through_their_workflows(cli: Cli) -> None:
    """In the unit `uk`, leads of Ireland go to niamh.doyle, whom the rules name, and else to the team."""
    lead = cli.submit()
    assert lead["owner"]["key"] == "niamh.doyle"
    result = cli.json("directory", "reassign-open", "niamh.doyle", "--rate", 1000, "--actor", "mia")
    assert lead["leadid"] in result["rerouted"] and result["refused"] == {}
    story = cli.json("leads", "show", lead["leadid"])
    assert story["status"]["owner"]["key"] != "niamh.doyle"
    assert story["status"]["reroutes"] == 1
    assert "owner left" in story["timeline"][-1]["summary"]
    assert cli.json("directory", "reassign-open", "niamh.doyle", "--dry-run") == {"leads": []}
