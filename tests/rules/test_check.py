"""Each kind of finding: its code, its line, and the nearest valid name in the remedy."""

from pathlib import Path

import pytest

from rules.engine.check import check_rules
from rules.engine.findings import Code
from rules.engine.sources import RuleSources
from tests.rules.books import DEFAULT, DIRECTORY, checked, found, rule_text

QUEUE = "{assign_to: {queue: inbox}}"


def test_a_sound_book_has_no_findings(tmp_path: Path) -> None:
    result = checked(tmp_path, {"business_units/uk.yaml": f"business_unit: uk\notherwise: {QUEUE}\n"})
    assert result.findings == () and result.book is not None
    assert list(result.book.files) == ["default.yaml", "business_units/uk.yaml"]


@pytest.mark.parametrize(
    ("when", "code", "column", "hint"),
    [
        ("{adress1_country: DE}", Code.UNKNOWN_FIELD, 12, "address1_country"),
        ("{lf_stage: routing}", Code.UNKNOWN_FIELD, 12, ""),
        ("{revenue: {at_lest: 5}}", Code.UNKNOWN_OPERATOR, 22, "at_least"),
        ("{revenue: {contains: 5}}", Code.OPERATOR_TYPE, 22, "at_least"),
        ("{createdon: 2024-01-01}", Code.OPERATOR_TYPE, 23, "before"),
        ("{revenue: much}", Code.WRONG_VALUE, 21, "digits"),
        ("{revenue: 1e99}", Code.WRONG_VALUE, 21, ""),
        ("{numberofemployees: 1.5}", Code.WRONG_VALUE, 31, ""),
        ("{numberofemployees: NaN}", Code.WRONG_VALUE, 31, ""),
        ("{decisionmaker: maybe}", Code.WRONG_VALUE, 27, "yes or no"),
        ("{createdon: {before: soon}}", Code.WRONG_VALUE, 32, "2025-01-31"),
        ("{createdon: {within_last: 2 weeks}}", Code.WRONG_VALUE, 37, "minutes, hours or days"),
        ("{campaignid: 12}", Code.WRONG_VALUE, 24, "GUID"),
        ("{companyname: ''}", Code.WRONG_VALUE, 25, "is_empty"),
        ("{jobtitle: {matches: '(a+)+'}}", Code.WRONG_VALUE, 32, "contains"),
        ("{industrycode: Insurence}", Code.UNKNOWN_OPTION, 26, "Insurance"),
        ("{campaign: sprint}", Code.UNKNOWN_NAME, 22, "spring"),
        ("{revenue: {between: [9, 5]}}", Code.WRONG_SHAPE, 31, "lower one first"),
        ("{revenue: {between: 9}}", Code.WRONG_SHAPE, 31, ""),
        ("{any: {revenue: 9}}", Code.WRONG_SHAPE, 17, "dash"),
        ("{any: []}", Code.EMPTY_CONDITION, 17, "otherwise"),
        ("{}", Code.EMPTY_CONDITION, 11, "otherwise"),
        ("{revenue: {}}", Code.WRONG_SHAPE, 21, "operator: value"),
        ("{companyname: [[a]]}", Code.WRONG_SHAPE, 26, "plain values"),
    ],
)
def test_conditions(tmp_path: Path, when: str, code: Code, column: int, hint: str) -> None:
    (finding,) = found(tmp_path, {"default.yaml": rule_text(when)})
    assert (finding.code, finding.file, finding.line, finding.column) == (code, "default.yaml", 3, column)
    assert hint in finding.remedy


@pytest.mark.parametrize(
    ("then", "code", "hint"),
    [
        ("{}", Code.WRONG_SHAPE, "exactly one"),
        ("{assign_to: {queue: inbox}, hold: {reason: x}}", Code.WRONG_SHAPE, "exactly one"),
        ("{assign_to: {}}", Code.WRONG_SHAPE, "exactly one"),
        ("{assign_to: {queue: inbx}}", Code.UNKNOWN_NAME, "inbox"),
        ("{assign_to: {team: desc}}", Code.UNKNOWN_NAME, "desk"),
        ("{assign_to: {user: anna}}", Code.UNKNOWN_NAME, "ann"),
        ("{assign_to: {partner: contso}}", Code.UNKNOWN_NAME, "contoso"),
        ("{assign_to: {team: desk, strategy: round-robin}}", Code.UNKNOWN_NAME, "round_robin"),
        ("{assign_to: {queue: inbox, strategy: round_robin}}", Code.WRONG_PLACE, "team"),
        ("{assign_to: {queue: inbox}, priority: urgent}", Code.WRONG_SHAPE, ""),
        ("{assign_to: {queue: inbox}, accept_within: soon}", Code.WRONG_SHAPE, ""),
        ("{assign_to: {queue: inbox}, accept_within: 0 days}", Code.WRONG_SHAPE, ""),
        ("{assign_to: {queue: inbox}, if_missed: [remind]}", Code.WRONG_PLACE, "how long"),
        ("{assign_to: {queue: inbox}, accept_within: 1 day, if_missed: [remnd]}", Code.UNKNOWN_KEY, "remind"),
        ("{assign_to: {queue: inbox}, accept_within: 1 day, if_missed: [{escalate: dsk}]}", Code.UNKNOWN_NAME, "desk"),
        ("{disqualify: {status: Cancelled}}", Code.UNKNOWN_OPTION, "Canceled"),
        ("{disqualify: {status: New}}", Code.UNKNOWN_OPTION, "Canceled"),
        ("{disqualify: {status: Lost}, accept_within: 1 day}", Code.WRONG_PLACE, "assign"),
        ("{hold: {}}", Code.MISSING_KEY, "reason"),
        ("{assing_to: {queue: inbox}}", Code.UNKNOWN_KEY, "assign_to"),
    ],
)
def test_outcomes(tmp_path: Path, then: str, code: Code, hint: str) -> None:
    finding = found(tmp_path, {"default.yaml": rule_text("{revenue: 1}", then)})[0]
    assert (finding.code, finding.line) == (code, 4)
    assert hint in finding.remedy


@pytest.mark.parametrize(
    ("path", "text", "code", "line"),
    [
        ("default.yaml", "rules: []\n", Code.MISSING_KEY, 1),
        ("default.yaml", "otherwise: {use: parent}\n", Code.NO_NEXT_FILE, 1),
        ("default.yaml", DEFAULT + "hit_polcy: first\n", Code.UNKNOWN_KEY, 2),
        ("default.yaml", DEFAULT + "business_unit: uk\n", Code.WRONG_PLACE, 2),
        ("default.yaml", DEFAULT + "rules: {a: b}\n", Code.WRONG_SHAPE, 2),
        ("default.yaml", DEFAULT + "rules: [x]\n", Code.WRONG_SHAPE, 2),
        ("business_units/uk.yaml", DEFAULT, Code.WRONG_PLACE, 1),
        ("business_units/uk.yaml", "business_unit: us\n" + DEFAULT, Code.WRONG_PLACE, 1),
        ("business_units/uk.yaml", "business_unit: uk\notherwise: {use: business_unit}\n", Code.NO_NEXT_FILE, 2),
        ("business_units/fr.yaml", "business_unit: fr\n" + DEFAULT, Code.UNKNOWN_NAME, 1),
        ("business_units/uk.yml", "business_unit: uk\n" + DEFAULT, Code.WRONG_PLACE, 1),
        ("channel_partners/contoso.yaml", "channel_partner: contoso\notherwise: {use: parent}\n", Code.NO_NEXT_FILE, 2),
        ("default.yaml", rule_text("{revenue: 1}").replace("id: one", "id: One Rule"), Code.WRONG_SHAPE, 2),
        ("default.yaml", rule_text("{revenue: 1}").replace("id: one", "id: otherwise"), Code.WRONG_SHAPE, 2),
        ("default.yaml", rule_text("{revenue: 1}") + "hit_policy: priority\n", Code.MISSING_KEY, 2),
        ("default.yaml", rule_text("{revenue: 1}").replace("    when", "    rank: 1\n    when"), Code.WRONG_PLACE, 2),
        ("default.yaml", DEFAULT + "examples: [{lead: {revenu: 5}, expect: {rule: otherwise}}]", Code.UNKNOWN_FIELD, 2),
        ("default.yaml", DEFAULT + "examples: [{lead: {revenue: -5}, expect: {}}]", Code.WRONG_SHAPE, 2),
        ("default.yaml", DEFAULT + "examples: [{lead: {revenue: 5}, expect: {rule: othrwise}}]", Code.UNKNOWN_NAME, 2),
        ("choices.yaml", "leadsourcecode: {1: Taken}\n", Code.WRONG_SHAPE, 1),
        ("choices.yaml", "leadsourcecod: {99: New}\n", Code.WRONG_SHAPE, 1),
        ("choices.yaml", "leadsourcecode: New\n", Code.WRONG_SHAPE, 1),
    ],
)  # fmt: skip
def test_files(tmp_path: Path, path: str, text: str, code: Code, line: int) -> None:
    finding = found(tmp_path, {path: text})[0]
    assert (finding.code, finding.file, finding.line) == (code, path, line)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("members: [ann, {user: bob, weight: 2}]", "members: []", Code.EMPTY_TEAM, 10),
        ("members: [ann,", "members: [anna,", Code.UNKNOWN_NAME, 10),
        ("members: [ann,", "members: [bob,", Code.DUPLICATE_KEY, 10),
        ("manager: ann", "manager: amy", Code.UNKNOWN_NAME, 10),
        ("{name: Europe}", "{name: Europe, parent: uk}", Code.PARENT_LOOP, 3),
        ("parent: emea", "parent: emae", Code.UNKNOWN_NAME, 4),
        ("America/New_York", "America/Newyork", Code.WRONG_VALUE, 8),
        ("weight: 2", "weight: none", Code.WRONG_SHAPE, 10),
        ("{name: Spring}", "{nam: Spring}", Code.MISSING_KEY, 16),
        ("team: desk}\nchannel", "team: dask}\nchannel", Code.UNKNOWN_NAME, 12),
    ],
)
def test_the_directory(tmp_path: Path, old: str, new: str, code: Code, line: int) -> None:
    assert old in DIRECTORY
    finding = found(tmp_path, {"directory.yaml": DIRECTORY.replace(old, new)})[0]
    assert (finding.code, finding.file, finding.line) == (code, "directory.yaml", line)


def test_an_id_belongs_to_one_rule_of_the_whole_book(tmp_path: Path) -> None:
    unit = "business_unit: uk\n" + rule_text("{revenue: 2}")
    (finding,) = found(tmp_path, {"default.yaml": rule_text("{revenue: 1}"), "business_units/uk.yaml": unit})
    assert (finding.code, finding.file) == (Code.DUPLICATE_ID, "business_units/uk.yaml")
    assert "default.yaml:2:5" in finding.message


def test_a_rule_that_is_too_wide_for_the_engine(tmp_path: Path) -> None:
    wide = ", ".join(["{any: [{revenue: 1}, {lastname: a}, {firstname: b}, {jobtitle: c}]}"] * 3)
    narrow = rule_text(f"{{all: [{wide.replace('revenue: 1', 'revenue: 2', 1)}]}}")
    (finding,) = found(
        tmp_path, {"default.yaml": narrow.replace("lastname: a}", "lastname: z}", 1).replace("c}", "d}", 1)}
    )
    assert finding.code == Code.TOO_LARGE and "64 combinations" in finding.message


def test_warnings_do_not_refuse_the_book(tmp_path: Path) -> None:
    text = rule_text("{address1_country: UK, revenue: {at_least: 1.005}}")
    result = checked(tmp_path, {"default.yaml": text})
    assert result.book is not None
    assert [finding.code for finding in result.findings] == [
        Code.NO_EXAMPLE, Code.DOUBTFUL_VALUE, Code.DOUBTFUL_VALUE,
    ]  # fmt: skip
    assert "GB" in result.findings[1].remedy


def test_one_check_shows_the_errors_of_all_files_and_rules(tmp_path: Path) -> None:
    broken = "business_unit: uk\n" + rule_text("{revenu: 1}", "{assign_to: {queue: inbx}}").replace("one", "two")
    codes = [(finding.file, finding.code) for finding in found(
        tmp_path, {"default.yaml": rule_text("{lastnme: x}"), "business_units/uk.yaml": broken}
    )]  # fmt: skip
    assert codes == [
        ("business_units/uk.yaml", Code.UNKNOWN_FIELD),
        ("business_units/uk.yaml", Code.UNKNOWN_NAME),
        ("default.yaml", Code.UNKNOWN_FIELD),
    ]


def test_missing_files(tmp_path: Path) -> None:
    for name in ("default.yaml", "directory.yaml"):
        checked(tmp_path, {})
        (tmp_path / name).unlink()
        (finding,) = check_rules(RuleSources.from_folder(tmp_path)).findings
        assert (finding.code, finding.file) == (Code.UNREADABLE, name)
