"""Who is in a team, and how they stand."""

from datetime import timedelta
from uuid import uuid4

from crm.entities import Lead
from crm.store import records
from crm.store.database import Database
from crm.store.distribution.members import team_members
from crm.store.people import roster
from crm.store.people.organisation import apply_directory, record_id
from crm.store.people.roster import EnteredAbsence
from tests.crm.store.organisations import directory
from tests.crm.store.people.test_organisation import NOW

BEN = record_id("systemuser", "ben")
TEAM = record_id("team", "dach-sales")


def test_members_come_with_weight_state_and_open_leads(database: Database) -> None:
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
        for state, status in ((0, 1), (0, 2), (1, 3)):
            lead = records.insert(connection, Lead(ownerid=BEN, statecode=state, statuscode=status), now=NOW)
        members = team_members(connection, TEAM, count_open=True)
        open_lead = records.insert(connection, Lead(ownerid=BEN), now=NOW)
        beside = team_members(connection, TEAM, count_open=True, besides=open_lead.leadid)
    assert lead.statecode == 1
    assert [(m.key, m.name, m.weight, m.isdisabled, m.open_leads) for m in members] == [
        ("anna", "Anna Maria Berg", 1, False, 0),
        ("ben", "Ben Ode", 2, False, 2),
        ("cleo", "Cleo", 1, True, 0),
    ]
    assert beside == members


def test_absences_by_hand_come_with_the_members_whom_they_may_concern_now(database: Database) -> None:
    """Yesterday's too: somewhere it is yesterday still."""
    today = NOW.date()
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
        for first, last in ((-9, -2), (-3, -1), (0, 4), (30, 31)):
            days = today + timedelta(days=first), today + timedelta(days=last)
            absence = EnteredAbsence(uuid4(), BEN, *days, reason=None)
            roster.enter_absence(connection, absence, actor=None, now=NOW)
        roster.cancel_absence(connection, absence, actor=None, now=NOW)
        away = {member.key: member.away for member in team_members(connection, TEAM, NOW)}
        nobody_asked = {member.away for member in team_members(connection, TEAM)}
    expected = ((today - timedelta(days=3), today - timedelta(days=1)), (today, today + timedelta(days=4)))
    assert away == {"anna": (), "ben": expected, "cleo": ()}
    assert nobody_asked == {()}
