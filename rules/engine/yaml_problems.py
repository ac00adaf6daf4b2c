"""What is wrong with broken YAML, in an editor's words: the parser says it in words of YAML's grammar."""

from dataclasses import dataclass
from typing import Any

_QUOTE = "Put the whole value into quotation marks"
_INDENT = "Begin the line in the column of its neighbours, with spaces"
_NO_DIRECTIVE = "Remove the line; a rule file begins with its first key"


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of mistake.

    It is known by what the parser says, by the `context` it was in and, where given, by the character it stopped at.
    `{char}` in a message is that character, `{line}` the line where the broken part begins. With `at_start` the
    mistake is where the broken part begins, not where the parser noticed it.
    """

    said: str
    message: str
    remedy: str
    context: str = ""
    chars: str = ""
    at_start: bool = False


PROBLEMS = (
    Problem("cannot start any token", "a tab stands here", "Replace the tab by spaces", chars="\t"),
    Problem("cannot start any token", "a value cannot begin with {char}", _QUOTE),
    Problem("found a tab character", "a tab stands here", "Replace the tab by spaces"),
    Problem("could not find expected ':'", "this line is no `key: value`",
            "Write a colon and a space after the key, or join the line to the one before", at_start=True),
    Problem("block sequence entries", "a list cannot begin here", "Begin a new line before the dash"),
    Problem("mapping keys are not allowed", "a value cannot begin with '?'", _QUOTE),
    Problem("mapping values", "a colon is too much here, or a line before is indented wrongly",
            "Put a value that holds a colon into quotation marks, or correct the indentation"),
    Problem("found unexpected ':'", "a colon without a space after it", "Write a space after it, or quote the value"),
    Problem("", "this value begins with & or *, which YAML keeps for itself", _QUOTE, "anchor", at_start=True),
    Problem("", "this value begins with & or *, which YAML keeps for itself", _QUOTE, "alias", at_start=True),
    Problem("", "the line begins with '%', which YAML keeps for itself", _NO_DIRECTIVE, "directive", at_start=True),
    Problem("directive", "the line begins with '%', which YAML keeps for itself", _NO_DIRECTIVE),
    Problem("incompatible YAML", "another version of YAML is asked for", _NO_DIRECTIVE),
    Problem("", "this value begins with !, which YAML keeps for itself", _QUOTE, "scanning a tag", at_start=True),
    Problem("", "this value begins with !, which YAML keeps for itself", _QUOTE, "parsing a tag", at_start=True),
    Problem("undefined tag", "this value begins with !, which YAML keeps for itself", _QUOTE),
    Problem("unexpected end of stream", "this quotation mark is never closed", "Close the quotation mark",
            "quoted scalar", at_start=True),
    Problem("unexpected document indicator", "this quotation mark is not closed before `---` or `...`",
            "Close the quotation mark", "quoted scalar", at_start=True),
    Problem("", "a backslash means something of its own between double quotation marks",
            "Use single quotation marks: 'a\\b'", "quoted scalar"),
    Problem("", "after | or > nothing else may stand in the line", "Begin the text in the next line, or quote it",
            "block scalar", at_start=True),
    Problem("expected ',' or ']'", "a comma is missing, or the bracket [ of line {line} is not closed",
            "Put a comma between two values, and ] at the end"),
    Problem("expected ',' or '}'", "a comma is missing, or the brace {{ of line {line} is not closed",
            "Put a comma between two entries, and }} at the end"),
    Problem("expected '-' indicator", "this line does not belong to the list that begins in line {line}",
            "Begin each entry with a dash in the same column, and other lines further left"),
    Problem("expected key", "this does not fit the lines before: wrong indentation, or text after the end of a value",
            _INDENT + "; close quotation marks and brackets at the end of the value only"),
    Problem("expected node content", "a value is missing before {char}", "Write the value, or remove {char}",
            chars=",]}"),
    Problem("expected node content", "the file ends within brackets", "Close them: ] for [ and }} for {{"),
    Problem("expected <document start>", "this stands after the end of the file's contents",
            "Remove it, or correct the brackets and the indentation before it"),
)  # fmt: skip
_OTHER = Problem("", "this cannot be read", "Check indentation, colons and brackets here and in the line before")


@dataclass(frozen=True, slots=True)
class Explained:
    """A mistake as found: line and column count from 1."""

    line: int
    column: int
    message: str
    remedy: str


def explained(error: Any, text: str) -> Explained:
    """What the parser's error means. `error` is a yaml.MarkedYAMLError about `text`."""
    noticed = error.problem_mark or error.context_mark
    begins = error.context_mark or noticed
    char = text[noticed.index : noticed.index + 1]
    problem = problem_of(error, char)
    mark = begins if problem.at_start else noticed
    words = {"char": f"'{char}'" if char.strip() else "this", "line": begins.line + 1}
    line, column = _within(text, mark.line, mark.column)
    return Explained(line, column, problem.message.format(**words), problem.remedy.format(**words))


def problem_of(error: Any, char: str) -> Problem:
    """Which kind of mistake it is; `char` is the character at which the parser stopped, empty at the end."""
    return next((known for known in PROBLEMS if _is(known, error, char)), _OTHER)


def _is(known: Problem, error: Any, char: str) -> bool:
    said, context = error.problem or "", error.context or ""
    return known.said in said and known.context in context and (not known.chars or (char != "" and char in known.chars))


def _within(text: str, line: int, column: int) -> tuple[int, int]:
    """The place as editors count, from 1; where the parser is past the end of the last line, that end."""
    lines = text.splitlines() if line else []
    if line and line >= len(lines) and not text.endswith(("\n", "\r")):
        return len(lines), len(lines[-1]) + 1
    return line + 1, column + 1
