"""leadflow rules backtest, over leads that were really routed."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from temporalio.client import Client

from crm.store.database import Database
from crm.store.service_tables import lf_routingdecision
from leadflow.cli.rules.backtest import max_moved
from tests.activities.conftest import Desk, lead_number
from tests.command import Cli
from tests.leadflow.cli.rules.conftest import edited
from tests.rulebook import FOLDER, small_rules
from tests.service import ROOT, Service

SUMMARY = (
    "Of 12 leads, 5 (41.7 %) would go elsewhere; 1 newly unmatched; 3 no longer unmatched; 1 no longer disqualified; "
    "4 with another time to accept; 4 with the same owner, but by another rule.\n"
)


def test_what_would_come_out_otherwise(past: Cli, candidate: Path) -> None:
    said = past.text("rules", "backtest", "--rules", candidate)
    assert said.startswith(SUMMARY)
    about, *tables = [line.strip() for line in said.removeprefix(SUMMARY).splitlines()]
    assert about == f"The rules in {candidate} against what was decided then; all leads."
    rows = {" ".join(line.split()) for line in tables}
    firsts = ", ".join(str(lead_number(number))[:13] for number in range(3))
    assert f"team desk team managers 4 33.3 % {firsts}" in rows
    assert f"disqualified team desk 1 8.3 % {str(lead_number(4))[:13]}" in rows
    assert f"to-user anna-first 1 8.3 % {str(lead_number(7))[:13]}" in rows
    assert {"team managers 0 4 +4", "team desk 7 4 -3", "disqualified 1 0 -1", "user anna 4 3 -1"} <= rows
    assert "hot 5 0 0 4 0 0 1 1 of 2 0 of 2" in rows
    assert (
        "Of the 5 leads that would go elsewhere, 2 had been accepted and 1 answered; for 1 the time to accept had run "
        "out." in rows
    )


def test_json_has_everything(past: Cli, candidate: Path) -> None:
    found = past.json("rules", "backtest", "--rules", candidate)
    assert list(found) == [
        "new", "old", "since", "until", "sample", "left_out", "moved", "moved_share", "max_moved", "leads", "changes",
        "destinations", "arrivals", "load", "rules", "priorities", "promises", "moved_then", "disagreements",
    ]  # fmt: skip
    assert (found["leads"], found["moved"], found["moved_share"]) == (12, 5, pytest.approx(5 / 12))
    assert found["old"] == {"rules": "recorded", "digest": None}
    pairs = {(pair["old"], pair["new"]): pair["leads"] for pair in found["destinations"]}
    assert pairs == {
        ("team desk", "team managers"): 4, ("disqualified", "team desk"): 1, ("team desk", "team desk"): 3,
        ("held", "held"): 1, ("qualified", "qualified"): 1, ("user anna", "user anna"): 1,
        ("queue inbox", "queue inbox"): 1,
    }  # fmt: skip
    numbers = {change: count["leads"] for change, count in found["changes"].items() if count["leads"]}
    assert numbers == {
        "moved": 5, "newly_unmatched": 1, "no_longer_unmatched": 3, "no_longer_disqualified": 1, "other_promise": 4,
        "other_rule": 4,
    }  # fmt: skip
    assert found["changes"]["newly_unmatched"]["examples"] == [str(lead_number(4))]
    load = {row["name"]: (row["old"], row["new"]) for row in found["load"]}
    assert load == {
        "user anna": (4, 3), "user ben": (2, 1), "user dora": (2, 1), "user mia": (0, 4), "team desk": (1, 1),
    }  # fmt: skip
    [hot] = [row for row in found["promises"] if row["priority"] == "hot"]
    assert (hot["old"], hot["new"]) == ({"in_time": 1, "late": 1}, {"in_time": 2, "late": 0})
    assert found["moved_then"] == {"accepted": 2, "responded": 1, "breached": 1}
    assert found["disagreements"]["leads"] == 0


def test_unchanged_rules_change_nothing(past: Cli) -> None:
    said = past.text("rules", "backtest", "--max-moved", "0")
    assert said.startswith("Of 12 leads, 0 (0.0 %) would go elsewhere; 0 newly unmatched.\n")
    assert "Would go elsewhere" not in said and "What else changes" not in said


def test_nothing_is_written(past: Cli, desk: Desk, candidate: Path, tmp_path: Path) -> None:
    before = desk.contents()
    past.text("rules", "backtest", "--rules", candidate, "--chart", tmp_path / "page.html")
    past.json("rules", "backtest", "--rules", candidate, "--against", FOLDER, "--sample", 5)
    assert desk.contents() == before


async def histories(service: Service) -> dict[str, int]:
    """How many events each run has."""
    client = await Client.connect(service.server.address)
    return {run.id: len((await client.get_workflow_handle(run.id).fetch_history()).events)
            async for run in client.list_workflows()}  # fmt: skip


def test_runs_are_left_alone(cli: Cli, service: Service, tmp_path: Path) -> None:
    lead = cli.submit()
    before = asyncio.run(histories(service))
    assert lead["workflow_id"] in before
    text = (ROOT / "rules/business_units/uk.yaml").read_text()
    folder = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    (folder / "business_units/uk.yaml").write_text(text.replace("user: niamh.doyle", "user: amelia.ward"))
    assert cli.json("rules", "backtest", "--rules", folder)["moved"] >= 1
    assert asyncio.run(histories(service)) == before


def test_against_other_rules(past: Cli, candidate: Path, tmp_path: Path) -> None:
    """The same rules are equal to themselves, whatever was decided then."""
    found = past.json("rules", "backtest", "--rules", candidate, "--against", candidate)
    assert (found["moved"], found["old"]["digest"]) == (0, found["new"]["digest"])
    turned = past.json("rules", "backtest", "--against", candidate)
    assert turned["changes"]["newly_disqualified"]["leads"] == 1 and turned["moved"] == 5
    said = past.text("rules", "backtest", "--against", f"digest:{small_rules().current().digest[:12]}")
    assert " against the rules of digest:" in said
    assert "Give a folder, git:<revision>" in past.refused("rules", "backtest", "--against", "nowhere")


def test_an_absence_moves_load_to_the_others(past: Cli, tmp_path: Path) -> None:
    """The rules are the same, the people are not: nobody's lead changes its team."""
    absent = "absences: [{from: 2026-03-01, to: 2026-03-14, reason: holidays}]"
    folder = edited(
        tmp_path / "away", "directory.yaml", {"email: anna@ours.example": f"email: anna@ours.example, {absent}"}
    )
    found = past.json("rules", "backtest", "--rules", folder)
    load = {row["name"]: (row["old"], row["new"]) for row in found["load"]}
    assert found["moved"] == 0
    assert load == {"user anna": (4, 1), "user ben": (2, 4), "user dora": (2, 3), "team desk": (1, 1)}


def test_a_period(past: Cli) -> None:
    morning = "2026-03-02T09:04:00"
    found = past.json("rules", "backtest", "--since", morning)
    assert (found["leads"], found["since"]) == (8, "2026-03-02T09:04:00Z")
    assert past.json("rules", "backtest", "--until", morning)["leads"] == 4
    assert "since 2026-03-02 before 2026-03-03" in past.text(
        "rules", "backtest", "--since", "2026-03-02", "--until", "2026-03-03"
    )


def test_a_period_without_leads_says_so(past: Cli, tmp_path: Path) -> None:
    answer = past.answer("rules", "backtest", "--since", "2030-01-01", "--max-moved", "0", "--chart", "none.html")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("0 leads: none was routed in this period")
    assert "0 leads: none was routed" in (tmp_path / "none.html").read_text()
    assert past.json("rules", "backtest", "--since", "2030-01-01")["leads"] == 0


def test_a_sample_is_the_same_each_time(past: Cli, candidate: Path) -> None:
    first, again = (past.json("rules", "backtest", "--rules", candidate, "--sample", 6) for _ in range(2))
    assert first == again and first["leads"] == first["sample"] == 6
    assert "A sample: 6 of 12 leads." in past.text("rules", "backtest", "--sample", 6)


@pytest.mark.parametrize(("allowed", "code"), [("5", 0), ("4", 1), ("41.7%", 0), ("41 %", 1), ("0", 1), ("100%", 0)])
def test_a_limit(past: Cli, candidate: Path, allowed: str, code: int) -> None:
    answer = past.answer("rules", "backtest", "--rules", candidate, "--max-moved", allowed, "--format", "json")
    assert answer.code == code
    assert answer.json()["max_moved"] == {"allowed": allowed, "exceeded": bool(code)}
    expected = f"Too many: 5 leads would go elsewhere, --max-moved allows {allowed}.\n" if code else ""
    assert answer.err == expected


@pytest.mark.parametrize("text", ["many", "", "3%%", "-1", "nan", "inf", "5 leads"])
def test_a_limit_that_is_none(past: Cli, text: str) -> None:
    assert f"'{text}' is neither a number of leads" in past.misused("rules", "backtest", f"--max-moved={text}")


def test_a_limit_by_share_needs_no_rounding() -> None:
    assert (max_moved("2.5%").number, max_moved("2.5%").percent, max_moved(" 200 ").percent) == (2.5, True, False)


@contextmanager
def without_facts(database: Database, *leads: UUID) -> Iterator[None]:
    """For a while, these leads are as old as if their facts had never been kept."""
    kept = lf_routingdecision.c
    with database.transaction() as connection:
        rows = connection.execute(select(kept.lf_routingdecisionid, kept.facts).where(kept.leadid.in_(leads))).all()
        connection.execute(update(lf_routingdecision).where(kept.leadid.in_(leads)).values(facts=None))
    yield
    with database.transaction() as connection:
        for row in rows:
            connection.execute(
                update(lf_routingdecision)
                .where(kept.lf_routingdecisionid == row.lf_routingdecisionid)
                .values(facts=row.facts)
            )


def test_older_leads_are_named_as_left_out(past: Cli, desk: Desk) -> None:
    with without_facts(desk.database, lead_number(0), lead_number(5)):
        said = past.text("rules", "backtest")
        assert said.startswith("Of 10 leads, 0 (0.0 %)")
        assert "Left out: 2 leads of before the facts of a decision were kept with it." in said
        assert past.json("rules", "backtest")["left_out"] == {"without_facts": 2}


def test_few_rows_are_shown_and_the_rest_is_counted(past: Cli, candidate: Path) -> None:
    said = past.text("rules", "backtest", "--rules", candidate, "--limit", 1)
    assert "... and 1 more: --limit 2 shows them all." in said
    assert "team managers" in said and "disqualified  team desk" not in said


def test_rules_that_do_not_check_are_refused(past: Cli, tmp_path: Path) -> None:
    folder = edited(tmp_path / "broken", "default.yaml", {"team: away": "team: awayy"})
    answer = past.answer("rules", "backtest", "--rules", folder)
    assert (answer.code, answer.out) == (1, "")
    assert "do not check" in answer.err and "default.yaml:" in answer.err and "Did you mean 'away'?" in answer.err


def test_progress_is_shown_in_a_terminal_only(past: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert past.answer("rules", "backtest").err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes it for a terminal
    answer = past.answer("rules", "backtest", "--format", "json")
    assert "Deciding past leads" in answer.err and answer.json()["leads"] == 12
