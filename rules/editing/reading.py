"""From the text of a file to its document. The text must be one that the loader accepts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from yaml import (
    CBaseLoader,
    DocumentStartEvent,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    parse,
)

from rules.editing.comments import Line, header_and_rest, kept_with_next, lines_between, open_blocks, tidy
from rules.editing.document import Block, Document, Entry, Scalar

_END = (MappingEndEvent, SequenceEndEvent)
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*")


def read_document(text: str) -> Document:
    """The document in a text that has no other line breaks than \\n. Raises YAMLError where it is none."""
    return _Reader(text).document()


class _Reader:
    """Walks over the parser's events; what stands between the scalars holds the comments."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events: Iterator[Any] = parse(text, Loader=CBaseLoader)
        self._position = 0
        self._pending: list[Line] = []
        self._last: Entry | None = None
        self._found: list[str] = []

    def document(self) -> Document:
        whole = Entry(None)
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                self._pass(event)
                break
        root = self._node(next(self._events), whole, 0)
        assert isinstance(root, Block)
        self._reach(len(self._text))
        rest = kept_with_next(self._taken(), -1, list(open_blocks(root)))
        root.end = tidy([*root.end, *rest], at_start=False)
        while root.end and not root.end[-1]:
            root.end.pop()
        above = [*whole.before, whole.after] if whole.after else whole.before
        if not root.entries:
            return Document([*above, *tidy(root.end)], root, self._found)
        header, root.entries[0].before = header_and_rest([*above, *root.entries[0].before])
        return Document(header, root, self._found)

    def _pass(self, event: Any) -> None:
        """Goes behind something that stands in the text."""
        self._reach(event.start_mark.index)
        self._position = event.end_mark.index

    def _reach(self, index: int) -> None:
        """Takes in the comments before `index`."""
        gap = self._text[self._position : index]
        self._position = max(self._position, index)
        if "\n" not in gap:
            return
        beside, lines = lines_between(gap, begins_line=self._last is None)
        if beside and self._last is not None:
            self._say(beside, self._last)
        self._found.extend(line.text for line in lines if line.text)
        self._pending.extend(lines)

    def _say(self, comment: str, entry: Entry) -> None:
        self._found.append(comment)
        entry.say(comment)

    def _taken(self) -> list[Line]:
        lines, self._pending = self._pending, []
        return lines

    def _node(self, event: Any, owner: Entry, column: int) -> Scalar | Block:
        """The value of `owner`, which stands in a block at `column`."""
        if isinstance(event, ScalarEvent):
            return self._scalar(event, owner, column)
        block = Block(isinstance(event, SequenceStartEvent), None if event.flow_style else event.start_mark.column)
        opened = bool(event.flow_style) and event.start_mark.index < event.end_mark.index
        if opened:
            self._pass(event)
            owner.before.extend(self._said())
            self._last = owner
        while not isinstance(event := next(self._events), _END):
            self._entry(event, block)
        block.stop = self._position
        if opened:
            self._pass(event)
            self._last = owner
            target = block.end if block.entries else owner.before
            target.extend(self._said())
        return block

    def _said(self) -> list[str]:
        """The pending comments, without blank lines."""
        return [line.text for line in self._taken() if line.text]

    def _entry(self, event: Any, block: Block) -> None:
        entry = Entry(None)
        self._reach(event.start_mark.index)
        lines = self._taken()
        if block.column is None or not block.entries:
            entry.before = tidy([line.text for line in lines], at_start=not block.entries)
        else:
            closed = list(open_blocks(block.entries[-1].value))
            entry.before = tidy(kept_with_next(lines, block.column, closed), at_start=False)
        block.entries.append(entry)
        if not block.listed:
            entry.key = self._scalar(event, entry, block.column or 0)
            self._last = entry
            event = next(self._events)
        entry.value = self._node(event, entry, block.column or 0)

    def _scalar(self, event: Any, owner: Entry, column: int) -> Scalar:
        if event.start_mark.index == event.end_mark.index:
            return Scalar()
        self._pass(event)
        owner.before.extend(self._said())
        self._last = owner
        style = event.style or ""
        raw = self._text[event.start_mark.index : event.end_mark.index]
        scalar = Scalar(raw, event.value, style)
        return replace(scalar, raw=self._block_scalar(raw, owner, column)) if scalar.is_block else scalar

    def _block_scalar(self, raw: str, owner: Entry, column: int) -> str:
        """Its header and its lines without indentation; a comment in the header goes to the owner."""
        head, _, body = raw.partition("\n")
        header = _BLOCK_HEADER.match(head)
        assert header is not None
        comment = head[header.end() :].strip()
        if comment:
            self._say(comment, owner)
        kept = body.removesuffix("\n") if "+" in header.group() else body.rstrip("\n")
        self._position -= len(body) - len(kept)
        if not kept and not ("+" in header.group() and body):
            return header.group()
        digit = re.search("[0-9]", header.group())
        lines = kept.split("\n")
        indent = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")), 0)
        if digit:
            indent = column + int(digit.group())
        return "\n".join([header.group(), *(line[indent:] for line in lines)])
