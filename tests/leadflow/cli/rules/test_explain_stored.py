"""leadflow rules explain: stored leads, by the rules and facts that decided about them, and by today's."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from activities.deps import Dependencies
from activities.ladder import MissedSla
from crm.requests import AcceptLead, DeclineLead, EditLead, LeadSubmission
from crm.store.database import Database
from crm.store.service_tables import lf_routingdecision, lf_ruleset
from leadflow.organisation import apply_organisation
from rules.engine.live import LiveRules
from tests.activities.conftest import LEAD, NOW, Desk, lead_number
from tests.command import Cli, enter
from tests.leadflow.cli.rules.conftest import edited
from tests.leadflow.cli.rules.explaining import edit, explained, rules_of
from tests.service import Answer, environment


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    """A copy of the small rule book, to edit."""
    return edited(tmp_path / "rules", "default.yaml", {})


@pytest.fixture
def desk(sqlite_database: Database, small_book: Path) -> Desk:
    """Activities by these rules, on a database that the command line uses, too."""
    rules = LiveRules(small_book)
    apply_organisation(sqlite_database, rules.current())
    return Desk(Dependencies(sqlite_database, rules, "DE"))


@pytest.fixture
def reading_cli(desk: Desk, small_book: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line on that database. Whatever is asked, nothing in the database changes."""
    enter(environment(tmp_path / "state", rules_dir=str(small_book), database_url=desk.database.url), monkeypatch)

    class Reading(Cli):
        def answer(self, *arguments: object, stdin: str = "") -> Answer:
            before = desk.contents()
            answer = super().answer(*arguments, stdin=stdin)
            assert desk.contents() == before
            return answer

    return Reading(monkeypatch)


def test_a_stored_lead_is_explained_by_the_rules_that_decided(desk: Desk, reading_cli: Cli, small_book: Path) -> None:
    desk.given(jobtitle="urgent")
    edit(small_book, "id: urgent", "id: in-a-hurry")
    edit(small_book, "accept_within: 1 hour", "accept_within: 3 hours")
    found = explained(reading_cli, LEAD)
    then = found["then"]
    assert (found["step"], found["number"], found["total"], found["now"]) == ("intake", 1, 1, None)
    assert (then["decision"]["rule"], then["sla"]["within"], then["notes"]) == ("urgent", "PT1H", [])
    assert rules_of(then)["urgent"]["matched"] and not rules_of(then)["hold"]["matched"]
    assert then["recipient"]["key"] == "anna" and then["recipient"]["turn"] == 1
    assert (then["recipient"]["strategy"], then["recipient"]["skipped"]) == ("round_robin", ["cleo: inactive"])
    said = reading_cli.text("rules", "explain", LEAD)
    assert "The lead went to team desk, there to Anna Berg (user anna)." in said
    assert "round_robin in team desk, turn 1" in said and "nobody has accepted yet" in said
    assert said.startswith(f"Lead {LEAD}, decision 1 of 1\n")


def test_who_was_skipped_then_is_told(desk: Desk, reading_cli: Cli) -> None:
    desk.given(jobtitle="nobody there")
    recipient = explained(reading_cli, LEAD)["then"]["recipient"]
    assert (recipient["kind"], recipient["key"], recipient["skipped"]) == ("team", "away", ["cleo: inactive"])


@pytest.mark.parametrize("name", [str(LEAD)[:8], f"lead-{LEAD}", "web:w-1", "w-1"])
def test_a_lead_goes_by_many_names(desk: Desk, reading_cli: Cli, name: str) -> None:
    submission = LeadSubmission(lead={"lastname": "Lind"}, source="web", external_id="w-1")
    desk.take(desk.intake.register_lead, submission, step="intake", workflow=f"lead-{LEAD}")
    assert explained(reading_cli, name)["leadid"] == str(LEAD)


def test_a_workflow_that_somebody_named_otherwise(desk: Desk, reading_cli: Cli) -> None:
    submission = LeadSubmission(lead={"lastname": "Lind"}, source="web")
    desk.take(desk.intake.register_lead, submission, step="intake", workflow="website 43")
    assert explained(reading_cli, "website 43")["leadid"] == str(LEAD)
    assert "no lead 'website 44'" in reading_cli.refused("rules", "explain", "website 44")


def test_today_beside_then(desk: Desk, reading_cli: Cli, small_book: Path) -> None:
    desk.given(jobtitle="urgent", companyname="Ours")
    edit(small_book, "assign_to: {team: desk, strategy: round_robin}\n      priority: hot", "assign_to: {queue: inbox}")
    found = explained(reading_cli, LEAD, "--now")
    differences = {row["what"]: (row["then"], row["now"]) for row in found["comparison"]["differences"]}
    assert differences == {
        "goes to": ("team desk", "queue inbox"),
        "strategy": ("round_robin", None),
        "priority": ("hot", "normal"),
    }
    assert found["comparison"]["changed_facts"] == []
    assert found["comparison"]["cause"].startswith("The rules have changed since")
    assert found["then"]["digest"] != found["now"]["digest"]
    said = reading_cli.text("rules", "explain", LEAD, "--now")
    assert "The lead would go to queue inbox, there to Desk (team desk)." in said
    assert "What today's rules do otherwise" in said and "The rules have changed since" in said


def test_a_lead_that_changed_since(desk: Desk, reading_cli: Cli, small_book: Path) -> None:
    desk.given(jobtitle="urgent")
    desk.take(desk.intake.edit_lead, EditLead(changes={"jobtitle": "for anna"}))
    found = explained(reading_cli, LEAD, "--now")["comparison"]
    assert {row["what"] for row in found["differences"]} >= {"rule", "goes to"}
    assert found["changed_facts"] == [{"what": "jobtitle", "then": "urgent", "now": "for anna"}]
    assert found["cause"].startswith("The lead has changed since")
    edit(small_book, "assign_to: {user: anna}", "assign_to: {user: ben}")
    edit(small_book, "assign_to: {team: desk, strategy: round_robin}\n      priority: hot", "assign_to: {queue: inbox}")
    assert explained(reading_cli, LEAD, "--now")["comparison"]["cause"].startswith("Both have changed since")


def test_nothing_is_otherwise(desk: Desk, reading_cli: Cli) -> None:
    desk.given(jobtitle="for anna")
    found = explained(reading_cli, LEAD, "--now")["comparison"]
    assert (found["differences"], found["cause"]) == ([], "Today's rules send the lead the same way.")


def test_who_would_be_next_now_follows_the_real_turns(desk: Desk, reading_cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    desk.given(lead_number(1))
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no"))
    now = explained(reading_cli, LEAD, "--now")["now"]["recipient"]
    assert (now["key"], now["eligible"]) == ("dora", ["ben", "dora"])
    assert sorted(now["skipped"]) == ["anna: had this lead and gave it back", "cleo: inactive"]


def test_other_rules_for_a_stored_lead(desk: Desk, reading_cli: Cli, small_book: Path, tmp_path: Path) -> None:
    desk.given(jobtitle="urgent")
    other = Path(shutil.copytree(small_book, tmp_path / "candidate"))
    edit(other, "id: urgent", "id: in-a-hurry")
    found = explained(reading_cli, LEAD, "--rules", other)
    assert (found["then"]["decision"]["rule"], found["now"]["decision"]["rule"]) == ("urgent", "in-a-hurry")
    digest = found["then"]["digest"]
    assert explained(reading_cli, LEAD, "--rules", f"digest:{digest[:12]}")["now"]["digest"] == digest


def test_every_decision_of_a_life_in_order(desk: Desk, reading_cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time"))
    desk.route()
    found = reading_cli.json("rules", "explain", LEAD, "--all")
    assert [(one["number"], one["total"]) for one in found] == [(1, 2), (2, 2)]
    first, second = (one["then"]["recipient"] for one in found)
    assert (first["key"], first["endreason"], second["key"], second["endedon"]) == ("anna", "declined", "ben", None)
    assert second["skipped"] == ["anna: had this lead and gave it back", "cleo: inactive"]
    assert explained(reading_cli, LEAD)["number"] == 2
    assert explained(reading_cli, LEAD, "--decision", 1)["then"]["recipient"]["key"] == "anna"
    said = reading_cli.text("rules", "explain", LEAD, "--all")
    assert "decision 1 of 2" in said and ": declined" in said and "decision 2 of 2" in said
    assert "the lead has 2 decisions" in reading_cli.refused("rules", "explain", LEAD, "--decision", 3)


def test_a_promise_that_was_kept(desk: Desk, reading_cli: Cli) -> None:
    desk.register(jobtitle="urgent", on=NOW)
    desk.take(desk.assignment.accept_lead, AcceptLead(), on=NOW + timedelta(minutes=5))
    sla = explained(reading_cli, LEAD)["then"]["sla"]
    assert (sla["state"], sla["due"], sla["acceptedon"]) == ("kept", "2026-03-02T10:00:00Z", "2026-03-02T09:05:00Z")
    assert "accepted Mon 2026-03-02 09:05 UTC, in time" in reading_cli.text("rules", "explain", LEAD)


def test_a_promise_that_was_missed_and_the_next_one(desk: Desk, reading_cli: Cli) -> None:
    desk.register(jobtitle="urgent", on=NOW)
    late = NOW + timedelta(hours=1)
    desk.take(desk.ladder.record_missed_sla, MissedSla(action="re-route"), on=late)
    desk.route(on=late)  # at the same moment, as in a run
    first, second = (one["then"]["sla"] for one in reading_cli.json("rules", "explain", LEAD, "--all"))
    assert (first["state"], first["missedon"]) == ("missed", ["2026-03-02T10:00:00Z"])
    assert (second["state"], second["missedon"], second["due"]) == ("running", [], "2026-03-02T11:00:00Z")
    assert "missed Mon 2026-03-02 10:00 UTC" in reading_cli.text("rules", "explain", LEAD, "--decision", 1)


def test_a_decision_whose_facts_were_not_kept(desk: Desk, reading_cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    with desk.database.transaction() as connection:
        connection.execute(update(lf_routingdecision).values(facts=None))
    found = explained(reading_cli, LEAD, "--now")
    assert found["then"]["decision"]["rule"] == "urgent" and found["then"]["decision"]["trace"] == []
    assert found["then"]["facts"] is None
    assert any("The facts of this decision were not kept" in note for note in found["then"]["notes"])
    assert "The lead went to team desk" in reading_cli.text("rules", "explain", LEAD)


def test_rules_that_were_not_kept(desk: Desk, reading_cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    with desk.database.transaction() as connection:
        connection.execute(lf_ruleset.delete())
    found = explained(reading_cli, LEAD, "--now")
    assert "were not kept: it decided before they were" in found["then"]["notes"][0]
    assert (found["then"]["files"], found["then"]["decision"]["rule"]) == ([], "urgent")


def test_rules_that_this_version_reads_otherwise(desk: Desk, reading_cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    with desk.database.transaction() as connection:
        (row,) = desk.rows(lf_ruleset)
        files = dict(row["files"])
        files["default.yaml"] = files["default.yaml"].replace("jobtitle: urgent", "jobtitle: not urgent")
        connection.execute(update(lf_ruleset).values(files=files))
    found = explained(reading_cli, LEAD)["then"]
    assert found["decision"]["rule"] == "urgent", "what was decided stays what it was"
    assert any("decides otherwise: rule was urgent and is now otherwise" in note for note in found["notes"])
    files["default.yaml"] = "rules: ["
    with desk.database.transaction() as connection:
        connection.execute(update(lf_ruleset).values(files=files))
    (note,) = explained(reading_cli, LEAD)["then"]["notes"]
    assert note.startswith("This version of leadflow does not accept the files that decided")


def test_a_lead_that_was_never_routed(desk: Desk, reading_cli: Cli) -> None:
    desk.given(revenue="much")
    assert "was never routed, it is quarantined; --now" in reading_cli.refused("rules", "explain", LEAD)
    found = explained(reading_cli, LEAD, "--now")
    assert found["then"] is None and found["now"]["decision"]["rule"] == "otherwise"
    assert "It was never routed. By today's rules:" in reading_cli.text("rules", "explain", LEAD, "--now")


def test_options_that_do_not_fit(reading_cli: Cli) -> None:
    for option in (("--now",), ("--all",), ("--decision", "1")):
        assert "belong to stored leads" in reading_cli.refused("rules", "explain", "lastname=Lind", *option)
    assert "exclude each other" in reading_cli.refused("rules", "explain", LEAD, "--all", "--decision", "1")
