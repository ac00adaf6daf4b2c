"""Routing: the rules decide, the decision is kept in full, and its outcome is carried out in the same transaction."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm.lifecycle import LeadStage, LeadState
from crm.requests import DeclineLead, DisqualifyLead, LeadSubmission
from crm.store.people.organisation import record_id
from crm.store.rules import decisions, rulesets
from crm.store.service_tables import lf_assignment, lf_pool, lf_routingdecision
from crm.store.tables import TABLES
from crm.views import Routing, SlaStep
from leadflow.organisation import apply_organisation
from rules.engine.decision import RoutingDecision
from rules.engine.live import LiveRules
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.activities.conftest import LEAD, NOW, Desk, at_once, lead_number, refused

SHIPPED = Path(__file__).parents[2] / "rules"


def owner_key(routing: Routing) -> str:
    assert routing.lead.owner is not None
    return routing.lead.owner.key


def rule_of(routing: Routing) -> str:
    assert routing.decision is not None
    return routing.decision.rule


def route_new(desk: Desk, lead: UUID, **attributes: str) -> str:
    """Register and route a lead; the key of its owner."""
    owner = desk.given(lead, **attributes).owner
    assert owner is not None
    return owner.key


@pytest.mark.parametrize(
    ("title", "rule", "owner", "queue"),
    [
        ("for anna", "to-user", "anna", None),
        ("for the inbox", "to-queue", "desk", "inbox"),
        ("for contoso", "to-partner", "partners", None),
        ("urgent", "urgent", "anna", None),
        ("anything else", "otherwise", "anna", None),
    ],
)
def test_assign_gives_the_lead_to_who_the_rule_names(
    desk: Desk, title: str, rule: str, owner: str, queue: str | None
) -> None:
    routing = desk.register(jobtitle=title)
    assert (rule_of(routing), owner_key(routing), routing.lead.queue) == (rule, owner, queue)
    assert routing.lead.stage is LeadStage.ASSIGNED
    assert routing.decision is not None
    assert routing.decision.unmatched is (rule == "otherwise")
    lead = desk.lead()
    assert (lead.lf_routingrule, lead.lf_rulesdigest) == (rule, routing.decision.digest)
    (record,) = desk.rows(lf_assignment)
    assert (record["ownerid"], record["endedon"]) == (lead.ownerid, None)


def test_the_rules_terms_go_with_the_lead(desk: Desk) -> None:
    routing = desk.register(jobtitle="urgent", on=NOW)
    assert routing.lead.priority == "hot"
    assert routing.lead.accept_by == NOW + timedelta(hours=1)
    assert routing.accept_within == timedelta(hours=1)
    assert routing.if_missed == (
        SlaStep(action="remind"),
        SlaStep(action="re-route"),
        SlaStep(action="escalate", team="managers"),
    )


def test_hold_waits_for_a_person_without_an_owner(desk: Desk) -> None:
    routing = desk.register(jobtitle="unclear")
    assert (routing.lead.stage, routing.lead.owner, routing.lead.statecode) == (LeadStage.HELD, None, LeadState.OPEN)
    assert str(routing.event).startswith("Held: somebody must look (Rule hold of default.yaml matched")


def test_disqualify_closes_the_lead(desk: Desk) -> None:
    lead = desk.given(jobtitle="competitor")
    assert (lead.stage, lead.statecode, lead.statuscode) == (LeadStage.DISQUALIFIED, 2, 804240000)
    assert desk.lead().lf_closereason == "a competitor"
    assert lead.closed_on is not None


def test_qualify_makes_what_the_rule_says(desk: Desk) -> None:
    routing = desk.register(jobtitle="buyer", companyname="Ours GmbH")
    assert (routing.lead.stage, routing.lead.priority) == (LeadStage.QUALIFIED, "hot")
    sizes = desk.sizes()
    assert (sizes["account"], sizes["contact"], sizes["opportunity"]) == (1, 0, 1)
    assert str(routing.event).startswith("Qualified by rule: 2 records created")


def test_what_is_known_of_the_person_counts(desk: Desk) -> None:
    desk.given(lead_number(1), emailaddress1="ada@x.example")
    assert rule_of(desk.register(emailaddress1="ada@x.example")) == "duplicate"


def test_the_units_file_comes_before_the_default(desk: Desk) -> None:
    routed = []
    for number, size in enumerate((900, 3)):
        submission = LeadSubmission(lead={"numberofemployees": size}, business_unit="north")
        routed.append(desk.take(desk.intake.register_lead, submission, lead=lead_number(number)))
    (large, small), files = routed, [routing.decision and routing.decision.file for routing in routed]
    assert files == ["business_units/north.yaml", "default.yaml"]
    assert (owner_key(large), rule_of(small)) == ("mia", "otherwise")


def test_a_decision_is_kept_with_all_that_repeats_it(desk: Desk) -> None:
    routing = desk.register(jobtitle="for anna")
    assert routing.decision is not None
    with desk.database.reading() as connection:
        kept = RoutingDecision.model_validate(decisions.newest(connection, LEAD))
        facts = connection.execute(select(lf_routingdecision.c.facts)).scalar_one()
        _, files = rulesets.find(connection, kept.digest)
    assert (kept.rule, kept.digest, kept.reason) == ("to-user", routing.decision.digest, routing.decision.reason)
    again = RulesEngine.of(RuleSources.from_texts(files), "the kept rules").decide(facts)
    assert again.model_copy(update={"trace": ()}) == kept
    tried = {trace.rule: trace for trace in again.trace}
    assert [rule for rule, trace in tried.items() if trace.matched] == ["to-user"]
    (condition,) = tried["competitor"].conditions
    assert (condition.field, condition.actual, condition.holds) == ("jobtitle", "for anna", False)


def test_each_routing_keeps_its_own_decision(desk: Desk) -> None:
    desk.given(jobtitle="for anna")
    desk.route()
    assert len(desk.rows(lf_routingdecision)) == 2
    assert sorted(str(row["endreason"]) for row in desk.rows(lf_assignment)) == ["None", "reassigned"]


def test_a_disabled_member_is_passed_over_and_the_record_says_so(desk: Desk) -> None:
    owners = [route_new(desk, lead_number(n)) for n in range(6)]
    assert owners == ["anna", "ben", "dora", "anna", "ben", "dora"]
    assert all(row["skipped"] == ["cleo: inactive"] for row in desk.rows(lf_assignment))
    assert [row["turn"] for row in sorted(desk.rows(lf_assignment), key=lambda row: row["turn"])] == [1, 2, 3, 4, 5, 6]


def test_whoever_gave_the_lead_back_never_gets_it_again(desk: Desk) -> None:
    last = desk.register()
    had = []
    for _ in range(3):
        had.append(owner_key(last))
        desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time"))
        last = desk.route()
    assert sorted(had) == ["anna", "ben", "dora"]
    assert (last.lead.owner and last.lead.owner.type, owner_key(last)) == ("team", "desk")
    for key in had:
        assert f"{key}: had this lead and gave it back" in last.lead.event


def test_when_nobody_is_eligible_the_team_owns_the_lead_with_the_reason(desk: Desk) -> None:
    routing = desk.register(jobtitle="nobody there")
    lead = routing.lead
    assert lead.owner is not None
    assert (lead.owner.type, lead.owner.key, lead.stage) == ("team", "away", LeadStage.ASSIGNED)
    assert str(routing.event).endswith("skipped cleo: inactive")
    (record,) = desk.rows(lf_assignment)
    assert (record["skipped"], record["turn"]) == (["cleo: inactive"], None)


def test_a_team_without_members_owns_the_lead_with_the_reason(desk: Desk) -> None:
    with desk.database.transaction() as connection:
        connection.execute(TABLES["teammembership"].delete())
    assert str(desk.register().event).endswith("skipped the team has no members")


def test_the_freest_gets_the_lead(desk: Desk) -> None:
    for number, title in enumerate(["for anna", "for anna", "anything"]):  # the first turn is anna's, too
        desk.given(lead_number(number), jobtitle=title)
    owners = Counter(route_new(desk, lead_number(number), jobtitle="for the freest") for number in range(10, 14))
    assert owners == {"ben": 2, "dora": 2}


def test_a_closed_lead_is_not_routed(desk: Desk) -> None:
    desk.given()
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    refused(desk.route, "StateConflict", code="0x80040519")


def test_the_shipped_rule_book_routes(desk: Desk) -> None:
    rules = LiveRules(SHIPPED)
    apply_organisation(desk.database, rules.current())
    shipped = Desk(replace(desk.deps, rules=rules))
    submission = LeadSubmission.model_validate(
        {
            "lead": {"companyname": "Muster AG", "address1_country": "DE", "numberofemployees": 900},
            "business_unit": "dach",
        }
    )
    done = shipped.take(shipped.intake.register_lead, submission)
    assert done.decision is not None
    assert done.decision.file == "business_units/dach.yaml"
    assert done.lead.owner is not None


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tries=st.lists(st.integers(1, 3), min_size=1, max_size=12))
def test_turns_differ_by_at_most_one_whatever_is_retried(desk: Desk, tries: list[int]) -> None:
    """Each lead comes in as often as `tries` says; only the first time counts. Turns go on from example to example."""
    first = desk.sizes()["lead"]
    for offset, times in enumerate(tries):
        lead = lead_number(first + offset)
        assert len({owner_key(desk.register(lead)) for _ in range(times)}) == 1
    turns = Counter(row["ownerid"] for row in desk.rows(lf_assignment))
    assert sum(turns.values()) == first + len(tries)
    counts = [turns[record_id("systemuser", key)] for key in ("anna", "ben", "dora")]
    assert max(counts) - min(counts) <= 1
    assert max(row["turns"] for row in desk.rows(lf_pool)) == first + len(tries)


def test_leads_that_are_routed_at_once_take_turns(desk: Desk) -> None:
    routed = at_once(*(partial(desk.register, lead_number(number)) for number in range(12)))
    assert Counter(map(owner_key, routed)) == {"anna": 4, "ben": 4, "dora": 4}
    assert sorted(row["turn"] for row in desk.rows(lf_assignment)) == list(range(1, 13))
