"""Reading a resource path: its segments, with the arguments in their parentheses.

It works on the path as it came over the wire. A server that decodes first can no longer tell the slash in
`contacts(emailaddress1='a%2Fb')` from one between segments.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from leadflow.dataverse.errors import bad_segment

LONGEST_PATH = 8_192
_SEGMENT = re.compile(r"(?P<name>[^()]*?)(?:\((?P<arguments>.*)\))?", re.DOTALL)
_QUOTE = re.compile(r"%27", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Argument:
    """What stands in parentheses: `name=literal`, or a literal alone (name None). `text` is a literal as written."""

    name: str | None
    text: str

    @property
    def value(self) -> str:
        """The literal's value as text, without quotes."""
        return unquoted(self.text)

    @property
    def is_quoted(self) -> bool:
        return self.text.startswith("'")


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a path. `arguments` is None without parentheses, empty for `()`."""

    name: str
    arguments: tuple[Argument, ...] | None = None

    @property
    def guid(self) -> UUID | None:
        """The GUID in the parentheses, if a GUID alone stands there."""
        if self.arguments is None or len(self.arguments) != 1 or self.arguments[0].name is not None:
            return None
        return as_guid(self.arguments[0].value)


def parse_path(raw: str) -> tuple[Segment, ...]:
    """The segments of a path without its leading slash, as it came: percent-encoded. Empty for the service root.

    Raises NotFound with Dataverse's code for a path that cannot be read.
    """
    if len(raw) > LONGEST_PATH:
        raise bad_segment(f"The path is longer than {LONGEST_PATH} characters.")
    marked = _QUOTE.sub("'", raw)
    return tuple(_segment(unquote(part)) for part in _split(marked, "/") if part)


def as_guid(text: str) -> UUID | None:
    """A GUID in its usual form, in any case, with or without braces."""
    bare = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    if len(bare) != 36:
        return None
    try:
        return UUID(bare)
    except ValueError:
        return None


def unquoted(literal: str) -> str:
    """The value of a literal: a quoted one without its quotes, a doubled quote inside as one."""
    if len(literal) >= 2 and literal.startswith("'") and literal.endswith("'"):
        return literal[1:-1].replace("''", "'")
    return literal


def _segment(text: str) -> Segment:
    match = _SEGMENT.fullmatch(text)
    if match is None or not match["name"]:
        raise bad_segment(f"The segment '{text[:100]}' of the path cannot be read.")
    if match["arguments"] is None:
        return Segment(match["name"])
    return Segment(match["name"], tuple(_argument(part) for part in _split(match["arguments"], ",") if part.strip()))


def _argument(text: str) -> Argument:
    name, equals, literal = _cut(text)
    return Argument(name.strip(), literal.strip()) if equals else Argument(None, text.strip())


def _cut(text: str) -> tuple[str, str, str]:
    """`name=literal` in two, unless the equals sign stands inside quotes."""
    if text.lstrip().startswith("'"):
        return "", "", text
    return text.partition("=")


def _split(text: str, separator: str) -> list[str]:
    """Split at the separators that stand outside quotes, and outside brackets."""
    parts, start, quoted, depth = [], 0, False, 0
    for position, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == separator and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    parts.append(text[start:])
    return parts
