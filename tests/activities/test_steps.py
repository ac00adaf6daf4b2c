"""Each step of a lead's life happens once, as a whole, whatever is tried again or at the same time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError

from activities.ladder import MissedSla
from crm.errors import Unavailable
from crm.requests import (
    AcceptLead,
    AddNote,
    AssignLead,
    DeclineLead,
    DisqualifyLead,
    EditLead,
    LeadSubmission,
    LogCommunication,
    QualifyLead,
    ReactivateLead,
    Request,
    RerouteLead,
)
from crm.store.life import journal
from crm.store.people.organisation import record_id
from crm.store.tables import TABLES
from tests.activities.conftest import LEAD, Desk, at_once, lead_number

Before = Callable[[Desk, UUID], object]


def nothing(desk: Desk, lead: UUID) -> None:
    pass


def quarantined(desk: Desk, lead: UUID) -> None:
    desk.register(lead, numberofemployees="a few")


def routed(desk: Desk, lead: UUID) -> None:
    desk.given(lead, companyname="Ours GmbH", jobtitle="urgent")


def owned_by_a_team(desk: Desk, lead: UUID) -> None:
    desk.given(lead, jobtitle="for the inbox")


def declined(desk: Desk, lead: UUID) -> None:
    routed(desk, lead)
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time"), lead=lead)


def closed(desk: Desk, lead: UUID) -> None:
    routed(desk, lead)
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead(), lead=lead)


@dataclass(frozen=True)
class Case:
    """One activity with a request that changes something, and what must have happened before."""

    group: str
    activity: str
    before: Before
    request: Request

    def take(self, desk: Desk, lead: UUID = LEAD) -> Any:
        return desk.take(getattr(getattr(desk, self.group), self.activity), self.request, lead=lead, step="the step")


CASES = {
    "register": Case("intake", "register_lead", nothing, LeadSubmission(lead={"lastname": "Lind"})),
    "quarantine": Case("intake", "register_lead", nothing, LeadSubmission(lead={"revenue": "much"})),
    "edit": Case("intake", "edit_lead", routed, EditLead(changes={"jobtitle": "CEO"})),
    "correct": Case("intake", "edit_lead", quarantined, EditLead(changes={"numberofemployees": 3})),
    "still wrong": Case("intake", "edit_lead", quarantined, EditLead(changes={"numberofemployees": "four"})),
    "route": Case("routing", "route_lead", declined, RerouteLead()),
    "re-route": Case("routing", "route_lead", routed, RerouteLead()),
    "assign": Case("assignment", "assign_lead", routed, AssignLead(user="mia")),
    "accept": Case("assignment", "accept_lead", routed, AcceptLead()),
    "accept for the team": Case("assignment", "accept_lead", owned_by_a_team, AcceptLead(user="ben")),
    "decline": Case("assignment", "decline_lead", routed, DeclineLead(reason="no time")),
    "missed": Case("ladder", "record_missed_sla", routed, MissedSla(action="re-route")),
    "log": Case("communication", "log_communication", routed, LogCommunication(kind="email", subject="Hello")),
    "note": Case("communication", "add_note", routed, AddNote(notetext="Likes tea")),
    "qualify": Case("qualification", "qualify_lead", routed, QualifyLead()),
    "disqualify": Case("qualification", "disqualify_lead", routed, DisqualifyLead(reason="no budget")),
    "reactivate": Case("qualification", "reactivate_lead", closed, ReactivateLead()),
}
OF_A_LEAD = {name: case for name, case in CASES.items() if case.activity != "register_lead"}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def test_no_activity_is_forgotten(desk: Desk) -> None:
    groups = [desk.intake, desk.routing, desk.assignment, desk.ladder, desk.communication, desk.qualification]
    activities = {name for group in groups for name in vars(type(group)) if not name.startswith("_")}
    assert activities == {case.activity for case in CASES.values()}


@each_case
def test_a_step_that_is_repeated_changes_nothing_and_returns_the_same(desk: Desk, case: Case) -> None:
    case.before(desk, LEAD)
    before = desk.contents()
    first = case.take(desk)
    after = desk.contents()
    assert after != before
    assert case.take(desk) == first
    assert desk.contents() == after


@each_case
def test_a_step_tried_twice_at_once_happens_once(desk: Desk, case: Case) -> None:
    once, twice = lead_number(1), lead_number(2)
    case.before(desk, once)
    case.before(desk, twice)
    start = desk.sizes()
    case.take(desk, once)
    middle = desk.sizes()
    first, second = at_once(lambda: case.take(desk, twice), lambda: case.take(desk, twice))
    end = desk.sizes()
    assert first == second
    assert {name: end[name] - middle[name] for name in end} == {name: middle[name] - start[name] for name in end}


@each_case
def test_a_step_that_fails_at_its_end_leaves_nothing(desk: Desk, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise Unavailable("the connection is lost")

    case.before(desk, LEAD)
    before = desk.contents()
    with monkeypatch.context() as broken:
        broken.setattr(journal, "write", lost)
        with pytest.raises(ApplicationError, match="connection is lost") as raised:
            case.take(desk)
    assert not raised.value.non_retryable
    assert desk.contents() == before
    assert case.take(desk)


@pytest.mark.parametrize("case", OF_A_LEAD.values(), ids=OF_A_LEAD.keys())
def test_a_step_of_an_unknown_lead_is_refused(desk: Desk, case: Case) -> None:
    before = desk.contents()
    with pytest.raises(ApplicationError, match="Does Not Exist") as raised:
        case.take(desk, lead_number(404))
    assert (raised.value.type, raised.value.non_retryable) == ("NotFound", True)
    assert desk.contents() == before


def test_who_acted_is_on_the_records(desk: Desk) -> None:
    given = LeadSubmission(lead={"lastname": "Lind", "jobtitle": "urgent"}, source="web", actor="anna")
    desk.take(desk.intake.register_lead, given, step="intake")
    anna, mia = record_id("systemuser", "anna"), record_id("systemuser", "mia")
    assert (desk.lead().createdby, desk.lead().modifiedby) == (anna, anna)
    desk.take(desk.intake.edit_lead, EditLead(changes={"jobtitle": "CFO"}, actor=str(mia)))
    assert (desk.lead().createdby, desk.lead().modifiedby) == (anna, mia)
    desk.take(desk.qualification.qualify_lead, QualifyLead(actor="a program"))
    assert (desk.lead().createdby, desk.lead().modifiedby) == (anna, None)
    desk.take(desk.qualification.reactivate_lead, ReactivateLead(actor="mia"))
    desk.take(desk.qualification.qualify_lead, QualifyLead(CreateAccount=False, CreateContact=False, actor="mia"))
    assert {row["createdby"] for row in desk.rows(TABLES["opportunity"])} == {None, mia}
