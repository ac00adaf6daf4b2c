"""What a check finds in the rule files: where it is, what is wrong, and what to do."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from itertools import islice
from typing import Literal

Severity = Literal["error", "warning"]
MAX_FINDINGS = 500
"""Of each severity. Nobody reads more, and looking for the nearest names may take long."""
MAX_CANDIDATES = 500
MAX_MESSAGE = 1000


class Code(StrEnum):
    """Stable names of findings, for scripts and for searching the documentation."""

    UNREADABLE = "LF001"
    BROKEN_YAML = "LF002"
    DUPLICATE_KEY = "LF003"
    FORBIDDEN_YAML = "LF004"
    BROKEN_TABLE = "LF005"
    UNKNOWN_KEY = "LF101"
    MISSING_KEY = "LF102"
    WRONG_SHAPE = "LF103"
    WRONG_PLACE = "LF104"
    UNKNOWN_COLUMN = "LF105"
    MISSING_TABLE = "LF106"
    UNNAMED_TABLE = "LF107"
    UNKNOWN_FIELD = "LF201"
    UNKNOWN_OPERATOR = "LF202"
    OPERATOR_TYPE = "LF203"
    WRONG_VALUE = "LF204"
    UNKNOWN_OPTION = "LF205"
    EMPTY_CONDITION = "LF206"
    DOUBTFUL_VALUE = "LF207"
    EMPTY_LIST = "LF208"
    MISREAD_NUMBER = "LF209"
    NEVER_TRUE = "LF210"
    UNKNOWN_NAME = "LF301"
    EMPTY_TEAM = "LF302"
    PARENT_LOOP = "LF303"
    INACTIVE_USER = "LF304"
    NOBODY_ELIGIBLE = "LF305"
    NO_MANAGER = "LF306"
    DUPLICATE_ID = "LF401"
    NO_EXAMPLE = "LF402"
    NO_NEXT_FILE = "LF403"
    UNREACHABLE = "LF404"
    OVERLAP = "LF405"
    TABLE_GAP = "LF406"
    WRONG_PERIOD = "LF407"
    EXPIRED = "LF408"
    DOUBTFUL_TIMES = "LF409"
    TOO_LARGE = "LF501"
    TOO_MANY = "LF502"


class Unfit(ValueError):
    """A text that does not fit its type: what is wrong, and what to do."""

    def __init__(self, message: str, remedy: str, code: Code = Code.WRONG_VALUE) -> None:
        super().__init__(f"{message}; {remedy[:1].lower()}{remedy[1:]}")
        self.code, self.message, self.remedy = code, message, remedy


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file. `file` is relative to the rules folder; line and column count from 1.

    In a rule table, the column is the number of the cell, and `heading` what stands above it.
    """

    file: str
    line: int = 1
    column: int = 1
    heading: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    code: Code
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity} {self.code}: {self.message}. {self.remedy}"


@dataclass
class Findings:
    """Collects findings while files are read; reading goes on after an error, so that one check shows them all."""

    items: list[Finding] = field(default_factory=list)
    counts: Counter[Severity] = field(default_factory=Counter)

    def takes(self, severity: Severity) -> bool:
        """Whether there is room for one more; where there is none, what would lead to it need not be worked out."""
        return self.counts[severity] <= MAX_FINDINGS

    def error(self, code: Code, at: Place, message: str, remedy: str) -> None:
        self._add(code, "error", at, message, remedy)

    def warning(self, code: Code, at: Place, message: str, remedy: str) -> None:
        self._add(code, "warning", at, message, remedy)

    def _add(self, code: Code, severity: Severity, at: Place, message: str, remedy: str) -> None:
        if not self.takes(severity):
            return
        self.counts[severity] += 1
        if not self.takes(severity):
            code, message = Code.TOO_MANY, f"there are more than {MAX_FINDINGS} {severity}s; the others are not shown"
            remedy = "Correct what is shown, then check again"
        where = f" (column '{at.heading}')" if at.heading else ""
        shown = _shortened(message) + where
        self.items.append(Finding(code, severity, at.file, at.line, at.column, shown, _shortened(remedy)))

    def unknown(self, code: Code, at: Place, what: str, name: str, valid: Iterable[str]) -> None:
        """An error for a name that is not among `valid`, with the nearest one."""
        if self.takes("error"):
            self.error(code, at, f"unknown {what} '{name}'", suggestion(name, valid))

    @property
    def has_errors(self) -> bool:
        return any(item.severity == "error" for item in self.items)

    def __iter__(self) -> Iterator[Finding]:
        return iter(sorted(self.items, key=lambda item: (item.file, item.line, item.column, item.code)))


def _shortened(text: str) -> str:
    """The text, its middle left out where it is so long that nobody would read it."""
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE // 2]} ... {text[-MAX_MESSAGE // 2 :]}"


def suggestion(name: str, valid: Iterable[str]) -> str:
    """The nearest valid name, or the list of them where none is near and the list is short."""
    names = {valid_name.casefold(): valid_name for valid_name in valid}
    near = get_close_matches(name.casefold(), _candidates(name.casefold(), names), n=1, cutoff=0.6)
    if near:
        return f"Did you mean '{names[near[0]]}'?"
    if not names:
        return "None is defined yet: add it to directory.yaml"
    if len(names) <= 20:
        return f"Use one of: {', '.join(sorted(names.values()))}"
    return "See rules/README.md for the list"


def _candidates(name: str, names: Collection[str]) -> Iterable[str]:
    """All names; of very many, those that begin alike and are about as long."""
    if len(names) <= MAX_CANDIDATES:
        return names
    alike = (other for other in names if other[:1] == name[:1] and abs(len(other) - len(name)) <= 3)
    return islice(alike, MAX_CANDIDATES)
