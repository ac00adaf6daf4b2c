"""Intake: what comes in is stored, normalised, compared with what is known, or put in quarantine with the reasons."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.lifecycle import LeadStage
from crm.requests import DisqualifyLead, EditLead, LeadSubmission
from crm.store.people.organisation import record_id
from crm.store.tables import TABLES
from crm.views import LeadView
from tests.activities.conftest import LEAD, NOW, Desk, lead_number, refused


def submit(desk: Desk, submission: LeadSubmission, **more: Any) -> LeadView:
    return desk.take(desk.intake.register_lead, submission, step="intake", **more).lead


def edit(desk: Desk, **changes: Any) -> LeadView:
    return desk.take(desk.intake.edit_lead, EditLead(changes=changes, actor="anna"))


def test_a_lead_is_stored_with_normalised_attributes(desk: Desk) -> None:
    raw = {
        "firstname": " Ada ",
        "lastname": "King",
        "emailaddress1": "ADA@Analytical.Example",
        "telephone1": "030 901820",
        "address1_country": "Germany",
        "revenue": "1.250.000,50",
        "leadsourcecode": "Web",
        "estimatedclosedate": "2026-04-30",
        "decisionmaker": "yes",
    }
    view = submit(desk, LeadSubmission(lead=raw, source="web", external_id="7"))
    lead = desk.lead()
    assert (lead.firstname, lead.lastname, lead.fullname) == ("Ada", "King", "Ada King")
    assert lead.emailaddress1 == "ADA@analytical.example"
    assert lead.telephone1 == "+4930901820"
    assert lead.address1_country == "DE"
    assert lead.revenue == Decimal("1250000.50")
    assert lead.leadsourcecode == 8
    assert lead.decisionmaker
    assert (view.stage, view.source, view.external_id) == (LeadStage.ASSIGNED, "web", "7")
    assert (view.statecode, view.statuscode, view.problems) == (0, 1, ())
    assert view.workflow_id == f"lead-{LEAD}"
    assert [entry.kind for entry in desk.timeline()] == ["intake", "route"]


def test_keys_of_the_directory_become_lookups_and_the_time_of_receipt_is_kept(desk: Desk) -> None:
    received = datetime(2026, 1, 5, 8, tzinfo=UTC)
    keys = {"business_unit": "north", "channel_partner": "contoso", "campaign": "spring"}
    submission = LeadSubmission.model_validate({"lead": {"lastname": "Lind"}, "received_on": received, **keys})
    view = submit(desk, submission)
    lead = desk.lead()
    assert (view.business_unit, view.channel_partner) == ("north", "contoso")
    assert lead.campaignid == record_id("campaign", "spring")
    assert lead.overriddencreatedon == lead.createdon == received


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"lead": {"numberofemployees": "a few"}}, "numberofemployees "),
        ({"lead": {"emailaddress1": "nobody"}}, "emailaddress1 "),
        ({"lead": {"leadsourcecode": "Carrier Pigeon"}}, "leadsourcecode "),
        ({"lead": {"lastname": "x" * 51}}, "lastname "),
        ({"lead": {"surname": "Lind"}}, "surname is not an attribute"),
        ({"lead": {"lf_stage": "qualified"}}, "lf_stage cannot be set by a caller"),
        ({"lead": {"statecode": 1}}, "statecode is not set here; use qualify, disqualify or reactivate"),
        ({"lead": {"ownerid": str(LEAD)}}, "ownerid is not set here; rules choose the owner"),
        ({"lead": {"lf_source": "x"}}, "lf_source is not set here; give it beside the attributes, as 'source'"),
        ({"lead": {"lastname": "Lind"}, "business_unit": "mars"}, "business_unit 'mars' is not in the directory"),
        (
            {"lead": {"lastname": "Lind"}, "campaign": "winter"},
            "campaign 'winter' is not in the directory; known are: spring",
        ),
    ],
)
def test_what_does_not_validate_waits_in_quarantine_with_the_reasons(
    desk: Desk, given: dict[str, Any], problem: str
) -> None:
    given["lead"] = {"firstname": "Ada", **given["lead"]}
    view = submit(desk, LeadSubmission.model_validate(given))
    assert view.stage is LeadStage.QUARANTINED
    assert len(view.problems) == 1
    assert view.problems[0].startswith(problem)
    assert view.problems[0] in view.event
    assert desk.lead().firstname == "Ada"  # what is valid is stored


def test_all_reasons_are_given_at_once(desk: Desk) -> None:
    view = desk.given(revenue="much", numberofemployees="a few", statuscode=3)
    assert sorted(problem.split()[0] for problem in view.problems) == ["numberofemployees", "revenue", "statuscode"]


def test_a_quarantined_lead_is_corrected_in_steps(desk: Desk) -> None:
    desk.given(revenue="much", numberofemployees="a few")
    still = edit(desk, revenue="2000")
    assert still.stage is LeadStage.QUARANTINED
    assert [problem.split()[0] for problem in still.problems] == ["numberofemployees"]
    released = edit(desk, numberofemployees=12)
    assert (released.stage, released.problems) == (LeadStage.RECEIVED, ())
    assert (desk.lead().revenue, desk.lead().numberofemployees, desk.lead().lastname) == (Decimal(2000), 12, "Lind")
    assert [entry.kind for entry in desk.timeline()] == ["intake", "edit", "edit"]
    assert released.event == "Corrected and released from quarantine: numberofemployees"


def test_a_correction_may_name_the_unit(desk: Desk) -> None:
    submit(desk, LeadSubmission(lead={"lastname": "Lind"}, business_unit="mars"))
    view = edit(desk, business_unit="north")
    assert (view.stage, view.business_unit) == (LeadStage.RECEIVED, "north")


def test_a_corrected_lead_is_compared_with_the_others(desk: Desk) -> None:
    desk.given(lead_number(1), emailaddress1="ada@analytical.example")
    desk.given(revenue="much")
    assert edit(desk, revenue=1, emailaddress1="ada@analytical.example").duplicates == 1


@pytest.mark.parametrize(
    ("known", "new", "is_duplicate"),
    [
        ({"emailaddress1": "ada@x.example"}, {"emailaddress1": "Ada@X.example"}, True),
        ({"emailaddress1": "ada@x.example"}, {"emailaddress1": "bob@x.example"}, False),
        ({"telephone1": "030 901820"}, {"mobilephone": "+49 30 901820"}, True),
        ({"telephone1": "030 901820"}, {"telephone1": "030 901820", "lastname": "Other"}, False),
        ({}, {}, False),
    ],
)
def test_duplicates_are_leads_of_the_same_person(
    desk: Desk, known: dict[str, Any], new: dict[str, Any], is_duplicate: bool
) -> None:
    desk.given(lead_number(1), **known)
    view = desk.given(**new)
    assert view.duplicates == int(is_duplicate)
    pairs = [(row["baserecordid"], row["duplicaterecordid"]) for row in desk.rows(TABLES["duplicaterecord"])]
    assert pairs == ([(LEAD, lead_number(1))] if is_duplicate else [])


def test_a_lead_that_is_known_stays_as_it_is(desk: Desk) -> None:
    desk.given(firstname="Ada")
    before = desk.contents()
    again = submit(desk, LeadSubmission(lead={"firstname": "Eve"}), workflow="another", on=NOW)
    assert again.workflow_id == f"lead-{LEAD}"  # the workflow that leads its life, not the one that asks
    assert again.stage is LeadStage.ASSIGNED
    assert desk.contents() == before


def test_edit_changes_what_it_names_and_nothing_else(desk: Desk) -> None:
    desk.given(firstname="Ada", jobtitle="urgent", emailaddress1="ada@x.example")
    before = desk.lead()
    view = edit(desk, jobtitle="CTO", emailaddress1=None, firstname="Ida", business_unit="north")
    lead = desk.lead()
    assert (lead.jobtitle, lead.emailaddress1, lead.lf_emailkey, lead.fullname) == ("CTO", None, None, "Ida Lind")
    assert (view.stage, view.owner and view.owner.id) == (before.lf_stage, before.ownerid)
    assert view.business_unit == "north"
    assert view.event == "Edited: business_unit, emailaddress1, firstname, jobtitle"
    assert desk.timeline()[-1].actor == "anna"


def test_an_edit_that_does_not_validate_is_refused_as_a_whole(desk: Desk) -> None:
    desk.given()
    before = desk.contents()
    error = refused(
        lambda: edit(desk, firstname="Ada", revenue="much", ownerid=str(LEAD), business_unit="mars"), "InvalidInput"
    )
    for part in ("revenue ", "ownerid is not set here", "business_unit 'mars'"):
        assert part in error.message
    assert "firstname" not in error.message
    assert desk.contents() == before


def test_an_edit_of_a_phone_number_reads_it_in_the_leads_country(desk: Desk) -> None:
    desk.given(address1_country="GB")
    edit(desk, telephone1="020 7946 0958")
    assert desk.lead().telephone1 == "+442079460958"


def test_a_closed_lead_is_read_only(desk: Desk) -> None:
    desk.given()
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    refused(lambda: edit(desk, firstname="Ada"), "StateConflict", code="0x80040519", says="already closed")


def test_an_external_id_belongs_to_one_lead(desk: Desk) -> None:
    submission = LeadSubmission(source="fair", external_id="7", lead={"lastname": "Lind"})
    submit(desk, submission, lead=lead_number(1))
    before = desk.contents()
    clash = "matching key values already exists: another one has this lf_source and lf_externalid. Work with that one"
    refused(lambda: submit(desk, submission), "StateConflict", code="0x80040237", says=clash)
    assert desk.contents() == before
