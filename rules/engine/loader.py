"""YAML with positions, every scalar as text.

Types come from the lead's schema, not from YAML: `NO`, `012`, `1e6` and `on` stay what the editor wrote until a field's
type says what they mean. Anchors, aliases, tags, duplicate keys and invisible characters are refused: each hides
something from the reader. Reading goes event by event, so a file is refused before anything in it is unfolded.
"""

import re
from dataclasses import dataclass
from typing import Any

from yaml import (
    CBaseLoader,
    DocumentStartEvent,
    MappingEndEvent,
    MarkedYAMLError,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from rules.engine.findings import Code, Findings, Place
from rules.engine.sources import MAX_BYTES, TABLE_ENDING, RuleSources
from rules.engine.yaml_problems import explained

MAX_DEPTH = 24
_INVISIBLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, as written."""

    text: str
    at: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: "tuple[YamlNode, ...]"
    at: Place


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; `keys` holds each key with its own position."""

    entries: "dict[str, YamlNode]"
    keys: dict[str, Place]
    at: Place


YamlNode = Text | Items | Table


class _Refused(Exception):
    """Reading this file cannot go on; the finding says why."""

    def __init__(self, code: Code, at: Place, message: str, remedy: str) -> None:
        super().__init__(message)
        self.finding = (code, at, message, remedy)


def load_file(sources: RuleSources, name: str, findings: Findings) -> Table | None:
    """The mapping in the file `name`, or None when the file cannot be read as one; then a finding says why."""
    text = file_text(sources, name, findings)
    return None if text is None else load_text(text, name, findings)


def file_text(sources: RuleSources, name: str, findings: Findings) -> str | None:
    """The text of a file, without a byte order mark; None after a finding."""
    try:
        return _decoded(sources, name)
    except _Refused as refused:
        findings.error(*refused.finding)
        return None


def load_text(text: str, name: str, findings: Findings) -> Table | None:
    """Like `load_file`, for text at hand."""
    try:
        node = _Builder(text, name, findings).document()
    except _Refused as refused:
        findings.error(*refused.finding)
        return None
    if isinstance(node, Table):
        return node
    findings.error(
        Code.WRONG_SHAPE,
        Place(name),
        "the file is empty or no mapping",
        "Start from _template.yaml: `key: value` lines",
    )
    return None


def _decoded(sources: RuleSources, name: str) -> str:
    if name in sources.unreadable:
        raise _Refused(Code.UNREADABLE, Place(name), f"cannot read it: {sources.unreadable[name]}", "Make it readable")
    data = sources.files[name]
    if len(data) > MAX_BYTES:
        raise _Refused(Code.UNREADABLE, Place(name), f"larger than {MAX_BYTES:,} bytes", "Split the file")
    start = data.find(b"\0")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        start = error.start
    if start >= 0:
        at = Place(name, data[:start].count(b"\n") + 1)
        how = 'as "CSV UTF-8"' if name.endswith(TABLE_ENDING) else "with the encoding UTF-8"
        raise _Refused(Code.UNREADABLE, at, "not UTF-8 text", f"Save the file {how}")
    return text


class _Builder:
    """Turns the parser's events into nodes, one by one."""

    def __init__(self, text: str, name: str, findings: Findings) -> None:
        self._text = text
        self._name = name
        self._findings = findings
        self._next_event = CBaseLoader(_visible(text, name)).get_event

    def document(self) -> YamlNode | None:
        """The file's one node, or None where it holds nothing. Raises _Refused."""
        try:
            node = None
            while (event := self._next_event()) is not None:
                if node is not None and isinstance(event, DocumentStartEvent):
                    at = self._place(event)
                    raise _Refused(Code.FORBIDDEN_YAML, at, "a second document", "Remove the line `---`")
                if isinstance(event, NodeEvent):
                    node = self._node(event, 0)
            return node
        except MarkedYAMLError as error:
            why = explained(error, self._text)
            at = Place(self._name, why.line, why.column)
            raise _Refused(Code.BROKEN_YAML, at, f"broken YAML: {why.message}", why.remedy) from None

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._name, mark.line + 1, mark.column + 1)

    def _node(self, event: Any, depth: int) -> YamlNode:
        at = self._place(event)
        if event.anchor is not None:
            raise _Refused(Code.FORBIDDEN_YAML, at, "anchors (&) and aliases (*)", "Write the value out, or quote it")
        if event.tag is not None:
            raise _Refused(Code.FORBIDDEN_YAML, at, f"the tag '{event.tag}'", "Remove it, or quote the value")
        if isinstance(event, ScalarEvent):
            return Text(event.value, at)
        if depth > MAX_DEPTH:
            raise _Refused(Code.FORBIDDEN_YAML, at, f"more than {MAX_DEPTH} levels", "Nest less deeply")
        if isinstance(event, SequenceStartEvent):
            return Items(self._items(depth), at)
        return self._table(at, depth)

    def _items(self, depth: int) -> tuple[YamlNode, ...]:
        items = []
        while not isinstance(event := self._next_event(), SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return tuple(items)

    def _table(self, at: Place, depth: int) -> Table:
        table = Table({}, {}, at)
        while not isinstance(event := self._next_event(), MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._next_event(), depth + 1)
            if not isinstance(key, Text):
                raise _Refused(Code.BROKEN_YAML, key.at, "a key that is no plain word", "Write `key: value`")
            if key.text in table.entries:
                first = table.keys[key.text].line
                message = f"'{key.text}' stands here and in line {first}"
                self._findings.error(Code.DUPLICATE_KEY, key.at, message, "Keep one of the two")
                continue
            table.entries[key.text] = value
            table.keys[key.text] = key.at
        return table


def _visible(text: str, name: str) -> str:
    """`text`, if it has no characters that an editor does not show. Raises _Refused."""
    if found := _INVISIBLE.search(text):
        before = _LINE_END.split(text[: found.start()])
        at = Place(name, len(before), len(before[-1]) + 1)
        message = f"an invisible character (U+{ord(found[0]):04X})"
        raise _Refused(Code.BROKEN_YAML, at, message, "Delete it: write the line again, do not copy it")
    return text
