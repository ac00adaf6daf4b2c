"""A new line in directory.yaml, with nothing else in the file touched."""

import re

from rules.editing.document import Block
from rules.editing.reading import read_document
from rules.engine.findings import Findings
from rules.engine.loader import load_text
from rules.engine.shape import plain
from rules.engine.sources import DIRECTORY_FILE

LONGEST_CODE = 2
"""Two letters at the beginning of a key are a country's code, or the like."""


def titled(key: str) -> str:
    """A name for people, made of a key: `north-america` is North America, `uk-team` is UK Team."""
    first, *others = re.split("[-_.]", key)
    start = first.upper() if len(first) <= LONGEST_CODE else first.capitalize()
    return " ".join([start, *(word.capitalize() for word in others)])


def entry_line(key: str, name: str, team: str | None) -> str:
    """The entry of a business unit, or with its team that of a partner."""
    return f"{key}: {{name: {name}{f', team: {team}' if team else ''}}}"


def with_entry(text: str, section: str, line: str) -> str | None:
    """The directory's text with a line at the end of a section. None where it can not be put there safely."""
    text = text if text.endswith("\n") else text + "\n"
    found = [entry for entry in read_document(text).root.entries if entry.key is not None and entry.key.text == section]
    if not found:
        added = f"{text}\n{section}:\n  {line}\n"
    else:
        block = found[0].value
        if not isinstance(block, Block) or block.listed or block.column is None:
            return None
        end = text.index("\n", block.stop) + 1
        added = f"{text[:end]}{' ' * block.column}{line}\n{text[end:]}"
    return added if _is_added(text, added, section, line) else None


def _is_added(before: str, after: str, section: str, line: str) -> bool:
    """Whether the line is all that the change adds."""
    tables = [load_text(text, DIRECTORY_FILE, Findings()) for text in (before, after, line)]
    old, new, entry = (plain(table) if table else {} for table in tables)
    return bool(new) and new == old | {section: old.get(section, {}) | entry}
