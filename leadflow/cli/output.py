"""How answers are printed: a table for people; JSON or CSV, whole and without colours, for programs."""

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from crm.errors import InvalidInput

# What is piped into a file or another program has no width of its own: wide enough not to break words in tables.
PIPED_WIDTH = 160
REPORT_WIDTH = 110
console = Console(highlight=False, width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH)
_ANY = TypeAdapter(Any)


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


class ListFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print the answer.")]
ActorOption = Annotated[str | None, typer.Option("--actor", help="Who asks, for the record.")]
ListFormatOption = Annotated[ListFormat, typer.Option("--format", help="How to print the answer.")]


def say(text: str, style: str | None = None) -> None:
    """One line for people, as it stands: never broken, and square brackets in a lead's name are no markup."""
    console.print(text, style=style, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """Any value that pydantic can write, indented."""
    sys.stdout.write(as_json(value))


def as_json(value: Any) -> str:
    """What `print_json` prints."""
    return json.dumps(_ANY.dump_python(value, mode="json"), indent=2, ensure_ascii=False) + "\n"


def as_text(table: Table) -> str:
    """A table as lines without colours, for reports that files and other programs get as well."""
    text = io.StringIO()
    Console(file=text, width=REPORT_WIDTH, color_system=None, highlight=False, markup=False).print(table)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], format: str, *, title: str = "") -> None:
    """Rows as a table with `columns` (key to heading); JSON and CSV print every key of the rows."""
    if format == ListFormat.JSON:
        print_json(rows)
    elif format == ListFormat.CSV:
        sys.stdout.write(_csv(rows, list(rows[0]) if rows else list(columns)))
    else:
        console.print(_table(rows, columns, title))


def _table(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str], title: str) -> Table:
    headings = (Column(heading, overflow="fold") for heading in columns.values())
    style: dict[str, Any] = {"box": box.SIMPLE_HEAD, "pad_edge": False, "collapse_padding": True}
    table = Table(*headings, title=title or None, title_justify="left", **style)
    for row in rows:
        table.add_row(*(cell(row[key]) for key in columns))
    return table


def _csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_ANY.dump_python(rows, mode="json"))
    return text.getvalue()


def shown(value: Any) -> str:
    """A value as people read it; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)


def cell(value: Any) -> Text:
    """A value in a table: broken over lines where it is too long, never cut, and no markup is read in it."""
    return Text(shown(value), overflow="fold")


def counted(number: int, what: str) -> str:
    """`1 lead`, `12 leads`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def attribute_pair(text: str) -> tuple[str, str]:
    """`attribute=value` as typed. Raises InvalidInput for any other form."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise InvalidInput(f"'{text}' is not of the form attribute=value")
    return name.strip(), value
