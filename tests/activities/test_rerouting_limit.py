"""A lead moves as often as its rules allow, then the manager has it, whatever happens to it; and it says why."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.ladder import MissedSla
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, DeclineLead, DisqualifyLead, EditLead, ReactivateLead, RerouteLead
from crm.store.life import leads
from crm.store.people.organisation import record_id
from crm.store.service_tables import lf_assignment, lf_routingdecision
from crm.views import LeadView
from rules.engine.live import LiveRules
from tests.activities.conftest import NOW, Desk
from tests.activities.rerouting import AGAIN, accept, again, by, deactivated, decline, edit, owner
from tests.rulebook import edited_rules

LIMIT = 2
ACCEPTS_FOR = {"desk": "anna", "partners": "mia"}
TITLES = ("for anna", "for the inbox", "for contoso", "unclear", "nobody there", "urgent")
HAPPENINGS = st.lists(st.sampled_from(["accept", "decline", "miss", "leave", *TITLES]), min_size=4, max_size=12)


class Run:
    """One lead, to which happens what can happen as it stands, with what its run then does."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.lead: UUID = uuid4()
        desk.register(self.lead)

    @property
    def view(self) -> LeadView:
        with self.desk.database.reading() as connection:
            return leads.view(connection, self.lead, self.desk.timeline(self.lead)[-1].summary, now=NOW)

    def happens(self, what: str) -> None:
        match what:
            case "accept":
                self._accept()
            case "decline":
                self._decline()
            case "miss":
                self._miss()
            case "leave":
                self._leave()
            case title:
                self._edit(title)

    def _accept(self) -> None:
        owner = self.view.owner
        user = owner and (owner.key if owner.type == "systemuser" else ACCEPTS_FOR.get(owner.key))
        if self.view.stage is LeadStage.ASSIGNED and user:
            self.desk.take(self.desk.assignment.accept_lead, AcceptLead(user=user), lead=self.lead)

    def _decline(self) -> None:
        if self.view.stage in (LeadStage.ASSIGNED, LeadStage.ACCEPTED):
            self.desk.take(self.desk.assignment.decline_lead, DeclineLead(reason="no time"), lead=self.lead)
            self._route(RerouteLead(reason="declined"))

    def _miss(self) -> None:
        if self.view.stage is LeadStage.ASSIGNED:
            self.desk.take(self.desk.ladder.record_missed_sla, MissedSla(action="re-route"), lead=self.lead)
            self._route(RerouteLead(reason="SLA missed"))

    def _leave(self) -> None:
        owner = self.view.owner
        if owner and owner.type == "systemuser":
            self._route(RerouteLead(reason="owner left", leaving=owner.key))

    def _edit(self, title: str) -> None:
        edited = self.desk.take(self.desk.intake.edit_lead, EditLead(changes={"jobtitle": title}), lead=self.lead)
        if edited.reconsider:
            self._route(RerouteLead(reason="edited: jobtitle", unless_same=True))

    def _route(self, request: RerouteLead) -> None:
        self.desk.take(self.desk.routing.route_lead, request, lead=self.lead)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> LiveRules:
    """Rules that route a lead again twice at most."""
    return edited_rules(
        tmp_path_factory.mktemp("twice") / "rules", default=lambda text: f"max_reroutes: {LIMIT}\n{text}"
    )


@pytest.fixture
def limited(desk: Desk, twice: LiveRules) -> Desk:
    return by(twice, desk)


def test_each_decline_counts_until_the_manager_gets_the_lead(limited: Desk) -> None:
    limited.given(jobtitle="urgent")
    assert [decline(limited).lead.reroutes for _ in range(2)] == [1, 2]
    result = decline(limited)
    assert (owner(result.lead), result.lead.reroutes, result.lead.stage) == ("mia", 2, LeadStage.ASSIGNED)
    says = (
        "Assigned to Mia Holm: routed again 2 times, as often as max_reroutes allows, so it goes to the team's manager"
    )
    assert result.lead.event == f"{says}; declined: no time"
    assert (result.lead.accept_by, result.if_missed, result.accept_within) == (None, (), None)
    last = limited.rows(lf_assignment)[-1]
    assert (last["strategy"], last["turn"], last["teamid"]) == (None, None, record_id("team", "desk"))


def test_after_the_manager_the_team_owns_the_lead(limited: Desk) -> None:
    limited.given()
    for _ in range(3):
        decline(limited)
    lead = decline(limited).lead
    assert (owner(lead), lead.owner and lead.owner.type) == ("desk", "team")
    assert "and the team's manager mia gave it back" in lead.event
    accept(limited, "anna")
    assert owner(decline(limited).lead) == "desk"


@pytest.mark.parametrize(
    ("jobtitle", "expected", "says"),
    [
        ("for the inbox", "mia", "so it goes to the team's manager"),
        ("for anna", "mia", "so it goes to the team's manager"),
        ("for contoso", "partners", "and the team has no manager"),
        ("nobody there", "away", "and the team has no manager"),
    ],
)
def test_who_stands_behind_an_outcome(limited: Desk, jobtitle: str, expected: str, says: str) -> None:
    limited.given(jobtitle=jobtitle)
    for _ in range(2):
        again(limited)
    lead = again(limited).lead
    assert owner(lead) == expected
    assert says in lead.event


def test_an_inactive_manager_gets_nothing(limited: Desk) -> None:
    limited.given()
    deactivated(limited.database, "mia")
    for _ in range(3):
        lead = decline(limited).lead
    assert owner(lead) == "desk"
    assert "and the team's manager mia is not active" in lead.event


def test_where_no_team_stands_behind_the_outcome_the_lead_is_held(desk: Desk, tmp_path: Path) -> None:
    rules = edited_rules(
        tmp_path / "rules",
        default=lambda text: f"max_reroutes: 1\n{text}",
        directory=lambda text: text.replace("members: [anna, ben, cleo, dora]", "members: [ben, cleo, dora]"),
    )
    desk = by(rules, desk)
    desk.given(jobtitle="for anna")
    again(desk)
    lead = again(desk).lead
    assert lead.stage is LeadStage.HELD
    assert "no team stands behind user anna" in lead.event


def test_what_does_not_give_the_lead_to_somebody_is_neither_counted_nor_limited(limited: Desk) -> None:
    limited.given()
    for _ in range(2):
        again(limited)
    edit(limited, jobtitle="unclear")
    held = again(limited, AGAIN).lead
    assert (held.stage, held.reroutes) == (LeadStage.HELD, 2)
    uncounted = again(limited, counts=False)
    assert uncounted.lead.reroutes == 2


def test_reactivation_starts_a_new_count(limited: Desk) -> None:
    limited.given()
    for _ in range(3):
        decline(limited)
    limited.take(limited.qualification.disqualify_lead, DisqualifyLead())
    lead = limited.take(limited.qualification.reactivate_lead, ReactivateLead(route=True))
    assert lead.reroutes == 0


# Whatever happens


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=HAPPENINGS)
def test_a_lead_moves_so_often_and_then_the_manager_has_it(limited: Desk, happenings: list[str]) -> None:
    run = Run(limited)
    for what in happenings:
        before = run.view
        run.happens(what)
        after = run.view
        assert before.reroutes <= after.reroutes <= LIMIT
        if after.owner != before.owner and what != "accept":
            assert after.reroutes > before.reroutes or "routed again 2 times" in after.event or "Held" in after.event
        assert after.owner or after.stage is LeadStage.HELD
    _every_move_is_explained(run)


def _every_move_is_explained(run: Run) -> None:
    had = [row for row in run.desk.rows(lf_assignment) if row["leadid"] == run.lead]
    decided = {row["step"] for row in run.desk.rows(lf_routingdecision) if row["leadid"] == run.lead}
    assert all(row["reason"] for row in had)
    assert all(row["endreason"] for row in had if row["endedon"])
    assert {row["step"] for row in had if not row["reason"].startswith("accepted by")} <= decided
