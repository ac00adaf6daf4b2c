"""Which entry does a comment belong to?

A comment at the end of a line belongs to the entry there, a line of its own to what follows. Where it is indented more
deeply than what follows, it belongs to the end of the block that it is in line with.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rules.editing.document import Block, Scalar

MODELINE = "# yaml-language-server:"
_COMMENT = re.compile(r"(?:^|(?<=[\s,\[\]{}:?-]))#.*")


@dataclass(frozen=True, slots=True)
class Line:
    """A comment, or a blank line (""), with the column of the comment, from 0."""

    text: str
    column: int = 0


def lines_between(gap: str, *, begins_line: bool) -> tuple[str, list[Line]]:
    """The comment at the end of the line in which the text between two scalars begins, and the lines after it."""
    first, *others = gap.split("\n")
    if begins_line:
        first, others = "", [first, *others]
    *inner, last = others or [""]
    comment = _COMMENT.search(first)
    lines = [line for text in inner if (line := _line(text)) is not None]
    if (line := _line(last)) is not None and line.text:
        lines.append(line)
    return comment.group().rstrip() if comment else "", lines


def _line(text: str) -> Line | None:
    """The comment in a line, or the blank line; None for a line that holds nothing but brackets, dashes and commas."""
    if not text.strip():
        return Line("")
    comment = _COMMENT.search(text)
    return Line(comment.group().rstrip(), comment.start()) if comment else None


def kept_with_next(lines: Sequence[Line], column: int, closed: Sequence[Block]) -> list[str]:
    """The lines that belong to the entry that follows in `column`; the others go to the `closed` blocks before it."""
    done, deepest = 0, max((line.column for line in lines), default=0)
    for number, line in enumerate(lines):
        if not line.text:
            continue
        fitting = [block for block in closed if block.column is not None and block.column <= min(line.column, deepest)]
        if line.column <= column or not fitting:
            break
        block = max(fitting, key=lambda block: block.column or 0)
        block.end.extend(line.text for line in lines[done : number + 1])
        done, deepest = number + 1, block.column or 0
    return [line.text for line in lines[done:]]


def open_blocks(node: Scalar | Block) -> Iterator[Block]:
    """The blocks that end where `node` ends, the outermost first; none between brackets."""
    while isinstance(node, Block) and node.column is not None and node.entries:
        yield node
        node = node.entries[-1].value


def header_and_rest(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Divides the lines above the first entry: a paragraph of its own, and the line for editors, stay at the top."""
    above = tidy(lines)
    paragraphs = [number for number, line in enumerate(above, 1) if not line]
    size = paragraphs[-1] if paragraphs else sum(line.startswith(MODELINE) for line in above[:1])
    return above[:size], above[size:]


def tidy(lines: Sequence[str], *, at_start: bool = True) -> list[str]:
    """At most one blank line in a row, and none `at_start`."""
    kept: list[str] = []
    for line in lines:
        if line or (kept[-1] if kept else not at_start):
            kept.append(line)
    return kept
