"""leadflow leads quarantine: what waits for a correction, why, and what came in."""

from uuid import uuid4

import pytest

from tests.command import Cli


@pytest.fixture(scope="module")
def feed() -> str:
    return f"quarantine-{uuid4()}"


def invalid(cli: Cli, feed: str, **more: str) -> str:
    pairs = [f"{name}={value}" for name, value in {"lastname": "Ash", "revenue": "much", **more}.items()]
    lead: str = cli.json("leads", "submit", *pairs, "--source", feed)["leadid"]
    return lead


def test_those_that_wait_longest_come_first(cli: Cli, feed: str) -> None:
    leads = [invalid(cli, feed) for _ in range(3)]
    listed = cli.json("leads", "quarantine", "--source", feed)
    assert [each["leadid"] for each in listed] == leads
    assert [problem.split()[0] for problem in listed[0]["problems"]] == ["revenue"]
    assert len(cli.json("leads", "quarantine", "--source", feed, "--limit", 2)) == 2
    text = cli.text("leads", "quarantine", "--source", feed)
    assert leads[0][:8] in text and "Ash" not in text
    assert "revenue" in cli.text("leads", "quarantine", "--source", feed, "--format", "csv")


def test_one_is_shown_with_what_came_in_and_how_to_correct_it(cli: Cli, feed: str) -> None:
    lead = invalid(cli, feed, shoesize="43")
    assert cli.json("leads", "quarantine", lead)["submission"]["lead"]["shoesize"] == "43"
    text = cli.text("leads", "quarantine", lead[:8])
    assert "Problem: revenue" in text and '"shoesize": "43"' in text and f"leadflow leads edit {lead}" in text
    cli.text("leads", "edit", lead, "revenue=5000", "shoesize=")
    assert "not in quarantine" in cli.refused("leads", "quarantine", lead)


def test_none_is_said(cli: Cli) -> None:
    assert cli.text("leads", "quarantine", "--source", "nobody") == "No leads in quarantine.\n"
    assert cli.json("leads", "quarantine", "--source", "nobody") == []
