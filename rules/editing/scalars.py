"""How a single value is written: as it was, or in quotes where it would otherwise be read as something else."""

import json
import re

from rules.editing.document import Scalar

_FIRST = r"[^\s,\[\]{}#&*!|>'\"%@`?:-]"
_PLAIN = re.compile(rf"(?:{_FIRST}|[?:-](?=\S))(?:[^\s#:]|:(?=\S)|(?<!\s)#|[ \t]+(?=[^\s#]))*")
_IN_BRACKETS = r"[^\s,\[\]{}"
_PLAIN_IN_BRACKETS = re.compile(
    rf"(?:{_FIRST}|-(?={_IN_BRACKETS}]))"
    rf"(?:{_IN_BRACKETS}#:]|:(?={_IN_BRACKETS}?])|(?<!\s)#|[ \t]+(?={_IN_BRACKETS}#]))*"
)
_QUOTED = ("'", '"')


def in_one_line(scalar: Scalar, *, brackets: bool) -> str | None:
    """The value in one line, between brackets or not. None where it was written over several lines, or is nothing."""
    if len(scalar.lines) > 1 or scalar.raw == "" or scalar.is_block:
        return None
    if scalar.style in _QUOTED or _is_plain(scalar.raw, brackets=brackets):
        return scalar.raw
    return _quoted(scalar.text)


def as_key(scalar: Scalar, *, brackets: bool) -> str:
    """A key; in one line, however it was written."""
    return in_one_line(scalar, brackets=brackets) or _quoted(scalar.text)


def broken(scalar: Scalar, indent: int) -> list[str]:
    """The lines of a value that was written over several; all but the first are indented by `indent` spaces."""
    first, *others = scalar.lines
    if scalar.is_block:
        first = re.sub("[0-9]", "2", first)
    elif scalar.style == '"':
        others = [line.lstrip() for line in others]
    else:
        first, others = first.rstrip(), [line.strip() for line in others]
    return [first, *(f"{' ' * indent}{line}" if line else "" for line in others)]


def _is_plain(text: str, *, brackets: bool) -> bool:
    return (_PLAIN_IN_BRACKETS if brackets else _PLAIN).fullmatch(text) is not None


def _quoted(text: str) -> str:
    if '"' in text and "\\" not in text and "\n" not in text and "'" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)
