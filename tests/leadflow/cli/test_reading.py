"""leadflow leads list | show: what there is, and the story of one lead."""

import csv
import io
from typing import Any

import pytest

from tests.command import Cli

FIELDS = [
    "leadid", "name", "company", "stage", "statecode", "owner", "queue", "rule", "business_unit", "channel_partner",
    "source", "external_id", "createdon", "accept_by",
]  # fmt: skip


@pytest.fixture(scope="module")
def feed() -> str:
    return "reading"


def three(cli: Cli, feed: str) -> dict[str, Any]:
    """One lead that is accepted, one in a queue by way of a partner, one disqualified; the same on every call."""
    accepted = cli.submit(source=feed, **{"external-id": f"{feed}-accepted"})
    if accepted["stage"] == "assigned":
        cli.text("leads", "accept", accepted["leadid"])
        queued = cli.submit(
            "address1_country=US",
            unit="us",
            source=feed,
            **{"external-id": f"{feed}-queued", "channel-partner": "contoso"},
        )
        cli.text("leads", "assign", queued["leadid"], "--queue", "us-inbox")
        lost = cli.submit(source=feed, **{"external-id": f"{feed}-lost"})
        cli.text("leads", "disqualify", lost["leadid"], "--status", "Lost")
    rows = cli.json("leads", "list", "--source", feed)
    return {row["external_id"].removeprefix(f"{feed}-"): row for row in rows}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ([], {"accepted", "queued", "lost"}),
        (["--stage", "accepted"], {"accepted"}),
        (["--state", "open"], {"accepted", "queued"}),
        (["--state", "disqualified"], {"lost"}),
        (["--state", "qualified"], set()),
        (["--owner", "niamh.doyle"], {"accepted", "lost"}),
        (["--owner", "us-sales"], {"queued"}),
        (["--unit", "us"], {"queued"}),
        (["--partner", "contoso"], {"queued"}),
        (["--rule", "uk-ireland"], {"accepted", "lost"}),
        (["--rule", "uk-ireland", "--state", "open"], {"accepted"}),
    ],
)
def test_each_filter(cli: Cli, feed: str, filters: list[str], names: set[str]) -> None:
    three(cli, feed)
    rows = cli.json("leads", "list", "--source", feed, *filters)
    assert {row["external_id"].removeprefix(f"{feed}-") for row in rows} == names


def test_the_newest_come_first_and_no_more_than_asked_for(cli: Cli, feed: str) -> None:
    three(cli, feed)
    rows = cli.json("leads", "list", "--source", feed, "--limit", "2")
    assert [row["external_id"] for row in rows] == [f"{feed}-lost", f"{feed}-queued"]


def test_formats(cli: Cli, feed: str) -> None:
    lead = three(cli, feed)["accepted"]
    options = ("leads", "list", "--source", feed, "--stage", "accepted")
    assert list(lead) == FIELDS
    [row] = csv.DictReader(io.StringIO(cli.text(*options, "--format", "csv")))
    assert list(row) == FIELDS and (row["leadid"], row["queue"]) == (lead["leadid"], "")
    said = cli.text(*options)
    assert lead["leadid"][:8] in said and "niamh.doyle" in said and "uk-ireland" in said


def test_an_empty_list(cli: Cli) -> None:
    nothing = ("leads", "list", "--source", "nowhere")
    assert cli.json(*nothing) == []
    assert cli.text(*nothing, "--format", "csv").strip().startswith("leadid,")
    assert cli.text(*nothing) == "No leads.\n"


@pytest.mark.parametrize("options", [["--state", "won"], ["--stage", "won"], ["--limit", "0"], ["--format", "xml"]])
def test_a_filter_that_is_none(cli: Cli, options: list[str]) -> None:
    assert options[0] in cli.misused("leads", "list", *options)


def test_the_story_in_text(cli: Cli, feed: str) -> None:
    lead = three(cli, feed)["accepted"]
    said = cli.text("leads", "show", lead["leadid"])
    for part in (
        lead["name"],
        lead["leadid"],
        "accepted (open), New",
        "Niamh Doyle (niamh.doyle)",
        f"{feed} {feed}-accepted",
        "Why: Assigned to Niamh Doyle: Rule uk-ireland of business_units/uk.yaml matched",
        "  rule uk-ireland, business_units/uk.yaml:",
        "Timeline",
        f"Received from {feed}",
        "Accepted by niamh.doyle",
        "Run: http://127.0.0.1:",
    ):
        assert part in said


def test_the_story_in_json(cli: Cli, feed: str) -> None:
    lead = three(cli, feed)["lost"]
    story = cli.json("leads", "show", lead["leadid"])
    assert list(story) == ["status", "attributes", "decision", "merged", "timeline", "run"]
    assert (story["status"]["stage"], story["status"]["statuslabel"]) == ("disqualified", "Lost")
    assert story["attributes"]["lf_closereason"] == "Lost"
    assert story["decision"]["rule"] == "uk-ireland"
    assert [event["kind"] for event in story["timeline"]] == ["intake", "route", "disqualify"]
    assert story["run"].endswith(f"/namespaces/default/workflows/lead-{lead['leadid']}")


def test_a_lead_has_four_names(cli: Cli, feed: str) -> None:
    leadid = three(cli, feed)["accepted"]["leadid"]
    for name in (leadid, leadid[:8], leadid.replace("-", "").upper(), f"{feed}-accepted", f"{feed}:{feed}-accepted"):
        assert cli.json("leads", "show", name)["status"]["leadid"] == leadid


def test_a_name_that_two_leads_have_and_one_that_none_has(cli: Cli) -> None:
    one, two = (cli.submit(source=source, **{"external-id": "shared"}) for source in ("here", "there"))
    reason = cli.refused("leads", "show", "shared")
    assert one["leadid"] in reason and two["leadid"] in reason and "source:externalid" in reason
    assert cli.json("leads", "show", "there:shared")["status"]["leadid"] == two["leadid"]
    for unknown in ("abc", "deadbeef-0000", "nowhere:shared", "%"):
        assert f"no lead '{unknown}'" in cli.refused("leads", "show", unknown)
