"""Rows from a CSV, JSON Lines or JSON file, or from stdin.

CSV and JSON Lines stream: a file of any size takes the memory of one row. JSON is read whole. Text is UTF-8, with or
without a byte order mark. A bad line becomes a Reject and reading goes on; what is no such file raises InvalidInput.
"""

import codecs
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from crm.errors import InvalidInput
from leadflow.intake.csv_rows import csv_rows
from leadflow.intake.json_rows import is_one_line_of_json, json_line_rows, json_rows
from leadflow.intake.rows import Reject, Row

STDIN = Path("-")
_OTHER_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FileFormat(StrEnum):
    AUTO = "auto"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"


_FORMATS_BY_SUFFIX = {
    ".csv": FileFormat.CSV,
    ".tsv": FileFormat.CSV,
    ".txt": FileFormat.CSV,
    ".jsonl": FileFormat.JSONL,
    ".ndjson": FileFormat.JSONL,
    ".json": FileFormat.JSON,
}
_READERS = {FileFormat.CSV: csv_rows, FileFormat.JSONL: json_line_rows, FileFormat.JSON: json_rows}


def read_rows(source: Path | BinaryIO, format: FileFormat = FileFormat.AUTO) -> Iterator[Row | Reject]:
    """The rows of a file, of stdin (the path `-`) or of an open binary stream; only a file is closed afterwards.

    `auto` goes by the file's suffix, else by how its text begins.
    """
    with ExitStack() as opened:
        stream = _open(source, opened) if isinstance(source, Path) else source
        if format is FileFormat.AUTO and isinstance(source, Path):
            format = _FORMATS_BY_SUFFIX.get(source.suffix.lower(), format)
        head, lines = _first_line(stream)
        if format is FileFormat.AUTO:
            format = _format_of(head)
        yield from _READERS[format](_decoded(lines))


def _open(path: Path, opened: ExitStack) -> BinaryIO:
    if path == STDIN:
        return sys.stdin.buffer
    try:
        return opened.enter_context(path.open("rb"))
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}; give the path of a file to read, or - for stdin") from None


def _first_line(stream: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first line that is not blank, and all lines from the start, without the byte order mark."""
    lines = iter(stream)
    first = next(lines, b"")
    if first.startswith(_OTHER_BOMS):
        raise InvalidInput("the file is UTF-16; save it as UTF-8 and try again")
    read = [first.removeprefix(codecs.BOM_UTF8)] if first else []
    while read and not read[-1].strip():
        following = next(lines, None)
        if following is None:
            break
        read.append(following)
    return (read[-1] if read else b""), chain(read, lines)


def _format_of(head: bytes) -> FileFormat:
    begin = head.lstrip()[:1]
    if begin == b"[":
        return FileFormat.JSON
    if begin == b"{":
        return FileFormat.JSONL if is_one_line_of_json(head) else FileFormat.JSON
    return FileFormat.CSV


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    # Bytes that are no UTF-8 become surrogates, which the readers find again and reject with their line.
    return (line.decode("utf-8", "surrogateescape") for line in lines)
