"""Routing a lead again: what makes an edit move it, and who loses it."""

from pathlib import Path
from typing import Any

import pytest

from crm.lifecycle import LeadStage
from crm.requests import AssignLead, DisqualifyLead, EditLead, ReactivateLead, RerouteLead
from crm.store.service_tables import lf_assignment, lf_routingdecision
from tests.activities.conftest import LEAD, Desk
from tests.activities.rerouting import AGAIN, accept, again, by, deactivated, edit, owner
from tests.rulebook import edited_rules


def ends(desk: Desk) -> list[str]:
    return [row["endreason"] for row in desk.rows(lf_assignment) if row["endedon"]]


# An edit


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"jobtitle": "for anna"}, True),  # a rule reads it
        ({"business_unit": "north"}, True),  # it chooses the rule files
        ({"numberofemployees": 7}, True),  # a rule of another unit's file reads it: no harm
        ({"firstname": "Ada", "description": "tall"}, False),
        ({"emailaddress1": "a@firm.example"}, False),  # no rule reads it, nor what follows from it
        ({"jobtitle": "clerk"}, False),  # what it was
        ({"jobtitle": "Clerk "}, False),  # the same to every rule
    ],
)
def test_an_edit_asks_the_rules_again_if_it_changes_what_they_read(
    desk: Desk, changes: dict[str, Any], asks: bool
) -> None:
    desk.given(jobtitle="clerk")
    assert edit(desk, **changes).reconsider is asks


def test_a_repeated_edit_asks_again_as_the_first_one_did(desk: Desk) -> None:
    desk.given()
    request = EditLead(changes={"jobtitle": "clerk"})
    first = desk.take(desk.intake.edit_lead, request, step="once")
    assert first.reconsider
    assert desk.take(desk.intake.edit_lead, request, step="once") == first


def test_what_follows_from_an_attribute_counts_as_read(desk: Desk, tmp_path: Path) -> None:
    rule = "rules:\n  - {id: free, when: {email_is_free: yes}, then: {assign_to: {team: managers}}}\n"
    rules = edited_rules(tmp_path / "rules", default=lambda text: text.replace("rules:\n", rule, 1))
    desk = by(rules, desk)
    desk.given(emailaddress1="a@firm.example")
    assert not edit(desk, emailaddress1="b@other.example").reconsider
    assert edit(desk, emailaddress1="b@gmail.com").reconsider


def test_the_same_outcome_leaves_the_lead_where_it_is(desk: Desk) -> None:
    before = desk.given(jobtitle="urgent")
    sizes = desk.sizes()
    edit(desk, jobtitle="urgent", numberofemployees=7)
    result = again(desk, AGAIN)
    assert result.decision is None  # so the ladder stays
    assert (result.lead.owner, result.lead.accept_by, result.lead.reroutes) == (before.owner, before.accept_by, 0)
    assert result.lead.event == "Rules asked again (edited: jobtitle): same outcome"
    assert desk.sizes() == {**sizes, "lf_journal": sizes["lf_journal"] + 2, "lf_outbox": desk.sizes()["lf_outbox"]}


def test_another_outcome_moves_the_lead(desk: Desk) -> None:
    desk.given()
    edit(desk, jobtitle="for the inbox")
    result = again(desk, AGAIN)
    assert (owner(result.lead), result.lead.queue, result.lead.reroutes) == ("desk", "inbox", 1)
    assert result.decision is not None and result.decision.rule == "to-queue"
    assert result.lead.event.endswith("edited: jobtitle")
    edit(desk, jobtitle="nothing")
    assert again(desk, AGAIN).lead.reroutes == 2


def test_an_edit_does_not_take_the_lead_from_whoever_accepted_it(desk: Desk) -> None:
    before = accept(desk, desk.given().owner.key)  # type: ignore[union-attr]
    edit(desk, jobtitle="for the inbox")
    result = again(desk, AGAIN)
    assert (result.lead.owner, result.lead.stage, result.lead.reroutes) == (before.owner, LeadStage.ACCEPTED, 0)
    says = "Rules asked again (edited: jobtitle): the lead stays, for its owner has accepted it; now it would be queue"
    assert result.lead.event.startswith(f"{says} inbox, Rule to-queue of default.yaml matched")


def test_an_edit_does_not_undo_what_a_person_decided(desk: Desk) -> None:
    desk.given()
    desk.take(desk.assignment.assign_lead, AssignLead(user="mia"))
    edit(desk, jobtitle="for the inbox")
    result = again(desk, AGAIN)
    assert owner(result.lead) == "mia"
    assert "the lead stays, for it was assigned by hand or escalated" in result.lead.event


def test_a_lead_that_is_held_after_somebody_assigned_it_is_routed_by_an_edit(desk: Desk) -> None:
    desk.given()
    desk.take(desk.assignment.assign_lead, AssignLead(user="mia"))
    edit(desk, jobtitle="unclear")
    assert again(desk, reason="asked for").lead.stage is LeadStage.HELD
    edit(desk, jobtitle="for anna")
    assert owner(again(desk, AGAIN).lead) == "anna"


@pytest.mark.parametrize(("policy", "accepted", "goes"), [("always", True, True), ("never", False, False)])
def test_the_rule_file_says_whether_an_edit_moves_leads(
    desk: Desk, tmp_path: Path, policy: str, accepted: bool, goes: bool
) -> None:
    desk = by(edited_rules(tmp_path / "rules", default=lambda text: f"reroute_on_edit: {policy}\n{text}"), desk)
    lead = desk.given()
    if accepted:
        accept(desk, owner(lead))
    edit(desk, jobtitle="for the inbox")
    result = again(desk, AGAIN)
    assert (result.lead.queue == "inbox") is goes
    assert goes or "its rules say `reroute_on_edit: never`" in result.lead.event


@pytest.mark.parametrize("jobtitle", ["unclear", "nobody there"])
def test_a_lead_that_is_held_or_that_nobody_could_get_is_routed_by_an_edit(desk: Desk, jobtitle: str) -> None:
    desk.given(jobtitle=jobtitle)
    assert edit(desk, jobtitle="for anna").reconsider
    assert owner(again(desk, AGAIN).lead) == "anna"


# An owner who leaves


def test_a_leaver_loses_the_lead_and_never_gets_it_again(desk: Desk) -> None:
    had = [owner(desk.given())]
    for _ in range(2):
        had.append(owner(again(desk, reason="owner left", leaving=had[-1]).lead))
    assert sorted(map(str, had)) == ["anna", "ben", "dora"]
    assert ends(desk) == ["left", "left"]
    lead = again(desk, reason="owner left", leaving=had[-1]).lead
    assert owner(lead) == "desk"
    assert all(f"{key}: had this lead and gave it back" in lead.event for key in had)


def test_nobody_loses_a_lead_that_has_another_owner_by_now(desk: Desk) -> None:
    lead = desk.given(jobtitle="for anna")
    decisions = len(desk.rows(lf_routingdecision))
    result = again(desk, reason="owner left", leaving="ben")
    assert (result.decision, result.lead.owner, result.lead.reroutes) == (None, lead.owner, 0)
    assert result.lead.event == "Rules not asked again: ben does not own the lead any more (owner left)"
    assert len(desk.rows(lf_routingdecision)) == decisions


def test_a_lead_that_is_held_then_has_no_owner(desk: Desk) -> None:
    key = owner(desk.given())
    accept(desk, key)
    edit(desk, jobtitle="unclear")
    lead = again(desk, reason="owner left", leaving=key).lead
    assert (lead.stage, lead.owner) == (LeadStage.HELD, None)


def test_a_reactivated_lead_does_not_go_back_to_somebody_who_left(desk: Desk) -> None:
    key = owner(desk.given())
    assert key
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    deactivated(desk.database, key)
    reactivated = desk.take(desk.qualification.reactivate_lead, ReactivateLead())
    assert reactivated.stage is LeadStage.RECEIVED
    lead = again(desk, reason="reactivated", counts=False).lead
    assert owner(lead) not in (None, key)


@pytest.mark.parametrize("request_", [AGAIN, RerouteLead(leaving="anna", reason="left")])
def test_a_repetition_changes_nothing(desk: Desk, request_: RerouteLead) -> None:
    desk.given(jobtitle="for anna")
    edit(desk, jobtitle="for the inbox")
    first = desk.take(desk.routing.route_lead, request_, step="once")
    before = desk.contents()
    assert desk.take(desk.routing.route_lead, request_, step="once") == first
    assert desk.contents() == before
    assert desk.lead(LEAD).lf_reroutes == 1
