"""Offers to channel partners: who is asked, what they answer, and what protects whoever accepts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from activities.deps import Dependencies
from activities.offers import ExpireOffer, Offers
from crm.lifecycle import LeadStage
from crm.requests import (
    AcceptLead,
    AssignLead,
    DeclineLead,
    DisqualifyLead,
    EditLead,
    LeadSubmission,
    QualifyLead,
    ReactivateLead,
    RerouteLead,
)
from crm.store import offers, registrations
from crm.store.database import Database
from crm.store.organisation import apply_directory
from crm.views import LeadView
from rules.engine.live import LiveRules
from rules.engine.sources import RuleSources
from tests.activities.conftest import LEAD, NOW, Desk, at_once, lead_number, refused
from tests.rulebook.partners import partner_rules, with_partners

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


def open_desk(database: Database, rules: LiveRules) -> Desk:
    with database.transaction() as connection:
        apply_directory(connection, rules.current().directory, now=NOW)
    return Desk(Dependencies(database, rules, "DE"))


def offered(desk: Desk, lead: UUID = LEAD, /, title: str = "for partners", **more: Any) -> LeadView:
    return desk.given(lead, jobtitle=title, companyname="Firm GmbH", **more)


def accept(desk: Desk, user: str | None, lead: UUID = LEAD, **more: Any) -> LeadView:
    return desk.take(desk.assignment.accept_lead, AcceptLead(user=user, **more), lead=lead)


def decline(desk: Desk, lead: UUID = LEAD, **more: Any) -> LeadView:
    """The answer, and the routing that follows it."""
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time", **more), lead=lead)
    return desk.take(desk.routing.route_lead, RerouteLead(reason="declined", counts=False), lead=lead).lead


def expire(desk: Desk, lead: UUID = LEAD) -> LeadView:
    desk.take(Offers(desk.deps).expire_offer, ExpireOffer(), lead=lead)
    return desk.take(desk.routing.route_lead, RerouteLead(reason="offer expired", counts=False), lead=lead).lead


def reroute(desk: Desk, lead: UUID = LEAD, **more: Any) -> LeadView:
    return desk.take(desk.routing.route_lead, RerouteLead(**more), lead=lead).lead


def assign(desk: Desk, **target: Any) -> LeadView:
    return desk.take(desk.assignment.assign_lead, AssignLead(**target, actor="mia"))


def trail(desk: Desk, lead: UUID = LEAD) -> list[str]:
    """What happened, as `event partner`."""
    with desk.database.reading() as connection:
        return [f"{entry.event} {entry.partner}" for entry in offers.trail(connection, lead)]


def registered(desk: Desk, now: datetime = NOW + timedelta(days=1)) -> list[tuple[str, str]]:
    with desk.database.reading() as connection:
        return [(entry.partner, entry.companykey) for entry in registrations.listed(connection, now)]


def test_a_lead_is_offered_to_the_first_partner_for_the_working_time_of_its_team(desk: Desk) -> None:
    friday = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)  # 13:00 in Berlin: 4 hours of 8 are left
    lead = offered(desk, on=friday)
    assert (lead.stage, lead.offered_to) == (LeadStage.OFFERED, "acme")
    assert lead.owner is not None
    assert lead.owner.key == "acme-people"
    assert lead.accept_by == datetime(2026, 3, 9, 12, 0, tzinfo=UTC)  # Monday, 13:00 in Berlin
    assert desk.timeline()[-1].summary.startswith(
        "Offered to partner Acme until 2026-03-09 12:00 UTC: Rule to-partners"
    )
    assert trail(desk) == ["offered acme"]


def test_who_accepts_owns_the_lead_and_has_the_company_registered(either: Desk) -> None:
    offered(either)
    lead = accept(either, "alma")
    assert lead.owner is not None
    assert (lead.stage, lead.owner.key, lead.offered_to, lead.accept_by) == (LeadStage.ACCEPTED, "alma", None, None)
    assert lead.registered_until == lead.accepted_on + QUARTER if lead.accepted_on else False
    assert "partner Acme; the company is registered until" in lead.event
    assert registered(either) == [("acme", "firm")]
    assert trail(either) == ["offered acme", "accepted acme"]
    assert registered(either, NOW + QUARTER + timedelta(days=1)) == []


def test_only_people_of_the_partner_accept(desk: Desk) -> None:
    offered(desk)
    for user in (None, "mia", "bea"):
        refused(lambda user=user: accept(desk, user), "InvalidInput", says=r"name the member .* \(adam, alma\)")
    assert trail(desk) == ["offered acme"]


def test_declined_expired_and_exhausted(either: Desk) -> None:
    offered(either)
    second = decline(either, actor="adam")
    assert (second.offered_to, second.reroutes) == ("bolt", 0)
    assert "skipped acme: declined it" in second.event
    third = expire(either)
    assert third.offered_to == "crane"
    last = decline(either)
    assert (last.stage, last.queue, last.offered_to) == (LeadStage.ASSIGNED, "inbox", None)
    assert "acme: declined it, bolt: let the offer expire, crane: declined it" in last.event
    assert trail(either) == [
        "offered acme", "declined acme", "offered bolt", "expired bolt", "offered crane", "declined crane"
    ]  # fmt: skip
    with either.database.reading() as connection:
        _, declined, *_ = offers.trail(connection, LEAD)
    assert (declined.reason, declined.actor, declined.on.tzinfo) == ("no time", "adam", UTC)


def test_without_if_nobody_the_team_of_the_last_partner_asked_owns_the_lead(desk: Desk) -> None:
    offered(desk, title="for two partners")
    decline(desk)
    last = expire(desk)
    assert last.owner is not None
    assert (last.stage, last.owner.key, last.accept_by) == (LeadStage.ASSIGNED, "crane-people", None)
    assert "no partner may be offered it" in last.event
    assert accept(desk, "carl").stage is LeadStage.ACCEPTED
    assert registered(desk) == []


def test_whoever_was_asked_is_not_asked_again_by_other_rules(desk: Desk) -> None:
    offered(desk, title="for two partners")
    decline(desk)
    desk.take(desk.intake.edit_lead, EditLead(changes={"jobtitle": "for partners"}))
    lead = reroute(desk)
    assert (lead.offered_to, trail(desk)[-2:]) == ("acme", ["withdrawn crane", "offered acme"])
    assert expire(desk).queue == "inbox"


def test_an_inactive_partner_is_passed_over(desk: Desk, tmp_path: Path) -> None:
    with desk.database.transaction() as connection:
        directory = desk.deps.rules.current().directory
        left = {key: entry for key, entry in directory.channel_partners.items() if key != "acme"}
        apply_directory(connection, directory.model_copy(update={"channel_partners": left}), now=NOW)
    lead = offered(desk)
    assert lead.offered_to == "bolt"
    assert "skipped acme: not active" in desk.timeline()[-1].summary


@pytest.mark.parametrize("way", ["assign", "reroute", "disqualify", "qualify"])
def test_an_offer_is_withdrawn_when_we_do_something_else_with_the_lead(desk: Desk, way: str) -> None:
    offered(desk)
    match way:
        case "assign":
            lead = assign(desk, user="anna")
        case "reroute":
            lead = reroute(desk)
        case "disqualify":
            lead = desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
        case _:
            lead = desk.take(desk.qualification.qualify_lead, QualifyLead()).lead
    assert trail(desk)[:2] == ["offered acme", "withdrawn acme"]
    assert lead.offered_to == ("bolt" if way == "reroute" else None)


# Answers that come too late


def test_an_answer_to_an_offer_that_is_over_says_what_became_of_it(desk: Desk) -> None:
    offered(desk)
    expire(desk)
    says = "offered to partner acme, who let the offer expire on .* UTC; partner bolt is offered the lead now"
    for late in (
        lambda: accept(desk, "alma"),
        lambda: accept(desk, "bea", partner="acme"),
        lambda: decline(desk, actor="alma"),
        lambda: decline(desk, partner="acme"),
    ):
        refused(late, "StateConflict", code="0x80040220", says=says)
    never = "was not offered to partner crane; partner bolt is offered"
    refused(lambda: accept(desk, "bea", partner="crane"), "StateConflict", says=never)
    accept(desk, "bea", partner="bolt")
    refused(lambda: decline(desk, actor="alma"), "StateConflict", says="partner bolt has accepted the lead")
    assert trail(desk) == ["offered acme", "expired acme", "offered bolt", "accepted bolt"]


def test_an_offer_expires_once(desk: Desk) -> None:
    offered(desk)
    accept(desk, "alma")
    refused(lambda: expire(desk), "StateConflict", says="offered to nobody")


def test_of_acceptance_and_expiry_at_the_same_moment_one_wins(either: Desk) -> None:
    offered(either)

    def attempt(call: Any) -> bool:
        try:
            call()
        except Exception as error:
            assert getattr(error, "type", "") == "StateConflict", error
            return False
        return True

    expiry = Offers(either.deps).expire_offer
    won = at_once(
        lambda: attempt(lambda: accept(either, "alma")),
        lambda: attempt(lambda: either.take(expiry, ExpireOffer(), step="expiry")),
    )
    assert sorted(won) == [False, True]
    assert trail(either)[1:] in (["accepted acme"], ["expired acme"])


# What protects whoever accepted


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


def test_edited_rules_cannot_ask_a_partner_twice(sqlite_database: Database, tmp_path: Path) -> None:
    rules = with_partners(tmp_path / "rules")
    desk = open_desk(sqlite_database, rules)
    offered(desk)
    decline(desk)
    default = tmp_path / "rules" / "default.yaml"
    default.write_text(default.read_text().replace("[acme, bolt, crane]", "[bolt, acme]"))
    rules.take_up(RuleSources.from_folder(tmp_path / "rules"))
    assert expire(desk).queue == "inbox"


# By weight


def test_first_offers_follow_the_weights_and_a_lead_takes_one_turn(either: Desk) -> None:
    firsts = []
    for number in range(8):
        lead = lead_number(number)
        firsts.append(either.given(lead, jobtitle="by weight").offered_to)
        either.take(either.intake.register_lead, submission("by weight"), lead=lead, step="intake")  # a retry
        decline(either, lead)  # the next offer takes no turn
    assert [firsts.count("acme"), firsts.count("bolt")] == [6, 2]
    assert firsts[:4].count("bolt") == firsts[4:].count("bolt") == 1


def test_two_leads_at_the_same_moment_take_two_turns(either: Desk) -> None:
    def submit(number: int) -> str | None:
        return either.given(lead_number(number), jobtitle="by weight").offered_to

    for start in (0, 2):
        at_once(lambda start=start: submit(start), lambda start=start: submit(start + 1))
    with either.database.reading() as connection:
        made = [entry.partner for entry in offers.listed(connection)]
    assert sorted(made) == ["acme", "acme", "acme", "bolt"]


def submission(title: str) -> LeadSubmission:
    return LeadSubmission(lead={"lastname": "Lind", "jobtitle": title}, source="web")
