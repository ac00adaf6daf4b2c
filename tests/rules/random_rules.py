"""Random conditions and random leads for them, drawn so that conditions hold now and then."""

from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from rules.engine.canonical import CANONICAL
from rules.engine.conditions import Condition, Group, GroupKind, Test
from rules.engine.facts import NOW
from rules.engine.fields import FieldType, readable_fields
from rules.engine.operators import OPERATORS, Shape, operators_for
from tests.rules.books import AT

WORDS = [
    "de",
    "at",
    "Acme GmbH",
    "ß",
    "Straße",
    "é",
    "日本",
    '"q"',
    "a\\b",
    "x" * 1500,
    "1",
    "true",
    "null",
    "{}",
    "\u2028",
]
NUMBERS = [0, 1, 5, -5, 0.01, 99.99, 100, 1e14, 1e16, -1e300, 12.345, 2**53, 2**63, 10**20]
WHOLES = [0, 1, -1, 5, 100, 499, 500, 2**31, 2**53, 2**63, 10**20]
TIMES = [0, 1_700_000_000, 1_750_000_000, 1_768_000_000]
PATTERNS = ["a.*", ".*gmbh", "(de|at)", "x+", "[^@]+@.*"]
FIELDS = {
    "address1_country": FieldType.COUNTRY, "companyname": FieldType.TEXT, "emailaddress1": FieldType.EMAIL,
    "numberofemployees": FieldType.WHOLE, "revenue": FieldType.NUMBER, "is_duplicate": FieldType.BOOLEAN,
    "industrycode": FieldType.CHOICE, "createdon": FieldType.TIME, "campaign": FieldType.KEY,
    "lastname": FieldType.TEXT, "campaignid": FieldType.REFERENCE,
}  # fmt: skip
HOSTILE: dict[str, Any] = {"id": "1", "sid": "9", "$forward": 1, "$s": 1, "_t": 0, "_prime": 1, "_n": "x", "_f0": 1}


def raw_values(field_type: FieldType) -> st.SearchStrategy[Any]:
    if field_type is FieldType.NUMBER:
        return st.sampled_from(NUMBERS) | st.floats(allow_nan=False) | st.integers(-5, 5)
    if field_type is FieldType.WHOLE:
        return st.sampled_from(WHOLES) | st.integers()
    if field_type is FieldType.CHOICE:
        return st.integers(1, 12)
    if field_type is FieldType.BOOLEAN:
        return st.booleans()
    if field_type is FieldType.REFERENCE:
        return st.sampled_from([UUID(int=number) for number in (0, 255, 2**128 - 1)])
    return st.sampled_from(WORDS) | st.text(max_size=5)


def values(field: str) -> st.SearchStrategy[Any]:
    """Canonical values of a field."""
    field_type = FIELDS[field]
    if field_type is FieldType.TIME:
        return st.sampled_from(TIMES)
    canonical = raw_values(field_type).map(CANONICAL[field_type])
    return canonical.filter(lambda value: value is not None)


@st.composite
def tests(draw: st.DrawFn) -> Test:
    field = draw(st.sampled_from(sorted(FIELDS)))
    operator = OPERATORS[draw(st.sampled_from(operators_for(readable_fields()[field].type)))]
    one = values(field)
    operand: Any = {
        Shape.VALUES: st.lists(one, min_size=1, max_size=12, unique=True).map(tuple),
        Shape.VALUE: one,
        Shape.PAIR: st.tuples(one, one).map(sorted).map(tuple) if operator.shape is Shape.PAIR else st.none(),
        Shape.PATTERN: st.sampled_from(PATTERNS),
        Shape.DURATION: st.sampled_from([60, 10**7, 10**9]),
        Shape.SWITCH: st.just(True),
    }[operator.shape]
    return Test(field, operator.name, draw(operand), operator.negates != draw(st.booleans()), "", AT)


def groups(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    kinds: list[GroupKind] = ["all", "any", "none"]
    lists = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.builds(Group, st.sampled_from(kinds), lists, st.just(AT))


conditions: st.SearchStrategy[Condition] = st.recursive(tests(), groups, max_leaves=6)

leads: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {NOW: st.just(1_768_000_100)}, optional={field: values(field) for field in FIELDS}
).flatmap(lambda facts: st.sampled_from([facts, facts | HOSTILE]))
