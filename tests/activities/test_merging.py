"""Merging leads: nothing is lost, whoever closes first and whatever is repeated; by the rules and by hand."""

from typing import Any
from uuid import UUID

import pytest

from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, DisqualifyLead, EditLead, MergeInto, MergeLead, ReactivateLead, Request
from crm.store.database import Database
from crm.store.tables import TABLES
from crm.views import LeadView
from tests.activities.conftest import LEAD, Desk, OtherDesk, lead_number, merged, refused, take_over

ADA: dict[str, Any] = {"firstname": "Ada", "lastname": "King", "emailaddress1": "ada@analytical.example"}
AT_WORK: dict[str, Any] = {"firstname": "Ada", "lastname": "King", "companyname": "Analytical Engines Ltd"}
WITH_A_SLIP: dict[str, Any] = {"firstname": "King", "lastname": "Ada", "companyname": "Analytcal Engines"}


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """On one database; `test_duplicates` merges on both."""
    return sqlite_database


def owner(view: LeadView) -> str | None:
    return view.owner.key if view.owner else None


def end(desk: Desk, lead: UUID = LEAD) -> LeadView:
    return desk.take(desk.merging.end_merge, Request(), lead=lead).lead


def master_text(desk: Desk) -> str:
    (note,) = desk.rows(TABLES["annotation"])
    return str(note["notetext"])


def test_a_merged_lead_is_closed_and_its_values_are_in_the_master(desk_saying: OtherDesk) -> None:
    desk = desk_saying("merge")
    master = lead_number(1)
    desk.given(master, companyname="Analytical", **ADA)
    new = desk.given(telephone1="030 901820", companyname="Analytical Engines", **ADA)
    assert (new.stage, new.master, new.merge_into) == (LeadStage.RECEIVED, master, f"lead-{master}")
    taken = take_over(desk, master)
    assert taken.event == (f"Merged with lead {LEAD} from web: 1 attributes taken over, 1 that differ kept in a note")
    ended = end(desk)
    assert (ended.stage, ended.statecode, ended.statuscode, ended.master) == (LeadStage.DISQUALIFIED, 2, 7, master)
    assert (desk.lead().merged, desk.lead().lf_closereason) == (True, f"merged into lead {master}")
    assert desk.lead(master).telephone1 == "+4930901820"
    assert desk.lead(master).lf_phonekey == "4930901820"
    assert desk.lead(master).companyname == "Analytical"
    assert "companyname: kept: Analytical; there: Analytical Engines" in master_text(desk)
    assert "telephone1: taken over from there: +4930901820" in master_text(desk)
    assert desk.lead().companyname == "Analytical Engines"  # as it came


def test_what_the_rules_read_and_the_merge_filled_asks_them_again(desk_saying: OtherDesk) -> None:
    desk = desk_saying("merge")
    desk.given(lead_number(1), **ADA)
    desk.given(jobtitle="urgent", **ADA)
    assert take_over(desk, lead_number(1)).reconsider
    desk.given(lead_number(2), description="Hello", **ADA)
    assert not take_over(desk, lead_number(1), lead_number(2)).reconsider


@pytest.mark.parametrize("stage", [LeadStage.QUARANTINED, LeadStage.HELD, LeadStage.ACCEPTED])
def test_any_open_lead_takes_over(desk_saying: OtherDesk, stage: LeadStage) -> None:
    desk = desk_saying("merge")
    master = lead_number(1)
    more = {LeadStage.QUARANTINED: {"revenue": "much"}, LeadStage.HELD: {"jobtitle": "unclear"}}.get(stage, {})
    desk.given(master, **ADA, **more)
    if stage is LeadStage.ACCEPTED:
        desk.take(desk.assignment.accept_lead, AcceptLead(), lead=master)
    desk.given(telephone1="030 901820", **ADA)
    taken = take_over(desk, master)
    assert (taken.stage, desk.lead(master).telephone1) == (stage, "+4930901820")
    assert end(desk).stage is LeadStage.DISQUALIFIED


def test_a_lead_whose_master_closed_first_is_routed_itself(desk_saying: OtherDesk) -> None:
    desk = desk_saying("merge")
    master = lead_number(1)
    desk.given(master, **ADA)
    desk.given(**ADA)
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead(), lead=master)
    refused(lambda: take_over(desk, master), "StateConflict")
    alone = end(desk)
    assert (alone.stage, owner(alone), alone.master, alone.duplicates) == (LeadStage.ASSIGNED, "ben", None, 1)
    assert [entry.kind for entry in desk.timeline()] == ["intake", "end_merge", "route"]
    refused(lambda: take_over(desk, master), "StateConflict")


def test_a_lead_that_gave_up_waiting_is_not_taken_over_any_more(desk_saying: OtherDesk) -> None:
    desk = desk_saying("merge")
    desk.given(lead_number(1), **ADA)
    desk.given(telephone1="030 901820", **ADA)
    assert end(desk).stage is LeadStage.ASSIGNED
    refused(lambda: take_over(desk, lead_number(1)), "StateConflict", says="not to be merged into this one")
    assert desk.lead(lead_number(1)).telephone1 is None


def test_a_repeated_step_merges_once(desk_saying: OtherDesk) -> None:
    """A crash after each step: the same step is asked again."""
    desk = desk_saying("merge")
    master = lead_number(1)
    desk.given(master, **ADA)
    first = desk.register(telephone1="030 901820", **ADA).lead
    assert desk.register(telephone1="030 901820", **ADA).lead == first
    for _ in range(2):
        merge = MergeLead(leadid=LEAD, answer_to="x")
        desk.take(desk.merging.take_over, merge, lead=master, step="merge")
    before = desk.contents()
    for _ in range(2):
        ended = desk.take(desk.merging.end_merge, Request(), step="end").lead
        assert (ended.stage, ended.master) == (LeadStage.DISQUALIFIED, master)
    assert before != desk.contents()
    assert len(desk.rows(TABLES["annotation"])) == 1
    assert [entry.kind for entry in desk.timeline(master)] == ["intake", "route", "merge"]


def test_the_third_lead_goes_into_the_first_one_too(desk_saying: OtherDesk) -> None:
    desk = desk_saying("merge")
    desk.given(lead_number(1), **ADA)
    for number in (2, 3):
        assert desk.given(lead_number(number), **ADA).master == lead_number(1)


def test_a_quarantined_lead_is_merged_when_it_is_corrected(desk_saying: OtherDesk) -> None:
    desk = desk_saying("merge")
    desk.given(lead_number(1), **ADA)
    quarantined = desk.given(revenue="much", **ADA)
    assert (quarantined.stage, quarantined.master) == (LeadStage.QUARANTINED, None)
    corrected = desk.take(desk.intake.edit_lead, EditLead(changes={"revenue": 100}))
    assert (corrected.stage, corrected.merge_into) == (LeadStage.RECEIVED, f"lead-{lead_number(1)}")
    assert merged(desk, lead_number(1)).stage is LeadStage.DISQUALIFIED


def test_a_merged_lead_can_be_opened_again_as_one_of_its_own(desk_saying: OtherDesk) -> None:
    desk = desk_saying("merge")
    desk.given(lead_number(1), **ADA)
    desk.given(**ADA)
    merged(desk, lead_number(1))
    again = desk.take(desk.qualification.reactivate_lead, ReactivateLead())
    assert (again.stage, again.master, desk.lead().merged) == (LeadStage.RECEIVED, None, False)


# by hand


def by_hand(desk: Desk, lead: UUID, master: UUID) -> LeadView:
    return desk.take(desk.merging.begin_merge, MergeInto(master=master, actor="anna"), lead=lead)


def test_two_leads_are_merged_by_hand(desk: Desk) -> None:
    desk.given(lead_number(1), firstname="Ada")
    desk.given(jobtitle="for anna")
    assert by_hand(desk, LEAD, lead_number(1)).merge_into == f"lead-{lead_number(1)}"
    assert merged(desk, lead_number(1)).master == lead_number(1)
    assert desk.lead(lead_number(1)).jobtitle == "for anna"


def test_an_assigned_lead_that_is_not_taken_over_stays_where_it_is(desk: Desk) -> None:
    desk.given(lead_number(1))
    before = desk.given()
    by_hand(desk, LEAD, lead_number(1))
    after = end(desk)
    assert (after.stage, after.owner, after.master) == (LeadStage.ASSIGNED, before.owner, None)


def test_only_an_open_lead_that_stays_takes_another_over_by_hand(desk: Desk) -> None:
    desk.given()
    desk.given(lead_number(1))
    desk.given(lead_number(2))
    desk.given(lead_number(3), jobtitle="competitor")
    refused(lambda: by_hand(desk, LEAD, LEAD), "InvalidInput", says="into itself")
    refused(lambda: by_hand(desk, LEAD, lead_number(3)), "StateConflict", says="already closed")
    refused(lambda: by_hand(desk, LEAD, lead_number(4)), "NotFound")
    by_hand(desk, lead_number(1), lead_number(2))
    refused(lambda: by_hand(desk, LEAD, lead_number(1)), "StateConflict", says="about to be merged itself")
