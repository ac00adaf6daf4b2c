"""CSV: comma, semicolon, tab or bar, told by the header line; quoted fields may hold line breaks."""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from crm.errors import InvalidInput
from leadflow.intake.encoding import encoding_fault, printable
from leadflow.intake.rows import Reject, Row

_DELIMITERS = ",;\t|"
_QUOTED = re.compile(r'"[^"]*"')


def csv_rows(lines: Iterable[str]) -> Iterator[Row | Reject]:
    """A Row for each record below the header line. Blank lines are skipped."""
    source = _Source(lines)
    reader = csv.reader(source, delimiter=source.delimiter, strict=True)
    columns: list[str] | None = None
    while True:
        source.taken.clear()
        line = source.line + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            if columns is None:
                raise InvalidInput(f"line {line}: the header is not CSV ({error}); correct its quotes") from None
            reason = f"not CSV: {error}; correct the quotes"
            yield Reject(line, reason, source.text(), columns=tuple(columns))
            continue
        if fields is None:
            break
        if columns is None:
            columns = _columns(fields, line) if fields else None
        elif fields:
            yield _row(line, columns, fields, source)
    if columns is None:
        raise InvalidInput("the file is empty; the first line must name the columns")


class _Source:
    """The lines of a file, remembering those of the record at hand."""

    def __init__(self, lines: Iterable[str]) -> None:
        rest = iter(lines)
        start = []
        for text in rest:
            start.append(text)
            if text.strip():
                break
        header = _QUOTED.sub("", "".join(start))
        self.delimiter = max(_DELIMITERS, key=header.count)
        self._lines = chain(start, rest)
        self.line = 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for text in self._lines:
            self.line += 1
            self.taken.append(text)
            yield text

    def text(self) -> str:
        return printable("".join(self.taken).rstrip("\r\n"))


def _columns(fields: list[str], line: int) -> list[str]:
    columns = [field.strip() or f"column {number}" for number, field in enumerate(fields, 1)]
    fault = encoding_fault(" ".join(columns))
    if fault:
        raise InvalidInput(f"line {line}: the header {fault}")
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        raise InvalidInput(f"line {line}: the header names '{twice[0]}' twice; rename one of the two columns")
    return columns


def _row(line: int, columns: list[str], fields: list[str], source: _Source) -> Row | Reject:
    fault = encoding_fault("".join(source.taken))
    if fault:
        return Reject(line, fault, source.text(), columns=tuple(columns))
    if len(fields) != len(columns):
        reason = f"has {len(fields)} fields where the header has {len(columns)}; check delimiters and quotes"
        return Reject(line, reason, source.text(), columns=tuple(columns))
    return Row(line, dict(zip(columns, fields, strict=True)))
