"""How large a rule book may be: each limit has a finding at the file where it is passed, and ends the reading."""

from pathlib import Path

import pytest

from rules.engine import limits
from rules.engine.findings import MAX_FINDINGS, MAX_MESSAGE, Code, Findings, Place, suggestion
from tests.rules.books import DEFAULT, DIRECTORY, checked, found, write_book

UNITS = ("emea", "uk", "us")


def units(when: str, count: int = 2) -> dict[str, str]:
    """A rule file for each unit, with so many rules."""
    return {
        f"business_units/{unit}.yaml": f"business_unit: {unit}\n{DEFAULT}rules:\n"
        + "".join(
            f"- {{id: {unit}-{number}, when: {{{when}}}, then: {{hold: {{reason: x}}}}}}\n" for number in range(count)
        )
        for unit in UNITS
    }


@pytest.mark.parametrize(
    ("limit", "most", "when", "words"),
    [
        ("MAX_RULES_IN_FILE", 1, "lastname: a", "2 rules, at most 1"),
        ("MAX_RULES", 3, "lastname: a", "more than 3 rules"),
        ("MAX_PATTERNS", 3, "jobtitle: {matches: a}", "more than 3 regular expressions"),
        ("MAX_WORDS", 40, "lastname: [a, b, c, d, e, f, g]", "more than 40 names and values"),
    ],
)
def test_rules_of_all_files_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int, when: str, words: str
) -> None:
    files = units(when)
    assert found(tmp_path, files) == []
    monkeypatch.setattr(limits, limit, most)
    (finding,) = found(tmp_path, files | {"business_units/us.yaml": "not read any more"})
    passed = "emea" if limit == "MAX_RULES_IN_FILE" else "uk"
    assert (finding.code, finding.file, finding.line) == (Code.TOO_LARGE, f"business_units/{passed}.yaml", 3)
    assert words in finding.message and finding.remedy


def test_bytes_of_all_files_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_book(tmp_path, {"business_units/uk.yaml": "# " + "x" * 200})
    monkeypatch.setattr(limits, "MAX_BOOK_BYTES", len(DIRECTORY) + len(DEFAULT) + 100)
    (finding,) = checked(folder, {}).findings
    assert (finding.code, finding.file) == (Code.TOO_LARGE, "business_units/uk.yaml")


def test_the_remaining_findings_are_counted_for_each_severity() -> None:
    findings = Findings()
    for line in range(1, MAX_FINDINGS + 100):
        findings.warning(Code.DOUBTFUL_VALUE, Place("a.yaml", line), "doubtful", "Look")
    assert findings.takes("error") and not findings.takes("warning") and not findings.has_errors
    findings.error(Code.WRONG_VALUE, Place("a.yaml"), "wrong", "Correct it")
    codes = [finding.code for finding in findings.items]
    assert codes == [Code.DOUBTFUL_VALUE] * MAX_FINDINGS + [Code.TOO_MANY, Code.WRONG_VALUE]
    assert findings.has_errors


def test_a_message_of_a_book_is_shortened() -> None:
    findings = Findings()
    findings.error(Code.WRONG_VALUE, Place("a.yaml"), f"'{'x' * 100_000}' is wrong", "Correct it")
    (finding,) = findings.items
    assert len(finding.message) < MAX_MESSAGE + 10
    assert finding.message.startswith("'xxx") and " ... " in finding.message and finding.message.endswith("is wrong")


def test_the_nearest_of_many_names_begins_alike() -> None:
    names = [f"{letter}-team-{number}" for letter in "abcdef" for number in range(1000)]
    assert suggestion("c-taem-7", names) == "Did you mean 'c-team-7'?"
