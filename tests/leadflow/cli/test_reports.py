"""leadflow report sources, directory apply, db upgrade."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.command import Cli, enter
from tests.service import environment

KEYS = [
    "key", "label", "leads", "open", "qualified", "disqualified", "merged", "share_qualified", "opportunities",
    "estimated_value", "won_value", "median_time_to_qualify",
]  # fmt: skip


def two_leads(cli: Cli) -> None:
    """One of a campaign and partner, qualified with a sale of 9000; one disqualified. Leads of seconds ago."""
    if cli.json("leads", "list", "--source", "report"):
        return
    options = {
        "campaign": "automation-webinar",
        "channel-partner": "contoso",
        "external-id": "report-1",
        "source": "report",
    }
    first = cli.submit("leadsourcecode=Seminar", "estimatedamount=9000", **options)
    cli.text("leads", "qualify", first["leadid"])
    second = cli.submit("leadsourcecode=Seminar", **{"external-id": "report-2", "source": "report"})
    cli.text("leads", "disqualify", second["leadid"], "--status", "Lost")


def row(rows: list[Any], label: str) -> Any:
    [found] = [row for row in rows if row["label"] == label]
    return found


@pytest.mark.parametrize(
    ("by", "label"),
    [
        ("source", "Seminar"),
        ("campaign", "Automation Webinar Series"),
        ("unit", "United Kingdom and Ireland"),
        ("partner", "Contoso Consulting"),
        ("owner", "Niamh Doyle"),
    ],
)
def test_by_each_grouping_and_in_each_format(cli: Cli, by: str, label: str) -> None:
    two_leads(cli)
    rows = cli.json("report", "sources", "--by", by)
    labels = [row["label"] for row in rows]
    if label not in labels:
        pytest.fail(f"{label} is not among {labels}")
    assert list(rows[0]) == KEYS
    printed = list(csv.DictReader(io.StringIO(cli.text("report", "sources", "--by", by, "--format", "csv"))))
    assert [row["label"] for row in printed] == labels
    said = cli.text("report", "sources", "--by", by)
    assert label in said and by.capitalize() in said and "Median time to qualify" in said


def test_the_value_of_a_source(cli: Cli) -> None:
    two_leads(cli)
    seminar = row(cli.json("report", "sources"), "Seminar")
    assert [seminar[key] for key in ("leads", "open", "qualified", "disqualified")] == [2, 0, 1, 1]
    assert (seminar["share_qualified"], seminar["opportunities"]) == (0.5, 1)
    assert Decimal(seminar["estimated_value"]) == 9000 and seminar["median_time_to_qualify"]


def test_a_period(cli: Cli) -> None:
    two_leads(cli)
    assert cli.json("report", "sources", "--until", "2000-01-01") == []
    assert cli.json("report", "sources", "--since", "2999-01-01") == []
    whole = cli.json("report", "sources", "--since", "2000-01-01", "--until", "2999-01-01")
    assert row(whole, "Seminar")["leads"] == 2
    assert "Invalid value for '--since'" in cli.misused("report", "sources", "--since", "yesterday")


def test_assignments_by_team_and_member_in_each_format(cli: Cli) -> None:
    two_leads(cli)
    rows = cli.json("report", "assignments")
    niamh = [row for row in rows if row["member"] == "niamh.doyle"]
    assert sum(row["assigned"] for row in niamh) >= 1
    assert sum(row["assigned"] for row in rows if row["kind"] == "total") >= 2
    assert {(row["kind"], row["name"], type(row["skipped"])) for row in niamh} == {("member", "Niamh Doyle", dict)}
    printed = list(csv.DictReader(io.StringIO(cli.text("report", "assignments", "--format", "csv"))))
    assert [row["member"] for row in printed] == [row["member"] or "" for row in rows]
    said = cli.text("report", "assignments", "--since", "2000-01-01")
    assert all(word in said for word in ("Niamh Doyle", "all", "Fair share", "Median time to"))
    assert cli.json("report", "assignments", "--until", "2000-01-01") == []


def test_partners_have_answered_nothing_that_was_never_offered(cli: Cli) -> None:
    assert cli.json("report", "partners", "--until", "2000-01-01") == []
    assert "Acceptance rate" in cli.text("report", "partners")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line with a state folder in which nothing is."""
    enter(environment(tmp_path / "state"), monkeypatch)
    return Cli(monkeypatch)


@pytest.mark.parametrize(
    "command",
    [
        ["leads", "list"],
        ["leads", "show", "x"],
        ["report", "sources"],
        ["report", "assignments"],
        ["directory", "apply"],
        ["worker"],
    ],
)
def test_a_database_without_a_schema_is_told_with_the_remedy(alone: Cli, command: list[str]) -> None:
    reason = alone.refused(*command)
    assert "has no schema" in reason and "Run 'leadflow db upgrade'." in reason


def test_upgrade_and_apply_can_be_repeated(alone: Cli) -> None:
    first, again = (alone.text("db", "upgrade") for _ in range(2))
    assert first == again and "leadflow.db has schema 0" in first
    assert alone.json("directory", "apply")["created"] > 50
    assert alone.text("directory", "apply") == "0 created, 0 changed, 0 disabled\n"
    assert alone.json("leads", "list") == []
