"""JSON Lines, one object a line; and JSON: one object, a list of objects, or an OData answer with them in `value`."""

import json
from collections.abc import Iterable, Iterator

from crm.errors import InvalidInput
from leadflow.intake.encoding import encoding_fault, printable
from leadflow.intake.rows import Reject, Row

_DECODER = json.JSONDecoder()
_BLANK = " \t\r\n"


def is_one_line_of_json(line: bytes) -> bool:
    """Whether a first line is JSON by itself, as in JSON Lines."""
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def json_line_rows(lines: Iterable[str]) -> Iterator[Row | Reject]:
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        fault = encoding_fault(text)
        if fault:
            yield Reject(number, fault, printable(text))
            continue
        try:
            yield _row(number, json.loads(text), text)
        except (ValueError, RecursionError) as error:
            yield Reject(number, f"not JSON: {error}", text)


def json_rows(lines: Iterable[str]) -> Iterator[Row | Reject]:
    text = "".join(lines)
    fault = encoding_fault(text)
    if fault:
        raise InvalidInput(f"the file {fault}")
    start = _skip_blank(text, 0)
    if text.startswith("[", start):
        yield from _elements(text, start)
        return
    line = text.count("\n", 0, start) + 1
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the file is not JSON: {error}; for one object a line, use the format jsonl") from None
    if isinstance(whole, dict) and isinstance(whole.get("value"), list):
        yield from (_row(line, element, "") for element in whole["value"])
    else:
        yield _row(line, whole, text)


def _elements(text: str, start: int) -> Iterator[Row | Reject]:
    """The elements of a list, each with the line that it starts on. After a syntax error nothing can be made out."""
    position, line, counted = _skip_blank(text, start + 1), 1, 0
    while not text.startswith("]", position):
        line, counted = line + text.count("\n", counted, position), position
        try:
            element, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            yield Reject(
                line, f"not JSON: {error}; the rest of the file was not read", text[position : position + 2000]
            )
            return
        yield _row(line, element, text[position:end])
        position = _skip_blank(text, end)
        if text.startswith(",", position):
            position = _skip_blank(text, position + 1)
        elif not text.startswith("]", position):
            yield Reject(line, "the list breaks off after this element; close it with ]")
            return


def _skip_blank(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANK:
        position += 1
    return position


def _row(line: int, element: object, text: str) -> Row | Reject:
    if isinstance(element, dict):
        return Row(line, element)
    return Reject(line, "is not an object; write one lead as {...}", text)
