"""The first line of a rule table: what separates its cells, and what each column holds."""

import re
from collections.abc import Mapping, Sequence

from rules.engine.columns import Column, columns
from rules.engine.fields import readable_fields
from rules.engine.findings import Code, Findings, Place, suggestion

SEPARATORS: Mapping[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs"}
NEW_ID = "Write a name of its own for each row, such as us-texas; never change it or use it again"
Header = Sequence[Column | None]
"""The column of each cell, None where there is no heading."""

_FIRST_RECORD = re.compile(r'(?:"[^"]*"|[^"\r\n])*')
_QUOTED = re.compile(r'"[^"]*"')


def separator_of(text: str, name: str, findings: Findings) -> str | None:
    """What stands between the headings; these are plain words, so it cannot be mistaken. None after a finding."""
    match = _FIRST_RECORD.match(text)
    headings = _QUOTED.sub("", match[0] if match else "")
    found = [separator for separator in SEPARATORS if separator in headings]
    if len(found) == 1:
        return found[0]
    both = f"both {' and '.join(SEPARATORS[one] for one in found)}"
    message = f"{both if found else 'nothing'} between the headings"
    remedy = "Begin the file with one line of headings, with commas, semicolons or tabs between them"
    findings.error(Code.BROKEN_TABLE, Place(name), message, remedy)
    return None


def header_of(cells: Sequence[str], name: str, findings: Findings) -> Header | None:
    """The columns of the table `name`. Capitals and spaces around a heading do not matter. None after a finding."""
    headings = [" ".join(cell.lower().split()) for cell in cells]
    header = [columns().get(heading) for heading in headings]
    paths = [column.path if column else None for column in header]
    sound = True
    for number, (heading, path) in enumerate(zip(headings, paths, strict=True)):
        at = Place(name, 1, number + 1)
        if heading and path is None:
            sound = _unknown(heading, at, findings)
        elif path and path in paths[:number]:
            message = f"'{heading}' says the same as column {paths.index(path) + 1}"
            findings.error(Code.DUPLICATE_KEY, at, message, "Keep one of the two")
            sound = False
    return header if sound and _complete({path[0] for path in paths if path}, name, findings) else None


def _unknown(heading: str, at: Place, findings: Findings) -> bool:
    word, _, rest = heading.partition(" ")
    following = [known.removeprefix(f"{word} ") for known in columns() if known.startswith(f"{word} ")]
    code = Code.UNKNOWN_OPERATOR if word in readable_fields() else Code.UNKNOWN_COLUMN
    if not following:
        findings.unknown(code, at, "column", heading, columns())
    elif rest:
        findings.error(code, at, f"'{rest}' does not go with '{word}'", suggestion(rest, following))
    else:
        findings.error(code, at, f"'{word}' needs one word more", f"Write one of: {', '.join(following)}")
    return False


def _complete(parts: set[str], name: str, findings: Findings) -> bool:
    """Whether rows with these columns can be rules at all; if not, one finding instead of one for each row."""
    for part, code, message, remedy in (
        ("id", Code.MISSING_KEY, "column 'id' is missing", f"Add it. {NEW_ID}"),
        ("when", Code.EMPTY_CONDITION, "no column holds a condition", "Add one such as address1_country"),
        ("then", Code.MISSING_KEY, "no column says what happens to a lead", "Add one such as assign_to team"),
    ):
        if part not in parts:
            findings.error(code, Place(name), message, remedy)
            return False
    return True
