"""Leads that were really routed, to be decided again by edited rules."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from activities.deps import Dependencies
from activities.ladder import MissedSla
from crm.requests import AcceptLead, DeclineLead, LogCommunication
from crm.store.database import open_database
from crm.store.people.organisation import apply_directory
from crm.store.upgrade import upgrade
from tests.activities.conftest import NOW, Desk, lead_number
from tests.command import Cli, enter
from tests.rulebook import FOLDER, small_rules
from tests.service import environment

JOBS = [
    *["urgent"] * 4, "competitor", "unclear", "buyer", "for anna", "for the inbox", *["nothing special"] * 3,
]  # fmt: skip
COMPETITOR = """\
  - id: competitor
    when: {jobtitle: competitor}
    then: {disqualify: {status: Competitor, reason: a competitor}}
"""
SPECIAL = """\
  - id: special
    when: {jobtitle: nothing special}
    then: {assign_to: {team: desk, strategy: round_robin}}
otherwise:"""
EDITS = {
    COMPETITOR: "",
    "- id: to-user": "- id: anna-first",
    "assign_to: {team: desk, strategy: round_robin}\n      priority: hot": "assign_to: {team: managers}\n"
    "      priority: hot",
    "accept_within: 1 hour": "accept_within: 2 hours",
    "otherwise:": SPECIAL,
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Twelve leads, a minute apart: one accepted in time and answered, one late, one given back and routed again."""
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('past')}/leadflow.db")
    upgrade(database)
    rules = small_rules()
    with database.transaction() as connection:
        apply_directory(connection, rules.current().directory, now=NOW)
    desk = Desk(Dependencies(database, rules, "DE"))
    for minute, job in enumerate(JOBS):
        desk.register(lead_number(minute), on=at(minute), jobtitle=job)
    desk.take(desk.assignment.accept_lead, AcceptLead(), lead=lead_number(0), on=at(30))
    call = LogCommunication(kind="phonecall", subject="Hello")
    desk.take(desk.communication.log_communication, call, lead=lead_number(0), on=at(40))
    desk.take(desk.ladder.record_missed_sla, MissedSla(action="remind"), lead=lead_number(1), on=at(62))
    desk.take(desk.assignment.accept_lead, AcceptLead(), lead=lead_number(1), on=at(90))
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="away"), lead=lead_number(3), on=at(20))
    desk.route(lead_number(3), on=at(21))
    yield desk
    database.close()


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def past(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The command line with these leads. There is no Temporal server."""
    enter(environment(tmp_path / "state", database_url=desk.database.url, rules_dir=str(FOLDER)), monkeypatch)
    monkeypatch.chdir(tmp_path)
    return Cli(monkeypatch)


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """The rules with some edits."""
    return edited(tmp_path / "candidate", "default.yaml", EDITS)


def edited(folder: Path, file: str, edits: dict[str, str]) -> Path:
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    text = (folder / file).read_text()
    for old, new in edits.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / file).write_text(text)
    return folder
