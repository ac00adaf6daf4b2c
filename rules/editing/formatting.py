"""`leadflow rules fmt`: one layout for all rule files, so that a comparison of two versions shows what was changed."""

import re

from ruamel.yaml.error import YAMLError

from rules.editing.document import comments, content
from rules.editing.places import place_of_file
from rules.editing.reading import read_document
from rules.editing.writing import written
from rules.engine.findings import Code, Findings, Place
from rules.engine.loader import load_text
from rules.engine.shape import plain


def formatted(text: str, name: str, findings: Findings) -> str | None:
    """The text of the file `name` in canonical layout, or None and a finding where it cannot be read.

    What comes back says the same, with the same comments: it was read again and compared.
    """
    unix = re.sub("\r\n?", "\n", text.removeprefix("\ufeff"))
    if load_text(unix, name, findings) is None or findings.has_errors:
        return None
    try:
        layout = _laid_out(unix if unix.endswith("\n") else unix + "\n", name)
    except YAMLError:
        layout = None
    if layout is None:
        message = "this file cannot be laid out without changing what it says"
        findings.error(Code.BROKEN_YAML, Place(name), message, "Write the unusual value in it in a simpler way")
    return layout


def _laid_out(text: str, name: str) -> str | None:
    """None where the result would not say the same."""
    before = read_document(text)
    layout = written(before, place_of_file(name))
    after = read_document(layout)
    same = _says_the_same(text, layout, name) and comments(before) == comments(after)
    return layout if same and written(after, place_of_file(name)) == layout else None
