"""The example files load, hold what their README says, and are what the script builds."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from crm.choices import standard_choices
from crm.matching import email_domain, email_key, is_free_email
from crm.normalise import Normalised, normalise_lead
from crm.requests import LeadSubmission
from examples.build import build
from leadflow.intake.mapping import ColumnMapping, read_mapping_file
from leadflow.intake.reading import read_rows
from leadflow.intake.rows import Row
from leadflow.intake.submissions import submission_from_row

EXAMPLES = Path(__file__).parents[2] / "examples"
SOURCE = Path(__file__).parent / "source"
BUILT = ("leads.csv", "outcomes.csv", "leads.jsonl", "lead.json", "partner-feed.csv")


def load(name: str) -> list[tuple[LeadSubmission, Normalised]]:
    """The submissions of a file with their normalised leads; every row is good and every column has its place."""
    mapping_file = (EXAMPLES / name).with_suffix(".mapping.yaml")
    mapping = ColumnMapping(read_mapping_file(mapping_file) if mapping_file.exists() else None)
    loaded = []
    for row in read_rows(EXAMPLES / name):
        assert isinstance(row, Row)
        mapping.check(row.values if mapping_file.exists() else ())
        submission = LeadSubmission.model_validate(submission_from_row(row, mapping))
        loaded.append((submission, normalise_lead(submission.lead, standard_choices())))
    assert mapping.unmapped == []
    return loaded


@pytest.mark.parametrize(("name", "count"), [("leads.jsonl", 20), ("lead.json", 1), ("partner-feed.csv", 25)])
def test_files_without_trouble(name: str, count: int) -> None:
    loaded = load(name)
    assert len(loaded) == count
    for submission, lead in loaded:
        assert submission.external_id and submission.received_on
        assert (lead.problems, lead.notes) == ([], [])
        assert "lastname" in lead.values


def test_the_main_file() -> None:
    loaded = load("leads.csv")
    assert len(loaded) == len({(submission.source, submission.external_id) for submission, _ in loaded}) == 400
    assert all(not lead.notes for _, lead in loaded)
    faults = [problem.attribute for _, lead in loaded for problem in lead.problems]
    assert sorted(faults) == ["emailaddress1", "emailaddress1", "numberofemployees", "revenue", "revenue"]
    units = Counter(submission.business_unit for submission, _ in loaded)
    assert set(units) == {"uk", "us", "dach", None} and min(units.values()) >= 10
    partners = {submission.channel_partner for submission, _ in loaded}
    assert partners == {"contoso", "fabrikam", None}
    assert {submission.campaign for submission, _ in loaded} == {"spring-launch", "automation-webinar", None}


def test_the_main_file_has_people_who_come_twice_free_mail_and_a_competitor() -> None:
    addresses = [str(lead.values["emailaddress1"]) for _, lead in load("leads.csv") if "emailaddress1" in lead.values]
    twice = [count for count in Counter(map(email_key, addresses)).values() if count > 1]
    assert len(twice) >= 10
    domains = Counter(map(email_domain, addresses))
    assert domains["rival.example"] >= 2
    assert sum(count for domain, count in domains.items() if is_free_email(domain)) >= 20
    assert all(str(domain).endswith(".example") for domain in domains)


def test_outcomes_belong_to_good_leads() -> None:
    good = {submission.external_id for submission, lead in load("leads.csv") if not lead.problems}
    with (EXAMPLES / "outcomes.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["externalid"] for row in rows} <= good
    reasons = {option.label for option in standard_choices()["lead_statuscode"].options if option.state == 2}
    for row in rows:
        if row["outcome"] == "qualified":
            assert int(row["amount"]) > 0 and row["close"] in ("won", "lost", "open")
        elif row["outcome"] == "disqualified":
            assert row["reason"] in reasons
        else:
            assert row["outcome"] == "open"
    assert {row["outcome"] for row in rows} == {"qualified", "disqualified", "open"}


def test_the_script_builds_these_files(tmp_path: Path) -> None:
    """A part of the source data gives that part of the files: same header, same rows, in the same order."""
    build(SOURCE, tmp_path)
    for name in BUILT:
        built = (tmp_path / name).read_bytes()
        committed = (EXAMPLES / name).read_bytes()
        if name == "lead.json":
            assert json.loads(built) == json.loads(committed)
            continue
        lines = built.splitlines()
        assert len(lines) >= 2
        assert [line for line in committed.splitlines() if line in set(lines)] == lines
        assert lines[0] == committed.splitlines()[0]
