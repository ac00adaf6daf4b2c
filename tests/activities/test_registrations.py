"""Registrations of companies: what protects the partner who accepted a lead, and leads that are in conflict."""

from datetime import timedelta

import pytest

from crm.lifecycle import LeadStage
from crm.requests import (
    DisqualifyLead,
    EditLead,
    LeadSubmission,
    MergeInto,
    QualifyLead,
    ReactivateLead,
    Request,
    RerouteLead,
)
from crm.store.database import Database
from tests.activities.conftest import LEAD, NOW, Desk, at_once, lead_number, merged, refused, take_over
from tests.activities.partners import accept, assign, decline, offered, open_desk, registered, reroute, trail
from tests.rulebook.partners import partner_rules

QUARTER = timedelta(days=90)
OTHER = lead_number(2)


@pytest.fixture
def desk(sqlite_database: Database) -> Desk:
    """Activities on a database with the three partners."""
    return open_desk(sqlite_database, partner_rules())


@pytest.fixture
def either(database: Database) -> Desk:
    """The same, once on SQLite and once on PostgreSQL."""
    return open_desk(database, partner_rules())


def test_a_registered_lead_stays_with_its_partner_unless_a_person_takes_it(either: Desk) -> None:
    offered(either)
    accept(either, "alma")
    for automatic in ({}, {"reason": "SLA missed"}, {"unless_same": True, "actor": "mia"}):
        lead = reroute(either, **automatic)
        assert (lead.stage, lead.owner and lead.owner.key) == (LeadStage.ACCEPTED, "alma")
        assert "Stays with partner Acme, for whom the company is registered until" in lead.event
    lead = reroute(either, actor="mia", reason="asked for by the customer")
    assert (lead.offered_to, lead.registered_until) == ("bolt", None)
    assert trail(either)[2:] == ["withdrawn acme", "offered bolt"]
    assert registered(either) == []


def test_after_its_time_a_registration_protects_nobody(desk: Desk) -> None:
    offered(desk)
    accept(desk, "alma")
    late = NOW + QUARTER + timedelta(hours=1)
    lead = desk.take(desk.routing.route_lead, RerouteLead(), on=late).lead
    assert lead.offered_to == "bolt"


def test_when_the_partners_own_user_leaves_the_partners_team_has_the_lead(desk: Desk) -> None:
    offered(desk)
    accept(desk, "alma")
    lead = reroute(desk, leaving="alma", actor="mia")
    assert (lead.stage, lead.owner and lead.owner.key) == (LeadStage.ASSIGNED, "acme-people")
    assert accept(desk, "adam").registered_until is not None
    assert registered(desk) == [("acme", "firm")]


def test_by_hand_a_registered_lead_goes_anywhere_and_within_the_partner_it_stays_registered(desk: Desk) -> None:
    offered(desk)
    accept(desk, "alma")
    assert assign(desk, user="adam").registered_until is not None
    assert assign(desk, user="anna").registered_until is None
    assert trail(desk)[2:] == ["withdrawn acme"]


def test_a_partner_who_gives_an_accepted_lead_back_loses_the_registration(desk: Desk) -> None:
    offered(desk)
    accept(desk, "alma")
    assert decline(desk, actor="adam").offered_to == "bolt"
    assert (trail(desk)[2:], registered(desk)) == (["declined acme", "offered bolt"], [])


def test_disqualifying_ends_a_registration_and_qualifying_does_not(desk: Desk) -> None:
    offered(desk)
    accept(desk, "alma")
    desk.take(desk.qualification.qualify_lead, QualifyLead())
    assert registered(desk) == [("acme", "firm")]
    desk.take(desk.qualification.reactivate_lead, ReactivateLead())
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    assert (registered(desk), trail(desk)[-1]) == ([], "released acme")


def test_a_registered_lead_that_is_reactivated_to_be_routed_goes_back_to_its_partner(desk: Desk) -> None:
    offered(desk)
    accept(desk, "alma")
    desk.take(desk.qualification.qualify_lead, QualifyLead())
    desk.take(desk.qualification.reactivate_lead, ReactivateLead(route=True))
    lead = reroute(desk, reason="reactivated", counts=False)
    assert (lead.stage, lead.owner and lead.owner.key) == (LeadStage.ASSIGNED, "acme-people")


def test_a_registered_lead_takes_others_over_and_is_not_merged_away(desk: Desk) -> None:
    offered(desk)
    desk.given(OTHER)
    accept(desk, "alma")
    into = MergeInto(master=OTHER, reason="same person")
    refused(
        lambda: desk.take(desk.merging.begin_merge, into),
        "StateConflict",
        says="registered for partner Acme until .* Merge the other lead into this one",
    )
    desk.take(desk.merging.begin_merge, MergeInto(master=LEAD), lead=OTHER)
    assert merged(desk, LEAD, OTHER).master == LEAD
    assert registered(desk) == [("acme", "firm")]
    reroute(desk, reason="by hand", actor="mia")
    desk.given(lead_number(3))
    assert desk.take(desk.merging.begin_merge, MergeInto(master=lead_number(3))).merge_into


def test_a_lead_that_is_registered_while_it_waits_to_be_merged_stays(desk: Desk) -> None:
    offered(desk)
    desk.given(OTHER)
    desk.take(desk.merging.begin_merge, MergeInto(master=OTHER))
    accept(desk, "alma")
    refused(lambda: take_over(desk, OTHER), "StateConflict", says="registered for partner Acme")
    end = desk.take(desk.merging.end_merge, Request()).lead
    assert (end.stage, end.master, registered(desk)) == (LeadStage.ACCEPTED, None, [("acme", "firm")])


# Conflicts


def test_a_lead_of_a_registered_company_is_offered_to_nobody_else(desk: Desk) -> None:
    offered(desk)
    accept(desk, "alma")
    lead = offered(desk, OTHER, title="for two partners")
    assert (lead.stage, lead.conflict) == (LeadStage.ASSIGNED, "acme")
    assert "conflict: the company is registered for partner Acme until" in desk.timeline(OTHER)[-1].summary
    assert trail(desk, OTHER) == ["conflict acme"]
    assert offered(desk, lead_number(3)).conflict is None  # the rule offers it to the registered partner, too
    assert trail(desk, lead_number(3)) == ["offered acme"]


def test_a_lead_that_another_partner_brings_is_in_conflict_and_rules_may_ask(either: Desk) -> None:
    offered(either)
    accept(either, "alma")
    given = LeadSubmission(
        lead={"lastname": "Berg", "jobtitle": "ask first", "companyname": "The FIRM Ltd."}, channel_partner="bolt"
    )
    lead = either.take(either.intake.register_lead, given, lead=OTHER, step="intake").lead
    assert (lead.stage, lead.conflict, lead.channel_partner) == (LeadStage.HELD, "acme", "bolt")
    either.take(either.intake.edit_lead, EditLead(changes={"channel_partner": "acme"}), lead=OTHER)
    assert reroute(either, OTHER).conflict is None
    assert trail(either, OTHER) == ["conflict acme", "resolved acme"]


def test_of_two_partners_who_accept_leads_of_one_company_the_second_gets_no_registration(desk: Desk) -> None:
    offered(desk)
    offered(desk, OTHER)
    decline(desk, OTHER)
    accept(desk, "alma")
    lead = accept(desk, "bea", OTHER)
    assert (lead.stage, lead.registered_until, lead.conflict) == (LeadStage.ACCEPTED, None, "acme")
    assert lead.event == "Accepted by bea for the team, partner Bolt; conflict: the company is registered for Acme"
    assert registered(desk) == [("acme", "firm")]


def test_two_partners_who_accept_at_the_same_moment_register_the_company_once(either: Desk) -> None:
    offered(either)
    offered(either, OTHER)
    decline(either, OTHER)
    at_once(lambda: accept(either, "alma"), lambda: accept(either, "bea", OTHER))
    assert len(registered(either)) == 1
    assert sorted([*trail(either), *trail(either, OTHER)])[:2] == ["accepted acme", "accepted bolt"]


def test_a_lead_without_a_company_registers_nothing(desk: Desk) -> None:
    desk.given(jobtitle="for partners")
    assert accept(desk, "alma").registered_until is None
    assert registered(desk) == []
