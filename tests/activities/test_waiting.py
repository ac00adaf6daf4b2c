"""Nobody may get the lead: it waits, goes to the next team or a queue, and always has an owner or a reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from activities.deps import Dependencies
from crm.entities.organisation import SystemUser
from crm.errors import Misconfigured
from crm.lifecycle import LeadStage
from crm.requests import (
    AcceptLead,
    AssignLead,
    DeclineLead,
    DisqualifyLead,
    LogCommunication,
    Request,
    RerouteLead,
)
from crm.store import records
from crm.store.database import Database
from crm.store.distribution import waiting
from crm.store.people.organisation import apply_directory, record_id
from crm.store.service_tables import METADATA, lf_assignment
from crm.views import LeadView
from rules.engine.live import LiveRules
from tests.activities.conftest import NOW, Desk, lead_number
from tests.lost import lost_leads
from tests.rulebook import edited_rules

LATER = RerouteLead(reason="the wait is over", counts=False)
TEAMS = {
    "  desk: {name: Desk, business_unit: north, ": "capacity: 1, ",
    "  managers: {name: Managers, business_unit: europe, ": (
        "time_zone: Europe/Berlin, working_hours: {days: mon-fri, from: 09:00, to: 17:00}, "
    ),
}
SATURDAY = datetime(2026, 3, 7, 12, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)  # nine in Berlin


def rule(team: str = "desk", if_nobody: str = "[wait]", more: str = "") -> str:
    to = team if ":" in team else f"team: {team}"
    return f"otherwise: {{assign_to: {{{to}{more}}}, accept_within: 1 hour, contact_within: 2 hours, " + (
        f"if_nobody: {if_nobody}}}\n"
    )


@pytest.fixture
def desk_with(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Desk]:
    """The same database, with one rule for all leads. At the desk, each may have one open lead."""

    def edited(text: str) -> Desk:
        return Desk(Dependencies(desk.database, _rules(tmp_path_factory, text), "DE"))

    return edited


def fill(desk: Desk, leads: int = 3) -> list[LeadView]:
    """Leads until everybody at the desk has one."""
    return [desk.given(lead_number(number), jobtitle=f"lead {number}") for number in range(leads)]


def owner(lead: LeadView) -> tuple[str, str | None]:
    return (lead.owner.key if lead.owner else "nobody", lead.queue)


def test_a_lead_waits_until_somebody_is_at_work(desk_with: Callable[[str], Desk]) -> None:
    desk = desk_with(rule("managers", more=", during: working_hours"))
    lead = desk.register(on=SATURDAY).lead
    assert (lead.stage, owner(lead)) == (LeadStage.WAITING, ("managers", None))
    assert (lead.wait_until, lead.accept_by, lead.contact_by) == (MONDAY, None, None)
    assert lead.reason is not None
    assert lead.reason.startswith("Waiting with team Managers until 2026-03-09 08:00 UTC")
    assert "mia: outside working hours until Mon 09:00 Europe/Berlin" in lead.reason

    routed = desk.take(desk.routing.route_lead, LATER, on=MONDAY).lead
    assert (routed.stage, owner(routed), routed.wait_until) == (LeadStage.ASSIGNED, ("mia", None), None)
    assert (routed.accept_by, routed.contact_by) == (MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2))
    assert (routed.reroutes, routed.reason) == (0, None)


def test_a_lead_that_waits_on_stays_in_its_place_and_looks_less_and_less_often(
    desk_with: Callable[[str], Desk],
) -> None:
    desk = desk_with(rule())
    fill(desk)
    lead = desk.given()
    since = desk.lead().lf_assignedon
    assert (lead.stage, owner(lead)) == (LeadStage.WAITING, ("desk", None))
    assert since is not None
    looked, waits = since, []
    for _ in range(8):
        assert lead.wait_until is not None
        waits.append(lead.wait_until - looked)
        looked = lead.wait_until
        lead = desk.take(desk.routing.route_lead, LATER, on=looked).lead
    minutes = [int(wait.total_seconds() // 60) for wait in waits]
    assert minutes == [15, 15, 30, 60, 120, 240, 240, 240]
    assert lead.event.startswith("Waiting still with team Desk until")
    assert len([row for row in desk.rows(lf_assignment) if row["leadid"] == lead.leadid]) == 1
    assert desk.lead().lf_assignedon == since


@pytest.mark.parametrize(
    ("team", "steps", "stage", "given_to", "says"),
    [
        ("away", "[next: managers]", LeadStage.ASSIGNED, ("mia", None), "cleo: inactive"),
        ("away", "[wait, queue: inbox]", LeadStage.ASSIGNED, ("desk", "inbox"), "cleo: inactive"),
        ("away", "[wait, next: managers]", LeadStage.ASSIGNED, ("mia", None), "cleo: inactive"),
        ("away", "[wait]", LeadStage.ASSIGNED, ("away", None), "there is nobody to wait for"),
        ("away", "[]", LeadStage.ASSIGNED, ("away", None), "cleo: inactive"),
        ("desk", "[next: away, wait]", LeadStage.WAITING, ("desk", None), "anna: at capacity"),
        ("desk", "[next: managers, wait]", LeadStage.ASSIGNED, ("mia", None), "ben: at capacity"),
        ("user: cleo", "[next: managers]", LeadStage.ASSIGNED, ("mia", None), "cleo: inactive"),
        ("user: cleo", "[]", LeadStage.ASSIGNED, ("desk", None), "cleo: inactive"),
    ],
)
def test_the_steps_are_tried_in_order(
    desk_with: Callable[[str], Desk], team: str, steps: str, stage: str, given_to: tuple[str, str | None], says: str
) -> None:
    desk = desk_with(rule() + f"rules: [{{id: asked, when: {{jobtitle: asked}}, then: {rule(team, steps)[11:-1]}}}]\n")
    fill(desk)
    lead = desk.given(jobtitle="asked")
    assert (lead.stage, owner(lead)) == (stage, given_to)
    assert says in lead.event or says in str(desk.timeline()[-1].summary)


def test_a_rule_that_names_an_inactive_user_without_a_team_holds_the_lead(desk_with: Callable[[str], Desk]) -> None:
    desk = desk_with(rule("user: eve", "[]"))
    with desk.database.transaction() as connection:
        apply_directory(connection, desk.deps.rules.current().directory, now=NOW)
        disable(connection, "eve")
    lead = desk.given()
    assert (lead.stage, lead.owner, lead.reason) == (LeadStage.HELD, None, desk.timeline()[-1].summary)
    assert lead.reason is not None
    assert lead.reason.startswith("Held: nobody may get it: eve: inactive (")


def test_the_owner_who_gave_a_lead_back_is_not_waited_for(desk_with: Callable[[str], Desk]) -> None:
    desk = desk_with(rule("managers"))
    desk.given()
    desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time"))
    routed = desk.route().lead
    assert (routed.stage, owner(routed)) == (LeadStage.ASSIGNED, ("managers", None))
    assert "there is nobody to wait for; skipped mia: had this lead and gave it back" in routed.event


def test_a_member_may_take_a_lead_that_waits_and_then_time_runs(desk_with: Callable[[str], Desk]) -> None:
    desk = desk_with(rule("managers", more=", during: working_hours"))
    desk.register(on=SATURDAY)
    lead = desk.take(desk.assignment.accept_lead, AcceptLead(user="mia"), on=SATURDAY)
    assert (lead.stage, owner(lead), lead.wait_until) == (LeadStage.ACCEPTED, ("mia", None), None)
    assert (lead.accept_by, lead.contact_by) == (None, MONDAY + timedelta(hours=2))
    contacted = desk.take(desk.communication.log_communication, LogCommunication(kind="email", subject="Hello"))
    assert contacted.contact_by is None
    (present,) = (row for row in desk.rows(lf_assignment) if row["endedon"] is None)
    assert present["acceptedon"] == SATURDAY


@pytest.mark.parametrize("how", ["disqualify", "decline", "assign"])
def test_who_becomes_free_wakes_the_leads_that_waited_longest(desk_with: Callable[[str], Desk], how: str) -> None:
    desk = desk_with(rule())
    first, *_ = fill(desk)
    waits = [desk.given(lead_number(number), jobtitle=f"lead {number}") for number in range(3, 8)]
    assert {lead.stage for lead in waits} == {LeadStage.WAITING}
    acts: dict[str, tuple[Any, Request]] = {
        "disqualify": (desk.qualification.disqualify_lead, DisqualifyLead()),
        "decline": (desk.assignment.decline_lead, DeclineLead(reason="no time")),
        "assign": (desk.assignment.assign_lead, AssignLead(user="mia")),
    }
    act, request = acts[how]
    freed: LeadView = desk.take(act, request, lead=first.leadid, step="frees")
    assert freed.wakes == tuple(f"lead-{lead.leadid}" for lead in waits[:3])
    assert desk.take(act, request, lead=first.leadid, step="frees") == freed  # a repetition wakes the same
    if how == "decline":
        assert desk.route(first.leadid).lead.owner != first.owner
    woken = desk.take(desk.routing.route_lead, LATER, lead=waits[0].leadid).lead
    assert first.owner is not None
    assert (woken.stage, owner(woken)) == (LeadStage.ASSIGNED, (first.owner.key, None))
    with desk.database.reading() as connection:
        still = [f"lead-{lead.leadid}" for lead in waits[1:]]
        again = [f"lead-{first.leadid}"] if how == "decline" else []
        assert waiting.for_user(connection, record_id("systemuser", "ben"), 10) == [*still, *again]
        assert waiting.for_user(connection, first.owner.id, 10) == still  # what they gave back is not for them
        assert waiting.for_anybody(connection, 2) == still[:2]
        assert waiting.for_user(connection, record_id("systemuser", "mia"), 2) == []


STEPS = ("wait", "next: managers", "next: away", "queue: inbox")
EVE = "  eve: {name: Eve, email: eve@ours.example, business_unit: north}\n"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    team=st.sampled_from(["desk", "away", "managers", "user: cleo", "user: anna", "queue: inbox", "partner: contoso"]),
    steps=st.lists(st.sampled_from(STEPS), max_size=3, unique=True),
    inactive=st.sets(st.sampled_from(["anna", "ben", "dora", "mia"])),
    leads=st.integers(1, 5),
    declined=st.integers(0, 3),
)
def test_every_open_lead_has_an_owner_or_is_held_with_a_reason(
    sqlite_database: Database,
    tmp_path_factory: pytest.TempPathFactory,
    team: str,
    steps: list[str],
    inactive: set[str],
    leads: int,
    declined: int,
) -> None:
    try:
        rules = _rules(tmp_path_factory, rule(team, f"[{', '.join(steps)}]"))
    except Misconfigured:
        reject()  # a step that changes nothing
    desk = Desk(Dependencies(sqlite_database, rules, "DE"))
    _start_again(desk, inactive)
    for number in range(leads):
        lead = desk.given(lead_number(number), jobtitle=f"lead {number}")
        for _ in range(declined):
            if lead.stage is LeadStage.ASSIGNED:
                desk.take(desk.assignment.decline_lead, DeclineLead(reason="no time"), lead=lead.leadid)
                lead = desk.route(lead.leadid).lead
                assert lead.owner is None or lead.stage is LeadStage.HELD or lead.owner.key not in inactive
    assert lost_leads(sqlite_database) == []


def _rules(folders: pytest.TempPathFactory, text: str) -> LiveRules:
    def directory(given: str) -> str:
        for team, more in TEAMS.items():
            given = given.replace(team, team + more)
        return given.replace("teams:\n", f"{EVE}teams:\n")

    return edited_rules(folders.mktemp("rules") / "rules", default=lambda _: text, directory=directory)


def _start_again(desk: Desk, inactive: set[str]) -> None:
    """An empty database with the organisation, of which these people are not active."""
    with desk.database.transaction() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())
        apply_directory(connection, desk.deps.rules.current().directory, now=NOW)
        disable(connection, *inactive)


def disable(connection: Connection, *users: str) -> None:
    for user in users:
        records.update(connection, SystemUser, record_id("systemuser", user), {"isdisabled": True}, now=NOW)
