"""Who owns a lead: by hand, by accepting it, by giving it back, and what is counted when nobody answers in time."""

from datetime import timedelta
from typing import Any

import pytest

from activities.ladder import MissedSla
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, AssignLead, DeclineLead, DisqualifyLead, LogCommunication
from crm.store.people.organisation import record_id
from crm.store.service_tables import lf_assignment
from crm.store.tables import TABLES
from crm.views import LeadView, Owner
from tests.activities.conftest import LEAD, NOW, Desk, refused


def assign(desk: Desk, **target: Any) -> LeadView:
    return desk.take(desk.assignment.assign_lead, AssignLead(**target))


def accept(desk: Desk, user: str | None = None) -> LeadView:
    return desk.take(desk.assignment.accept_lead, AcceptLead(user=user))


def decline(desk: Desk) -> LeadView:
    return desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time", actor="anna"))


def missed(desk: Desk, action: str | None = None, **more: Any) -> LeadView:
    return desk.take(desk.ladder.record_missed_sla, MissedSla(action=action, **more))


@pytest.mark.parametrize(
    ("target", "owner", "queue", "says"),
    [
        ({"user": "mia"}, ("systemuser", "mia", "Mia Holm"), None, "Mia Holm"),
        ({"team": "managers"}, ("team", "managers", "Managers"), None, "team Managers"),
        ({"queue": "inbox"}, ("team", "desk", "Desk"), "inbox", "queue Inbox"),
    ],
)
def test_assign_by_hand(
    desk: Desk, target: dict[str, str], owner: tuple[str, str, str], queue: str | None, says: str
) -> None:
    desk.given()
    turns = desk.sizes()["turns"]
    lead = assign(desk, **target, reason="knows them")
    type_, key, name = owner
    assert lead.owner == Owner(type=type_, id=record_id(type_, key), key=key, name=name)
    assert (lead.queue, lead.stage) == (queue, LeadStage.ASSIGNED)
    assert lead.event == f"Assigned to {says}: knows them"
    assert desk.sizes()["turns"] == turns  # no turn is taken
    assert [row["endreason"] for row in desk.rows(lf_assignment) if row["endedon"]] == ["reassigned"]


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ({"user": "nobody"}, "systemuser 'nobody' does not exist"),
        ({"team": "nobody"}, "team 'nobody' does not exist"),
        ({"queue": "nobody"}, "queue 'nobody' does not exist"),
        ({"user": "cleo"}, "user 'cleo' is disabled"),
    ],
)
def test_assign_to_nobody_is_refused(desk: Desk, target: dict[str, str], says: str) -> None:
    desk.given()
    before = desk.contents()
    refused(lambda: assign(desk, **target), "InvalidInput", says=says)
    assert desk.contents() == before


def test_assign_to_a_queue_without_a_team_names_the_remedy(desk: Desk) -> None:
    desk.given()
    with desk.database.transaction() as connection:
        connection.execute(TABLES["queue"].update().values(ownerid=None))
    refused(lambda: assign(desk, queue="inbox"), "Misconfigured", says="has no team; name one in rules/directory.yaml")


def test_the_owner_accepts(desk: Desk) -> None:
    desk.given(jobtitle="urgent")
    lead = accept(desk)
    assert (lead.stage, lead.owner and lead.owner.key) == (LeadStage.ACCEPTED, "anna")
    assert (lead.accept_by, lead.event) == (None, "Accepted by anna")
    assert lead.accepted_on == desk.lead().lf_acceptedon is not None


def test_accepting_twice_changes_nothing_but_the_timeline(desk: Desk) -> None:
    desk.given()
    first = accept(desk)
    again = accept(desk, "anna")
    assert (again.event, again.accepted_on) == ("Accepted already", first.accepted_on)


def test_another_than_the_owner_may_not_accept(desk: Desk) -> None:
    desk.given()
    says = "belongs to anna, not to ben. Assign it first"
    refused(lambda: accept(desk, "ben"), "StateConflict", code="0x80040220", says=says)


def test_a_member_accepts_what_the_team_owns(desk: Desk) -> None:
    desk.given(jobtitle="for the inbox")
    refused(lambda: accept(desk), "InvalidInput", says=r"name the member who accepts it \(anna, ben, dora\)")
    refused(lambda: accept(desk, "mia"), "InvalidInput", says="name the member")
    refused(lambda: accept(desk, "cleo"), "InvalidInput", says="name the member")
    lead = accept(desk, "ben")
    assert (lead.owner and lead.owner.key, lead.queue, lead.stage) == ("ben", "inbox", LeadStage.ACCEPTED)
    (present,) = (row for row in desk.rows(lf_assignment) if row["endedon"] is None)
    assert (present["ownerid"], present["teamid"]) == (record_id("systemuser", "ben"), record_id("team", "desk"))


def test_what_nobody_was_given_cannot_be_accepted_or_declined(desk: Desk) -> None:
    desk.given(jobtitle="unclear")
    refused(
        lambda: accept(desk), "StateConflict", code="0x80040203", says="held cannot be accepted; it must be assigned"
    )
    refused(lambda: decline(desk), "StateConflict", code="0x80040203", says="must be assigned or accepted")


def test_decline_gives_the_lead_back(desk: Desk) -> None:
    desk.given(jobtitle="urgent")
    accept(desk)
    lead = decline(desk)
    assert (lead.stage, lead.accept_by, lead.accepted_on) == (LeadStage.RECEIVED, None, None)
    assert lead.event == "Declined: no time"
    assert [row["endreason"] for row in desk.rows(lf_assignment)] == ["declined"]
    assert desk.timeline()[-1].actor == "anna"


def test_a_reminder_sets_the_new_due_time_and_keeps_the_owner(desk: Desk) -> None:
    before = desk.given(jobtitle="urgent")
    lead = missed(desk, "remind", accept_by=NOW + timedelta(hours=3))
    assert (lead.owner, lead.stage, lead.accept_by) == (before.owner, LeadStage.ASSIGNED, NOW + timedelta(hours=3))
    assert lead.event == "SLA missed: not accepted in time; remind"
    assert [row["endreason"] for row in desk.rows(lf_assignment)] == [None]


@pytest.mark.parametrize("action", ["re-route", "escalate"])
def test_a_missed_sla_that_moves_the_lead_ends_the_assignment(desk: Desk, action: str) -> None:
    desk.given(jobtitle="urgent")
    assert missed(desk, action).accept_by is None
    assert [row["endreason"] for row in desk.rows(lf_assignment)] == ["SLA missed"]
    assert desk.route().lead.owner != Owner(
        type="systemuser", id=record_id("systemuser", "anna"), key="anna", name="Anna Berg"
    )


def test_after_the_last_step_the_breach_stands(desk: Desk) -> None:
    before = desk.given(jobtitle="urgent")
    lead = missed(desk)
    assert (lead.owner, lead.accept_by) == (before.owner, None)
    assert lead.event == "SLA missed: not accepted in time; no further step"


def test_speaking_with_the_lead_is_taking_it(desk: Desk) -> None:
    desk.given(jobtitle="urgent")
    lead = desk.take(desk.communication.log_communication, LogCommunication(kind="phonecall", subject="Hello"))
    assert (lead.stage, lead.accept_by) == (LeadStage.ACCEPTED, None)


def test_a_closed_lead_stays_with_its_owner(desk: Desk) -> None:
    desk.given()
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    before = desk.contents()
    for call in (lambda: assign(desk, user="mia"), lambda: accept(desk), lambda: decline(desk), lambda: missed(desk)):
        refused(call, "StateConflict", code="0x80040519")
    assert desk.contents() == before
    assert [(row["leadid"], row["endreason"]) for row in desk.rows(lf_assignment)] == [(LEAD, "disqualified")]
