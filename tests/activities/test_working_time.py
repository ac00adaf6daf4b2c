"""Who is absent or not at work gets nothing, the record says why, and time to accept is the owner's working time."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.deps import Dependencies
from activities.ladder import MissedSla
from crm.requests import AssignLead
from crm.store.service_tables import lf_assignment
from crm.views import LeadView
from tests.activities.conftest import Desk, lead_number
from tests.rulebook import edited_rules

RULES = """
rules:
  - id: at-work
    when: {jobtitle: at work}
    then: {assign_to: {team: desk, during: working_hours}, accept_within: 4 hours, if_missed: [remind]}
  - id: any-time
    when: {jobtitle: any time}
    then: {assign_to: {team: desk}, accept_within: 4 hours}
  - id: clock
    when: {jobtitle: clock}
    then: {assign_to: {team: desk}, accept_within: 15 minutes clock, if_missed: [remind]}
  - id: queue
    when: {jobtitle: queue}
    then: {assign_to: {queue: inbox}, accept_within: 4 hours}
  - id: user
    when: {jobtitle: user}
    then: {assign_to: {user: dora}, accept_within: 4 hours}
otherwise: {assign_to: {team: desk}}
"""
TEAM = "desk: {name: Desk, business_unit: north, "
BERLIN = "time_zone: Europe/Berlin, working_hours: {days: mon-fri, from: 09:00, to: 17:00}"

FRIDAY = "2026-01-16T16:00+01:00"
SATURDAY = "2026-01-17T12:00+01:00"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def desk_with(desk: Desk, tmp_path: Path) -> Callable[..., Desk]:
    """The same database, with rules about time, a team that works in Berlin, and more about some of its members."""

    def edited(team: str = BERLIN, without: str = "", **users: str) -> Desk:
        def directory(text: str) -> str:
            text = text.replace(TEAM, TEAM + f"{team}, " if team else TEAM)
            for user, entry in users.items():
                text = text.replace(f"email: {user}@ours.example", f"email: {user}@ours.example, {entry}")
            return (
                re.sub(rf"^  {without}: .*\n", "", text, flags=re.M).replace(f"[{without}, ", "[") if without else text
            )

        rules = edited_rules(tmp_path / "rules", directory=directory, default=lambda _: RULES)
        return Desk(Dependencies(desk.database, rules, "DE"))

    return edited


def owner(lead: LeadView) -> str | None:
    return lead.owner.key if lead.owner else None


def skipped(desk: Desk) -> list[str]:
    return list(desk.rows(lf_assignment)[-1]["skipped"])


def test_who_is_not_at_work_gets_nothing(desk_with: Callable[..., Desk]) -> None:
    desk = desk_with(anna="time_zone: Asia/Tokyo", ben="absences: {from: 2026-01-12, to: 2026-01-16, reason: ill}")
    routing = desk.register(jobtitle="at work", on=at("2026-01-16T10:00+01:00"))
    assert owner(routing.lead) == "dora"
    assert skipped(desk) == [
        "anna: outside working hours until Mon 09:00 Asia/Tokyo",
        "ben: absent until 16 January",
        "cleo: inactive",
    ]
    assert "skipped anna: outside working hours until Mon 09:00 Asia/Tokyo" in str(routing.event)
    assert "ill" not in str(routing)


def test_a_turn_that_is_missed_is_skipped(desk_with: Callable[..., Desk]) -> None:
    desk = desk_with(anna="absences: {from: 2026-01-16, to: 2026-01-16}")
    owners = [
        owner(
            desk.register(lead_number(number), jobtitle="at work", emailaddress1=f"{number}@x.example", on=at(day)).lead
        )
        for number, day in enumerate(["2026-01-16T10:00+01:00"] * 3 + ["2026-01-19T10:00+01:00"] * 3)
    ]
    assert owners == ["ben", "dora", "ben", "dora", "anna", "ben"], "anna begins with an even account; dora was next"


def test_nobody_at_work_the_lead_waits_with_the_team(desk_with: Callable[..., Desk]) -> None:
    desk = desk_with()
    lead = desk.register(jobtitle="at work", on=at(SATURDAY)).lead
    assert lead.owner is not None
    assert (lead.owner.type, lead.owner.key) == ("team", "desk")
    assert lead.accept_by == at("2026-01-19T13:00+01:00")
    assert "ben: outside working hours until Mon 09:00 Europe/Berlin" in skipped(desk)


def test_a_rule_that_does_not_ask_gives_leads_on_saturday(desk_with: Callable[..., Desk]) -> None:
    lead = desk_with().register(jobtitle="any time", on=at(SATURDAY)).lead
    assert (owner(lead), lead.accept_by) == ("anna", at("2026-01-19T13:00+01:00"))


@pytest.mark.parametrize(
    ("jobtitle", "entries", "due"),
    [
        ("any time", {}, "2026-01-19T12:00+01:00"),  # anna has the team's hours
        ("any time", {"anna": "time_zone: America/New_York"}, "2026-01-16T14:00-05:00"),  # on her own clock
        ("any time", {"anna": "holidays: US"}, "2026-01-20T12:00+01:00"),  # the third Monday of January
        ("any time", {"team": ""}, "2026-01-16T20:00+01:00"),  # without hours
        ("clock", {}, "2026-01-16T16:15+01:00"),
        ("queue", {}, "2026-01-19T12:00+01:00"),  # the team works on the queue
        ("user", {}, "2026-01-16T20:00+01:00"),  # through no team, and without own hours
        ("user", {"dora": BERLIN}, "2026-01-19T12:00+01:00"),
    ],
)
def test_due_times(desk_with: Callable[..., Desk], jobtitle: str, entries: dict[str, str], due: str) -> None:
    desk = desk_with(**entries)
    assert desk.register(jobtitle=jobtitle, on=at(FRIDAY)).lead.accept_by == at(due) == desk.lead().lf_acceptby


def test_the_run_is_told_how_the_time_counts(desk_with: Callable[..., Desk]) -> None:
    desk = desk_with()
    working = desk.register(lead_number(1), jobtitle="any time", on=at(FRIDAY))
    assert (working.accept_within, working.sla_clock) == (timedelta(hours=4), False)
    clock = desk.register(lead_number(2), jobtitle="clock", on=at(FRIDAY))
    assert (clock.accept_within, clock.sla_clock) == (timedelta(minutes=15), True)


@pytest.mark.parametrize(
    ("missed", "due"),
    [
        ({"accept_within": timedelta(hours=4)}, "2026-01-19T16:00+01:00"),
        ({"accept_within": timedelta(hours=4), "sla_clock": True}, "2026-01-19T16:00+01:00"),
        ({"accept_within": timedelta(hours=6)}, "2026-01-20T10:00+01:00"),
        ({"accept_within": timedelta(hours=6), "sla_clock": True}, "2026-01-19T18:00+01:00"),
        ({"accept_by": at("2026-01-21T08:00+01:00")}, "2026-01-21T08:00+01:00"),  # as older runs say it
    ],
)
def test_a_reminder_gives_working_time_once_more(
    desk_with: Callable[..., Desk], missed: dict[str, Any], due: str
) -> None:
    desk = desk_with()
    desk.register(jobtitle="at work", on=at(FRIDAY))
    request = MissedSla(action="remind", **missed)
    lead = desk.take(desk.ladder.record_missed_sla, request, on=at("2026-01-19T12:00+01:00"))
    assert (owner(lead), lead.accept_by) == ("anna", at(due))


def test_by_hand_anybody_gets_a_lead_at_any_time_and_without_a_limit(desk_with: Callable[..., Desk]) -> None:
    desk = desk_with(ben="absences: {from: 2026-01-12, to: 2026-01-30}")
    desk.register(jobtitle="at work", on=at(FRIDAY))
    lead = desk.take(desk.assignment.assign_lead, AssignLead(user="ben"), on=at(SATURDAY))
    assert (owner(lead), lead.accept_by) == ("ben", None)


def test_a_member_whom_the_directory_no_longer_has_works_at_any_time(desk_with: Callable[..., Desk]) -> None:
    """The database learns of an edited directory when it is applied; until then the team is as it was."""
    lead = desk_with(without="anna").register(jobtitle="at work", on=at(SATURDAY)).lead
    assert (owner(lead), lead.accept_by) == ("anna", at(SATURDAY) + timedelta(hours=4))
