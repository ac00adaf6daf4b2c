"""Rule tables: rows are rules, whatever a spreadsheet made of the file, and mistakes are named where they are."""

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine.check import CheckResult, check_rules
from rules.engine.columns import columns
from rules.engine.decision import Assign, Disqualify, Hold, Qualify
from rules.engine.digest import book_digest
from rules.engine.examples import run_examples
from rules.engine.facts import NOW
from rules.engine.findings import Code
from rules.engine.limits import MAX_RULES_IN_FILE
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import Rule
from rules.engine.sources import MAX_BYTES, RuleSources
from tests.rules.books import DEFAULT, DIRECTORY, SHIPPED

TABLE = "default.a.csv"
NAMED = f"rules:\n  - table: {TABLE}\n{DEFAULT}"
GUIDE = SHIPPED.parent / "docs" / "rules" / "tables.md"


def book(text: str, **tables: str | bytes) -> RuleSources:
    """A rule book with this default.yaml and the tables default.<name>.csv."""
    files = {"directory.yaml": DIRECTORY, "default.yaml": text}
    encoded = {name: text.encode() for name, text in files.items()}
    for name, content in tables.items():
        encoded[f"default.{name}.csv"] = content.encode() if isinstance(content, str) else content
    return RuleSources.from_files(encoded)


def checked(table: str | bytes, text: str = NAMED) -> CheckResult:
    return check_rules(book(text, a=table))


def errors(table: str | bytes, text: str = NAMED) -> list[tuple[Code, int, int]]:
    return [(item.code, item.line, item.column) for item in checked(table, text).findings if item.severity == "error"]


def rules(table: str | bytes, text: str = NAMED) -> tuple[Rule, ...]:
    result = checked(table, text)
    assert result.book is not None, result.findings
    return result.book.files["default.yaml"].rules


def digest(text: str, **tables: str | bytes) -> str:
    result = check_rules(book(text, **tables))
    assert result.book is not None, result.findings
    return book_digest(result.book)


def operands(heading: str, *cells: str) -> list[Any]:
    """What a cell under this heading means, for each of the cells."""
    out = io.StringIO()
    csv.writer(out).writerows([["id", heading, "qualify"], *([f"r-{n}", cell, "yes"] for n, cell in enumerate(cells))])
    return [rule.when.parts[0].operand for rule in rules(out.getvalue())]  # type: ignore[union-attr]


def test_rows_mean_what_the_same_rules_in_yaml_mean() -> None:
    table = (
        "ID;Description; address1_country;numberofemployees at_least;numberofemployees below;revenue between;"
        "companyname is_empty;jobtitle contains;jobtitle matches;createdon within_last;decisionmaker;"
        "assign_to team;assign_to strategy;assign_to user;priority;accept_within;if_missed;disqualify status;"
        "disqualify reason;hold reason;qualify;qualify create_contact;valid_from;valid_until\n"
        "one;The first;DE | AT;50;500;1000 | 2.000,50;yes;head | chief;(a|b).*;30 days;TRUE;"
        "desk;least_open;;hot;4 hours;remind | re-route | escalate: desk;;;;;;1.2.2026;31.12.2026 17:00Z\n"
        "two;;NO;;;;;;;;;;;ann;;;;;;;;\n"
        "three;;;;;;FALSE;;;;;;;;;;;Lost;too late;;;\n"
        "four;;;;;;;;;;no;;;;;;;;;no consent;;\n"
        "five;;;;;;;intern;;;;;;;;;;;;;yes;no\n"
        "six;;SE;;;;;;;;;;;;;;;;;;YES;\n"
    )
    written = f"""
rules:
  - id: one
    description: The first
    valid_from: 2026-02-01
    valid_until: 2026-12-31T17:00Z
    when:
      address1_country: [DE, AT]
      numberofemployees: {{at_least: 50, below: 500}}
      revenue: {{between: [1000, 2000.5]}}
      companyname: {{is_empty: yes}}
      jobtitle: {{contains: [head, chief], matches: (a|b).*}}
      createdon: {{within_last: 30 days}}
      decisionmaker: yes
    then:
      assign_to: {{team: desk, strategy: least_open}}
      priority: hot
      accept_within: 4 hours
      if_missed: [remind, re-route, escalate: desk]
  - {{id: two, when: {{address1_country: NO}}, then: {{assign_to: {{user: ann}}}}}}
  - {{id: three, when: {{companyname: {{is_empty: no}}}}, then: {{disqualify: {{status: Lost, reason: too late}}}}}}
  - {{id: four, when: {{decisionmaker: no}}, then: {{hold: {{reason: no consent}}}}}}
  - {{id: five, when: {{jobtitle: {{contains: intern}}}}, then: {{qualify: {{create_contact: no}}}}}}
  - {{id: six, when: {{address1_country: SE}}, then: {{qualify: {{}}}}}}
{DEFAULT}"""
    assert digest(NAMED, a=table) == digest(written)
    read = rules(table)
    assert [type(rule.outcome) for rule in read] == [Assign, Assign, Disqualify, Hold, Qualify, Qualify]
    assert read[0].description == "The first"
    assert (str(read[1].at), read[0].when.parts[3].at.heading) == (f"{TABLE}:3:1", "numberofemployees at_least")


def test_rows_stand_where_the_file_names_their_table() -> None:
    rule = "  - {{id: {0}, when: {{revenue: 1}}, then: {{assign_to: {{queue: inbox}}}}}}\n"
    text = f"rules:\n{rule.format('first')}  - table: default.a.csv\n{rule.format('between')}  - table: default.b.csv\n"
    row = "id,revenue,qualify\n{0}-1,1,yes\n{0}-2,1,yes\n"
    result = check_rules(book(text + DEFAULT, a=row.format("a"), b=row.format("b")))
    assert result.book is not None
    order = [rule.id for rule in result.book.files["default.yaml"].rules]
    assert order == ["first", "a-1", "a-2", "between", "b-1", "b-2"]


def test_a_decision_names_the_row() -> None:
    table = 'id,description,address1_country,qualify\none,"with a\nline break",DE,yes\ntwo,Norway,NO,yes\n'
    with_engine = RulesEngine.of(book(NAMED, a=table), "the test")
    decision = with_engine.decide({"address1_country": "no", NOW: 1})
    assert (decision.rule, decision.file, decision.table, decision.line) == ("two", "default.yaml", TABLE, 4)
    assert decision.reason == "Rule two of default.yaml (default.a.csv, line 4) matched: Norway."
    assert [(rule.file, rule.line, rule.matched) for rule in decision.trace] == [(TABLE, 2, False), (TABLE, 4, True)]
    otherwise = with_engine.decide({"address1_country": "fr", NOW: 1})
    assert otherwise.table is None and "table" not in otherwise.model_dump()
    assert type(decision).model_validate_json(decision.model_dump_json()) == decision
    with_engine.close()


@pytest.mark.parametrize(
    ("ranked", "order"),
    [
        ("rank: 5", ["low", "b", "a", "c", "high"]),
        ("rank: 1", ["b", "a", "c", "low", "high"]),
        ("rank: 20", ["low", "b", "high", "a", "c"]),
    ],
)
def test_rows_have_a_rank_of_their_own_or_that_of_their_table(ranked: str, order: list[str]) -> None:
    text = f"""hit_policy: priority
rules:
  - {{id: high, rank: 10, when: {{revenue: 1}}, then: {{qualify: {{}}}}}}
  - {{table: {TABLE}, {ranked}}}
  - {{id: low, rank: 2, when: {{revenue: 1}}, then: {{qualify: {{}}}}}}
{DEFAULT}"""
    own = {"rank: 1": "1", "rank: 5": "3", "rank: 20": "4"}[ranked]
    table = f"id,rank,revenue,qualify\na,,1,yes\nb,{own},1,yes\nc,,1,yes\n"
    if ranked == "rank: 1":
        order = ["a", "b", "c", "low", "high"]
    assert [rule.id for rule in rules(table, text)] == order


def test_a_missing_or_needless_rank_is_said_once_for_each_table() -> None:
    rows = "id,revenue,qualify\n" + "".join(f"r-{number},1,yes\n" for number in range(9))
    assert errors(rows, "hit_policy: priority\n" + NAMED) == [(Code.MISSING_KEY, 2, 1)]
    assert errors(rows, NAMED.replace(f"table: {TABLE}", f"{{table: {TABLE}, rank: 1}}")) == [(Code.WRONG_PLACE, 2, 1)]


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


def test_numbers_and_dates_as_spreadsheets_write_them() -> None:
    numbers = ["1 000", "1\u00a0000", "1'000", "1.000,50", "1,000.50", "1.234.567", "0,5", "0.500", "-3", "1,5"]
    values = [1000, 1000, 1000, 1000.5, 1000.5, 1234567, 0.5, 0.5, -3, 1.5]
    assert operands("revenue at_least", *numbers) == values
    assert operands("numberofemployees", "1 000 | 2,000,000") == [(1000, 2000000)]
    days = ["2026-01-31", "31.01.2026", "31.1.2026", "31/01/2026", "01/31/2026", "31-01-2026", "2026/01/31"]
    assert set(operands("createdon before", *days)) == {1769817600}
    assert operands("createdon after", "31.01.2026 9:30", "2026-01-31 09:30:00+01:00", "05/05/2026") == [
        1769851800, 1769848200, 1777939200,
    ]  # fmt: skip
    assert operands("createdon between", "31.01.2026 | 01.02.2026") == [(1769817600, 1769904000)]


def test_text_stays_as_it_is() -> None:
    texts = ["=SUM(A1)", "012", "NO", "1.000", "31.01.2026", "TRUE", 'the "best", really; yes', "#1"]
    assert operands("companyname", *texts) == [(text.casefold(),) for text in texts]
    assert operands("companyname matches", "a|b", "#+!") == ["a|b", "#+!"]
    assert operands("companyname", "a | b|c") == [("a", "b", "c")]


def test_every_field_operator_and_word_of_a_rule_is_a_column() -> None:
    known = set(columns())
    assert {"rank", "description", "address1_country", "address1_country not", "emailaddress1 domain_in"} < known
    assert {"assign_to partner", "qualify create_opportunity", "if_missed", "accept_within"} < known
    assert not {"when", "then", "any", "assign_to", "createdon", "createdon equals"} & known
    assert columns()["description"].path == ("description",)
    assert columns()["description contains"].path == ("when", "description", "contains")


ROW = "id,revenue,qualify\na,1,yes\n"


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


def test_tables_are_kept_with_the_book() -> None:
    sources = book(NAMED, a="\ufeff" + ROW.replace("\n", "\r\n"))
    result = check_rules(sources)
    assert result.book is not None
    again = RuleSources.from_texts(result.book.texts)
    assert again.files == sources.files


HARD = st.sampled_from("aZ9 ,;\t\n\"'=#.-/ßé日🙂\u00a0") | st.characters(categories=("L", "N", "P", "S"))
TEXTS = st.text(HARD, min_size=1, max_size=12).filter(
    lambda text: "|" not in text and any(char.isalpha() for char in text) and not text.strip().startswith("#")
)
WHEN = st.fixed_dictionaries(
    {"address1_country": st.lists(st.sampled_from(["DE", "NO", "US"]), min_size=1, max_size=3)},
    optional={
        "companyname contains": st.lists(TEXTS, min_size=1, max_size=3),
        "lastname not": st.lists(TEXTS, min_size=1, max_size=2),
        "numberofemployees at_least": st.integers(0, 10**6),
        "revenue between": st.tuples(st.integers(0, 50), st.integers(50, 99)).map(list),
        "jobtitle matches": st.sampled_from(["a|b", "(head|chief).*", '"x"']),
        "decisionmaker": st.booleans(),
    },
)
THEN = st.fixed_dictionaries(
    {"assign_to team": st.just("desk"), "accept_within": st.sampled_from(["5 minutes", "2 days"])},
    optional={"priority": st.sampled_from(["hot", "bulk"]), "if_missed": st.just(["remind", "re-route"])},
)
ROWS = st.lists(st.tuples(WHEN, THEN), min_size=1, max_size=6)


Row = tuple[Mapping[str, Any], Mapping[str, Any]]


def in_yaml(rows: list[Row], order: list[str]) -> str:
    """The rows as rules of a default.yaml: JSON is YAML."""
    written = [
        {"id": f"r-{number}", "when": nested(when, order), "then": nested(then, order)}
        for number, (when, then) in enumerate(rows)
    ]
    return f"rules: {json.dumps(written, ensure_ascii=False)}\n{DEFAULT}"


def nested(part: Mapping[str, Any], order: list[str]) -> dict[str, Any]:
    words = {heading: heading.partition(" ") for heading in order if heading in part}
    return {name: {word: part[heading]} if word else part[heading] for heading, (name, _, word) in words.items()}


def in_cell(value: Any) -> str:
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)


def as_saved(rows: list[Row], order: list[str], data: st.DataObject) -> bytes:
    """The rows as some spreadsheet saves them."""
    cells = [{"id": f"r-{number}", **when, **then} for number, (when, then) in enumerate(rows)]
    filled = [[in_cell(row[heading]) if heading in row else "" for heading in order] for row in cells]
    pad = [""] * data.draw(st.integers(0, 3))
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=data.draw(st.sampled_from(",;\t")), lineterminator=data.draw(st.sampled_from(["\n", "\r\n"])),
        quoting=data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )  # fmt: skip
    writer.writerows([[*row, *pad] for row in (order, *filled)])
    writer.writerows([[""] * (len(order) + len(pad))] * data.draw(st.integers(0, 2)))
    return out.getvalue().encode(data.draw(st.sampled_from(["utf-8", "utf-8-sig"])))


@settings(deadline=None, max_examples=80)
@given(ROWS, st.data())
def test_a_table_reads_the_same_however_it_was_saved(rows: list[Row], data: st.DataObject) -> None:
    order = data.draw(st.permutations(sorted({"id", *(heading for row in rows for part in row for heading in part)})))
    assert digest(NAMED, a=as_saved(rows, order, data)) == digest(in_yaml(rows, order))


@settings(deadline=None, max_examples=150)
@given(st.text('id,;\t"|\n\r yes1ab-', max_size=60) | st.text(max_size=30), st.booleans())
def test_any_text_gives_rules_or_a_finding(text: str, headed: bool) -> None:
    result = checked(("id,revenue,companyname contains,qualify\n" if headed else "") + text)
    assert result.book is not None or result.findings
    assert all(item.line <= text.count("\n") + text.count("\r") + 2 for item in result.findings)


def test_the_guide_is_right() -> None:
    """Its example checks and its examples pass; its message is the one that the check prints."""
    guide = GUIDE.read_text(encoding="utf-8")
    yaml, table, message = (re.search(rf"```{kind}\n(.*?)```", guide, re.DOTALL) for kind in ("yaml", "csv", "text"))
    assert yaml and table and message
    shipped = RuleSources.from_folder(SHIPPED).files
    files = {
        **{name: shipped[name] for name in ("directory.yaml", "choices.yaml")}, "default.yaml": DEFAULT.encode(),
        "business_units/dach.yaml": yaml[1].encode(), "business_units/dach.territories.csv": table[1].encode(),
    }  # fmt: skip
    engine = RulesEngine.of(RuleSources.from_files(files), "the guide")
    assert [item.differences for item in run_examples(engine)] == [()] * 4
    engine.close()
    broken = table[1].replace("CH,,,marco.frei", "CH,,dach-sale,").encode()
    findings = check_rules(RuleSources.from_files({**files, "business_units/dach.territories.csv": broken})).findings
    assert [str(item) for item in findings if item.severity == "error"] == [message[1].strip()]
    assert {code for code in re.findall(r"LF\d+", guide)} <= set(Code)
    assert shown(guide) == [row for row in csv.reader(io.StringIO(table[1]))]


def shown(guide: str) -> list[list[str]]:
    """The table as the guide shows it."""
    lines = [line for line in guide.splitlines() if line.startswith(("| id |", "| dach-"))]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_shipped_table_is_the_one_of_its_file() -> None:
    """Opening and saving it with a spreadsheet that writes semicolons and a byte order mark changes nothing."""
    files = dict(RuleSources.from_folder(SHIPPED).files)
    name = "business_units/us.territories.csv"
    rows = list(csv.reader(io.StringIO(files[name].decode())))
    out = io.StringIO()
    csv.writer(out, "excel", delimiter=";").writerows(rows)
    books = [check_rules(RuleSources.from_files(given)).book for given in (
        files, {**files, name: out.getvalue().encode("utf-8-sig")}
    )]  # fmt: skip
    assert books[0] is not None and books[1] is not None
    assert book_digest(books[0]) == book_digest(books[1])
    assert "us-west" in [rule.id for rule in books[0].files["business_units/us.yaml"].rules if rule.at.file == name]


def test_paths_of_the_book(tmp_path: Path) -> None:
    for name in ("_draft.csv", ".hidden.csv", "default.a.csv", "notes.txt", "business_units/_x.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert list(RuleSources.from_folder(tmp_path).files) == ["default.a.csv"]
