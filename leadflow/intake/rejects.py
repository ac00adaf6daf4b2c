"""What an import could not use, as a CSV file: correct it and import that file."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from leadflow.intake.rows import Reject

LINE, REASON, TEXT = REJECT_COLUMNS = ("reject_line", "reject_reason", "reject_text")


class RejectFile:
    """Rejects written as they come: line, reason, the original columns, and the text of lines without columns.

    The columns are those given, else those of the first reject. The file comes into being with that one; `count` says
    how many there are. Use as a context manager.
    """

    def __init__(self, path: Path, columns: Sequence[str] = ()) -> None:
        self.path = path
        self.count = 0
        self._columns = tuple(columns)
        self._stream: TextIO | None = None

    def add(self, reject: Reject) -> None:
        if self._stream is None:
            columns = self._columns or reject.columns or tuple(reject.values)
            self._columns = tuple(column for column in columns if column not in REJECT_COLUMNS)
            # The byte order mark tells spreadsheet programs that this is UTF-8.
            self._stream = self.path.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="")
            csv.writer(self._stream).writerow([LINE, REASON, *self._columns, TEXT])
        known = [_cell(reject.values.get(column, "")) for column in self._columns]
        csv.writer(self._stream).writerow([reject.line, reject.reason, *known, self._text(reject)])
        self.count += 1

    def _text(self, reject: Reject) -> str:
        """The line as it stood, or what the columns of the file have no place for."""
        names = (*self._columns, *REJECT_COLUMNS)
        more = {column: value for column, value in reject.values.items() if column not in names}
        return reject.text or (_cell(more) if more else "")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
