"""leadflow rules explain: leads to try, by their values or from a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Cli, enter
from tests.leadflow.cli.rules.conftest import edited
from tests.leadflow.cli.rules.explaining import edit, explained, rules_of
from tests.service import environment

PERSON = ("business_unit=uk", "address1_country=IE", "lastname=Byrne")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line without a service and without a database, in an empty folder."""
    enter(environment(tmp_path / "state"), monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


@pytest.fixture
def small_book(tmp_path: Path) -> Path:
    """A copy of the small rule book, to edit."""
    return edited(tmp_path / "rules", "default.yaml", {})


def trial(cli: Cli, *arguments: object, stdin: str = "") -> Any:
    """What is said of a lead to try: it has only a `now`."""
    explanation = explained(cli, *arguments, stdin=stdin)
    assert explanation["then"] is None and explanation["comparison"] is None
    return explanation["now"]


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


def test_who_would_be_next_and_who_is_skipped(alone: Cli, small_book: Path) -> None:
    found = trial(alone, "lastname=Lind", "--rules", small_book)
    assert found["recipient"]["key"] == "anna" and found["recipient"]["name"] == "Anna Berg"
    assert (found["recipient"]["eligible"], found["recipient"]["skipped"]) == (
        ["anna", "ben", "dora"],
        ["cleo: inactive"],
    )
    said = alone.text("rules", "explain", "lastname=Lind", "--rules", small_book)
    assert "The lead goes to team desk, there to Anna Berg (user anna)." in said
    assert "round_robin in team desk, as if all were new in it" in said and "cleo: inactive" in said
    nobody = alone.text("rules", "explain", "jobtitle=nobody there", "--rules", small_book)
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
def test_each_outcome_in_one_sentence(alone: Cli, small_book: Path, title: str, sentence: str) -> None:
    said = alone.text("rules", "explain", f"jobtitle={title}", "--rules", small_book).splitlines()
    assert said[1] == sentence


def test_the_promise_and_what_follows(alone: Cli, small_book: Path) -> None:
    found = trial(alone, "jobtitle=urgent", "now=2026-03-02T09:00:00Z", "--rules", small_book)["sla"]
    assert (found["due"], found["state"]) == ("2026-03-02T10:00:00Z", "would run")
    assert found["steps"] == ["remind", "re-route", "escalate managers"]
    said = alone.text("rules", "explain", "jobtitle=urgent", "now=2026-03-02T09:00:00Z", "--rules", small_book)
    assert "within 1 hour of working time, by Mon 2026-03-02 10:00 UTC" in said
    assert "remind, then re-route, then escalate managers" in said


def test_what_the_lead_does_not_hold_may_be_said(alone: Cli) -> None:
    found = trial(alone, *PERSON, "channel_partner=contoso", "is_duplicate=true")
    assert found["decision"]["rule"] == "contoso-duplicate"
    assert found["facts"]["is_duplicate"] == "yes" and found["facts"]["address1_country"] == "IE"


def test_other_rules_than_the_configured_ones(alone: Cli, small_book: Path) -> None:
    assert trial(alone, "jobtitle=buyer", "--rules", small_book)["decision"]["rule"] == "straight"
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


def test_a_row_of_a_rule_table_is_named_by_its_own_place(alone: Cli, small_book: Path) -> None:
    rows = "id,address1_country,assign_to user\nsouth,ES | PT,ben\nwest,IE | GB,dora\n"
    (small_book / "default.lands.csv").write_text(rows, encoding="utf-8")
    edit(small_book, "rules:\n", "rules:\n  - table: default.lands.csv\n")
    found = trial(alone, "address1_country=IE", "--rules", small_book)
    assert (found["decision"]["file"], found["decision"]["table"]) == ("default.yaml", "default.lands.csv")
    said = alone.text("rules", "explain", "address1_country=IE", "--rules", small_book)
    assert "default.lands.csv:2" in said and "default.lands.csv:3" in said and "default.lands.csv, line 3" in said


# A file of leads


def test_a_file_with_one_submission(alone: Cli, tmp_path: Path) -> None:
    lead = {"lastname": "Byrne", "address1_country": "Ireland"}
    (tmp_path / "lead.json").write_text(json.dumps({"lead": lead, "business_unit": "uk", "source": "fair"}))
    found = explained(alone, "lead.json")
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
