"""The canonical layout: two spaces a level, short things in one line, comments where they belong."""

from collections.abc import Iterator, Sequence

from rules.editing.comments import tidy
from rules.editing.document import Block, Document, Entry, Scalar
from rules.editing.places import Place, Style
from rules.editing.scalars import as_key, broken, in_one_line

WIDTH = 120
_STEP = 2


def written(document: Document, place: Place) -> str:
    """The whole file."""
    lines = [*document.header, *_block(document.root, place, 0)]
    return "\n".join(lines) + "\n"


def _block(block: Block, place: Place, indent: int, *, above_first: bool = True) -> Iterator[str]:
    """The lines of a block; without those above its first entry where they stand elsewhere."""
    for number, entry in enumerate(_ordered(block, place)):
        lines = list(_item(entry, place, indent) if block.listed else _pair(entry, place, indent))
        above = [*entry.before, *_moved_up(entry, place, indent)]
        if number or above_first:
            yield from _indented(tidy(above, at_start=number == 0), indent)
        yield from lines
    yield from _indented(block.end, indent)


def _pair(entry: Entry, place: Place, indent: int) -> Iterator[str]:
    """`key: value`."""
    assert entry.key is not None
    key, inside = as_key(entry.key, brackets=False), place.below(entry.key.text)
    yield from _valued(entry, f"{' ' * indent}{key}:", inside, indent)


def _item(entry: Entry, place: Place, indent: int) -> Iterator[str]:
    """`- value`."""
    yield from _valued(entry, f"{' ' * indent}-", place.below(None), indent)


def _valued(entry: Entry, start: str, place: Place, indent: int) -> Iterator[str]:
    """The lines of an entry whose key or dash is `start`."""
    line = _one_line(entry.value, place, len(start) + 1)
    beside = f" {entry.after}" if entry.after else ""
    if line is not None:
        yield f"{start} {line}{beside}"
    elif isinstance(entry.value, Scalar):
        yield from _scalar(entry.value, start, beside, indent)
    elif entry.key is not None:
        yield start + beside
        yield from _block(entry.value, place, indent + _STEP)
    else:
        first, *others = _block(entry.value, place, indent + _STEP, above_first=False)
        yield f"{start} {first.lstrip()}"
        yield from others


def _scalar(scalar: Scalar, start: str, beside: str, indent: int) -> Iterator[str]:
    """A value that takes several lines, or none."""
    if not scalar.raw:
        yield start + beside
        return
    lines = broken(scalar, indent + _STEP)
    lines[0 if scalar.style in ("|", ">") else -1] += beside
    yield f"{start} {lines[0]}"
    yield from lines[1:]


def _moved_up(entry: Entry, place: Place, indent: int) -> list[str]:
    """The comments for which there is no room beside and below a dash, because a block begins there."""
    inside = place.below(None)
    if entry.key is not None or isinstance(entry.value, Scalar):
        return []
    if _one_line(entry.value, inside, indent + _STEP) is not None:
        return []
    first = _ordered(entry.value, inside)[0]
    below = _moved_up(first, inside, indent + _STEP) if entry.value.listed else []
    return [*([entry.after] if entry.after else []), *tidy([*first.before, *below])]


def _one_line(node: Scalar | Block, place: Place, column: int) -> str | None:
    """What fits behind `column` and may stand in one line."""
    if isinstance(node, Scalar):
        return in_one_line(node, brackets=False)
    if node.entries and not _may_be_one_line(node, place):
        return None
    line = _in_brackets(node, place)
    return line if line is not None and column + len(line) <= WIDTH else None


def _may_be_one_line(block: Block, place: Place) -> bool:
    if place.style is not Style.SIMPLE:
        return place.style is Style.ALWAYS
    return _depth(block) <= (2 if block.listed or len(block.entries) == 1 else 1)


def _depth(node: Scalar | Block) -> int:
    """0 for a plain value and for empty brackets, 1 for a list of plain values, and so on."""
    if isinstance(node, Scalar) or not node.entries:
        return 0
    return 1 + max(_depth(entry.value) for entry in node.entries)


def _in_brackets(node: Scalar | Block, place: Place) -> str | None:
    """None where a comment, a blank line or a value of several lines stands in the way."""
    if isinstance(node, Scalar):
        return in_one_line(node, brackets=True)
    if node.end or any(entry.before or entry.after for entry in node.entries):
        return None
    parts = [_part(entry, place, listed=node.listed) for entry in _ordered(node, place)]
    if None in parts:
        return None
    inner = ", ".join(part for part in parts if part is not None)
    return f"[{inner}]" if node.listed else f"{{{inner}}}"


def _part(entry: Entry, place: Place, *, listed: bool) -> str | None:
    key = None if entry.key is None else entry.key.text
    value = _in_brackets(entry.value, place.below(key))
    if value is None:
        return None
    if entry.key is not None:
        return f"{as_key(entry.key, brackets=True)}: {value}"
    return value[1:-1] if _is_single_pair(entry.value) else value


def _is_single_pair(node: Scalar | Block) -> bool:
    """`escalate: team` needs no braces in a list."""
    return (
        isinstance(node, Block)
        and not node.listed
        and len(node.entries) == 1
        and isinstance(node.entries[0].value, Scalar)
    )


def _ordered(block: Block, place: Place) -> list[Entry]:
    ranks = {key: rank for rank, key in enumerate(place.order)}
    if block.listed or not ranks:
        return block.entries
    return sorted(block.entries, key=lambda entry: ranks.get(entry.key.text if entry.key else "", len(ranks)))


def _indented(lines: Sequence[str], indent: int) -> Iterator[str]:
    return (f"{' ' * indent}{line}" if line else "" for line in lines)
