"""Random rule books, written as editors write them, all types and operators in them, from a seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from rules.engine.fields import FieldType, readable_fields
from rules.engine.operators import OPERATORS, Shape, operators_for
from tests.rules.random_values import DURATIONS, FIELDS, PATTERNS, SWITCHES, WRITTEN

DIRECTORY = """
business_units:
  emea: {name: Europe}
  uk: {name: United Kingdom, parent: emea}
  london: {name: London, parent: uk}
  us: {name: United States}
users:
  ann: {name: Ann, email: ann@leadflow.example, business_unit: uk}
teams:
  desk: {name: Desk, business_unit: uk, members: [ann]}
queues:
  inbox: {name: Inbox, team: desk}
channel_partners:
  contoso: {name: Contoso, team: desk}
  fabrikam: {name: Fabrikam, team: desk}
campaigns:
  spring: {name: Spring}
  autumn: {name: Autumn}
"""
When = dict[str, Any]
"""What stands under `when`: fields with values, lists or operators; groups with lists of the same."""
FILES = ("business_units/emea", "business_units/london", "business_units/uk", "business_units/us",
         "channel_partners/contoso")  # fmt: skip
HIT_POLICIES = ("first", "unique", "priority")


OUTCOMES = (
    "{assign_to: {queue: inbox}}",
    "{assign_to: {team: desk, strategy: sticky, fallback: weighted}, if_nobody: [wait, queue: inbox]}",
    "{assign_to: {team: desk, during: working_hours, requires: {languages: [de, en]}}, contact_within: 1 day}",
    "{assign_to: {user: ann}, accept_within: 4 hours clock, if_missed: [escalate: desk], if_nobody: [next: desk]}",
    "{offer_to: [contoso, fabrikam], accept_within: 1 day, registered_for: 90 days, if_nobody: [next: desk]}",
    "{offer_to: {contoso: 3, fabrikam: 1}, accept_within: 1 day clock, priority: hot}",
    "{hold: {reason: look}}",
)


@dataclass(frozen=True)
class WrittenRule:
    id: str
    when: When
    rank: int
    validity: str

    @property
    def then(self) -> str:
        """An outcome that depends on the rule's name only."""
        return Random(self.id).choice(OUTCOMES)


@dataclass(frozen=True)
class WrittenFile:
    """A rule file before it is read. `hands_on` leaves what no rule matches to the next file."""

    path: str
    hit_policy: str
    hands_on: bool
    rules: tuple[WrittenRule, ...]

    @property
    def order(self) -> list[str]:
        """The rules' ids as they decide."""
        by_rank = sorted(self.rules, key=lambda rule: rule.rank) if self.hit_policy == "priority" else self.rules
        return [rule.id for rule in by_rank]

    @property
    def text(self) -> str:
        folder, _, key = self.path.removesuffix(".yaml").rpartition("/")
        kind, following = ("channel_partner", "business_unit") if "partner" in folder else ("business_unit", "parent")
        use = f"{{use: {following}}}" if self.hands_on else "{hold: {reason: nobody}}"
        lines = [f"{kind}: {key}"] * bool(folder) + [f"hit_policy: {self.hit_policy}", f"otherwise: {use}", "rules:"]
        for rule in self.rules:
            rank = f", rank: {rule.rank}" if self.hit_policy == "priority" else ""
            lines.append(f"- {{id: {rule.id}{rank}{rule.validity}, when: {flow(rule.when)}, then: {rule.then}}}")
        return "\n".join(lines) + "\n"


Book = tuple[WrittenFile, ...]


def texts(book: Book) -> dict[str, str]:
    """The files of the rule book."""
    return {"directory.yaml": DIRECTORY, **{file.path: file.text for file in book}}


def flow(value: Any) -> str:
    """YAML between brackets, every text quoted."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    shown = (char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08X}" for char in value)
    return '"' + "".join(shown) + '"'


def random_book(chance: Random) -> Book:
    """Some of the files, default.yaml always among them."""
    paths = [path for path in FILES if chance.random() < 0.6]
    files = [_file(chance, f"{path}.yaml", number) for number, path in enumerate(paths)]
    return (_file(chance, "default.yaml", len(paths)), *files)


def _file(chance: Random, path: str, number: int) -> WrittenFile:
    rules = tuple(_rule(chance, f"r{number}-{index}") for index in range(chance.randint(1, 7)))
    return WrittenFile(path, chance.choice(HIT_POLICIES), path != "default.yaml" and chance.random() < 0.6, rules)


def _rule(chance: Random, name: str) -> WrittenRule:
    starts = chance.choice(["2024-01-01", "2026-01-15", "2026-01-15T12:00+05:30", "2030-01-01"])
    ends = chance.choice(["2026-01-15", "2026-01-15T12:00-09:30", "2040-12-31"])
    validity = f", valid_from: {starts}" * (chance.random() < 0.05) + f", valid_until: {ends}" * (
        chance.random() < 0.05
    )
    return WrittenRule(name, _when(chance, 2), chance.randint(-2, 5), validity if starts <= ends else "")


def _when(chance: Random, depth: int) -> When:
    when: When = {}
    for _ in range(chance.choice((1, 1, 2, 3)) if depth else chance.choice((1, 1, 2))):
        if depth and chance.random() < 0.3:
            kind = chance.choice(("all", "any", "none"))
            when[kind] = [_when(chance, depth - 1) for _ in range(chance.randint(1, 3))]
        else:
            field_type = chance.choice(list(FieldType))
            field = chance.choice(FIELDS[field_type])
            when[field] = _condition(chance, field, field_type)
    return when


def _condition(chance: Random, field: str, field_type: FieldType) -> Any:
    operators = chance.choices(operators_for(field_type), k=chance.choice((1, 1, 1, 2)))
    written = {operator: _operand(chance, OPERATORS[operator].shape, field, field_type) for operator in operators}
    return written["equals"] if list(written) == ["equals"] and chance.random() < 0.7 else written


def _operand(chance: Random, shape: Shape, field: str, field_type: FieldType) -> Any:
    if shape is Shape.PATTERN:
        return chance.choice(PATTERNS)
    if shape is Shape.DURATION:
        return chance.choice(DURATIONS)
    if shape is Shape.SWITCH:
        return chance.choice(SWITCHES)
    values = _values(field, field_type)
    if shape is Shape.VALUE:
        return chance.choice(values)
    if shape is Shape.PAIR:
        first, second = sorted(chance.choices(range(len(values)), k=2))
        return [values[first], values[second]]
    many = chance.choices(values, k=chance.choice((1, 1, 2, 3, 12, 15)))
    return many[0] if len(many) == 1 and chance.random() < 0.5 else many


def _values(field: str, field_type: FieldType) -> tuple[str, ...]:
    spec = readable_fields()[field]
    return WRITTEN[spec.option_set or spec.directory or field_type]


def smaller(book: Book) -> Iterator[Book]:
    """The book with one thing less, in every way: a file, a rule, a condition, a group."""
    for number, file in enumerate(book):
        if file.path != "default.yaml":
            yield (*book[:number], *book[number + 1 :])
        for index, rule in enumerate(file.rules):
            others = file.rules[:index], file.rules[index + 1 :]
            if len(file.rules) > 1:
                yield (*book[:number], replace(file, rules=(*others[0], *others[1])), *book[number + 1 :])
            for when in smaller_when(rule.when):
                rules = (*others[0], replace(rule, when=when, validity=""), *others[1])
                yield (*book[:number], replace(file, rules=rules), *book[number + 1 :])


def smaller_when(when: When) -> Iterator[When]:
    for key, value in when.items():
        rest = {other: kept for other, kept in when.items() if other != key}
        if rest:
            yield rest
        if key in ("all", "any", "none"):
            yield from value
            for number, part in enumerate(value):
                if len(value) > 1:
                    yield {**when, key: [*value[:number], *value[number + 1 :]]}
                yield from ({**when, key: [*value[:number], less, *value[number + 1 :]]} for less in smaller_when(part))
        elif isinstance(value, dict) and len(value) > 1:
            yield from ({**when, key: {operator: operand}} for operator, operand in value.items())
        elif isinstance(value, list) and len(value) > 1:
            yield {**when, key: value[: len(value) // 2]}
            yield {**when, key: value[len(value) // 2 :]}
