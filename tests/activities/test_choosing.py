"""Choosing a team's member, or a named user, in the database: turns, capacity under races, earlier owners, teams."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from temporalio.exceptions import ApplicationError

from activities.choosing import KNOWN_BEFORE, Chosen, Nobody, choose_member, give
from activities.steps import LeadStep
from crm.entities.duplicaterecord import DuplicateRecord
from crm.entities.lead import Lead
from crm.requests import AcceptLead, RerouteLead
from crm.store import records
from crm.store.database import Database
from crm.store.distribution import rotation
from crm.store.people import roster
from crm.store.people.organisation import apply_directory, record_id
from crm.store.people.roster import EnteredAbsence
from crm.store.tables import TABLES
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from tests.activities.conftest import NOW, Desk, at_once, lead_number

TO_DESK = Assign(to="team", key="desk", strategy="round_robin")
BOTH = ("desk", "other")


def limited(capacity: int | None = None, **users: dict[str, Any]) -> Directory:
    """Teams `desk` and `other`, both of Anna, Ben and Cleo."""
    people = {
        key: {"name": key, "email": f"{key}@ours.example", "business_unit": "north", **users.get(key, {})}
        for key in ("anna", "ben", "cleo")
    }
    team: dict[str, Any] = {"name": "Team", "business_unit": "north", "members": list(people)}
    if capacity is not None:
        team["capacity"] = capacity
    return Directory.model_validate(
        {"business_units": {"north": {"name": "North"}}, "users": people, "teams": dict.fromkeys(BOTH, team)}
    )


class Office:
    """Leads of one directory, given out without rules."""

    def __init__(self, database: Database, directory: Directory) -> None:
        self.database, self.directory = database, directory
        with database.transaction() as connection:
            apply_directory(connection, directory, now=NOW)

    def give(self, outcome: Assign, lead: UUID | None = None, **values: Any) -> Chosen | Nobody:
        """A new lead with this outcome, or one that is there already."""
        with self.database.transaction() as connection:
            found = records.fetch(connection, Lead, lead) if lead else None
            this = found or records.insert(connection, Lead(lastname="Lind", lf_stage="received", **values), now=NOW)
            chosen = choose_member(connection, outcome, this, self.directory, NOW)
            if isinstance(chosen, Chosen):
                step = LeadStep[Any](leadid=this.leadid, step=str(uuid4()), on=NOW, request=RerouteLead())
                give(connection, this, step, chosen, "test")
            return chosen

    def owners(self) -> Counter[str]:
        user, lead = TABLES["systemuser"].c, TABLES["lead"].c
        with self.database.reading() as connection:
            found = connection.execute(select(user.lf_key).join(TABLES["lead"], lead.ownerid == user.systemuserid))
            return Counter(found.scalars())

    def turns(self, team: str = "desk") -> int:
        with self.database.reading() as connection:
            return rotation.pool_of(connection, record_id("team", team)).turns


def name(found: Chosen | Nobody) -> str:
    assert isinstance(found, Chosen)
    return found.name


def test_a_lead_that_nobody_may_get_takes_no_turn_and_says_when_somebody_may(database: Database) -> None:
    away = {"absences": {"from": f"{NOW:%Y-%m-%d}", "to": f"{NOW:%Y-%m-%d}"}}
    office = Office(database, limited(1, anna=away))
    assert [name(office.give(TO_DESK)) for _ in range(2)] == ["ben", "cleo"]
    found = office.give(TO_DESK)
    assert isinstance(found, Nobody)
    assert found.skipped == ("anna: absent until 2 March", "ben: at capacity", "cleo: at capacity")
    assert (found.full, f"{found.next_opening:%Y-%m-%d %H:%M}") == (True, "2026-03-03 00:00")
    assert office.turns() == 2


def test_nobody_gets_more_than_their_capacity_though_two_teams_give_them_leads_at_once(database: Database) -> None:
    office = Office(database, limited(3, ben={"capacity": 5}))
    calls = [partial(office.give, TO_DESK.model_copy(update={"key": BOTH[number % 2]})) for number in range(14)]
    found = at_once(*calls)
    assert office.owners() == {"anna": 3, "ben": 5, "cleo": 3}
    assert sum(isinstance(one, Nobody) for one in found) == 3
    assert office.turns("desk") + office.turns("other") == 11


def test_a_lead_that_is_given_out_again_leaves_its_own_place_free(database: Database) -> None:
    office = Office(database, limited(1))
    for _ in range(3):
        office.give(TO_DESK)
    with database.reading() as connection:
        lead = connection.execute(select(TABLES["lead"].c.leadid)).scalars().first()
    assert isinstance(office.give(TO_DESK), Nobody)
    assert isinstance(office.give(TO_DESK, lead), Chosen)


def test_weights_are_shares_of_turns_and_strategies_that_take_none_leave_them_alone(database: Database) -> None:
    office = Office(database, limited())
    member = TABLES["teammembership"]
    bens = member.update().where(member.c.systemuserid == record_id("systemuser", "ben"))
    with database.transaction() as connection:
        connection.execute(bens, {"lf_weight": 2})
    weighted = TO_DESK.model_copy(update={"strategy": "weighted"})
    for _ in range(8):
        office.give(weighted)
    assert office.owners() == {"anna": 2, "ben": 4, "cleo": 2}
    found = office.give(TO_DESK.model_copy(update={"strategy": "all"}))
    assert isinstance(found, Chosen) and (found.owneridtype, found.turn, found.strategy) == ("team", None, "all")
    assert office.turns() == 8


def test_absences_entered_by_hand_count_at_once(database: Database) -> None:
    office = Office(database, limited())
    today = EnteredAbsence(uuid4(), record_id("systemuser", "anna"), NOW.date(), date(2026, 3, 5), None)
    with database.transaction() as connection:
        roster.enter_absence(connection, today, actor=None, now=NOW)
    found = office.give(TO_DESK)
    assert isinstance(found, Chosen) and (found.name, found.skipped) == ("ben", ("anna: absent until 5 March",))
    with database.transaction() as connection:
        roster.cancel_absence(connection, today, actor=None, now=NOW)
    assert {name(office.give(TO_DESK)) for _ in range(2)} == {"anna", "cleo"}


def test_sticky_keeps_who_had_the_person_and_takes_no_turn(database: Database) -> None:
    office = Office(database, limited())
    sticky = TO_DESK.model_copy(update={"strategy": "sticky"})
    first = office.give(sticky)
    assert isinstance(first, Chosen) and (first.name, first.strategy, first.turn) == ("anna", "round_robin", 1)
    with database.transaction() as connection:
        other = connection.execute(select(TABLES["lead"].c.leadid)).scalar_one()
        again = records.insert(connection, Lead(lastname="Lind", lf_stage="received"), now=NOW)
        ids: dict[str, Any] = {"baserecordid": again.leadid, "duplicaterecordid": other}
        pair = DuplicateRecord(duplicateid=uuid4(), baserecordidtype="lead", duplicaterecordidtype="lead", **ids)
        records.insert(connection, pair, now=NOW)
    kept = office.give(sticky, again.leadid)
    assert isinstance(kept, Chosen)
    assert (kept.name, kept.strategy, kept.turn, kept.note) == ("anna", "sticky", None, KNOWN_BEFORE)
    assert (office.turns(), name(office.give(TO_DESK))) == (1, "ben")


@pytest.mark.parametrize(
    ("users", "note"),
    [
        ({}, None),
        ({"anna": {"capacity": 0}}, "anna is at capacity"),
        ({"anna": {"absences": {"from": "2026-03-01", "to": "2026-03-04"}}}, "anna is absent until 4 March"),
    ],
)
def test_a_user_who_is_named_gets_the_lead_with_a_note(
    sqlite_database: Database, users: dict[str, Any], note: str | None
) -> None:
    office = Office(sqlite_database, limited(**users))
    found = office.give(Assign(to="user", key="anna"))
    assert isinstance(found, Chosen) and (found.name, found.note, found.turn) == ("anna", note, None)


def test_a_user_who_is_named_and_inactive_does_not_get_it(sqlite_database: Database) -> None:
    office = Office(sqlite_database, limited(anna={"active": False}))
    assert office.give(Assign(to="user", key="anna")) == Nobody(skipped=("anna: inactive",))


def test_of_two_members_who_accept_a_teams_lead_at_once_one_gets_it(desk: Desk) -> None:
    lead = lead_number(1)
    desk.given(lead)
    with desk.database.transaction() as connection:
        this = records.fetch(connection, Lead, lead)
        assert this is not None
        outcome = TO_DESK.model_copy(update={"strategy": "all"})
        chosen = choose_member(connection, outcome, this, desk.deps.rules.current().directory, NOW)
        assert isinstance(chosen, Chosen)
        give(connection, this, LeadStep[Any](leadid=lead, step="all", on=NOW, request=RerouteLead()), chosen, "test")

    def accept(user: str) -> str:
        try:
            owner = desk.take(desk.assignment.accept_lead, AcceptLead(user=user), lead=lead, step=user).owner
        except ApplicationError as refused:
            return f"{refused.type}: {refused.message}"
        assert owner is not None
        return owner.key

    calls: list[Callable[[], str]] = [partial(accept, user) for user in ("anna", "ben")]
    first, second = sorted(at_once(*calls), key=len)
    assert {first, second} in (
        {"anna", "StateConflict: anna has accepted the lead already, before ben. Assign it first."},
        {"ben", "StateConflict: ben has accepted the lead already, before anna. Assign it first."},
    )
