"""What SQLite lacks, and PostgreSQL has: lower case beyond ASCII, and sums that cannot overflow."""

import sqlite3

# PostgreSQL's lower() makes one character of one. Python's makes two of a capital I with a dot, and looks at what is
# around a capital sigma.
_ONE_TO_ONE = str.maketrans({"\u0130": "i", "\u03a3": "\u03c3"})


def add_functions(connection: sqlite3.Connection) -> None:
    """Give a connection `unicode_lower(text)` and `exact_sum(integer)`, whose result is text."""
    connection.create_function("unicode_lower", 1, unicode_lower, deterministic=True)
    connection.create_aggregate("exact_sum", 1, ExactSum)  # type: ignore[arg-type]


def unicode_lower(text: str | None) -> str | None:
    """`text` in lower case, character by character."""
    if text is None:
        return None
    return text.lower() if text.isascii() else text.translate(_ONE_TO_ONE).lower()


class ExactSum:
    """A sum of integers of any size; NULL where there is none."""

    def __init__(self) -> None:
        self.total: int | None = None

    def step(self, value: int | None) -> None:
        if value is not None:
            self.total = (self.total or 0) + value

    def finalize(self) -> str | None:
        return None if self.total is None else str(self.total)
