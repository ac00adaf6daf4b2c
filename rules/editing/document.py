"""A YAML file as people see it: entries in order, each scalar as it was written, comments and blank lines with them."""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value or key. `raw` is how it was written, quotes included; `text` what it says; `style` its quotes, | or >.

    The lines of a block scalar (| or >) stand in `raw` without their indentation.
    """

    raw: str = ""
    text: str = ""
    style: str = ""

    @property
    def lines(self) -> list[str]:
        return self.raw.split("\n")

    @property
    def is_block(self) -> bool:
        return self.style in ("|", ">")


@dataclass(slots=True)
class Entry:
    """`key: value`, or an item of a list (`key` None).

    `before` holds the comments and blank lines ("") above it, `after` the comment at the end of its line.
    """

    key: Scalar | None
    value: "Scalar | Block" = Scalar()
    before: list[str] = field(default_factory=list)
    after: str = ""

    def say(self, comment: str) -> None:
        """Puts a comment that stood beside this entry where there is room for it."""
        if self.after:
            self.before.append(comment)
        else:
            self.after = comment


@dataclass(slots=True)
class Block:
    """A mapping, or a list (`listed`).

    `column` counts from 0, None between brackets. `end`: the comments below the last entry. `stop` is the index in the
    text behind the last entry.
    """

    listed: bool
    column: int | None
    entries: list[Entry] = field(default_factory=list)
    end: list[str] = field(default_factory=list)
    stop: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """`header`: the comments that stay first, whatever follows them. `found`: every comment of the text."""

    header: list[str]
    root: Block
    found: list[str]


def comments(document: Document) -> list[str]:
    """Every comment that the document holds."""
    return list(line for line in (*document.header, *_comments(document.root)) if line)


def _comments(block: Block) -> Iterator[str]:
    for entry in block.entries:
        yield from (*entry.before, entry.after)
        if isinstance(entry.value, Block):
            yield from _comments(entry.value)
    yield from block.end
