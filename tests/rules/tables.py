"""Small rule books with tables."""

from rules.engine.check import CheckResult, check_rules
from rules.engine.digest import book_digest
from rules.engine.findings import Code
from rules.engine.schema import Rule
from rules.engine.sources import RuleSources
from tests.rules.books import DEFAULT, DIRECTORY

TABLE = "default.a.csv"
NAMED = f"rules:\n  - table: {TABLE}\n{DEFAULT}"
ROW = "id,revenue,qualify\na,1,yes\n"


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
