"""Offers to channel partners: who is asked, in which order, what they answer, and answers that come too late."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from activities.offers import ExpireOffer, Offers
from crm.lifecycle import LeadStage
from crm.requests import (
    DisqualifyLead,
    EditLead,
    LeadSubmission,
    QualifyLead,
)
from crm.store.database import Database
from crm.store.partners import offers
from crm.store.people.organisation import apply_directory
from rules.engine.sources import RuleSources
from tests.activities.conftest import LEAD, NOW, Desk, at_once, lead_number, refused
from tests.activities.partners import accept, assign, decline, expire, offered, open_desk, registered, reroute, trail
from tests.rulebook.partners import partner_rules, with_partners

QUARTER = timedelta(days=90)


@pytest.fixture
def desk(sqlite_database: Database) -> Desk:
    """Activities on a database with the three partners."""
    return open_desk(sqlite_database, partner_rules())


@pytest.fixture
def either(database: Database) -> Desk:
    """The same, once on SQLite and once on PostgreSQL."""
    return open_desk(database, partner_rules())


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
    assert lead.accepted_on is not None
    assert lead.registered_until == lead.accepted_on + QUARTER
    assert "partner Acme; the company is registered until" in lead.event
    assert registered(either) == [("acme", "firm")]
    assert trail(either) == ["offered acme", "accepted acme"]
    assert registered(either, NOW + QUARTER + timedelta(days=1)) == []


def test_only_people_of_the_partner_accept(desk: Desk) -> None:
    offered(desk)
    for user in (None, "mia", "bea"):
        refused(partial(accept, desk, user), "InvalidInput", says=r"name the member .* \(adam, alma\)")
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
        at_once(*(partial(submit, start + number) for number in (0, 1)))
    with either.database.reading() as connection:
        made = [entry.partner for entry in offers.listed(connection)]
    assert sorted(made) == ["acme", "acme", "acme", "bolt"]


def submission(title: str) -> LeadSubmission:
    return LeadSubmission(lead={"lastname": "Lind", "jobtitle": title}, source="web")
