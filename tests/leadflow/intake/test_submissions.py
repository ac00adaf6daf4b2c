"""From a row to a submission, and what becomes of rows that could not be used."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.errors import InvalidInput
from crm.requests import LeadSubmission
from leadflow.intake.mapping import ColumnMapping
from leadflow.intake.reading import read_rows
from leadflow.intake.rejects import RejectFile
from leadflow.intake.rows import Reject, Row
from leadflow.intake.submissions import submission_from_row


def submit(values: dict[str, object], keep_unmapped: bool = False) -> dict[str, object]:
    return submission_from_row(Row(2, values), ColumnMapping(), keep_unmapped=keep_unmapped)


def test_a_row_with_everything() -> None:
    row = Row(
        2,
        {
            "Lead Id": " 17 ", "First Name": " Ada", "Email": "ada@x.example", "Source": "web", "Business Unit": "uk",
            "Partner": "contoso", "Campaign": "spring", "Received": "2026-04-03T10:00:00+02:00", "Phone": "",
        },
    )  # fmt: skip
    submission = submission_from_row(row, ColumnMapping())
    assert submission == {
        "lead": {"firstname": "Ada", "emailaddress1": "ada@x.example"},
        "source": "web",
        "external_id": "17",
        "business_unit": "uk",
        "channel_partner": "contoso",
        "campaign": "spring",
        "received_on": datetime(2026, 4, 3, 8, tzinfo=UTC),
    }
    assert LeadSubmission.model_validate(submission).external_id == "17"


def test_defaults_fill_what_the_row_leaves_open() -> None:
    defaults = {"source": "fair", "business_unit": "uk"}
    row = Row(2, {"source": "web", "business_unit": "", "externalid": 5})
    assert submission_from_row(row, ColumnMapping(), defaults) == {
        "lead": {}, "source": "web", "business_unit": "uk", "external_id": "5",
    }  # fmt: skip


def test_a_row_may_have_the_shape_of_a_submission() -> None:
    lead = {"firstname": "Ada", "numberofemployees": 5}
    nested: dict[str, object] = {"lead": lead, "source": "web", "external_id": "17", "campaign": None}
    assert submit(nested) == {"lead": lead, "source": "web", "external_id": "17"}


def test_a_row_with_its_own_leadid_needs_no_other_id() -> None:
    submission = submit({"leadid": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "firstname": "Ada"})
    assert submission == {"leadid": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "lead": {"firstname": "Ada"}}


def test_the_first_of_two_columns_for_one_attribute_wins() -> None:
    mapping = ColumnMapping()
    row = Row(2, {"Email": "", "E-mail": "one@x.example", "Work Email": "two@x.example", "externalid": "1"})
    assert submission_from_row(row, mapping)["lead"] == {"emailaddress1": "one@x.example"}
    assert mapping.unmapped == ["Work Email"]


def test_unmapped_columns_can_be_kept_in_the_description() -> None:
    values: dict[str, object] = {
        "Notes": "call back",
        "Shoe Size": "44",
        "Tags": ["a", 1],
        "Hat": " ",
        "externalid": "1",
    }
    assert submit(values)["lead"] == {"description": "call back"}
    assert submit(values, keep_unmapped=True)["lead"] == {"description": 'call back\nShoe Size: 44\nTags: ["a", 1]'}
    assert submit({"Hat": "44"}, keep_unmapped=True)["lead"] == {"description": "Hat: 44"}


text = st.text(max_size=10)


@given(values=st.dictionaries(st.sampled_from(["firstname", "companyname", "Shoe Size", "Email"]), text), more=text)
def test_the_id_of_a_row_without_one_follows_its_content(values: dict[str, str], more: str) -> None:
    one = submission_from_row(Row(2, dict(values)), ColumnMapping())
    shuffled = {column: f" {values[column]} " for column in reversed(list(values))}
    again = submission_from_row(Row(9, {**shuffled, "reject_line": "9", "Empty": ""}), ColumnMapping())
    assert one["external_id"] == again["external_id"]
    assert len(str(one["external_id"])) == len("sha256:") + 64
    if more.strip():
        other = submission_from_row(Row(2, {**values, "lastname": more}), ColumnMapping())
        assert other["external_id"] != one["external_id"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"received_on": "03/04/2026"}, "received_on .* write it as 2026-04-03T"),
        ({"received_on": 1775210400}, "received_on"),
        ({"source": ["web"]}, "source is a text"),
        ({"externalid": True}, "external_id is a text"),
    ],
)
def test_a_special_target_that_cannot_be_read(values: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        submit(values)


def test_no_rejects_no_file(tmp_path: Path) -> None:
    with RejectFile(tmp_path / "rejects.csv") as rejects:
        assert rejects.count == 0
    assert not (tmp_path / "rejects.csv").exists()


def test_rejects_can_be_corrected_and_imported_again(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with RejectFile(path, ["First Name", "Email"]) as rejects:
        rejects.add(Reject(3, "bad e-mail", values={"First Name": "Zoë, A.", "Email": "zoe", "Tags": ["x"]}))
        rejects.add(Reject(7, "not CSV", text='"x"y\nM\\xfcller'))
        rejects.add(Reject(8, "odd", values={"First Name": "\udc80"}))
        assert rejects.count == 3
    rows = list(read_rows(path))
    assert [row.values for row in rows][:2] == [
        {"reject_line": "3", "reject_reason": "bad e-mail", "First Name": "Zoë, A.", "Email": "zoe",
         "reject_text": '{"Tags": ["x"]}'},
        {"reject_line": "7", "reject_reason": "not CSV", "First Name": "", "Email": "",
         "reject_text": '"x"y\nM\\xfcller'},
    ]  # fmt: skip
    mapping = ColumnMapping()
    assert isinstance(rows[0], Row)
    assert submission_from_row(rows[0], mapping)["lead"] == {"firstname": "Zoë, A.", "emailaddress1": "zoe"}
    assert mapping.unmapped == []
