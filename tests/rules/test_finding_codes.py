"""Every code of the check: it is documented, and here is the smallest rule book that leads to it."""

from pathlib import Path

import pytest

from rules.engine.check import check_rules
from rules.engine.finding_codes import CODES, main, page
from rules.engine.findings import MAX_FINDINGS, Code
from rules.engine.sources import MAX_BYTES, RuleSources
from tests.rules.books import DEFAULT, DIRECTORY, SHIPPED, rule_text, write_book

PAGE = SHIPPED.parent / "docs" / "rules" / "findings.md"
UK = "business_unit: uk\n"
LEFT = DIRECTORY.replace("business_unit: us,", "business_unit: us, active: no,")
TABLE = "rules:\n  - table: default.size.csv\n" + DEFAULT
SIZES = "id,numberofemployees at_least,numberofemployees at_most,assign_to queue\nsmall,1,99,inbox\nlarge,101,,inbox\n"
TWO = "rules:\n" + "".join(
    f"  - {{id: r-{number}, when: {{lastname: {{contains: {word}}}}}, then: {{assign_to: {{queue: inbox}}}}}}\n"
    for number, word in enumerate(["x", "xy"])
)
PERIOD = rule_text("{lastname: x}").replace(
    "    when", "    valid_from: 2026-02-01\n    valid_until: 2026-01-31\n    when"
)

BOOKS: dict[Code, tuple[dict[str, str], str]] = {
    Code.UNREADABLE: ({"default.yaml": "#" * (MAX_BYTES + 1)}, "default.yaml:1:1: error"),
    Code.BROKEN_YAML: ({"default.yaml": "rules:\n\t- a\n"}, "default.yaml:2:1: error"),
    Code.DUPLICATE_KEY: ({"default.yaml": DEFAULT + DEFAULT}, "default.yaml:2:1: error"),
    Code.FORBIDDEN_YAML: ({"default.yaml": "otherwise: &a {assign_to: {queue: inbox}}\n"}, "default.yaml:1:12: error"),
    Code.BROKEN_TABLE: ({"default.yaml": TABLE, "default.size.csv": "id\n"}, "default.size.csv:1:1: error"),
    Code.UNKNOWN_KEY: ({"default.yaml": DEFAULT + "hit_polcy: first\n"}, "default.yaml:2:1: error"),
    Code.MISSING_KEY: ({"default.yaml": "rules: []\n"}, "default.yaml:1:1: error"),
    Code.WRONG_SHAPE: ({"default.yaml": DEFAULT + "rules: {a: b}\n"}, "default.yaml:2:1: error"),
    Code.WRONG_PLACE: ({"notes.yaml": "a: b\n"}, "notes.yaml:1:1: warning"),
    Code.UNKNOWN_COLUMN: (
        {"default.yaml": TABLE, "default.size.csv": SIZES.replace("id,", "id,colour,")}, "default.size.csv:1:2: error"
    ),
    Code.MISSING_TABLE: ({"default.yaml": TABLE}, "default.yaml:2:12: error"),
    Code.UNNAMED_TABLE: ({"default.size.csv": SIZES}, "default.size.csv:1:1: warning"),
    Code.UNKNOWN_FIELD: ({"default.yaml": rule_text("{lastnme: x}")}, "default.yaml:3:12: error"),
    Code.UNKNOWN_OPERATOR: ({"default.yaml": rule_text("{revenue: {at_lest: 5}}")}, "default.yaml:3:22: error"),
    Code.OPERATOR_TYPE: ({"default.yaml": rule_text("{revenue: {contains: 5}}")}, "default.yaml:3:22: error"),
    Code.WRONG_VALUE: ({"default.yaml": rule_text("{revenue: much}")}, "default.yaml:3:21: error"),
    Code.UNKNOWN_OPTION: ({"default.yaml": rule_text("{industrycode: Insurence}")}, "default.yaml:3:26: error"),
    Code.EMPTY_CONDITION: ({"default.yaml": rule_text("{any: []}")}, "default.yaml:3:17: error"),
    Code.DOUBTFUL_VALUE: ({"default.yaml": rule_text("{address1_country: UK}")}, "default.yaml:3:30: warning"),
    Code.EMPTY_LIST: ({"default.yaml": rule_text("{address1_country: []}")}, "default.yaml:3:30: error"),
    Code.MISREAD_NUMBER: ({"default.yaml": rule_text("{revenue: 012}")}, "default.yaml:3:21: warning"),
    Code.NEVER_TRUE: (
        {"default.yaml": rule_text("{revenue: {at_least: 10, below: 5}}")}, "default.yaml:3:36: warning"
    ),
    Code.UNKNOWN_NAME: ({"default.yaml": rule_text("{campaign: sprint}")}, "default.yaml:3:22: error"),
    Code.EMPTY_TEAM: (
        {"directory.yaml": DIRECTORY.replace("members: [ann, {user: bob, weight: 2}]", "members: []")},
        "directory.yaml:10:3: error",
    ),
    Code.PARENT_LOOP: (
        {"directory.yaml": DIRECTORY.replace("{name: Europe}", "{name: Europe, parent: uk}")},
        "directory.yaml:3:24: error",
    ),
    Code.INACTIVE_USER: ({"directory.yaml": LEFT}, "directory.yaml:10:56: warning"),
    Code.NOBODY_ELIGIBLE: (
        {"directory.yaml": LEFT.replace("business_unit: uk}\n  bob", "business_unit: uk, active: no}\n  bob")},
        "directory.yaml:10:3: warning",
    ),
    Code.NO_MANAGER: (
        {"default.yaml": "max_reroutes: 3\n" + rule_text("{lastname: x}", "{assign_to: {team: desk}}"),
         "directory.yaml": DIRECTORY.replace(", manager: ann", "")},
        "default.yaml:1:1: warning",
    ),
    Code.DUPLICATE_ID: ({"default.yaml": TWO.replace("r-1", "r-0") + DEFAULT}, "default.yaml:3:5: error"),
    Code.NO_EXAMPLE: ({"default.yaml": rule_text("{lastname: x}")}, "default.yaml:2:5: warning"),
    Code.NO_NEXT_FILE: ({"default.yaml": "otherwise: {use: parent}\n"}, "default.yaml:1:12: error"),
    Code.UNREACHABLE: ({"default.yaml": TWO + DEFAULT}, "default.yaml:3:5: warning"),
    Code.OVERLAP: (
        {"default.yaml": "hit_policy: unique\n" + TWO.replace("xy", "z") + DEFAULT}, "default.yaml:4:5: warning"
    ),
    Code.TABLE_GAP: ({"default.yaml": TABLE, "default.size.csv": SIZES}, "default.size.csv:3:1: warning"),
    Code.WRONG_PERIOD: ({"default.yaml": PERIOD}, "default.yaml:4:5: error"),
    Code.EXPIRED: (
        {"default.yaml": PERIOD.replace("valid_from: 2026-02-01", "rank: 1").replace("2026", "2020")
         + "hit_policy: priority\n"},
        "default.yaml:4:5: warning",
    ),
    Code.DOUBTFUL_TIMES: (
        {"default.yaml": rule_text(
            "{lastname: x}", "{assign_to: {team: desk}, accept_within: 2 hours, contact_within: 1 hour}"
        )},
        "default.yaml:4:61: warning",
    ),
    Code.TOO_LARGE: (
        {"default.yaml": rule_text(f"{{all: [{', '.join(['{lastname: {contains: a}}'] * 101)}]}}")},
        "default.yaml:2:5: error",
    ),
    Code.TOO_MANY: (
        {"default.yaml": rule_text(f"{{address1_country: [{', '.join(['UK'] * (MAX_FINDINGS + 1))}]}}")},
        f"default.yaml:3:{31 + 4 * MAX_FINDINGS}: warning",
    ),
}  # fmt: skip
"""For each code files of a rule book, and where the finding is."""


@pytest.mark.parametrize("code", list(Code))
def test_each_code_has_a_book_that_leads_to_it(tmp_path: Path, code: Code) -> None:
    files, place = BOOKS[code]
    findings = check_rules(RuleSources.from_folder(write_book(tmp_path, files))).findings
    said = [str(finding) for finding in findings if finding.code == code]
    assert [text.startswith(f"{place} {code}: ") for text in said][:1] == [True], list(map(str, findings))
    assert all(finding.severity in CODES[finding.code].severities for finding in findings)
    assert all(finding.message and finding.remedy and not finding.message.endswith(".") for finding in findings)


def test_every_code_is_explained() -> None:
    assert set(CODES) == set(Code) == set(BOOKS) and list(CODES) == sorted(CODES)
    for row in CODES.values():
        assert row.title and not row.title.endswith(".") and row.meaning.endswith(".") and row.remedy.endswith(".")


def test_the_page_is_fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run `python -m rules.engine.finding_codes docs/rules/findings.md`"
    )
    monkeypatch.setattr("sys.argv", ["finding_codes", str(tmp_path / "page.md")])
    main()
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == page()
