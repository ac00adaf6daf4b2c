"""What YAML and people read differently: the field's type decides, and what may be misread is said."""

from pathlib import Path
from typing import Any

import pytest

from rules.engine.conditions import Test as Single
from rules.engine.findings import Code
from tests.rules.books import DEFAULT, checked, condition, found, rule_text


@pytest.mark.parametrize(
    ("when", "operand"),
    [
        ("{address1_country: NO}", ("no",)),
        ("{address1_country: [NO, SE]}", ("no", "se")),
        ("{lastname: on}", ("on",)),
        ("{lastname: 012}", ("012",)),
        ("{lastname: 1e6}", ("1e6",)),
        ("{lastname: 12:30:00}", ("12:30:00",)),
        ("{lastname: ~}", ("~",)),
        ("{lastname: null}", ("null",)),
        ("{lastname: 2025-01-31}", ("2025-01-31",)),
        ("{is_duplicate: on}", (True,)),
        ("{is_duplicate: NO}", (False,)),
        ("{is_duplicate: Off}", (False,)),
        ("{revenue: 1e6}", (1_000_000.0,)),
        ("{numberofemployees: 012}", (12,)),
        ("{revenue: 1_000}", (1000.0,)),
        ("{revenue: 1.000}", (1.0,)),
        ("{industrycode: 012}", (12,)),
    ],
)
def test_the_type_of_the_field_decides(when: str, operand: Any) -> None:
    (test,) = condition(when).parts
    assert isinstance(test, Single) and test.operand == operand


@pytest.mark.parametrize(
    ("when", "message", "remedy"),
    [
        ("{revenue: 012}", "'012' is read as 12", "Write 12"),
        ("{revenue: {above: -012}}", "'-012' is read as -12", "Write -12"),
        ("{numberofemployees: 1e6}", "'1e6' is read as 1000000", "Write 1000000"),
        ("{numberofemployees: {between: [1_000, 2000]}}", "'1_000' is read as 1000", "Write 1000"),
        ("{revenue: 1.000}", "'1.000' is read as 1, not as 1000", "Write 1000 if that is meant"),
        ("{revenue: 12.500}", "'12.500' is read as 12.5, not as 12500", "Write 12500 if that is meant"),
        ("{numberofemployees: '\uff11\uff12'}", "'\uff11\uff12' is read as 12", "Write 12"),
        ("{industrycode: 012}", "'012' is read as 12", "Write 12"),
    ],
)
def test_a_number_that_may_be_misread(tmp_path: Path, when: str, message: str, remedy: str) -> None:
    result = checked(tmp_path, {"default.yaml": rule_text(when)})
    assert result.book is not None
    (finding,) = [finding for finding in result.findings if finding.code != Code.NO_EXAMPLE]
    assert (finding.code, finding.severity) == (Code.MISREAD_NUMBER, "warning")
    assert (finding.message, finding.remedy) == (message, remedy)


@pytest.mark.parametrize("number", ["0", "12", "-5", "+5", "0.5", ".5", "5.", "1000000", "0.125", "12.50", "100.0"])
def test_a_plain_number_is_not_doubted(tmp_path: Path, number: str) -> None:
    findings = checked(tmp_path, {"default.yaml": rule_text(f"{{revenue: {number}}}")}).findings
    assert not [finding for finding in findings if finding.code == Code.MISREAD_NUMBER]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        ("0x1F", "Write 31"),
        ("0o7", "Write 7"),
        ("0b11", "Write 3"),
        ("1,000", "Write digits, without unit or separators"),
        ("1.000.000", "Write digits, without unit or separators"),
        ("5k", "Write digits, without unit or separators"),
        ("12:30", "Write digits, without unit or separators"),
        (".inf", "Write digits, without unit or separators"),
        ("1e999999999", "Stay within 999,999,999,999,999"),
    ],
)
def test_a_number_for_programmers_only_is_refused(tmp_path: Path, number: str, remedy: str) -> None:
    (finding,) = found(tmp_path, {"default.yaml": rule_text(f"{{revenue: '{number}'}}")})
    assert (finding.code, finding.remedy) == (Code.WRONG_VALUE, remedy) and f"'{number}'" in finding.message


def test_numbers_of_examples_and_ranks_are_looked_at(tmp_path: Path) -> None:
    text = rule_text("{lastname: x}").replace("    when", "    rank: 010\n    when") + "hit_policy: priority\n"
    text += "examples:\n  - {lead: {lastname: x, numberofemployees: 1e3}, expect: {rule: one}}\n"
    findings = checked(tmp_path, {"default.yaml": text}).findings
    assert [(finding.code, finding.line, finding.column) for finding in findings] == [
        (Code.MISREAD_NUMBER, 3, 11), (Code.MISREAD_NUMBER, 9, 45),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("rules:\n\t- id: x\n" + DEFAULT, Code.BROKEN_YAML, 2, "tab"),
        ("rules:\n  -\tid: x\n\t  when: {}\n" + DEFAULT, Code.BROKEN_YAML, 2, "tab"),
        ("otherwise: &inbox {assign_to: {queue: inbox}}\n", Code.FORBIDDEN_YAML, 1, "anchor"),
        ("otherwise: *inbox\n", Code.FORBIDDEN_YAML, 1, "alias"),
        ("otherwise: {assign_to: {queue: !!str inbox}}\n", Code.FORBIDDEN_YAML, 1, "tag"),
        ("<<: {a: b}\n" + DEFAULT, Code.UNKNOWN_KEY, 1, "<<"),
        (DEFAULT + DEFAULT, Code.DUPLICATE_KEY, 2, "otherwise"),
    ],
)
def test_what_yaml_hides_is_refused(tmp_path: Path, text: str, code: Code, line: int, words: str) -> None:
    finding = found(tmp_path, {"default.yaml": text})[0]
    assert (finding.code, finding.line) == (code, line)
    assert words in f"{finding.message} {finding.remedy}".lower()


def test_an_empty_list_says_so(tmp_path: Path) -> None:
    for when in (
        "{address1_country: []}",
        "{lastname: {not: []}}",
        "{revenue: {between: []}}",
        "{lastname: {contains: []}}",
    ):
        (finding,) = found(tmp_path, {"default.yaml": rule_text(when)})
        assert finding.code == Code.EMPTY_LIST and "is empty, so nothing fits" in finding.message
