"""Which column fills which attribute."""

import json
from pathlib import Path

import pytest

from crm.entities.lead import Lead
from crm.errors import InvalidInput
from leadflow.intake.headers import _HEADERS, _key
from leadflow.intake.mapping import SPECIAL_TARGETS, ColumnMapping, automatic_target, parse_pairs, read_mapping_file


@pytest.mark.parametrize(
    ("column", "target"),
    [
        ("First Name", "firstname"), ("LAST_NAME", "lastname"), ("Company", "companyname"), ("e-mail", "emailaddress1"),
        ("Email 1", "emailaddress1"), ("Phone 1", "telephone1"), ("Country", "address1_country"),
        ("Website", "websiteurl"),
        ("Job Title", "jobtitle"), ("Lead Source", "leadsourcecode"), ("Source", "source"), ("Lead ID", "externalid"),
        ("external_id", "externalid"), ("lf_externalid", "externalid"), ("lf_source", "source"),
        ("Channel Partner", "channel_partner"), ("emailaddress1", "emailaddress1"), ("leadid", "leadid"),
        ("numberofemployees", "numberofemployees"), ("received_on", "received_on"),
        ("fullname", None), ("versionnumber", None), ("Shoe Size", None), ("", None),
    ],
)  # fmt: skip
def test_columns_that_map_themselves(column: str, target: str | None) -> None:
    assert automatic_target(column) == target


def test_the_table_of_headers_is_sound() -> None:
    keys = [_key(header) for headers in _HEADERS.values() for header in headers]
    assert len(keys) == len(set(keys))
    for target in _HEADERS:
        assert target in SPECIAL_TARGETS or Lead.attributes()[target].create


def test_the_callers_word_wins() -> None:
    mapping = ColumnMapping({"Work Mail": "emailaddress1", "Company": "", "Title": "salutation"})
    assert mapping.target("Work Mail") == "emailaddress1"
    assert mapping.target("Email") is None
    assert mapping.target("Company") is None
    assert mapping.target("Title") == "salutation"
    assert mapping.target("First Name") == "firstname"


def test_columns_without_a_place_are_listed_once_unless_left_out_on_purpose() -> None:
    mapping = ColumnMapping({"Index": ""})
    assert [mapping.mark_unmapped(column) for column in ("Shoe Size", "Index", "Hat", "Shoe Size")] == [
        True, False, True, True,
    ]  # fmt: skip
    assert mapping.unmapped == ["Shoe Size", "Hat"]


@pytest.mark.parametrize(
    ("explicit", "words"),
    [
        ({"Mail": "emailadress1"}, "did you mean 'emailaddress1'"),
        ({"Mail": "bussiness_unit"}, "did you mean 'business_unit'"),
        ({"Mail": "fullname"}, "written by the service only"),
        ({"Mail": "qqq"}, "logical name"),
        ({"A": "source", "B": "source"}, "columns 'A' and 'B' are mapped to 'source'"),
    ],
)
def test_a_mapping_that_cannot_work(explicit: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        ColumnMapping(explicit)


def test_the_attributes_of_the_feed_are_the_feed() -> None:
    assert ColumnMapping({"No": "lf_externalid"}).target("No") == "externalid"


def test_a_mapped_column_must_be_there() -> None:
    mapping = ColumnMapping({"Company Nmae": "companyname"})
    mapping.check(["Company Nmae", "x"])
    with pytest.raises(InvalidInput, match="no column 'Company Nmae'; did you mean 'Company Name'"):
        mapping.check(["Company Name"])
    with pytest.raises(InvalidInput, match="its columns are x, y"):
        mapping.check(["x", "y"])


def test_pairs_of_the_command_line() -> None:
    pairs = ["Mail=emailaddress1", " a = b = externalid ", "Index="]
    assert parse_pairs(pairs) == {"Mail": "emailaddress1", "a = b": "externalid", "Index": ""}
    for bad in ("Mail", "=emailaddress1", ""):
        with pytest.raises(InvalidInput, match="Column=attribute"):
            parse_pairs([bad])


def test_mapping_files(tmp_path: Path) -> None:
    wanted = {"Mail": "emailaddress1", "No": "externalid", "Index": ""}
    yaml, as_json = tmp_path / "map.yaml", tmp_path / "map.json"
    yaml.write_text("Mail: emailaddress1   # the work address\n'No': externalid\nIndex:\n")
    as_json.write_text(json.dumps(wanted, indent="\t"))
    assert read_mapping_file(yaml) == wanted
    assert read_mapping_file(as_json) == wanted


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [b]\n", "a: b: c\n", "", "just words"])
def test_files_that_are_no_mapping(tmp_path: Path, text: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"(?s)map\.yaml: .* write lines of Column: attribute"):
        read_mapping_file(path)
