"""`leadflow rules fmt`: one layout for all rule files, so that a comparison of two versions shows what was changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from yaml import YAMLError

from rules.editing.arranging import arrange
from rules.editing.document import Block, Scalar, comments
from rules.editing.places import place_of_file
from rules.editing.reading import read_document
from rules.editing.writing import written
from rules.engine.findings import Code, Finding, Findings, Place
from rules.engine.loader import Table, file_text, load_text
from rules.engine.shape import plain
from rules.engine.sources import MAX_BYTES, RuleSources


@dataclass(frozen=True, slots=True)
class Layout:
    """A file as it is and as it should be; `text` is None where `findings` say why the file is left alone."""

    name: str
    before: str
    text: str | None
    findings: tuple[Finding, ...]

    @property
    def differs(self) -> bool:
        return self.text is not None and self.text != self.before

    @property
    def difference(self) -> str:
        """A unified diff; line ends that change are no difference in it."""
        before, after = with_line_feeds(self.before), self.text or ""
        lines = unified_diff(before.splitlines(True), after.splitlines(True), self.name, f"{self.name} (formatted)")
        return "".join(lines)


def layouts(sources: RuleSources) -> Iterator[Layout]:
    """The layout of every YAML file."""
    for name in (*sources.files, *sources.unreadable):
        if name.endswith((".yaml", ".yml")):
            findings = Findings()
            text = file_text(sources, name, findings)
            after = None if text is None else formatted(text, name, findings)
            yield Layout(name, sources.files.get(name, b"").decode(errors="replace"), after, tuple(findings))


def formatted(text: str, name: str, findings: Findings) -> str | None:
    """The text of the file `name` in canonical layout, or None and a finding where it cannot be read.

    What comes back says the same, with the same comments: it was read again and compared.
    """
    text = with_line_feeds(text)
    table = load_text(text, name, findings)
    if table is None or findings.has_errors:
        return None
    layout = _laid_out(text if text.endswith("\n") else text + "\n", name)
    if layout is None or not _says(layout, table):
        message = "this file cannot be laid out without changing what it says"
        findings.error(Code.BROKEN_YAML, Place(name), message, "Write the unusual value in it in a simpler way")
        return None
    if len(layout.encode()) > MAX_BYTES:
        findings.error(
            Code.UNREADABLE, Place(name), f"with its layout larger than {MAX_BYTES:,} bytes", "Split the file"
        )
        return None
    return layout


def with_line_feeds(text: str) -> str:
    """Without a byte order mark and carriage returns."""
    return re.sub("\r\n?", "\n", text.removeprefix("\ufeff"))


def _laid_out(text: str, name: str) -> str | None:
    """None where the result would not say the same in the same order, with the same comments."""
    place = place_of_file(name)
    try:
        before = read_document(text)
        arrange(before.root, place)
        layout = written(before, place)
        after = read_document(layout)
    except YAMLError:
        return None
    same = _content(before.root) == _content(after.root) and sorted(before.found) == sorted(comments(after))
    return layout if same else None


def _content(node: Scalar | Block) -> Any:
    """What a node says, its entries in order."""
    if isinstance(node, Scalar):
        return node.text
    return [node.listed, *((entry.key and entry.key.text, _content(entry.value)) for entry in node.entries)]


def _says(layout: str, wanted: Table) -> bool:
    """Whether the loader reads in it what it read before."""
    table = load_text(layout, "", Findings())
    return table is not None and plain(table) == plain(wanted)
