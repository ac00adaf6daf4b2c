"""Whatever partners, people, clocks and rule editors do, in any order: what must hold of the trail of a lead."""

from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from activities.deps import Dependencies
from activities.offers import ExpireOffer, Offers
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, AssignLead, DeclineLead, DisqualifyLead, ReactivateLead, RerouteLead
from crm.store.database import Database
from crm.store.life import leads
from crm.store.partners import offers, registrations
from crm.store.partners.offers import OfferEvent, TrailEntry
from crm.store.people.organisation import apply_directory
from crm.views import LeadView
from tests.activities.conftest import NOW, Desk
from tests.rulebook.partners import with_partners

ENDS = {OfferEvent.ACCEPTED, OfferEvent.DECLINED, OfferEvent.EXPIRED, OfferEvent.WITHDRAWN}
PEOPLE = {"acme": "alma", "bolt": "bea", "crane": "carl"}
EDITIONS = (
    "[acme, bolt, crane]",
    "[crane, acme]",
    "{bolt: 1, acme: 2}",
    "[bolt]",
)
ACTIONS = ("accept", "decline", "expire", "withdraw", "by hand", "automatic", "close", "a week later", "a year later")
Script = list[tuple[str, int, int]]
"""What is done, by the rules of which edition, to which of two leads of one company."""
SCRIPTS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(0, len(EDITIONS) - 1), st.integers(0, 1)), max_size=12
)


class Story:
    """Two leads of one company, and a clock."""

    def __init__(self, editions: list[Desk]) -> None:
        self.editions = editions
        self.database = editions[0].database
        self.now = NOW
        self.pair = (uuid4(), uuid4())
        company = f"Firm {self.pair[0]}"
        for lead, desk in zip(self.pair, editions, strict=False):
            desk.register(lead, jobtitle="for partners", companyname=company, on=self._tick())

    def act(self, action: str, edition: int, which: int) -> None:
        """Do it if it may be done; a refusal must change nothing."""
        desk, lead = self.editions[edition], self.pair[which]
        before = self.trail(lead)
        try:
            self._act(action, desk, lead)
        except ApplicationError as refused:
            assert refused.type in ("StateConflict", "InvalidInput"), refused
            assert self.trail(lead) == before

    def _act(self, action: str, desk: Desk, lead: UUID) -> None:
        user = PEOPLE.get(self.view(lead).offered_to or "", "alma")
        match action:
            case "accept":
                desk.take(desk.assignment.accept_lead, AcceptLead(user=user), lead=lead, on=self._tick())
            case "decline":
                desk.take(desk.assignment.decline_lead, DeclineLead(reason="no"), lead=lead, on=self._tick())
                self._route(desk, lead, RerouteLead(reason="declined", counts=False))
            case "expire":
                desk.take(Offers(desk.deps).expire_offer, ExpireOffer(), lead=lead, on=self._tick())
                self._route(desk, lead, RerouteLead(reason="offer expired", counts=False))
            case "withdraw":
                desk.take(desk.assignment.assign_lead, AssignLead(team="desk"), lead=lead, on=self._tick())
            case "by hand":
                self._route(desk, lead, RerouteLead(actor="mia"))
            case "automatic":
                self._route(desk, lead, RerouteLead(reason="edited", unless_same=True))
            case "close":
                desk.take(desk.qualification.disqualify_lead, DisqualifyLead(), lead=lead, on=self._tick())
                reactivation = ReactivateLead(route=True)
                desk.take(desk.qualification.reactivate_lead, reactivation, lead=lead, on=self._tick())
                self._route(desk, lead, RerouteLead(reason="reactivated", counts=False))
            case _:
                self.now += timedelta(days=7 if "week" in action else 365)

    def _route(self, desk: Desk, lead: UUID, request: RerouteLead) -> None:
        desk.take(desk.routing.route_lead, request, lead=lead, on=self._tick())

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def trail(self, lead: UUID) -> list[TrailEntry]:
        with self.database.reading() as connection:
            return list(offers.trail(connection, lead))

    def view(self, lead: UUID) -> LeadView:
        with self.database.reading() as connection:
            return leads.view(connection, lead, now=self.now)


@pytest.fixture
def editions(sqlite_database: Database, tmp_path: Path) -> list[Desk]:
    """Activities on one database, by several editions of the rule that offers."""
    desks = []
    for number, partners in enumerate(EDITIONS):
        folder = tmp_path / str(number)
        rules = with_partners(folder, partial(_offering_to, partners))
        desks.append(Desk(Dependencies(sqlite_database, rules, "DE")))
        desks[number].steps = number * 1_000_000  # keys of steps are the lead's own, whoever takes them
    with sqlite_database.transaction() as connection:
        apply_directory(connection, desks[0].deps.rules.current().directory, now=NOW)
    return desks


def _offering_to(partners: str, rules: str) -> str:
    return rules.replace("offer_to: [acme, bolt, crane]", f"offer_to: {partners}", 1)


def story_so_far(trail: list[TrailEntry], view: LeadView) -> None:
    """Nobody is asked twice; one offer at most is open, and the lead says so; numbers and times go up."""
    assert max(Counter(e.partner for e in trail if e.event is OfferEvent.OFFERED).values(), default=1) == 1
    assert [entry.number for entry in trail] == list(range(1, len(trail) + 1))
    assert [entry.on for entry in trail] == sorted(entry.on for entry in trail)
    has: str | None = None
    is_open = False
    for entry in trail:
        if entry.event is OfferEvent.OFFERED:
            assert has is None
            has, is_open = entry.partner, True
        elif entry.event in ENDS:
            assert has == entry.partner
            assert is_open or entry.event in (OfferEvent.DECLINED, OfferEvent.WITHDRAWN)
            has, is_open = (has if entry.event is OfferEvent.ACCEPTED else None), False
    assert (view.stage is LeadStage.OFFERED) == is_open == (view.offered_to is not None)
    if is_open:
        assert (view.offered_to, view.accept_by) == (
            has,
            next(e.until for e in reversed(trail) if e.event is OfferEvent.OFFERED),
        )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=SCRIPTS)
def test_the_trail_keeps_its_promises(editions: list[Desk], script: Script) -> None:
    story = Story(editions)
    for action, edition, which in script:
        story.act(action, edition, which)
        for lead in story.pair:
            story_so_far(story.trail(lead), story.view(lead))
        with story.database.reading() as connection:
            held = registrations.listed(connection, story.now)
        mine = [one for one in held if one.leadid in story.pair]
        assert len({one.partner for one in mine}) <= 1
        for one in mine:
            present = offers_present(story, one.leadid)
            assert present is not None
            assert (present.partner, present.event) == (one.partner, OfferEvent.ACCEPTED)


def offers_present(story: Story, lead: UUID) -> TrailEntry | None:
    with story.database.reading() as connection:
        return offers.present(connection, lead)
