"""Filters at random over leads, each with what it means in Python: a second opinion on the SQL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st

from crm.entities import Account, Contact, ContactLeads, Entity, Lead

Row = dict[str, Any]
Meaning = Callable[[Row], bool]
TEXTS = ("Acme", "ACME", "acme gmbh", "Ärger", "ärger", "Straße 5", "a%b", "a_b", "a[b", "a]b", "a-b", "a^b", "o'Brien",
         "a*b?", "a\\b", "ΣΊΣΥΦΟΣ", "σίσυφοσ", "İzmir", "x.y", "(z)", "Łódź", "")  # fmt: skip
PATTERNS = (*TEXTS, "a_b", "%", "a%", "_", "[a-c]", "[^a]", "a[%]b", "a[_]b", "[a^]", "[-a]b", "[c-a]", "a[*?]b", "[[]",
            "[", "[]", "[^]", "[^-a]", "%[^a-z]%", "ä", "É[", "[.(]")  # fmt: skip
IDS = tuple(uuid5(UUID(int=1), str(number)) for number in range(4))
NUMBERS = (None, -1, 0, 1, 5, 2**31 - 1)
AMOUNTS = tuple(None if text is None else Decimal(text) for text in (None, "0", "0.01", "12.5", "1000000000"))
TIMES = tuple(datetime(2026, 3, day, 9, second, tzinfo=UTC) for day in (1, 2) for second in (0, 30))
DAYS = (None, date(2026, 2, 28), date(2026, 3, 2))


@dataclass(frozen=True)
class Filter:
    text: str
    holds: Meaning


def records() -> tuple[list[Entity], list[Row]]:
    """Records to store, and the leads among them as the meanings read them."""
    accounts = [Account(accountid=id, name=name) for id, name in zip(IDS, ("Acme", "ÄRGER", None, "a%b"), strict=True)]
    contacts = [Contact(lastname=name) for name in ("Lind", "acme")]
    entities, rows = list[Entity]([*accounts, *contacts]), list[Row]()
    for number in range(24):
        account = (*accounts, None)[number % 5]
        linked = contacts[: number % 3]
        row: Row = {
            "subject": (*TEXTS, None)[number % (len(TEXTS) + 1)],
            "lastname": TEXTS[(number * 7) % len(TEXTS)],
            "numberofemployees": NUMBERS[number % len(NUMBERS)],
            "revenue": AMOUNTS[number % len(AMOUNTS)],
            "estimatedvalue": (None, 0.0, 2.5)[number % 3],
            "donotemail": number % 2 == 0,
            "leadsourcecode": (None, 1, 8)[number % 3],
            "estimatedclosedate": DAYS[number % len(DAYS)],
            "overriddencreatedon": TIMES[number % len(TIMES)],
            "parentaccountid": account and account.accountid,
        }
        lead = Lead(**row)
        entities += [lead, *(ContactLeads(contactid=one.contactid, leadid=lead.leadid) for one in linked)]
        rows.append({**row, "leadid": lead.leadid, "account": account and account.name, "contacts": linked})
    return entities, rows


def lower(text: str) -> str:
    return "".join({"\u0130": "i", "\u03a3": "\u03c3"}.get(letter, letter.lower()) for letter in text)


def literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def same_case(value: Any) -> Any:
    return lower(value) if isinstance(value, str) else value


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: None not in (left, right) and left > right,
    "ge": lambda left, right: None not in (left, right) and left >= right,
    "lt": lambda left, right: None not in (left, right) and left < right,
    "le": lambda left, right: None not in (left, right) and left <= right,
}
VALUES: dict[str, tuple[Any, ...]] = {
    "subject": (*TEXTS, None),
    "lastname": TEXTS,
    "numberofemployees": (*NUMBERS, 2**40),
    "revenue": (*AMOUNTS, Decimal("12.50005"), Decimal("12.49999"), Decimal("-1")),
    "estimatedvalue": (None, 0.0, 2.5, 1),
    "donotemail": (True, False),
    "leadsourcecode": (None, 1, 8, 99),
    "estimatedclosedate": DAYS,
    "createdon": TIMES,
    "_parentaccountid_value": (*IDS, None),
    "parentaccountid/name": ("acme", "ärger", None, "b"),
}
COLUMN = {
    "createdon": "overriddencreatedon", "_parentaccountid_value": "parentaccountid", "parentaccountid/name": "account"
}  # fmt: skip


def value_of(name: str) -> Callable[[Row], Any]:
    return lambda row: same_case(row[COLUMN.get(name, name)])


def comparison(name: str, operator: str, value: Any, mirrored: bool) -> Filter:
    get = value_of(name)
    if mirrored:
        return Filter(f"{literal(value)} {operator} {name}", lambda row: COMPARE[operator](same_case(value), get(row)))
    return Filter(f"{name} {operator} {literal(value)}", lambda row: COMPARE[operator](get(row), same_case(value)))


@st.composite
def comparisons(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(sorted(VALUES)))
    operators = ("eq", "ne") if name in ("donotemail", "_parentaccountid_value") else tuple(COMPARE)
    value = draw(st.sampled_from(VALUES[name]))
    return comparison(name, draw(st.sampled_from(operators)), value, draw(st.booleans()))


@st.composite
def lists(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from(("subject", "numberofemployees", "revenue", "_parentaccountid_value", "createdon")))
    known = [value for value in VALUES[name] if value is not None]
    values = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
    get, wanted = value_of(name), [same_case(value) for value in values]
    if draw(st.booleans()) or any(isinstance(value, str) for value in values):
        return Filter(f"{name} in ({','.join(map(literal, values))})", lambda row: get(row) in wanted)
    quoted = ",".join(f'"{literal(value)}"' for value in values)
    function = draw(st.sampled_from(("In", "NotIn")))
    return Filter(
        f"Microsoft.Dynamics.CRM.{function}(PropertyName='{name}',PropertyValues=[{quoted}])",
        lambda row: (get(row) in wanted) == (function == "In"),
    )


@st.composite
def searches(draw: st.DrawFn) -> Filter:
    function, name = (
        draw(st.sampled_from(("contains", "startswith", "endswith"))),
        draw(st.sampled_from(("subject", "lastname"))),
    )
    pattern = draw(st.sampled_from(PATTERNS))
    get, fits = value_of(name), wildcards(lower(pattern))
    before, after = {"contains": (".*", ".*"), "startswith": ("", ".*"), "endswith": (".*", "")}[function]
    whole = re.compile(before + fits + after, re.DOTALL)
    return Filter(
        f"{function}({name}, {literal(pattern)})",
        lambda row: get(row) is not None and whole.fullmatch(get(row)) is not None,
    )


def wildcards(pattern: str) -> str:
    """A pattern of Dataverse as a regular expression."""
    result, rest = "", pattern
    while rest:
        found = re.match(r"\[(\^?)([^]]+)\]", rest)
        if found:
            members = re.sub(r"(.)-(.)", lambda pair: "".join(map(chr, span(*pair.groups()))), found[2])
            result += f"[{found[1]}{re.escape(members)}]"
            rest = rest[found.end() :]
        else:
            result += {"%": ".*", "_": "."}.get(rest[0], re.escape(rest[0]))
            rest = rest[1:]
    return result


def span(first: str, last: str) -> range:
    return range(min(ord(first), ord(last)), max(ord(first), ord(last)) + 1)


@st.composite
def collections(draw: st.DrawFn) -> Filter:
    name, quantifier = draw(st.sampled_from(("Lind", "ACME", "x"))), draw(st.sampled_from(("any", "all")))
    check = any if quantifier == "any" else all
    if quantifier == "any" and draw(st.booleans()):
        return Filter("contactleads_association/any()", lambda row: bool(row["contacts"]))
    return Filter(
        f"contactleads_association/{quantifier}(o:o/lastname eq {literal(name)})",
        lambda row: check(lower(one.lastname) == lower(name) for one in row["contacts"]),
    )


def either(parts: tuple[Filter, Filter, str]) -> Filter:
    left, right, word = parts
    join = (lambda row: left.holds(row) and right.holds(row)) if word == "and" else (
        lambda row: left.holds(row) or right.holds(row)
    )  # fmt: skip
    return Filter(f"({left.text}) {word} ({right.text})", join)


def negated(one: Filter) -> Filter:
    return Filter(f"not ({one.text})", lambda row: not one.holds(row))


columns = st.sampled_from(tuple(COMPARE)).map(
    lambda operator: Filter(
        f"subject {operator} lastname",
        lambda row: COMPARE[operator](same_case(row["subject"]), same_case(row["lastname"])),
    )
)
filters = st.recursive(
    st.one_of(comparisons(), lists(), searches(), collections(), columns),
    lambda inner: st.one_of(st.tuples(inner, inner, st.sampled_from(("and", "or"))).map(either), inner.map(negated)),
    max_leaves=6,
)
