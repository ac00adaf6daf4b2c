"""From the text in a rule file to a typed value: the field's type decides what `NO`, `012` or `on` means."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from uuid import UUID

import pycountry
from pydantic import AwareDatetime, BeforeValidator, WithJsonSchema

from crm.choices import ChoiceBook
from rules.engine.canonical import DECIMALS, MAX_NUMBER
from rules.engine.directory import Directory
from rules.engine.fields import FieldSpec, FieldType
from rules.engine.findings import Code, suggestion
from rules.engine.findings import Unfit as Unfit

NUMERIC = (FieldType.WHOLE, FieldType.NUMBER, FieldType.CHOICE)
"""Fields whose values may be written as numbers."""
_SWITCHES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
MAX_DIGITS = 15
_PLAIN_NUMBER = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_DURATION = re.compile(r"(\d{1,6})\s+(minute|hour|day)s?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long something may take: in working time of whoever has to do it, or by the clock."""

    within: timedelta
    clock: bool = False

    def __str__(self) -> str:
        return f"{duration_text(self.within)}{' clock' if self.clock else ''}"


@dataclass(frozen=True, slots=True)
class Names:
    """What rules may refer to: option labels, and the directory's users, teams, queues, partners and units."""

    choices: ChoiceBook
    directory: Directory


def typed_value(spec: FieldSpec, text: str, names: Names) -> Any:
    """`text` as the field's Python type. Raises Unfit."""
    if not text.strip():
        raise Unfit(f"{spec.name} has no value", "Write a value, or `is_empty: yes` for an empty field")
    return _PARSERS[spec.type](spec, text.strip(), names)


def switch(text: str) -> bool:
    """Yes or no. Raises Unfit."""
    value = _SWITCHES.get(text.strip().casefold())
    if value is None:
        raise Unfit(f"'{text}' is neither yes nor no", "Write yes or no")
    return value


def duration(text: str) -> timedelta:
    """`15 minutes`, `4 hours`, `2 days`. Raises Unfit."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        raise Unfit(f"'{text}' is no duration", "Write a number and minutes, hours or days, such as 15 minutes")
    return timedelta(**{match[2].lower() + "s": int(match[1])})


def time_limit(text: str) -> TimeLimit:
    """A duration of working time, or of every hour: `15 minutes clock`. Raises Unfit."""
    rest, _, last = text.strip().rpartition(" ")
    clock = last.casefold() == "clock"
    return TimeLimit(duration(rest if clock else text), clock)


def duration_text(span: timedelta) -> str:
    """A duration as `duration` reads it: in whole days, hours or minutes, the largest that fit; seconds if need be."""
    seconds = round(span.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
    return "0 minutes"


def instant(given: object) -> object:
    """`2026-01-16T10:00+01:00`: a text must name a time with its offset from UTC. Raises Unfit."""
    if not isinstance(given, str):
        return given
    try:
        time = datetime.fromisoformat(given.strip())
    except ValueError:
        raise Unfit(f"'{given}' is no time", "Write day, time and offset: 2026-01-16T10:00+01:00") from None
    if time.tzinfo is None:
        raise Unfit(f"'{given}' has no offset from UTC", "Write it behind: 2026-01-16T10:00+01:00, or Z for UTC")
    return time


def doubt(spec: FieldSpec, text: str) -> tuple[str, str] | None:
    """What is allowed but hardly meant, and what to write instead."""
    if spec.type is FieldType.COUNTRY and pycountry.countries.get(alpha_2=text.strip()) is None:
        return f"'{text}' is no ISO 3166 country code", _country_code(text.strip())
    if spec.type is FieldType.NUMBER and round(Decimal(text), DECIMALS) != Decimal(text):
        return f"'{text}' has more than {DECIMALS} decimal places", f"Compare with {float(text):.{DECIMALS}f}"
    return None


def misread(text: str) -> tuple[str, str] | None:
    """What is wrong with a number that people may take for another one, and what to write instead."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > MAX_DIGITS:
        return None
    plain = f"{number:f}"
    written = text.lstrip("+-")
    if _THOUSANDS.fullmatch(written):
        whole = text.replace(".", "")
        return f"'{text}' is read as {plain.rstrip('0').rstrip('.')}, not as {whole}", f"Write {whole} if that is meant"
    return None if _PLAIN_NUMBER.fullmatch(written) else (f"'{text}' is read as {plain}", f"Write {plain}")


def _country_code(text: str) -> str:
    try:
        country = pycountry.countries.lookup({"uk": "GB", "el": "GR"}.get(text.casefold(), text))
    except LookupError:
        return "Leads hold two-letter codes, such as DE or GB"
    return f"Write {country.alpha_2}"


def _text(spec: FieldSpec, text: str, names: Names) -> str:
    return text


def _number(spec: FieldSpec, text: str, names: Names) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise Unfit(f"{spec.name} is a number, '{text}' is none", _digits(text)) from None
    if not number.is_finite() or number.copy_abs() > MAX_NUMBER:
        raise Unfit(f"'{text}' is out of range for {spec.name}", f"Stay within {MAX_NUMBER:,.0f}")
    return number


def _digits(text: str) -> str:
    """What to write for something that is a number to programmers only, such as 0x1F."""
    try:
        return f"Write {int(text, 0)}"
    except ValueError:
        return "Write digits, without unit or separators"


def _whole(spec: FieldSpec, text: str, names: Names) -> int:
    number = _number(spec, text, names)
    if number != number.to_integral_value():
        raise Unfit(f"{spec.name} is a whole number, '{text}' is none", "Leave out the decimals")
    return int(number)


def _boolean(spec: FieldSpec, text: str, names: Names) -> bool:
    return switch(text)


def _choice(spec: FieldSpec, text: str, names: Names) -> int:
    options = names.choices[spec.option_set or ""]
    option = options.find(text)
    if option is None:
        labels = (known.label for known in options.options)
        raise Unfit(f"{spec.name} has no option '{text}'", suggestion(text, labels), Code.UNKNOWN_OPTION)
    return option.value


def _time(spec: FieldSpec, text: str, names: Names) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(f"'{text}' is no date", "Write 2025-01-31 or 2025-01-31T09:00+01:00") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _reference(spec: FieldSpec, text: str, names: Names) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Unfit(f"'{text}' is no record id", "Write the record's GUID, with its hyphens") from None


def _key(spec: FieldSpec, text: str, names: Names) -> str:
    section: Iterable[str] = getattr(names.directory, spec.directory or "")
    if text not in section:
        message = f"directory.yaml has no '{text}' under {spec.directory}"
        raise Unfit(message, suggestion(text, section), Code.UNKNOWN_NAME)
    return text


Duration = Annotated[timedelta, BeforeValidator(duration)]
"""A timedelta that is written as `15 minutes`."""

Instant = Annotated[AwareDatetime, BeforeValidator(instant)]
"""A point of time with its offset from UTC."""

WithinTime = Annotated[
    TimeLimit,
    BeforeValidator(time_limit),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6}\\s+([mM]inute|[hH]our|[dD]ay)s?(\\s+[cC]lock)?$"}),
]
"""A time limit that is written as `15 minutes`, or as `15 minutes clock`."""

_PARSERS: Mapping[FieldType, Callable[[FieldSpec, str, Names], Any]] = {
    FieldType.TEXT: _text,
    FieldType.EMAIL: _text,
    FieldType.COUNTRY: _text,
    FieldType.WHOLE: _whole,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.TIME: _time,
    FieldType.REFERENCE: _reference,
    FieldType.KEY: _key,
}
