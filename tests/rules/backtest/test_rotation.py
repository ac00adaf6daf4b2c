"""Who would have got each lead."""

from datetime import timedelta
from typing import Any

import pytest

from rules.backtest.rotation import Rotation
from rules.engine.decision import Assign, Disqualify, NobodyStep, Offer, OfferTo, Outcome
from rules.engine.directory import Directory, TeamMember
from tests.rules.backtest.past import DESK, START, at, past

FEWEST = Assign(to="team", key="desk", strategy="least_open")
HOURS = [{"days": "mon-fri", "from": "09:00", "to": "17:00"}]
EVENING = 8 * 60 - 30
"""Half an hour before the desk closes, in minutes since the first morning."""


def directory(away: str = "2020-01-01") -> Directory:
    """A desk of Ann, Bob, and Cid who is inactive; nobody else. Ann is absent on the day `away`."""
    users: dict[str, dict[str, Any]] = {
        name: {"name": name, "email": f"{name}@ours.example", "business_unit": "uk", "active": name != "cid"}
        for name in ("ann", "bob", "cid")
    }
    users["ann"]["absences"] = {"from": away, "to": away}
    teams = {
        "desk": {"name": "Desk", "business_unit": "uk", "members": ["ann", "bob", "cid"], "working_hours": HOURS},
        "gone": {"name": "Gone", "business_unit": "uk", "members": ["cid"]},
    }
    sections = {
        "business_units": {"uk": {"name": "UK"}}, "users": users, "teams": teams,
        "queues": {"inbox": {"name": "Inbox", "team": "desk"}},
        "channel_partners": {
            "contoso": {"name": "Contoso", "team": "gone"}, "fabrikam": {"name": "Fabrikam", "team": "desk"},
        },
    }  # fmt: skip
    return Directory.model_validate(sections)


def offered(*partners: str, weights: tuple[int, ...] = ()) -> Offer:
    shares = weights or (1,) * len(partners)
    to = tuple(OfferTo(partner=key, weight=weight) for key, weight in zip(partners, shares, strict=True))
    return Offer(partners=to, by="weight" if weights else "order", accept_within=timedelta(hours=4))


def dealt(outcome: Outcome, number: int, people: Directory | None = None) -> Rotation:
    rotation = Rotation(people or directory())
    for lead in range(number):
        rotation.give(past(lead, minute=lead), outcome)
    return rotation


def test_each_in_turn_and_nobody_who_is_inactive() -> None:
    assert dealt(DESK, 7).leads == {"user ann": 4, "user bob": 3}


def test_an_absence_gives_the_leads_to_the_others() -> None:
    assert dealt(DESK, 7, directory(away=f"{START:%Y-%m-%d}")).leads == {"user bob": 7}


def test_teams_take_turns_apart() -> None:
    rotation = Rotation(directory())
    other = Assign(to="team", key="gone", strategy="round_robin")
    for number, outcome in enumerate((DESK, other, DESK)):
        rotation.give(past(number, minute=number), outcome)
    assert rotation.leads == {"user ann": 1, "user bob": 1, "team gone": 1}


@pytest.mark.parametrize(
    ("outcome", "owner"),
    [
        (Assign(to="user", key="ann"), "user ann"),
        (Assign(to="user", key="cid"), "team desk"),
        (Assign(to="queue", key="inbox"), "team desk"),
        (Assign(to="partner", key="contoso"), "team gone"),
        (Assign(to="team", key="closed", strategy="round_robin"), "team closed"),
        (Assign(to="queue", key="closed"), "queue closed"),
        (DESK.model_copy(update={"if_nobody": (NobodyStep(action="next", key="closed"),)}), "team closed"),
        (offered("contoso", "closed"), "partner closed"),
    ],
)
def test_other_owners_and_those_that_are_no_more(outcome: Outcome, owner: str) -> None:
    assert dealt(outcome, 2).leads == {owner: 2}


def test_leads_that_nobody_may_get_go_on_or_wait() -> None:
    gone = Assign(to="team", key="gone", strategy="round_robin", if_nobody=(NobodyStep(action="next", key="desk"),))
    assert dealt(gone, 3).leads == {"user ann": 2, "user bob": 1}
    waiting = DESK.model_copy(update={"during": "working_hours", "if_nobody": (NobodyStep(action="wait"),)})
    rotation = Rotation(directory())
    assert rotation.give(past(1, minute=EVENING + 60), waiting) is None
    assert rotation.leads == {"team desk, waiting": 1}


def test_offers_count_for_the_first_partner_by_order_or_weight() -> None:
    assert dealt(offered("contoso", "fabrikam"), 4).leads == {"partner contoso": 4}
    by_weight = offered("contoso", "fabrikam", weights=(1, 3))
    assert dealt(by_weight, 8).leads == {"partner contoso": 2, "partner fabrikam": 6}


def test_weights_of_members_count() -> None:
    assert dealt(DESK.model_copy(update={"strategy": "weighted"}), 8).leads == {"user ann": 4, "user bob": 4}
    people = directory()
    members = (TeamMember(user="ann", weight=3), TeamMember(user="bob"))
    desk = people.teams["desk"].model_copy(update={"members": members})
    weighted = people.model_copy(update={"teams": {**people.teams, "desk": desk}})
    shares = dealt(DESK.model_copy(update={"strategy": "weighted"}), 8, weighted).leads
    assert shares == {"user ann": 6, "user bob": 2}


def test_who_gets_nothing() -> None:
    rotation = Rotation(directory())
    assert rotation.give(past(1), Disqualify(status=4, status_label="Lost")) is None
    assert rotation.leads == {}


def test_fewest_open_leads_follow_what_was_closed_in_truth() -> None:
    """Each of Ann's leads was closed before the next one came, Bob's one never."""
    rotation = Rotation(directory())
    for number in range(5):
        closed = None if number == 1 else at(number + 0.5)
        rotation.give(past(number, minute=number, closedon=closed), FEWEST)
    assert rotation.leads == {"user ann": 4, "user bob": 1}
    assert dealt(FEWEST, 5).leads == {"user ann": 3, "user bob": 2}, "none was closed"


def test_a_lead_that_a_rule_closed_as_it_came_stays_open() -> None:
    rotation = Rotation(directory())
    for number in range(4):
        rotation.give(past(number, minute=number, closedon=at(number)), FEWEST)
    assert rotation.leads == {"user ann": 2, "user bob": 2}


def test_a_lead_by_hand_counts_as_open_too() -> None:
    rotation = Rotation(directory())
    rotation.give(past(1), Assign(to="user", key="ann"))
    rotation.give(past(2, minute=1), FEWEST)
    assert rotation.leads == {"user ann": 1, "user bob": 1}


@pytest.mark.parametrize(("by_clock", "minutes"), [(False, 24 * 60 + 30), (True, EVENING + 60)])
def test_due_times_follow_the_calendar(by_clock: bool, minutes: int) -> None:
    promised = DESK.model_copy(update={"accept_within": timedelta(hours=1), "sla_clock": by_clock})
    assert Rotation(directory()).give(past(1, minute=EVENING), promised) == at(minutes)


def test_who_is_no_more_works_at_any_time() -> None:
    gone = Assign(to="team", key="closed", strategy="round_robin", accept_within=timedelta(hours=1))
    assert Rotation(directory()).give(past(1, minute=EVENING), gone) == at(EVENING + 60)
    assert Rotation(directory()).give(past(1), DESK) is None
