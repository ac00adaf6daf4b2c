"""What is said between us and a lead is recorded on it; our first word is the response."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from crm.lifecycle import LeadStage, LeadStatus
from crm.requests import AddNote, DisqualifyLead, LogCommunication
from crm.store.tables import TABLES
from crm.views import LeadView
from tests.activities.conftest import LEAD, NOW, Desk, refused


def log(desk: Desk, kind: Any = "email", **more: Any) -> LeadView:
    request = LogCommunication.model_validate({"kind": kind, "subject": "Hello", **more})
    return desk.take(desk.communication.log_communication, request)


def note(desk: Desk, **more: Any) -> LeadView:
    return desk.take(desk.communication.add_note, AddNote.model_validate(more))


@pytest.mark.parametrize(
    ("kind", "incoming", "status", "direction"),
    [
        ("email", False, 3, True),
        ("email", True, 4, False),
        ("phonecall", False, 2, True),
        ("phonecall", True, 4, False),
        ("appointment", False, 3, None),
        ("task", False, 5, None),
    ],
)
def test_each_kind_is_a_record_of_its_own(
    desk: Desk, kind: str, incoming: bool, status: int, direction: bool | None
) -> None:
    desk.given()
    view = log(
        desk, kind, incoming=incoming, started_on=NOW, ended_on=NOW + timedelta(minutes=9), description="Long talk"
    )
    (row,) = desk.rows(TABLES[kind])
    assert (row["regardingobjectid"], row["regardingobjectidtype"]) == (LEAD, "lead")
    assert (row["subject"], row["description"]) == ("Hello", "Long talk")
    assert (row["actualstart"], row["actualend"]) == (NOW, NOW + timedelta(minutes=9))
    assert (row["statecode"], row["statuscode"], row.get("directioncode")) == (1, status, direction)
    assert row["ownerid"] == desk.lead().ownerid
    assert view.event.startswith(f"{'Received' if incoming else 'Made'} {kind}: Hello")


def test_our_first_word_is_the_response_and_makes_the_lead_contacted(desk: Desk) -> None:
    desk.given(jobtitle="urgent")
    first = log(desk)
    assert first.statuscode == LeadStatus.CONTACTED
    assert first.stage is LeadStage.ACCEPTED
    assert first.event == "Made email: Hello (first response)"
    second = log(desk, "phonecall")
    assert second.first_response_on == first.first_response_on == desk.lead().lf_firstresponseon
    assert second.event == "Made phonecall: Hello"


def test_what_the_lead_says_is_no_response_of_ours(desk: Desk) -> None:
    desk.given()
    view = log(desk, incoming=True)
    assert (view.statuscode, view.stage, view.first_response_on) == (LeadStatus.NEW, LeadStage.ASSIGNED, None)


def test_a_response_for_a_team_leaves_the_lead_with_the_team(desk: Desk) -> None:
    desk.given(jobtitle="for the inbox")
    view = log(desk)
    assert (view.stage, view.statuscode) == (LeadStage.ASSIGNED, LeadStatus.CONTACTED)
    assert view.owner is not None
    assert view.owner.key == "desk"


def test_a_note_with_an_attachment_knows_its_size(desk: Desk) -> None:
    desk.given()
    body = base64.b64encode(bytes(1000)).decode()
    view = note(desk, subject="Offer", filename="offer.pdf", mimetype="application/pdf", documentbody=body)
    (row,) = desk.rows(TABLES["annotation"])
    assert (row["isdocument"], row["filesize"], row["documentbody"]) == (True, 1000, body)
    assert (row["objectid"], row["objectidtype"], row["mimetype"]) == (LEAD, "lead", "application/pdf")
    assert view.event == "Added attachment offer.pdf: Offer"


def test_a_note_without_an_attachment(desk: Desk) -> None:
    desk.given()
    assert note(desk, notetext="Likes tea").event == "Added note"
    (row,) = desk.rows(TABLES["annotation"])
    assert (row["isdocument"], row["filesize"], row["notetext"]) == (False, None, "Likes tea")


@pytest.mark.parametrize("body", ["%%%", "abc", "aGVsbG8", "héllo"])
def test_an_attachment_that_is_no_base64_is_refused(desk: Desk, body: str) -> None:
    desk.given()
    before = desk.contents()
    says = "documentbody is not Base64; encode the file's bytes as Base64"
    refused(lambda: note(desk, filename="a.bin", documentbody=body), "InvalidInput", says=says)
    assert desk.contents() == before


def test_a_quarantined_lead_may_have_notes(desk: Desk) -> None:
    desk.given(revenue="much")
    assert note(desk, notetext="Asked them").stage is LeadStage.QUARANTINED


def test_nothing_is_recorded_on_a_closed_lead(desk: Desk) -> None:
    desk.given()
    desk.take(desk.qualification.disqualify_lead, DisqualifyLead())
    refused(lambda: log(desk), "StateConflict", code="0x80040519")
    refused(lambda: note(desk, notetext="x"), "StateConflict", code="0x80040519")
