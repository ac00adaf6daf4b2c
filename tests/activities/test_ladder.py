"""Time limits that ran out: what is counted, what a reminder gives, and where limits end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig
from temporalio.testing import ActivityEnvironment

from activities.deps import Dependencies
from activities.ladder import BREACHES, MissedSla
from activities.steps import LeadStep
from crm.requests import (
    AcceptLead,
    AssignLead,
    DeclineLead,
    DisqualifyLead,
    LogCommunication,
    QualifyLead,
    ReactivateLead,
    RerouteLead,
)
from crm.store.service_tables import lf_assignment
from crm.views import LeadView
from tests.activities.conftest import LEAD, NOW, Desk
from tests.rulebook import edited_rules

RULES = """
rules:
  - {id: hold, when: {jobtitle: hold}, then: {hold: {reason: somebody must look}}}
otherwise: {assign_to: {team: desk}, accept_within: 1 hour, contact_within: 4 hours, if_missed: [remind, re-route]}
"""
ONE, FOUR = timedelta(hours=1), timedelta(hours=4)
SOON = NOW + timedelta(minutes=10)


@pytest.fixture
def timed(desk: Desk, tmp_path: Path) -> Desk:
    """Every lead must be accepted within an hour, and contacted within four."""
    rules = edited_rules(tmp_path / "rules", default=lambda _: RULES)
    return Desk(Dependencies(desk.database, rules, "DE"))


def limits(lead: LeadView) -> tuple[object, object]:
    return (lead.accept_by, lead.contact_by)


def miss(desk: Desk, **request: Any) -> LeadView:
    return desk.take(desk.ladder.record_missed_sla, MissedSla(**request))


def remind(desk: Desk, limit: Any, after: timedelta) -> LeadView:
    request = MissedSla(action="remind", limit=limit, accept_within=ONE, contact_within=FOUR)
    return desk.take(desk.ladder.record_missed_sla, request, on=NOW + after)


def test_both_limits_begin_with_the_assignment(timed: Desk) -> None:
    lead = timed.register(on=NOW).lead
    assert limits(lead) == (NOW + ONE, NOW + FOUR)


def test_accepting_ends_one_limit_and_speaking_the_other(timed: Desk) -> None:
    timed.register(on=NOW)
    assert limits(timed.take(timed.assignment.accept_lead, AcceptLead(), on=SOON)) == (None, NOW + FOUR)
    assert timed.rows(lf_assignment)[0]["acceptedon"] == SOON
    incoming = LogCommunication(kind="email", subject="Hello?", incoming=True)
    assert timed.take(timed.communication.log_communication, incoming).contact_by == NOW + FOUR
    call = LogCommunication(kind="phonecall", subject="Hello")
    assert limits(timed.take(timed.communication.log_communication, call)) == (None, None)


def test_a_lead_that_was_contacted_has_no_limit_for_it_again(timed: Desk) -> None:
    timed.register(on=NOW)
    timed.take(timed.communication.log_communication, LogCommunication(kind="email", subject="Hello"), on=SOON)
    assert timed.rows(lf_assignment)[0]["acceptedon"] == SOON  # whoever speaks with the lead has taken it
    assert limits(timed.route(on=SOON).lead) == (SOON + ONE, None)


def test_a_reminder_renews_the_limit_that_ran_out(timed: Desk) -> None:
    timed.register(on=NOW)
    reminded = remind(timed, "accept", ONE)
    assert (limits(reminded), reminded.breaches) == ((NOW + 2 * ONE, NOW + FOUR), 1)
    timed.take(timed.assignment.accept_lead, AcceptLead())
    reminded = remind(timed, "contact", FOUR)
    assert (limits(reminded), reminded.breaches) == ((None, NOW + 2 * FOUR), 2)
    assert reminded.event == "SLA missed: not contacted in time; remind"
    assert [row["breaches"] for row in timed.rows(lf_assignment)] == [2]


def test_limits_that_ran_out_together_take_one_step(timed: Desk) -> None:
    """As after a night without workers."""
    timed.register(on=NOW)
    reminded = remind(timed, "accept", 5 * ONE)
    assert (limits(reminded), reminded.breaches) == ((NOW + 6 * ONE, NOW + 9 * ONE), 2)
    assert reminded.event == "SLA missed: not accepted and not contacted in time; remind"


def test_breaches_are_counted_for_the_owner_who_let_the_time_run_out(timed: Desk) -> None:
    timed.register(on=NOW)
    miss(timed, action="re-route")
    lead = timed.route(on=SOON).lead
    assert limits(lead) == (SOON + ONE, SOON + FOUR)  # the new owner has new limits
    miss(timed, action="remind", accept_within=ONE)
    assert [(row["breaches"], row["endreason"]) for row in timed.rows(lf_assignment)] == [(1, "SLA missed"), (1, None)]
    assert timed.lead().lf_breaches == 2


@pytest.mark.parametrize("how", ["assign", "decline", "qualify", "disqualify", "hold", "reactivate"])
def test_limits_end_with_what_they_are_for(timed: Desk, how: str) -> None:
    ends: dict[str, Callable[[], object]] = {
        "assign": lambda: timed.take(timed.assignment.assign_lead, AssignLead(team="managers")),
        "decline": lambda: timed.take(timed.assignment.decline_lead, DeclineLead(reason="no time")),
        "qualify": lambda: timed.take(timed.qualification.qualify_lead, QualifyLead(CreateOpportunity=False)),
        "disqualify": lambda: timed.take(timed.qualification.disqualify_lead, DisqualifyLead()),
        "hold": lambda: timed.take(timed.routing.route_lead, RerouteLead(reason="looked at")),
        "reactivate": lambda: (
            timed.take(timed.qualification.disqualify_lead, DisqualifyLead()),
            timed.take(timed.qualification.reactivate_lead, ReactivateLead()),
        ),
    }
    lead = timed.register(jobtitle="boss").lead
    assert None not in limits(lead)
    if how == "hold":
        with timed.database.transaction() as connection:
            connection.exec_driver_sql("UPDATE lead SET jobtitle = 'hold'")
    ends[how]()
    stored = timed.lead()
    assert (stored.lf_acceptby, stored.lf_contactby, stored.lf_waituntil) == (None, None, None)


def test_breaches_are_measured_by_limit_and_step(timed: Desk) -> None:
    timed.register(on=NOW)
    buffer = MetricBuffer(1000)
    environment = ActivityEnvironment()
    environment.metric_meter = Runtime(telemetry=TelemetryConfig(metrics=buffer)).metric_meter
    environment.info = replace(environment.info, workflow_id=f"lead-{LEAD}")
    request = MissedSla(action="remind", accept_within=ONE)
    step = LeadStep[Any](leadid=LEAD, step="missed", on=NOW + 5 * ONE, request=request)
    environment.run(timed.ladder.record_missed_sla, step)
    added = [one for one in buffer.retrieve_updates() if one.metric.name == BREACHES]
    assert [(one.value, one.attributes["limit"], one.attributes["step"]) for one in added] == [
        (1, "accept", "remind"),
        (1, "contact", "remind"),
    ]
