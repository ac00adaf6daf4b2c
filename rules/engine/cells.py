"""What stands in a table's cell, as spreadsheets write it: read where it can mean one thing only, else refused."""

import re
from collections.abc import Callable

from crm.normalise.numbers import decimal_from_text
from rules.engine.findings import Place, Unfit
from rules.engine.loader import Items, Table, Text, YamlNode
from rules.engine.values import switch

SEPARATOR = "|"

Plain = Callable[[str], str]
"""From a value as a spreadsheet writes it to the same value as a YAML file has it. Raises Unfit."""
CellReader = Callable[[str, Place], YamlNode]
"""From a cell's text and place to what a YAML rule has there. Raises Unfit."""

_FAILED = re.compile(r"#(?:[A-ZÀ-Ý0-9/¡¿]+[!?]|N/A|NV|#+)")
_SHORTENED = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?E[+-][0-9]{2,3}")
_CLOCK = r"(?:[ T]+(?P<hour>[0-9]{1,2}):(?P<rest>[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9]{2}:[0-9]{2})?))?"
_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})" + _CLOCK)
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})[/.](?P<month>[0-9]{1,2})[/.](?P<day>[0-9]{1,2})" + _CLOCK)
_EITHER_FIRST = re.compile(r"(?P<one>[0-9]{1,2})[/-](?P<two>[0-9]{1,2})[/-](?P<year>[0-9]{4})" + _CLOCK)
_PRECISIONS = (0, 9)
_WITH_POINT = re.compile(r"[+-]?[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]+)?")


def single(plain: Plain) -> CellReader:
    """A cell with one value."""
    return lambda cell, at: Text(plain(cell), at)


def several(plain: Plain) -> CellReader:
    """A cell with one value, or with several between bars."""

    def read(cell: str, at: Place) -> YamlNode:
        values = tuple(Text(plain(part), at) for part in _parts(cell))
        return values[0] if len(values) == 1 else Items(values, at)

    return read


def steps(cell: str, at: Place) -> YamlNode:
    """`remind | escalate: team`: each step a word, or a word with what it is about."""
    return Items(tuple(_step(part, at) for part in _parts(cell)), at)


def offered(cell: str, at: Place) -> YamlNode:
    """`contoso | fabrikam` in this order, or `contoso: 3 | fabrikam: 1` by weight."""
    partners = [_step(part, at) for part in _parts(cell)]
    weights = [partner for partner in partners if isinstance(partner, Table)]
    if weights and len(weights) < len(partners):
        raise Unfit("some partners have a weight, others none", "Write a weight for each, or for none")
    if not weights:
        return Items(tuple(partners), at)
    entries = {key: weight for partner in weights for key, weight in partner.entries.items()}
    if len(entries) < len(weights):
        raise Unfit("a partner stands there twice", "Name each partner once")
    return Table(entries, dict.fromkeys(entries, at), at)


def chosen(cell: str, at: Place) -> YamlNode:
    """`yes` for an outcome that needs no further words."""
    if not switch(cell):
        raise Unfit(f"'{cell}' chooses no outcome", "Write yes, or leave the cell empty")
    return Table({}, {}, at)


def as_written(text: str) -> str:
    return text


def plain_text(text: str) -> str:
    """The text, unless the spreadsheet has put its own in the place of what was typed."""
    if _FAILED.fullmatch(text):
        raise Unfit(f"'{text}' is what a spreadsheet shows for a formula that failed", "Write the value itself")
    if _SHORTENED.fullmatch(text):
        remedy = "Write it in full, in a column whose format is text or a number without exponent"
        raise Unfit(f"'{text}' is a number that the spreadsheet has shortened", remedy)
    return text


def plain_number(text: str) -> str:
    """Digits with a decimal point, from `1 000`, `1.000,50`, `1,000.50` or `1'000`. `1.000` may mean two things."""
    found = {decimal_from_text(plain_text(text), precision) for precision in _PRECISIONS}
    if len(found) > 1:
        low, high = sorted(number.normalize() for number in found if number is not None)
        raise Unfit(f"'{text}' may mean {low:f} or {high:f}", f"Write {low:f} or {high:f}")
    number = found.pop()
    return text if number is None or _WITH_POINT.fullmatch(text) else str(number).removesuffix(".0")


def plain_time(text: str) -> str:
    """A date or time as YAML has it, from `31.01.2026` or `31/01/2026 9:30`. `01/02/2026` may mean two things."""
    plain_text(text)
    if date := _DAY_FIRST.fullmatch(text) or _YEAR_FIRST.fullmatch(text):
        return _iso(date, date["day"], date["month"])
    if date := _EITHER_FIRST.fullmatch(text):
        one, two = int(date["one"]), int(date["two"])
        if one != two and max(one, two) <= 12:
            message = f"'{text}' is one day in Europe and another in America"
            raise Unfit(message, f"Write {_iso(date, two, one)} or {_iso(date, one, two)}")
        return _iso(date, max(one, two), min(one, two))
    return text


def _iso(date: re.Match[str], day: str | int, month: str | int) -> str:
    clock = f"T{date['hour']:0>2}:{date['rest']}" if date["hour"] else ""
    return f"{date['year']}-{month:0>2}-{day:0>2}{clock}"


def _parts(cell: str) -> list[str]:
    parts = [part.strip() for part in cell.split(SEPARATOR)]
    if "" in parts:
        raise Unfit(f"a value is missing beside `{SEPARATOR}`", f"Write `{SEPARATOR}` between two values only")
    return parts


def _step(text: str, at: Place) -> YamlNode:
    word, colon, about = text.partition(":")
    if not colon:
        return Text(text, at)
    return Table({word.strip(): Text(about.strip(), at)}, {word.strip(): at}, at)
