"""A rule table means the same, whichever spreadsheet saved it; the guide says what is so."""

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine.check import check_rules
from rules.engine.digest import book_digest
from rules.engine.examples import run_examples
from rules.engine.findings import Code
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.books import DEFAULT, SHIPPED
from tests.rules.tables import NAMED, ROW, book, checked, digest

GUIDE = SHIPPED.parent / "docs" / "rules" / "tables.md"
HARD = st.sampled_from("aZ9 ,;\t\n\"'=#.-/ßé日🙂\u00a0") | st.characters(categories=("L", "N", "P", "S"))
TEXTS = st.text(HARD, min_size=1, max_size=12).filter(
    lambda text: any(char.isalpha() for char in text) and not re.search(r"\||^\s*#|E[+-]", text)
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


def test_tables_are_kept_with_the_book() -> None:
    sources = book(NAMED, a="\ufeff" + ROW.replace("\n", "\r\n"))
    result = check_rules(sources)
    assert result.book is not None
    again = RuleSources.from_texts(result.book.texts)
    assert again.files == sources.files
