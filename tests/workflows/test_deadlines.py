"""What a run waits for, and what it shows of it. Pure: no server."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from crm.lifecycle import LeadStage
from crm.views import LeadView
from workflows.deadlines import next_deadline
from workflows.details import current_details
from workflows.messages import LeadProgress
from workflows.search_attributes import SLA_DUE, values_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ONE, TWO = NOON + timedelta(hours=1), NOON + timedelta(hours=2)


def a_lead(stage: LeadStage = LeadStage.ASSIGNED, **more: Any) -> LeadView:
    return LeadView(leadid=UUID(int=1), stage=stage, **more)


@pytest.mark.parametrize(
    ("lead", "limit", "at", "summary"),
    [
        (a_lead(accept_by=ONE, contact_by=TWO), "accept", ONE, "SLA: accept by 2026-03-02 13:00 UTC"),
        (a_lead(accept_by=TWO, contact_by=ONE), "contact", ONE, "SLA: contact by 2026-03-02 13:00 UTC"),
        (a_lead(LeadStage.ACCEPTED, contact_by=TWO), "contact", TWO, "SLA: contact by 2026-03-02 14:00 UTC"),
        (a_lead(LeadStage.OFFERED, accept_by=ONE), "offer", ONE, "Offer: answer by 2026-03-02 13:00 UTC"),
        (
            a_lead(LeadStage.WAITING, wait_until=TWO),
            "wait",
            TWO,
            "Nobody may get it: look again at 2026-03-02 14:00 UTC",
        ),
    ],
)
def test_the_earliest_limit_is_waited_for(lead: LeadView, limit: str, at: datetime, summary: str) -> None:
    found = next_deadline(lead)
    assert found is not None
    assert (found.limit, found.at, found.summary) == (limit, at, summary)


def test_a_lead_without_limits_may_stay_for_ever() -> None:
    assert next_deadline(a_lead()) is None


@pytest.mark.parametrize(("accept", "contact", "due"), [(ONE, TWO, ONE), (TWO, ONE, ONE), (None, TWO, TWO)])
def test_the_search_attribute_has_the_earlier_limit(accept: datetime, contact: datetime, due: datetime) -> None:
    assert values_of(a_lead(accept_by=accept, contact_by=contact), None)[SLA_DUE.name] == due


def test_the_details_say_why_a_lead_waits_and_until_when() -> None:
    lead = a_lead(LeadStage.WAITING, wait_until=ONE, reason="Waiting with team Desk", breaches=2)
    details = current_details(LeadProgress(lead=lead, why="Assigned to Anna"))
    assert "- **Why:** Waiting with team Desk" in details
    assert "- **Waits until:** 2026-03-02 13:00:00 UTC" in details
    assert "- **Time limits missed:** 2" in details
    assert "send `accept` or `assign`" in details


def test_the_details_say_by_when_a_lead_must_be_contacted_and_why_it_is_held() -> None:
    details = current_details(LeadProgress(lead=a_lead(contact_by=TWO), why="Assigned to Anna"))
    assert "- **Contact by:** 2026-03-02 14:00:00 UTC" in details
    held = current_details(LeadProgress(lead=a_lead(LeadStage.HELD, reason="Held: look"), why="Assigned to Anna"))
    assert "- **Why:** Held: look" in held
