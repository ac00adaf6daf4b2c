"""leadflow rules explain: leads to try, and stored leads with the rules that decided about them."""

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from activities.assignment import MissedSla
from activities.deps import Dependencies
from crm.requests import AcceptLead, DeclineLead, EditLead, LeadSubmission
from crm.store.database import Database
from crm.store.service_tables import lf_routingdecision, lf_ruleset
from leadflow.cli.rules.explanation import duration
from leadflow.organisation import apply_organisation
from rules.engine.live import LiveRules
from tests.activities.conftest import LEAD, NOW, Desk, lead_number
from tests.command import Cli, enter
from tests.rulebook import FOLDER
from tests.service import environment

PERSON = ("business_unit=uk", "address1_country=IE", "lastname=Byrne")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line without a service and without a database, in an empty folder."""
    enter(environment(tmp_path / "state"), monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small rule book, to edit."""
    kept = shutil.ignore_patterns("*.py", "__pycache__")
    return Path(shutil.copytree(FOLDER, tmp_path / "rules", ignore=kept))


@pytest.fixture
def desk(sqlite_database: Database, folder: Path) -> Desk:
    """Activities by these rules, on a database that the command line uses, too."""
    rules = LiveRules(folder)
    apply_organisation(sqlite_database, rules.current())
    return Desk(Dependencies(sqlite_database, rules, "DE"))


@pytest.fixture
def cli(desk: Desk, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cli]:
    """The command line on that database. Whatever it explains, nothing in the database changes."""
    enter(environment(tmp_path / "state", rules_dir=str(folder), database_url=desk.database.url), monkeypatch)

    class Watched(Cli):
        def answer(self, *arguments: object, stdin: str = "") -> Any:
            before = desk.contents()
            answer = super().answer(*arguments, stdin=stdin)
            assert desk.contents() == before
            return answer

    yield Watched(monkeypatch)


def edit(folder: Path, old: str, new: str, file: str = "default.yaml") -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def one(cli: Cli, *arguments: object, stdin: str = "") -> Any:
    (explanation,) = cli.json("rules", "explain", *arguments, stdin=stdin)
    return explanation


def trial(cli: Cli, *arguments: object, stdin: str = "") -> Any:
    explanation = one(cli, *arguments, stdin=stdin)
    assert explanation["then"] is None and explanation["comparison"] is None
    return explanation["now"]


def rules_of(explained: Mapping[str, Any]) -> dict[str, Any]:
    return {rule["rule"]: rule for rule in explained["decision"]["trace"]}


# A lead to try


def test_the_outcome_comes_first_then_why(alone: Cli) -> None:
    lines = alone.text("rules", "explain", *PERSON).splitlines()
    assert lines[:2] == ["The values given", "The lead goes to Niamh Doyle (user niamh.doyle)."]
    assert lines[2].split(None, 1)[1].strip() == (
        "Rule uk-ireland of business_units/uk.yaml matched: Ireland is looked after from Dublin."
    )
    said = "\n".join(lines)
    for part in ("within 8 hours of working time, by ", "rule uk-ireland decides", "near miss: 1 of 2 conditions hold"):
        assert part in said
    assert "✗ numberofemployees at_least (any)" in said and "(empty)" in said


def test_every_rule_says_how_much_of_it_holds(alone: Cli) -> None:
    found = rules_of(trial(alone, *PERSON))
    assert {name: found["uk-enterprise"][name] for name in ("held", "parts", "near_miss", "matched")} == {
        "held": 1, "parts": 2, "near_miss": True, "matched": False,
    }  # fmt: skip
    assert (found["uk-ireland"]["held"], found["uk-ireland"]["parts"]) == (1, 1)


def test_rules_after_the_winner_are_counted_or_shown(alone: Cli) -> None:
    short = alone.text("rules", "explain", *PERSON)
    assert "uk-sales" not in short and "rules after it made no difference; --all-rules shows them too." in short
    long = alone.text("rules", "explain", *PERSON, "--all-rules")
    assert "uk-sales" in long and "made no difference" not in long


def test_each_file_of_the_chain_says_why_it_passed_the_lead_on(alone: Cli) -> None:
    asked = trial(alone, "channel_partner=contoso", "business_unit=uk", "address1_country=GB")["files"]
    assert [(file["path"], file["decided"]) for file in asked] == [
        ("channel_partners/contoso.yaml", False),
        ("business_units/uk.yaml", True),
    ]
    assert asked[0]["result"].startswith("none of its") and "hands on to the business unit" in asked[0]["result"]
    assert asked[1]["result"] == "rule uk-sales decides"
    assert asked[0]["tried"] == asked[0]["rules"]


def test_who_would_be_next_and_who_is_skipped(alone: Cli, folder: Path) -> None:
    found = trial(alone, "lastname=Lind", "--rules", folder)
    assert found["recipient"]["key"] == "anna" and found["recipient"]["name"] == "Anna Berg"
    assert (found["recipient"]["eligible"], found["recipient"]["skipped"]) == (
        ["anna", "ben", "dora"],
        ["cleo: inactive"],
    )
    said = alone.text("rules", "explain", "lastname=Lind", "--rules", folder)
    assert "The lead goes to team desk, there to Anna Berg (user anna)." in said
    assert "round_robin in team desk, as if all were new in it" in said and "cleo: inactive" in said
    nobody = alone.text("rules", "explain", "jobtitle=nobody there", "--rules", folder)
    assert "The lead goes to All Away (team away), for nobody in it could get it." in nobody


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("for the inbox", "The lead goes to queue inbox, there to Desk (team desk)."),
        ("for contoso", "The lead goes to partner contoso, there to Partner People (team partners)."),
        ("for anna", "The lead goes to Anna Berg (user anna)."),
        ("unclear", "The lead is held until somebody looks at it: somebody must look."),
        ("competitor", "The lead is disqualified as Competitor: a competitor."),
        ("buyer", "The lead is qualified at once."),
    ],
)
def test_each_outcome_in_one_sentence(alone: Cli, folder: Path, title: str, sentence: str) -> None:
    said = alone.text("rules", "explain", f"jobtitle={title}", "--rules", folder).splitlines()
    assert said[1] == sentence


def test_the_promise_and_what_follows(alone: Cli, folder: Path) -> None:
    found = trial(alone, "jobtitle=urgent", "now=2026-03-02T09:00:00Z", "--rules", folder)["sla"]
    assert (found["due"], found["state"]) == ("2026-03-02T10:00:00Z", "would run")
    assert found["steps"] == ["remind", "re-route", "escalate managers"]
    said = alone.text("rules", "explain", "jobtitle=urgent", "now=2026-03-02T09:00:00Z", "--rules", folder)
    assert "within 1 hour of working time, by Mon 2026-03-02 10:00 UTC" in said
    assert "remind, then re-route, then escalate managers" in said


def test_what_the_lead_does_not_hold_may_be_said(alone: Cli) -> None:
    found = trial(alone, *PERSON, "channel_partner=contoso", "is_duplicate=true")
    assert found["decision"]["rule"] == "contoso-duplicate"
    assert found["facts"]["is_duplicate"] == "yes" and found["facts"]["address1_country"] == "IE"


def test_other_rules_than_the_configured_ones(alone: Cli, folder: Path, desk: Desk) -> None:
    assert trial(alone, "jobtitle=buyer", "--rules", folder)["decision"]["rule"] == "straight"
    missing = alone.refused("rules", "explain", "jobtitle=buyer", "--rules", "elsewhere")
    assert "'elsewhere' names no rules" in missing


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        ("countri=IE", "countri is not an attribute"),
        ("numberofemployees=many", "numberofemployees is not one number"),
        ("statecode=1", "statecode is not set here; use qualify, disqualify or reactivate"),
        ("business_unit=mars", "business_unit 'mars' is not in the directory; known are: dach, emea, uk, us"),
        ("campaign=none", "campaign 'none' is not in the directory"),
        ("is_duplicate=perhaps", "is_duplicate"),
        ("lastname", "'lastname' is not of the form attribute=value"),
    ],
)
def test_a_lead_that_intake_would_not_take_is_refused(alone: Cli, pair: str, reason: str) -> None:
    assert reason in alone.refused("rules", "explain", "address1_country=IE", pair)


def test_a_row_of_a_rule_table_is_named_by_its_own_place(alone: Cli, folder: Path) -> None:
    rows = "id,address1_country,assign_to user\nsouth,ES | PT,ben\nwest,IE | GB,dora\n"
    (folder / "default.lands.csv").write_text(rows, encoding="utf-8")
    edit(folder, "rules:\n", "rules:\n  - table: default.lands.csv\n")
    found = trial(alone, "address1_country=IE", "--rules", folder)
    assert (found["decision"]["file"], found["decision"]["table"]) == ("default.yaml", "default.lands.csv")
    said = alone.text("rules", "explain", "address1_country=IE", "--rules", folder)
    assert "default.lands.csv:2" in said and "default.lands.csv:3" in said and "default.lands.csv, line 3" in said


# A file of leads


def test_a_file_with_one_submission(alone: Cli, tmp_path: Path) -> None:
    lead = {"lastname": "Byrne", "address1_country": "Ireland"}
    (tmp_path / "lead.json").write_text(json.dumps({"lead": lead, "business_unit": "uk", "source": "fair"}))
    found = one(alone, "lead.json")
    assert (found["subject"], found["now"]["decision"]["rule"]) == ("lead.json, line 1", "uk-ireland")
    assert found["now"]["facts"]["source"] == "fair"


@pytest.mark.parametrize("more", [{"is_duplicate": True}, {"is_duplicate": "yes"}])
def test_a_lead_from_stdin_may_say_what_is_known_of_it(alone: Cli, more: dict[str, object]) -> None:
    lead = {"lastname": "Byrne", "channel_partner": "contoso", **more}
    assert trial(alone, "-", stdin=json.dumps(lead))["decision"]["rule"] == "contoso-duplicate"


def test_several_leads_are_explained_one_after_the_other(alone: Cli, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(
        "Last Name,Country,business_unit,Shoe Size\nByrne,IE,uk,44\nWard,GB,uk,38\n", encoding="utf-8"
    )
    found = alone.json("rules", "explain", "leads.csv")
    assert [(one["subject"], one["now"]["decision"]["rule"]) for one in found] == [
        ("leads.csv, line 2", "uk-ireland"),
        ("leads.csv, line 3", "uk-sales"),
    ]
    said = alone.text("rules", "explain", "leads.csv")
    assert said.count("Files asked") == 2
    assert said.endswith("Columns that are no attributes of a lead, and were left out: Shoe Size\n")


def test_a_file_with_a_bad_lead_is_refused_as_a_whole(alone: Cli) -> None:
    lines = '{"lastname": "A", "address1_country": "IE"}\n{"lastname": "B", "revenue": "much"}\nnothing\n'
    answer = alone.answer("rules", "explain", "-", stdin=lines)
    assert (answer.code, answer.out) == (1, "")
    assert "stdin, line 2: revenue" in answer.err and "stdin, line 3: not JSON" in answer.err


def test_files_without_leads_and_files_that_are_not_there(alone: Cli) -> None:
    assert "- holds no lead" in alone.refused("rules", "explain", "-", stdin="[]")
    assert "missing.json: No such file" in alone.refused("rules", "explain", "missing.json")


# A stored lead


def test_a_stored_lead_is_explained_by_the_rules_that_decided(desk: Desk, cli: Cli, folder: Path) -> None:
    desk.given(jobtitle="urgent")
    edit(folder, "id: urgent", "id: in-a-hurry")
    edit(folder, "accept_within: 1 hour", "accept_within: 3 hours")
    found = one(cli, LEAD)
    then = found["then"]
    assert (found["step"], found["number"], found["total"], found["now"]) == ("intake", 1, 1, None)
    assert (then["decision"]["rule"], then["sla"]["within"], then["notes"]) == ("urgent", "PT1H", [])
    assert rules_of(then)["urgent"]["matched"] and not rules_of(then)["hold"]["matched"]
    assert then["recipient"]["key"] == "anna" and then["recipient"]["turn"] == 1
    assert (then["recipient"]["strategy"], then["recipient"]["skipped"]) == ("round_robin", ["cleo: inactive"])
    said = cli.text("rules", "explain", LEAD)
    assert "The lead went to team desk, there to Anna Berg (user anna)." in said
    assert "round_robin in team desk, turn 1" in said and "nobody has accepted yet" in said
    assert said.startswith(f"Lead {LEAD}, decision 1 of 1\n")


def test_who_was_skipped_then_is_told(desk: Desk, cli: Cli) -> None:
    desk.given(jobtitle="nobody there")
    recipient = one(cli, LEAD)["then"]["recipient"]
    assert (recipient["kind"], recipient["key"], recipient["skipped"]) == ("team", "away", ["cleo: inactive"])


@pytest.mark.parametrize("name", [str(LEAD)[:8], f"lead-{LEAD}", "web:w-1", "w-1"])
def test_a_lead_goes_by_many_names(desk: Desk, cli: Cli, name: str) -> None:
    submission = LeadSubmission(lead={"lastname": "Lind"}, source="web", external_id="w-1")
    desk.take(desk.intake.register_lead, submission, step="intake", workflow=f"lead-{LEAD}")
    assert one(cli, name)["leadid"] == str(LEAD)


def test_a_workflow_that_somebody_named_otherwise(desk: Desk, cli: Cli) -> None:
    submission = LeadSubmission(lead={"lastname": "Lind"}, source="web")
    desk.take(desk.intake.register_lead, submission, step="intake", workflow="website 43")
    assert one(cli, "website 43")["leadid"] == str(LEAD)
    assert "no lead 'website 44'" in cli.refused("rules", "explain", "website 44")


def test_today_beside_then(desk: Desk, cli: Cli, folder: Path) -> None:
    desk.given(jobtitle="urgent", companyname="Ours")
    edit(folder, "assign_to: {team: desk, strategy: round_robin}\n      priority: hot", "assign_to: {queue: inbox}")
    found = one(cli, LEAD, "--now")
    differences = {row["what"]: (row["then"], row["now"]) for row in found["comparison"]["differences"]}
    assert differences == {
        "goes to": ("team desk", "queue inbox"),
        "strategy": ("round_robin", None),
        "priority": ("hot", "normal"),
    }
    assert found["comparison"]["changed_facts"] == []
    assert found["comparison"]["cause"].startswith("The rules have changed since")
    assert found["then"]["digest"] != found["now"]["digest"]
    said = cli.text("rules", "explain", LEAD, "--now")
    assert "The lead would go to queue inbox, there to Desk (team desk)." in said
    assert "What today's rules do otherwise" in said and "The rules have changed since" in said


def test_a_lead_that_changed_since(desk: Desk, cli: Cli, folder: Path) -> None:
    desk.given(jobtitle="urgent")
    desk.take(desk.intake.edit_lead, EditLead(changes={"jobtitle": "for anna"}))
    found = one(cli, LEAD, "--now")["comparison"]
    assert {row["what"] for row in found["differences"]} >= {"rule", "goes to"}
    assert found["changed_facts"] == [{"what": "jobtitle", "then": "urgent", "now": "for anna"}]
    assert found["cause"].startswith("The lead has changed since")
    edit(folder, "assign_to: {user: anna}", "assign_to: {user: ben}")
    edit(folder, "assign_to: {team: desk, strategy: round_robin}\n      priority: hot", "assign_to: {queue: inbox}")
    assert one(cli, LEAD, "--now")["comparison"]["cause"].startswith("Both have changed since")


def test_nothing_is_otherwise(desk: Desk, cli: Cli) -> None:
    desk.given(jobtitle="for anna")
    found = one(cli, LEAD, "--now")["comparison"]
    assert (found["differences"], found["cause"]) == ([], "Today's rules send the lead the same way.")


def test_who_would_be_next_now_follows_the_real_turns(desk: Desk, cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    desk.given(lead_number(1))
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no"))
    now = one(cli, LEAD, "--now")["now"]["recipient"]
    assert (now["key"], now["eligible"]) == ("dora", ["ben", "dora"])
    assert sorted(now["skipped"]) == ["anna: had this lead and gave it back", "cleo: inactive"]


def test_other_rules_for_a_stored_lead(desk: Desk, cli: Cli, folder: Path, tmp_path: Path) -> None:
    desk.given(jobtitle="urgent")
    other = Path(shutil.copytree(folder, tmp_path / "candidate"))
    edit(other, "id: urgent", "id: in-a-hurry")
    found = one(cli, LEAD, "--rules", other)
    assert (found["then"]["decision"]["rule"], found["now"]["decision"]["rule"]) == ("urgent", "in-a-hurry")
    digest = found["then"]["digest"]
    assert one(cli, LEAD, "--rules", f"digest:{digest[:12]}")["now"]["digest"] == digest


def test_every_decision_of_a_life_in_order(desk: Desk, cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time"))
    desk.route()
    found = cli.json("rules", "explain", LEAD, "--all")
    assert [(one["number"], one["total"]) for one in found] == [(1, 2), (2, 2)]
    first, second = (one["then"]["recipient"] for one in found)
    assert (first["key"], first["endreason"], second["key"], second["endedon"]) == ("anna", "declined", "ben", None)
    assert second["skipped"] == ["anna: had this lead and gave it back", "cleo: inactive"]
    assert one(cli, LEAD)["number"] == 2
    assert one(cli, LEAD, "--decision", 1)["then"]["recipient"]["key"] == "anna"
    said = cli.text("rules", "explain", LEAD, "--all")
    assert "decision 1 of 2" in said and ": declined" in said and "decision 2 of 2" in said
    assert "the lead has 2 decisions" in cli.refused("rules", "explain", LEAD, "--decision", 3)


def test_a_promise_that_was_kept(desk: Desk, cli: Cli) -> None:
    desk.register(jobtitle="urgent", on=NOW)
    desk.take(desk.assignment.accept_lead, AcceptLead(), on=NOW + timedelta(minutes=5))
    sla = one(cli, LEAD)["then"]["sla"]
    assert (sla["state"], sla["due"], sla["acceptedon"]) == ("kept", "2026-03-02T10:00:00Z", "2026-03-02T09:05:00Z")
    assert "accepted Mon 2026-03-02 09:05 UTC, in time" in cli.text("rules", "explain", LEAD)


def test_a_promise_that_was_missed_and_the_next_one(desk: Desk, cli: Cli) -> None:
    desk.register(jobtitle="urgent", on=NOW)
    late = NOW + timedelta(hours=1)
    desk.take(desk.assignment.record_missed_sla, MissedSla(action="re-route"), on=late)
    desk.route(on=late)  # at the same moment, as in a run
    first, second = (one["then"]["sla"] for one in cli.json("rules", "explain", LEAD, "--all"))
    assert (first["state"], first["missedon"]) == ("missed", ["2026-03-02T10:00:00Z"])
    assert (second["state"], second["missedon"], second["due"]) == ("running", [], "2026-03-02T11:00:00Z")
    assert "missed Mon 2026-03-02 10:00 UTC" in cli.text("rules", "explain", LEAD, "--decision", 1)


def test_a_decision_whose_facts_were_not_kept(desk: Desk, cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    with desk.database.transaction() as connection:
        connection.execute(update(lf_routingdecision).values(facts=None))
    found = one(cli, LEAD, "--now")
    assert found["then"]["decision"]["rule"] == "urgent" and found["then"]["decision"]["trace"] == []
    assert found["then"]["facts"] is None
    assert any("The facts of this decision were not kept" in note for note in found["then"]["notes"])
    assert "The lead went to team desk" in cli.text("rules", "explain", LEAD)


def test_rules_that_were_not_kept(desk: Desk, cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    with desk.database.transaction() as connection:
        connection.execute(lf_ruleset.delete())
    found = one(cli, LEAD, "--now")
    assert "were not kept: it decided before they were" in found["then"]["notes"][0]
    assert (found["then"]["files"], found["then"]["decision"]["rule"]) == ([], "urgent")


def test_rules_that_this_version_reads_otherwise(desk: Desk, cli: Cli) -> None:
    desk.given(jobtitle="urgent")
    with desk.database.transaction() as connection:
        (row,) = desk.rows(lf_ruleset)
        files = dict(row["files"])
        files["default.yaml"] = files["default.yaml"].replace("jobtitle: urgent", "jobtitle: not urgent")
        connection.execute(update(lf_ruleset).values(files=files))
    found = one(cli, LEAD)["then"]
    assert found["decision"]["rule"] == "urgent", "what was decided stays what it was"
    assert any("decides otherwise: rule was urgent and is now otherwise" in note for note in found["notes"])
    files["default.yaml"] = "rules: ["
    with desk.database.transaction() as connection:
        connection.execute(update(lf_ruleset).values(files=files))
    (note,) = one(cli, LEAD)["then"]["notes"]
    assert note.startswith("This version of leadflow does not accept the files that decided")


def test_a_lead_that_was_never_routed(desk: Desk, cli: Cli) -> None:
    desk.given(revenue="much")
    assert "was never routed, it is quarantined; --now" in cli.refused("rules", "explain", LEAD)
    found = one(cli, LEAD, "--now")
    assert found["then"] is None and found["now"]["decision"]["rule"] == "otherwise"
    assert "It was never routed. By today's rules:" in cli.text("rules", "explain", LEAD, "--now")


def test_options_that_do_not_fit(cli: Cli) -> None:
    for option in (("--now",), ("--all",), ("--decision", "1")):
        assert "belong to stored leads" in cli.refused("rules", "explain", "lastname=Lind", *option)
    assert "exclude each other" in cli.refused("rules", "explain", LEAD, "--all", "--decision", "1")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(minutes=15), "15 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=1, hours=4, minutes=1), "1 day 4 hours 1 minute"),
        (timedelta(seconds=3), "less than a minute"),
    ],
)
def test_durations_in_words(span: timedelta, words: str) -> None:
    assert duration(span) == words
