"""What is wrong with a rule table is said once, where it is, and with what to do."""

import pytest

from rules.engine.findings import Code
from rules.engine.limits import MAX_RULES_IN_FILE
from rules.engine.sources import MAX_BYTES
from tests.rules.books import DEFAULT
from tests.rules.tables import NAMED, ROW, TABLE, checked, errors


@pytest.mark.parametrize(
    ("header", "code", "column", "hint"),
    [
        ("address1_country,qualify", Code.MISSING_KEY, 1, "never change it or use it again"),
        ("id,qualify", Code.EMPTY_CONDITION, 1, "address1_country"),
        ("id,address1_country", Code.MISSING_KEY, 1, "assign_to team"),
        ("id,adress1_country,qualify", Code.UNKNOWN_COLUMN, 2, "'address1_country'"),
        ("id,address1_country,assign_to teem", Code.UNKNOWN_COLUMN, 3, "'team'"),
        ("id,address1_country,assign_to", Code.UNKNOWN_COLUMN, 3, "team, queue"),
        ("id,any,qualify", Code.UNKNOWN_COLUMN, 2, ""),
        ("id,=1+1,qualify", Code.UNKNOWN_COLUMN, 2, ""),
        ("id,revenue at_lest,qualify", Code.UNKNOWN_OPERATOR, 2, "'at_least'"),
        ("id,revenue contains,qualify", Code.UNKNOWN_OPERATOR, 2, "at_least"),
        ("id,createdon,qualify", Code.UNKNOWN_OPERATOR, 2, "before"),
        ("id,revenue,qualify,ID", Code.DUPLICATE_KEY, 4, "Keep one"),
        ("id,revenue,qualify,Revenue  Equals", Code.DUPLICATE_KEY, 4, "Keep one"),
        ("id,revenue;qualify", Code.BROKEN_TABLE, 1, "commas, semicolons or tabs"),
        ("id", Code.BROKEN_TABLE, 1, "one line of headings"),
        ("", Code.BROKEN_TABLE, 1, "one line of headings"),
        ('id,"revenue,qualify', Code.BROKEN_TABLE, 1, "quotation marks"),
    ],
)
def test_headings(header: str, code: Code, column: int, hint: str) -> None:
    findings = checked(f"{header}\none,1,yes\n").findings
    assert [(item.code, item.file, item.line, item.column) for item in findings] == [(code, TABLE, 1, column)]
    assert hint in findings[0].remedy


@pytest.mark.parametrize(
    ("row", "code", "column", "hint"),
    [
        ("a;much;;desk;", Code.WRONG_VALUE, 2, "digits"),
        ("a;1.000;;;", Code.WRONG_VALUE, 2, "Write 1 or 1000"),
        ("a;1,234;;;", Code.WRONG_VALUE, 2, "Write 1.234 or 1234"),
        ("a;1,23E+11;;;", Code.WRONG_VALUE, 2, "format is text"),
        ("a;#REF!;;;", Code.WRONG_VALUE, 2, "value itself"),
        ("a;#####;;;", Code.WRONG_VALUE, 2, "value itself"),
        ("a;5 |;;;", Code.WRONG_VALUE, 2, "between two values only"),
        ("a;;03/04/2026;desk;", Code.WRONG_VALUE, 3, "Write 2026-03-04 or 2026-04-03"),
        ("a;;31.02.2026;desk;", Code.WRONG_VALUE, 3, "2025-01-31"),
        ("a;;31.01.26;desk;", Code.WRONG_VALUE, 3, "2025-01-31"),
        ("a;5;;dask;", Code.UNKNOWN_NAME, 4, "desk"),
        ("a;5;;desk;yes", Code.WRONG_SHAPE, 1, "exactly one"),
        ("a;5;;;", Code.WRONG_SHAPE, 1, "exactly one"),
        ("a;;;desk;", Code.EMPTY_CONDITION, 1, "at least one field"),
        ("a;5;;;no", Code.WRONG_VALUE, 5, "leave the cell empty"),
        ("a;5;;;perhaps", Code.WRONG_VALUE, 5, "Write yes"),
        (";5;;desk;", Code.MISSING_KEY, 1, "never change it"),
        ("A b;5;;desk;", Code.WRONG_SHAPE, 1, ""),
        ("a;5;;desk;;;;x", Code.BROKEN_TABLE, 8, "heading"),
        ("a,5,,desk,", Code.BROKEN_TABLE, 1, "same separator"),
        ('a;"5;;desk;', Code.BROKEN_TABLE, 1, "quotation marks"),
        ('a;"5"6;;desk;', Code.BROKEN_TABLE, 1, "quotation marks"),
    ],
)
def test_cells(row: str, code: Code, column: int, hint: str) -> None:
    """The finding names the line of the file, although a row above has a line break in it."""
    header = "id;revenue;createdon before;assign_to team;qualify;;description"
    findings = checked(f'{header}\nok;1;;desk;;;"one\ntwo"\n;;\n{row}\n').findings
    (finding,) = [item for item in findings if item.severity == "error"]
    assert (finding.code, finding.file, finding.line, finding.column) == (code, TABLE, 5, column)
    assert hint in finding.remedy


def test_a_finding_names_the_column() -> None:
    (finding,) = checked("id,revenue at_least,assign_to team\na,much,desk\n").findings
    assert finding.message == "revenue is a number, 'much' is none (column 'revenue at_least')"
    (finding,) = checked("id,revenue,disqualify reason\na,1,late\n").findings
    assert (finding.message, finding.remedy) == (
        "'status' is missing (column 'disqualify reason')", "Fill in 'disqualify status', too",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "code", "hint"),
    [
        ("{table: default.b.csv}", Code.MISSING_TABLE, "default.a.csv"),
        ("{table: us.a.csv}", Code.WRONG_PLACE, "beside default.yaml"),
        ("{table: business_units/default.a.csv}", Code.WRONG_PLACE, "beside default.yaml"),
        ("{table: ../default.a.csv}", Code.WRONG_PLACE, "default.territories.csv"),
        ("{table: default.a.xlsx}", Code.WRONG_PLACE, ""),
        ("{table: default.csv}", Code.WRONG_PLACE, ""),
        ("{table: [default.a.csv]}", Code.WRONG_SHAPE, ""),
        ("{table: default.a.csv, rang: 1}", Code.UNKNOWN_KEY, "rank"),
        ("{table: default.a.csv, rank: high}", Code.WRONG_SHAPE, ""),
    ],
)
def test_entries(entry: str, code: Code, hint: str) -> None:
    (finding,) = checked(ROW, f"rules:\n  - {entry}\n{DEFAULT}").findings
    assert (finding.code, finding.file, finding.line) == (code, "default.yaml", 2)
    assert hint in finding.remedy


def test_a_table_is_named_once() -> None:
    twice = f"rules:\n  - table: {TABLE}\n  - table: {TABLE}\n{DEFAULT}"
    assert errors(ROW, twice) == [(Code.DUPLICATE_KEY, 3, 12)]
    (finding,) = checked(ROW, DEFAULT).findings
    assert (finding.code, finding.severity, finding.file) == (Code.UNNAMED_TABLE, "warning", TABLE)


@pytest.mark.parametrize("text", [NAMED, DEFAULT])
@pytest.mark.parametrize(
    ("content", "line", "hint"),
    [
        (ROW.encode() + "b,Müller".encode("cp1252"), 3, "CSV UTF-8"),
        (ROW.encode("utf-16"), 1, "CSV UTF-8"),
        (ROW.encode("utf-16-le"), 1, "CSV UTF-8"),
        (b"x" * (MAX_BYTES + 1), 1, "Split"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, line: int, hint: str, text: str) -> None:
    """Also where no rule file names them: all files of a book are kept as text."""
    (finding,) = checked(content, text).findings
    assert (finding.code, finding.file, finding.line) == (Code.UNREADABLE, TABLE, line)
    assert hint in finding.remedy


def test_tables_are_limited_and_not_empty() -> None:
    row = ROW.splitlines()[1].removeprefix("a")
    rows = "".join(f"r-{number}{row}\n" for number in range(MAX_RULES_IN_FILE + 1))
    header = ROW.splitlines()[0]
    assert errors(f"{header}\n{rows}") == [(Code.TOO_LARGE, MAX_RULES_IN_FILE + 2, 1)]
    assert errors(f"{header}\n,,\n\n") == [(Code.BROKEN_TABLE, 1, 1)]


def test_ids_belong_to_one_rule_of_the_book() -> None:
    (finding,) = [item for item in checked(ROW + "a,2,yes\n").findings if item.severity == "error"]
    assert (finding.code, finding.line) == (Code.DUPLICATE_ID, 3)
    assert finding.message == "rule id 'a' is taken by default.a.csv:2:1"


def test_one_example_is_enough_for_a_table() -> None:
    rows = ROW + "b,2,yes\nc,3,yes\n"
    (finding,) = checked(rows).findings
    assert (finding.code, finding.severity, finding.file, finding.line) == (Code.NO_EXAMPLE, "warning", TABLE, 1)
    assert checked(rows, NAMED + "examples: [{lead: {revenue: 2}, expect: {rule: b}}]").findings == ()


def test_a_missing_or_needless_rank_is_said_once_for_each_table() -> None:
    rows = "id,revenue,qualify\n" + "".join(f"r-{number},1,yes\n" for number in range(9))
    assert errors(rows, "hit_policy: priority\n" + NAMED) == [(Code.MISSING_KEY, 2, 1)]
    assert errors(rows, NAMED.replace(f"table: {TABLE}", f"{{table: {TABLE}, rank: 1}}")) == [(Code.WRONG_PLACE, 2, 1)]
