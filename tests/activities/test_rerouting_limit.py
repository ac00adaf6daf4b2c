"""Whatever happens to a lead: it moves as often as its rules allow, then the manager has it; and it says why."""

from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.deps import Dependencies
from activities.ladder import MissedSla
from crm.lifecycle import LeadStage
from crm.requests import AcceptLead, DeclineLead, EditLead, RerouteLead
from crm.store import leads
from crm.store.service_tables import lf_assignment, lf_routingdecision
from crm.views import LeadView
from rules.engine.live import LiveRules
from tests.activities.conftest import NOW, Desk
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
def rules(tmp_path_factory: pytest.TempPathFactory) -> LiveRules:
    folder = tmp_path_factory.mktemp("limit") / "rules"
    return edited_rules(folder, default=lambda text: f"max_reroutes: {LIMIT}\n{text}")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=HAPPENINGS)
def test_a_lead_moves_so_often_and_then_the_manager_has_it(desk: Desk, rules: LiveRules, happenings: list[str]) -> None:
    run = Run(Desk(Dependencies(desk.database, rules, "DE")))
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
