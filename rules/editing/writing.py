"""The canonical layout: two spaces a level, short things in one line, comments where they belong."""

from collections.abc import Iterator, Sequence

from rules.editing.document import Block, Document, Entry, Scalar
from rules.editing.places import Place, Style
from rules.editing.scalars import as_key, broken, in_one_line

_STEP = 2


def written(document: Document, place: Place) -> str:
    """The whole file; its entries are in order already."""
    root = _block(document.root, place, 0) if document.root.entries else ["{}"]
    lines = [*document.header, *root]
    return "\n".join(lines) + "\n"


def _block(block: Block, place: Place, indent: int) -> Iterator[str]:
    for entry in block.entries:
        yield from _entry(entry, place.below(entry.key.text if entry.key else None), indent)
    yield from _indented(block.end, indent)


def _entry(entry: Entry, place: Place, indent: int) -> Iterator[str]:
    """The lines of an entry whose value has its place at `place`, with the comments above it."""
    start = " " * indent + ("-" if entry.key is None else f"{as_key(entry.key, brackets=False)}:")
    beside = f" {entry.after}" if entry.after else ""
    yield from _indented(entry.before, indent)
    line = _one_line(entry, place, len(start) + 1)
    if line is not None:
        yield f"{start} {line}{beside}"
    elif isinstance(entry.value, Scalar):
        yield from _scalar(entry.value, start, beside, indent)
    elif entry.key is not None:
        yield start + beside
        yield from _block(entry.value, place, indent + _STEP)
    else:
        # Beside a dash there is no room for a comment: the item's first line stands there.
        yield from _indented([entry.after] if entry.after else [], indent)
        first, *others = _block(entry.value, place, indent + _STEP)
        yield f"{start} {first.lstrip()}"
        yield from others


def _scalar(scalar: Scalar, start: str, beside: str, indent: int) -> Iterator[str]:
    """A value that takes several lines, or none."""
    if not scalar.raw:
        yield start + beside
        return
    lines = broken(scalar, indent + _STEP)
    lines[0 if scalar.is_block else -1] += beside
    yield f"{start} {lines[0]}"
    yield from lines[1:]


def _one_line(entry: Entry, place: Place, column: int) -> str | None:
    """The entry's value, where it fits behind `column` and may stand in one line."""
    value = entry.value
    if isinstance(value, Scalar):
        return in_one_line(value, brackets=False)
    if value.entries and (not _may_be_one_line(value, place) or (entry.key is None and _is_single_pair(value))):
        return None
    line = _in_brackets(value)
    return line if line is not None and column + len(line) <= place.width else None


def _may_be_one_line(block: Block, place: Place) -> bool:
    if place.style is not Style.SIMPLE:
        return place.style is Style.ALWAYS
    return _depth(block) <= (2 if block.listed or len(block.entries) == 1 else 1)


def _depth(node: Scalar | Block) -> int:
    """0 for a plain value and for empty brackets, 1 for a list of plain values, and so on."""
    if isinstance(node, Scalar) or not node.entries:
        return 0
    return 1 + max(_depth(entry.value) for entry in node.entries)


def _in_brackets(node: Scalar | Block) -> str | None:
    """None where a comment, a blank line or a value of several lines stands in the way."""
    if isinstance(node, Scalar):
        return in_one_line(node, brackets=True)
    if node.end or any(entry.before or entry.after for entry in node.entries):
        return None
    parts = [part for entry in node.entries if (part := _part(entry)) is not None]
    if len(parts) < len(node.entries):
        return None
    return f"[{', '.join(parts)}]" if node.listed else f"{{{', '.join(parts)}}}"


def _part(entry: Entry) -> str | None:
    value = _in_brackets(entry.value)
    if value is None:
        return None
    if entry.key is not None:
        return f"{as_key(entry.key, brackets=True)}: {value}"
    return value[1:-1] if _is_single_pair(entry.value) else value


def _is_single_pair(node: Scalar | Block) -> bool:
    """`escalate: team` needs no braces in a list."""
    if isinstance(node, Scalar) or node.listed or len(node.entries) != 1:
        return False
    return isinstance(node.entries[0].value, Scalar)


def _indented(lines: Sequence[str], indent: int) -> Iterator[str]:
    return (f"{' ' * indent}{line}" if line else "" for line in lines)
