"""What reading a file gives, one after the other: rows, and lines that are none."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `line` is where it starts in the file, counted from 1; `values` by column or key, in file order."""

    line: int
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be used. `text` is the line as it stands where its values could not be made out; `columns`
    are the file's own, where it has some."""

    line: int
    reason: str
    text: str = ""
    values: dict[str, object] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
