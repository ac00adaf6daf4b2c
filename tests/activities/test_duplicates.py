"""Another lead of the same person: recorded and routed, linked to its owner, or merged into it, as the rules say."""

from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError

from crm.lifecycle import LeadStage
from crm.requests import EditLead, Request
from crm.store.people import roster
from crm.store.people.organisation import record_id
from crm.store.people.roster import EnteredAbsence
from crm.store.service_tables import lf_assignment, lf_matchkey
from crm.store.tables import TABLES
from crm.views import LeadView
from tests.activities.conftest import LEAD, NOW, Desk, OtherDesk, at_once, lead_number, merged, take_over

ADA: dict[str, Any] = {"firstname": "Ada", "lastname": "King", "emailaddress1": "ada@analytical.example"}
AT_WORK: dict[str, Any] = {"firstname": "Ada", "lastname": "King", "companyname": "Analytical Engines Ltd"}
WITH_A_SLIP: dict[str, Any] = {"firstname": "King", "lastname": "Ada", "companyname": "Analytcal Engines"}


def owner(view: LeadView) -> str | None:
    return view.owner.key if view.owner else None


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


def test_a_lead_is_taken_over_or_goes_on_alone_never_both(desk_saying: OtherDesk) -> None:
    """Its run gives up waiting at the very moment at which the master takes it over."""
    desk = desk_saying("merge")
    desk.given(lead_number(0), **ADA)
    for number in range(1, 5):
        lead = lead_number(number)
        desk.given(lead, **ADA)

        def taken(lead: UUID = lead) -> None:
            with suppress(ApplicationError):
                take_over(desk, lead_number(0), lead)

        def ended(lead: UUID = lead) -> None:
            desk.take(desk.merging.end_merge, Request(), lead=lead)

        at_once(taken, ended)
    notes = {row["subject"] for row in desk.rows(TABLES["annotation"])}
    for lead in map(lead_number, range(1, 5)):
        found = desk.lead(lead)
        assert (f"Merged with lead {lead}" in notes) == found.merged == (found.lf_stage == LeadStage.DISQUALIFIED)
        assert found.merged or found.ownerid
