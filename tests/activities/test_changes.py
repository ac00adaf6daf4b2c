"""A write to a lead's record changes all it names in one step, or nothing; deletion leaves no trace of a person."""

from typing import Any
from uuid import uuid4

from activities.changes import Changes
from crm.entities import Account, AccountLeads, Task
from crm.lifecycle import LeadStage
from crm.requests import (
    AddNote,
    ChangeLead,
    DeleteLead,
    DisqualifyLead,
    EntityReference,
    QualifyLead,
    ReactivateLead,
    Request,
)
from crm.store import records
from crm.store.people.organisation import record_id
from crm.store.service_tables import METADATA
from crm.views import LeadView
from tests.activities.conftest import LEAD, NOW, Desk, lead_number, refused

SECRET = "Wintermute"
MIA = EntityReference(logicalname="systemuser", id=record_id("systemuser", "mia"))


def change(desk: Desk, **wanted: Any) -> LeadView:
    return desk.take(Changes(desk.deps).change_lead, ChangeLead(**wanted))


def delete(desk: Desk, **more: Any) -> LeadView:
    return desk.take(Changes(desk.deps).delete_lead, DeleteLead(**more), step="deletion")


def lines(desk: Desk) -> list[tuple[str, str]]:
    return [(entry.kind, entry.summary.partition(":")[0]) for entry in desk.timeline()[2:]]


def test_attributes_owner_and_state_are_one_step(desk: Desk) -> None:
    desk.given()
    view = change(desk, changes={"subject": "Fleet"}, owner=MIA, statecode=2, statuscode=5)
    assert (view.stage, view.statuscode, view.reconsider) == (LeadStage.DISQUALIFIED, 5, False)
    assert desk.lead().subject == "Fleet"
    assert lines(desk) == [
        ("edit", "Edited"),
        ("assign", "Assigned to Mia Holm"),
        ("disqualify", "Disqualified as Cannot Contact"),
    ]


def test_one_part_that_does_not_fit_leaves_all_as_it_was(desk: Desk) -> None:
    desk.given()
    before = desk.contents()
    nobody = EntityReference(logicalname="team", id=uuid4())
    refused(lambda: change(desk, changes={"subject": "Fleet"}, owner=nobody), "InvalidInput", code="0x80040217")
    refused(lambda: change(desk, changes={"subject": "Fleet"}, statuscode=3), "InvalidInput", code="0x80048408")
    refused(lambda: change(desk, changes={"ownerid": str(MIA.id)}), "InvalidInput", says="ownerid")
    refused(lambda: change(desk, changes={"lf_businessunitid": str(uuid4())}), "InvalidInput", says="names no")
    assert desk.contents() == before


def test_the_version_is_checked_where_it_counts(desk: Desk) -> None:
    desk.given()
    version = desk.lead().versionnumber
    change(desk, changes={"subject": "Fleet"}, expected_version=version)
    late = "0x80060882"
    refused(lambda: change(desk, changes={"subject": "x"}, expected_version=version), "StateConflict", code=late)
    refused(lambda: delete(desk, expected_version=version), "StateConflict", code=late)
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    again = ReactivateLead(expected_version=version)
    refused(lambda: desk.take(desk.qualification.reactivate_lead, again), "StateConflict", code=late)


def test_what_keeps_the_lead_where_it_is_is_no_new_assignment(desk: Desk) -> None:
    desk.given(jobtitle="for anna")
    anna = EntityReference(logicalname="principal", id=record_id("systemuser", "anna"))
    before = len(desk.rows(METADATA.tables["lf_assignment"]))
    assert change(desk, owner=anna).event == "Assigned to Anna Berg already"
    assert len(desk.rows(METADATA.tables["lf_assignment"])) == before


def test_a_quarantined_lead_is_corrected_and_given(desk: Desk) -> None:
    desk.given(revenue="much")
    assert change(desk, changes={"lastname": "Berg"}).stage is LeadStage.QUARANTINED
    view = change(desk, changes={"revenue": 1000}, owner=MIA)
    assert (view.stage, view.owner and view.owner.key) == (LeadStage.ASSIGNED, "mia")
    refused(lambda: change(desk, changes={"emailaddress1": "no address"}), "InvalidInput")


def test_a_quarantined_lead_is_not_qualified(desk: Desk) -> None:
    desk.given(revenue="much")
    refused(lambda: change(desk, statecode=1), "StateConflict", says="quarantine")
    assert change(desk, statecode=2).stage is LeadStage.DISQUALIFIED


# Deletion


def full_life(desk: Desk) -> None:
    """A lead about which everything was written down that can be."""
    desk.given(lastname=SECRET, companyname=f"{SECRET} GmbH", emailaddress1="w@firm.example")
    desk.given(lead_number(1), lastname=SECRET, emailaddress1="w@firm.example")
    desk.take(desk.communication.add_note, AddNote(subject=SECRET))
    with desk.database.transaction() as connection:
        about: dict[str, Any] = {"regardingobjectid": LEAD, "regardingobjectidtype": "lead", "subject": SECRET}
        records.insert(connection, Task(activityid=uuid4(), **about), now=NOW)


def test_nothing_of_the_person_stays(desk: Desk) -> None:
    full_life(desk)
    other = desk.lead(lead_number(1)).model_dump()
    view = delete(desk)
    assert (view.stage, view.leadid) == (LeadStage.DELETED, LEAD)
    contents = desk.contents()
    mentioned = {name for name, rows in contents.items() if any(str(LEAD) in row or LEAD.hex in row for row in rows)}
    assert mentioned == {"lf_journal"}
    told = [row for name, rows in contents.items() for row in rows if SECRET in row and lead_number(1).hex not in row]
    assert [row for row in told if str(lead_number(1)) not in row] == []
    (left,) = desk.timeline()
    assert (left.kind, left.summary) == ("delete", "Deleted")
    assert desk.lead(lead_number(1)).model_dump() == other


def test_what_came_of_it_stays_and_forgets_it(desk: Desk) -> None:
    desk.given(companyname="Analytical GmbH")
    desk.take(desk.qualification.qualify_lead, QualifyLead())
    view = delete(desk)
    assert view.stage is LeadStage.DELETED
    with desk.database.reading() as connection:
        (account,) = desk.rows(METADATA.tables["account"])
        assert account["originatingleadid"] is None
        assert records.fetch(connection, Account, account["accountid"]) is not None
    assert [row["originatingleadid"] for row in desk.rows(METADATA.tables["opportunity"])] == [None]
    assert desk.rows(METADATA.tables[AccountLeads.logical_name]) == []


def test_deleting_again_changes_nothing(desk: Desk) -> None:
    full_life(desk)
    first = delete(desk)
    before = desk.contents()
    assert delete(desk) == first
    assert desk.contents() == before
    refused(lambda: desk.take(Changes(desk.deps).delete_lead, DeleteLead()), "NotFound", code="0x80040217")


def test_an_open_lead_is_deleted_by_the_workflow_that_leads_its_life(desk: Desk) -> None:
    desk.given()

    def by_another() -> LeadView:
        return desk.take(Changes(desk.deps).delete_lead, DeleteLead(), workflow="other")

    refused(by_another, "StateConflict", code="0x80040518")
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    assert by_another().stage is LeadStage.DELETED


def test_it_may_come_again(desk: Desk) -> None:
    full_life(desk)
    delete(desk)
    again = desk.given(lastname="Lind")
    assert again.stage is LeadStage.ASSIGNED
    assert [entry.kind for entry in desk.timeline()] == ["delete", "intake", "route"]


def test_a_run_sees_a_step_that_was_done_elsewhere(desk: Desk) -> None:
    desk.given()
    adopt = Changes(desk.deps).adopt_step
    seen = desk.take(adopt, Request(), step="intake")
    assert seen.decision is not None and seen.lead.stage is LeadStage.ASSIGNED
    assert desk.take(adopt, Request(), step="unknown").decision is None
    delete(desk)
    assert desk.take(adopt, Request(), step="intake").lead.stage is LeadStage.DELETED
    refused(lambda: desk.take(adopt, Request(), lead=uuid4()), "NotFound")
