"""Another lead of the same person: recorded and routed, linked to its owner, or merged into it, as the rules say."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, DisqualifyLead, EditLead, MergeInto, MergeLead, ReactivateLead, Request
from crm.store import roster
from crm.store.organisation import record_id
from crm.store.roster import EnteredAbsence
from crm.store.service_tables import lf_assignment, lf_matchkey
from crm.store.tables import TABLES
from crm.views import LeadView
from rules.engine.live import LiveRules
from tests.activities.conftest import LEAD, NOW, Desk, at_once, lead_number, refused
from tests.rulebook import edited_rules

ADA: dict[str, Any] = {"firstname": "Ada", "lastname": "King", "emailaddress1": "ada@analytical.example"}
AT_WORK: dict[str, Any] = {"firstname": "Ada", "lastname": "King", "companyname": "Analytical Engines Ltd"}
WITH_A_SLIP: dict[str, Any] = {"firstname": "King", "lastname": "Ada", "companyname": "Analytcal Engines"}

OtherDesk = Callable[[str], Desk]


@pytest.fixture(scope="session")
def rules_saying(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], LiveRules]:
    """The small rules with `duplicates: ...`, which say nothing else of duplicates; loaded once."""
    loaded: dict[str, LiveRules] = {}

    def rules(policy: str) -> LiveRules:
        def edit(text: str) -> str:
            return f"duplicates: {policy}\n" + text.replace("is_duplicate: yes", "jobtitle: known")

        if policy not in loaded:
            loaded[policy] = edited_rules(tmp_path_factory.mktemp("policy") / "rules", default=edit)
        return loaded[policy]

    return rules


@pytest.fixture
def desk_saying(desk: Desk, rules_saying: Callable[[str], LiveRules]) -> OtherDesk:
    return lambda policy: Desk(replace(desk.deps, rules=rules_saying(policy)))


def owner(view: LeadView) -> str | None:
    return view.owner.key if view.owner else None


def take_over(desk: Desk, master: UUID, other: UUID = LEAD) -> LeadView:
    return desk.take(desk.merging.take_over, MergeLead(leadid=other, answer_to="x"), lead=master)


def end(desk: Desk, lead: UUID = LEAD) -> LeadView:
    return desk.take(desk.merging.end_merge, Request(), lead=lead).lead


def merged(desk: Desk, master: UUID, other: UUID = LEAD) -> LeadView:
    take_over(desk, master, other)
    return end(desk, other)


def master_text(desk: Desk) -> str:
    (note,) = desk.rows(TABLES["annotation"])
    return str(note["notetext"])


def test_by_default_a_lead_of_the_same_person_is_recorded_and_routed_as_ever(desk_saying: OtherDesk) -> None:
    desk = desk_saying("route")
    first = desk.given(lead_number(1), **ADA)
    second = desk.given(**ADA)
    assert (owner(first), owner(second)) == ("anna", "ben")
    assert (second.duplicates, second.master, second.merge_into) == (1, None, None)
    (pair,) = desk.rows(TABLES["duplicaterecord"])
    assert (pair["lf_matchedon"], pair["lf_similarity"]) == ("emailaddress1", None)


def test_the_record_says_what_agrees(desk_saying: OtherDesk) -> None:
    desk = desk_saying("{similar: link}")
    desk.given(lead_number(1), telephone1="030 901820", **AT_WORK)
    desk.given(lead_number(2), mobilephone="+49 30 901820", lastname="King")
    similar = desk.given(lead_number(3), **WITH_A_SLIP)
    pairs = {row["baserecordid"]: row for row in desk.rows(TABLES["duplicaterecord"])}
    assert pairs[lead_number(2)]["lf_matchedon"] == "telephone, lastname"
    assert pairs[lead_number(3)]["lf_matchedon"] == "name, company"
    assert pairs[lead_number(3)]["lf_similarity"] == 90
    assert similar.duplicates == 0  # alike is not the same: rules that read `is_duplicate` are not told


# link


def test_a_linked_lead_gets_the_other_ones_owner_without_a_turn_but_by_its_rule(desk_saying: OtherDesk) -> None:
    desk = desk_saying("link")
    first = desk.given(lead_number(1), **ADA)
    linked = desk.given(jobtitle="urgent", **ADA)
    next_ = desk.given(lead_number(2))
    assert (owner(first), owner(linked), owner(next_)) == ("anna", "anna", "ben")
    assert (linked.priority, linked.accept_by is not None) == ("hot", True)
    assert desk.lead().lf_routingrule == "urgent"
    assert f"who has lead {lead_number(1)} of the same person" in desk.timeline()[-1].summary
    row = next(row for row in desk.rows(lf_assignment) if row["leadid"] == LEAD)
    assert (row["strategy"], row["turn"], row["teamid"]) == ("linked", None, record_id("team", "desk"))


@pytest.mark.parametrize("jobtitle", ["competitor", "unclear", "buyer"])
def test_a_rule_that_assigns_to_nobody_holds_for_a_linked_lead_too(desk_saying: OtherDesk, jobtitle: str) -> None:
    desk = desk_saying("link")
    desk.given(lead_number(1), **ADA)
    assert owner(desk.given(jobtitle=jobtitle, **ADA)) is None


def test_who_is_away_gets_no_linked_lead(desk_saying: OtherDesk) -> None:
    desk = desk_saying("link")
    desk.given(lead_number(1), **ADA)
    away = EnteredAbsence(lead_number(9), record_id("systemuser", "anna"), NOW.date(), NOW.date(), None)
    with desk.database.transaction() as connection:
        roster.enter_absence(connection, away, actor=None, now=NOW)
    assert owner(desk.given(**ADA)) == "ben"


def test_a_linked_lead_that_moves_on_is_not_linked_again(desk_saying: OtherDesk) -> None:
    desk = desk_saying("link")
    desk.given(lead_number(1), **ADA)
    desk.given(**ADA)
    assert owner(desk.route().lead) == "ben"


def test_a_closed_lead_links_nobody(desk_saying: OtherDesk) -> None:
    desk = desk_saying("link")
    desk.given(lead_number(1), jobtitle="competitor", **ADA)
    assert owner(desk.given(lead_number(2))) == "anna"
    assert owner(desk.given(**ADA)) == "ben"


# merge


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


# similar


def test_a_similar_lead_is_linked_or_merged_where_the_rules_ask_for_it(desk_saying: OtherDesk) -> None:
    desk = desk_saying("{similar: merge}")
    first = desk.given(lead_number(1), **AT_WORK)
    assert desk.given(**WITH_A_SLIP).master == lead_number(1)
    linking = desk_saying("{same: route, similar: link}")
    assert owner(linking.given(lead_number(2), **WITH_A_SLIP)) == owner(first)
    assert linking.given(lead_number(3), **AT_WORK | {"firstname": "Grace"}).event == "Received from web"


def test_where_no_rule_asks_nobody_looks_for_similar_leads(desk: Desk) -> None:
    desk.given(lead_number(1), **AT_WORK)
    desk.given(**AT_WORK)
    assert desk.rows(TABLES["duplicaterecord"]) == []


def test_an_edited_lead_is_found_by_its_new_name(desk_saying: OtherDesk) -> None:
    desk = desk_saying("{similar: link}")
    desk.given(lead_number(1), lastname="Nobody", companyname="Nothing")
    desk.take(desk.intake.edit_lead, EditLead(changes=AT_WORK), lead=lead_number(1))
    assert "1 similar lead(s)" in desk.register(**WITH_A_SLIP).lead.event
    assert {row["leadid"] for row in desk.rows(lf_matchkey)} == {lead_number(1), LEAD}


def test_the_company_is_kept_in_the_form_by_which_companies_are_compared(desk: Desk) -> None:
    desk.given(companyname="Müller Bau GmbH & Co. KG")
    assert desk.lead().lf_companykey == "muller bau"
    desk.take(desk.intake.edit_lead, EditLead(changes={"companyname": "&" * 100}))
    assert desk.lead().lf_companykey is not None


# at once


@pytest.mark.parametrize("policy", ["merge", "link", "route", "{similar: merge}"])
def test_leads_of_one_person_that_come_in_at_once_see_each_other(desk_saying: OtherDesk, policy: str) -> None:
    desk = desk_saying(policy)
    numbers = [lead_number(number) for number in range(8)]
    person = AT_WORK if "similar" in policy else ADA
    views = at_once(*(lambda lead=lead: desk.register(lead, **person).lead for lead in numbers))
    owned = [view for view in views if view.owner]
    if "merge" in policy:
        (master,) = owned
        others = [view.leadid for view in views if view is not master]
        assert all(view.master == master.leadid for view in views if view is not master)
        at_once(*(lambda other=other: merged(desk, master.leadid, other) for other in others))
        assert all(desk.lead(other).lf_stage == LeadStage.DISQUALIFIED for other in others)
        assert len(desk.rows(TABLES["annotation"])) == len(others)
    elif policy == "link":
        assert len({view.owner.key for view in owned if view.owner}) == 1
    assert len(owned) == (1 if "merge" in policy else len(numbers))
    found = sorted(view.duplicates for view in views)
    assert found == ([0] * 8 if "similar" in policy else list(range(8)))
