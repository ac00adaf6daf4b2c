"""Each step of a lead's life puts its events into the outbox, once, in order, and with the step or not at all."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities import publishing
from activities.ladder import MissedSla
from activities.publishing import EVENT_TYPES
from crm.errors import Unavailable
from crm.requests import AcceptLead, DeclineLead, EditLead, LeadSubmission, RerouteLead
from crm.store.life import journal
from crm.store.service_tables import lf_delivery, lf_outbox
from crm.store.sinks import outbox
from crm.store.sinks.outbox import Event
from crm.views import LeadView
from tests.activities.conftest import Desk, at_once

ROOT = Path(__file__).parents[2]


@dataclass
class Listener:
    """A sink that wants some events, or all."""

    name: str = "all"
    events: set[str] = field(default_factory=lambda: set(EVENT_TYPES))

    def wants(self, event: str) -> bool:
        return event in self.events

    def deliver(self, event: Event) -> str:
        raise AssertionError("no step delivers")


@pytest.fixture
def heard(desk: Desk) -> Desk:
    """The desk, with a sink that wants every event."""
    return Desk(replace(desk.deps, sinks=(Listener(),)))


def events(desk: Desk) -> list[Any]:
    return sorted(desk.rows(lf_outbox), key=lambda row: row["number"])


def names(desk: Desk) -> list[str]:
    return [row["event"].removeprefix("lead.") for row in events(desk)]


def test_without_sinks_nothing_is_written(desk: Desk) -> None:
    desk.given()
    assert desk.rows(lf_outbox) == desk.rows(lf_delivery) == []


def test_a_lead_s_life_is_told_in_order(heard: Desk) -> None:
    heard.given(companyname="Ours GmbH", jobtitle="urgent")
    heard.take(heard.assignment.decline_lead, DeclineLead(reason="no time", actor="anna"))
    heard.route()
    heard.take(heard.ladder.record_missed_sla, MissedSla())
    heard.take(heard.assignment.accept_lead, AcceptLead())
    heard.take(heard.intake.edit_lead, EditLead(changes={"jobtitle": "CEO"}))
    assert names(heard) == ["received", "assigned", "declined", "assigned", "sla_missed", "accepted", "edited"]
    rows = events(heard)
    assert [row["number"] for row in rows] == list(range(1, 8))
    assert [row["payload"]["event"] for row in rows] == [entry.summary for entry in heard.timeline()]
    assert rows[2]["payload"]["actor"] == "anna"
    assert rows[3]["payload"]["lead"]["owner"]["key"] != rows[1]["payload"]["lead"]["owner"]["key"]


def test_the_payload_is_the_view_without_what_is_for_the_run(heard: Desk) -> None:
    view = heard.given(lastname="Lindqvist", emailaddress1="lindqvist@firm.example")
    payload = events(heard)[1]["payload"]
    row = events(heard)[1]
    assert (payload["id"], payload["type"], payload["number"]) == (str(row["id"]), row["event"], row["number"])
    assert payload["timestamp"] == "2026-03-02T09:01:00Z"
    read = LeadView.model_validate(payload["lead"])
    assert read == view.model_copy(update={"event": ""})
    assert not {"event", "reconsider", "wakes", "merge_into"} & set(payload["lead"])
    assert "indqvist" not in str(payload), "nothing of the lead's own attributes"


def test_a_quarantined_lead_and_its_release(heard: Desk) -> None:
    heard.given(numberofemployees="a few")
    heard.take(heard.intake.edit_lead, EditLead(changes={"numberofemployees": 3}))
    heard.route()
    assert names(heard) == ["quarantined", "edited", "assigned"]


@pytest.mark.parametrize(("attributes", "came_of_it"), [({}, "assigned"), ({"jobtitle": "unclear"}, "held")])
def test_rules_that_leave_a_lead_where_it_is_tell_of_nothing_new(
    heard: Desk, attributes: dict[str, str], came_of_it: str
) -> None:
    heard.given(**attributes)
    heard.take(heard.routing.route_lead, RerouteLead(unless_same=True))
    assert names(heard) == ["received", came_of_it, "routed"]


def test_each_sink_gets_what_it_wants(desk: Desk) -> None:
    sinks = (Listener("new", {"lead.received"}), Listener("owners", {"lead.assigned"}), Listener("all"))
    told = Desk(replace(desk.deps, sinks=sinks))
    told.given()
    told.take(told.assignment.accept_lead, AcceptLead())
    of = {row["id"]: row["event"] for row in told.rows(lf_outbox)}
    assert sorted((of[row["outboxid"]], row["sink"], row["state"]) for row in told.rows(lf_delivery)) == [
        ("lead.accepted", "all", "pending"),
        ("lead.assigned", "all", "pending"),
        ("lead.assigned", "owners", "pending"),
        ("lead.received", "all", "pending"),
        ("lead.received", "new", "pending"),
    ]


def test_an_event_that_nobody_wants_is_not_kept(desk: Desk) -> None:
    told = Desk(replace(desk.deps, sinks=(Listener("late", {"lead.qualified"}),)))
    told.given()
    assert told.rows(lf_outbox) == []


def test_a_step_that_is_repeated_tells_nothing_new(heard: Desk) -> None:
    submission = LeadSubmission(lead={"lastname": "Lind"})
    for _ in range(2):
        heard.take(heard.intake.register_lead, submission, step="intake")
    for _ in range(2):
        heard.take(heard.routing.route_lead, RerouteLead(), step="again")
    assert names(heard) == ["received", "assigned", "assigned"] and len(heard.rows(lf_delivery)) == 3


def test_a_step_tried_twice_at_once_tells_its_events_once(heard: Desk) -> None:
    heard.given()
    again = RerouteLead()
    at_once(*(lambda: heard.take(heard.routing.route_lead, again, step="again") for _ in range(2)))
    assert names(heard) == ["received", "assigned", "assigned"] and len(heard.rows(lf_delivery)) == 3


def test_a_step_and_its_event_are_stored_together_or_not_at_all(heard: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> None:
        raise Unavailable("the connection is lost")

    before = heard.contents()
    for module, function in ((outbox, "put"), (journal, "write")):
        with monkeypatch.context() as patched:
            patched.setattr(module, function, lost)
            with pytest.raises(ApplicationError, match="connection is lost"):
                heard.given()
        assert heard.contents() == before
    heard.given()
    assert names(heard) == ["received", "assigned"]


def test_a_step_that_is_refused_leaves_no_event(heard: Desk) -> None:
    heard.given()
    with pytest.raises(ApplicationError):
        heard.take(heard.assignment.accept_lead, AcceptLead(user="mia"))
    assert names(heard) == ["received", "assigned"]


def test_every_kind_of_step_has_a_name_outside() -> None:
    """What a sink may ask for must be all that there is."""
    sources = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "activities").glob("*.py"))
    kinds = set(re.findall(r'(?:\bperform\(\s*self\._deps,\s*step,|then=\()\s*"(\w+)"', sources))
    assert len(kinds) >= 15
    assert kinds - set(publishing._NAMES) == set()
