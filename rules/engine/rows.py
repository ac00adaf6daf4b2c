"""One rule table: from the text of a CSV file to the nodes that YAML rules have.

A row's place is the line of the file in which it begins, and the number of the cell. A spreadsheet counts otherwise
only below a cell with a line break in it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rules.engine.columns import Column
from rules.engine.findings import Code, Findings, Place, Unfit
from rules.engine.headings import NEW_ID, SEPARATORS, Header, header_of, separator_of
from rules.engine.limits import MAX_RULES_IN_FILE
from rules.engine.loader import Table, YamlNode


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells between two ends of line that are not in quotes, without the spaces around them."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the table `name`; what is wrong goes to `findings`."""

    name: str
    findings: Findings

    def read(self, text: str) -> list[Table | None]:
        """The rows as rules, in order; None for each that cannot be read, or a single None for the whole table."""
        separator = separator_of(text, self.name, self.findings)
        records = self._records(text, separator) if separator else None
        header = header_of(records[0].cells, self.name, self.findings) if records else None
        if not separator or not records or header is None:
            return [None]
        rows = [record for record in records[1:] if any(record.cells)]
        if not self._fits(rows):
            return [None]
        return [self._rule(row, header) if self._separated(row, separator) else None for row in rows]

    def _records(self, text: str, separator: str) -> list[_Record] | None:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
        line = 1
        records = []
        try:
            for cells in reader:
                records.append(_Record(line, [cell.strip() for cell in cells]))
                line = reader.line_num + 1
        except csv.Error as error:
            remedy = 'Put quotation marks around a whole cell, and write those inside it twice: "the ""best"" desk"'
            self._error(Code.BROKEN_TABLE, line, f"quotation marks do not fit ({error})", remedy)
            return None
        return records

    def _fits(self, rows: Sequence[_Record]) -> bool:
        if not rows:
            self._error(Code.BROKEN_TABLE, 1, "the table has no rows", "Add some, or take it out of the rule file")
        elif len(rows) > MAX_RULES_IN_FILE:
            message = f"the table has {len(rows):,} rows, at most {MAX_RULES_IN_FILE:,} are possible"
            self._error(Code.TOO_LARGE, rows[MAX_RULES_IN_FILE].line, message, "Remove rows, or divide the rule file")
        return 0 < len(rows) <= MAX_RULES_IN_FILE

    def _separated(self, row: _Record, separator: str) -> bool:
        """Whether the row is separated as the headings are; false after a finding."""
        for other, plural in SEPARATORS.items():
            if len(row.cells) == 1 and other != separator and other in row.cells[0]:
                message = f"the row has {plural}, the headings have {SEPARATORS[separator]}"
                self._error(Code.BROKEN_TABLE, row.line, message, "Use the same separator in every line")
                return False
        return True

    def _rule(self, row: _Record, header: Header) -> Table | None:
        rule = _empty_rule(Place(self.name, row.line))
        sound = True
        for number, (cell, column) in enumerate(zip_longest(row.cells, header), 1):
            if cell:
                sound &= self._put(rule, Place(self.name, row.line, number), column, cell)
        if sound and "id" not in rule.entries:
            self._error(Code.MISSING_KEY, row.line, "the row has no id", NEW_ID)
            return None
        return rule if sound else None

    def _put(self, rule: Table, at: Place, column: Column | None, cell: str) -> bool:
        """Puts what a cell says into the rule; false after a finding."""
        if column is None:
            remedy = "Write a heading above it, or put quotation marks around the cell that holds a separator"
            self.findings.error(Code.BROKEN_TABLE, at, f"'{cell}' stands in a column without a heading", remedy)
            return False
        at = Place(at.file, at.line, at.column, column.heading)
        try:
            put(rule, column.path, column.read(cell, at), at)
        except Unfit as unfit:
            self.findings.error(unfit.code, at, unfit.message, unfit.remedy)
            return False
        return True

    def _error(self, code: Code, line: int, message: str, remedy: str) -> None:
        self.findings.error(code, Place(self.name, line), message, remedy)


def put(rule: Table, path: Sequence[str], node: YamlNode, at: Place) -> None:
    """Puts `node` where `path` leads in `rule`, unless something stands there already."""
    *outer, last = path
    for step in outer:
        inner = rule.entries.setdefault(step, Table({}, {}, at))
        rule.keys.setdefault(step, at)
        assert isinstance(inner, Table)
        rule = inner
    rule.entries.setdefault(last, node)
    rule.keys.setdefault(last, at)


def _empty_rule(at: Place) -> Table:
    return Table({"when": Table({}, {}, at), "then": Table({}, {}, at)}, {"when": at, "then": at}, at)
