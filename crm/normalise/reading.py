"""What every reader gets and gives: a raw value in, a typed value out, doubts as notes, faults raised."""

from collections.abc import Callable
from dataclasses import dataclass

from crm.attributes import Attribute
from crm.choices import ChoiceBook
from crm.errors import ErrorCode, InvalidInput

SHOWN_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Reading:
    """One attribute being read. `region` is the ISO country that a phone number without country code belongs to."""

    name: str
    attribute: Attribute
    choices: ChoiceBook
    region: str | None
    notes: list[str]

    def note(self, message: str) -> None:
        self.notes.append(f"{self.name}: {message}")


# Returns None for an empty value; raises InvalidInput for one that the attribute cannot hold.
Reader = Callable[[object, Reading], object]


def unreadable(message: str, code: str = ErrorCode.CANNOT_PARSE) -> InvalidInput:
    """The error that a reader raises; `message` completes the sentence "<attribute> ..." and ends with the remedy."""
    return InvalidInput(message, code=code)


def shown(value: object) -> str:
    """`value` for a message: one printable line of at most 40 characters, whatever it is."""
    if isinstance(value, str):
        text = "".join(char if char.isprintable() else " " for char in value[: SHOWN_LENGTH + 1])
        return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 1] + "…"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 128:
        return "a very large number"
    return shown(str(value))
