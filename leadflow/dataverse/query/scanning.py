"""Cutting the text of a query where a character stands outside quotes and parentheses."""

import re
from collections.abc import Callable, Iterator

from leadflow.dataverse.errors import bad_query

_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"\\]|\\.)*\"")
_OPENING, _CLOSING = "([", ")]"


def split_outside(text: str, separator: str) -> list[str]:
    """The parts between separators that stand outside quotes, parentheses and brackets, without spaces around them.

    Raises InvalidInput where one of these is not closed.
    """
    parts, start = [], 0
    for position in positions_outside(text, separator):
        parts.append(text[start:position].strip())
        start = position + 1
    return [*parts, text[start:].strip()]


def positions_outside(text: str, wanted: str) -> Iterator[int]:
    """Where the character `wanted` stands outside quotes, parentheses and brackets."""
    depth, quoted = 0, False
    for position, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character == wanted and depth == 0:
            yield position
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
    if depth or quoted:
        raise bad_query(f"A {'quote' if quoted else 'parenthesis'} is not closed in '{text[:100]}'.")


def closing(text: str, opening: int) -> int:
    """The position of the parenthesis that closes the one at `opening`, or -1."""
    depth, position = 0, opening
    while position < len(text):
        quoted = _QUOTED.match(text, position)
        if quoted:
            position = quoted.end()
            continue
        depth += (text[position] == "(") - (text[position] == ")")
        if depth == 0:
            return position
        position += 1
    return -1


def replace_outside(pattern: re.Pattern[str], text: str, replacement: Callable[[str], str]) -> str:
    """Replace what `pattern` matches, except inside single quotes."""
    return "".join(
        part if part.startswith("'") else pattern.sub(lambda match: replacement(match.group()), part)
        for part in re.split(r"('(?:[^']|'')*')", text)
    )
