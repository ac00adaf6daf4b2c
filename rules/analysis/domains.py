"""What one field may hold: nothing, a set of values, and claims about the value.

Numbers and times are whole numbers here, so that `above 5` and `below 6` leave nothing: a number with decimals is
counted in hundredths, as facts are rounded to them, and a time in seconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from rules.analysis.claims import Claim, Claims, combined, compatible
from rules.analysis.sets import BEYOND, Members, Spans, Values, points, united
from rules.engine.canonical import DECIMALS, MAX_NUMBER, MAX_WHOLE
from rules.engine.conditions import Test
from rules.engine.fields import FieldType, readable_fields

ALWAYS_SET = frozenset({"age_hours", "is_duplicate", "existing_account", "existing_contact", "now"})
"""Facts that every lead has. An attribute may be empty in a stored lead, even one that has a default."""

_HUNDREDTHS = 10**DECIMALS
_LARGEST: Mapping[FieldType, int] = {
    FieldType.WHOLE: MAX_WHOLE,
    FieldType.NUMBER: int(MAX_NUMBER) * _HUNDREDTHS,
    FieldType.TIME: BEYOND,
}


@dataclass(frozen=True, slots=True)
class Domain:
    """A field without a value if `missing`, and the fields whose value is one of `values` and fits all `claims`."""

    missing: bool
    values: Values
    claims: Claims = frozenset()

    @property
    def is_empty(self) -> bool:
        """Proved: no lead's field is in here."""
        return not self.missing and self.values.is_empty

    def contains(self, encoded: Any, value: Any, now: int | None) -> bool:
        """Whether a field with this value (None: without one) is in here; `encoded` is the value as sets hold it."""
        if value is None:
            return self.missing
        return encoded in self.values and all(claim.fits(value, now) for claim in self.claims)

    def meets(self, other: "Domain") -> bool:
        """False where the two have proved to be apart."""
        if self.missing and other.missing:
            return True
        if not self.values.meets(other.values):
            return False
        if self.claims and other.claims:
            return compatible(self.claims, other.claims)
        return not (self.claims or other.claims) or not self.intersection(other).is_empty

    def is_within(self, other: "Domain") -> bool:
        """Whether `other` has proved to hold all of this."""
        if self.missing and not other.missing:
            return False
        return self.values.is_empty or (
            self.values.minus(other.values).is_empty and all(self._fits(claim) for claim in other.claims)
        )

    def _fits(self, claim: Claim) -> bool:
        """Whether the claim is proved to be true of every value in here."""
        if isinstance(self.values, Members) and not self.values.but:
            return all(claim.fits(value, None) for value in self.values.values)
        return any(claim.follows_from(own) for own in self.claims)

    def intersection(self, other: "Domain") -> "Domain":
        values = self.values.intersection(other.values)
        return _settled(self.missing and other.missing, values, _both(self.claims, other.claims))

    def minus(self, other: "Domain") -> tuple["Domain", ...]:
        """What `other` leaves of this, in parts that have nothing in common."""
        left = self.values.minus(other.values)
        parts = [_settled(self.missing and not other.missing, left, self.claims)]
        shared = _settled(False, self.values.intersection(other.values), self.claims)
        for claim in other.claims:
            parts.append(_settled(False, shared.values, _both(shared.claims, frozenset({claim.opposite}))))
            shared = _settled(False, shared.values, _both(shared.claims, frozenset({claim})))
        return tuple(part for part in parts if not part.is_empty)

    def union(self, other: "Domain") -> "Domain":
        """What is in either; both must have the same claims."""
        return Domain(self.missing or other.missing, united(self.values, other.values), self.claims)


def _both(one: Claims, two: Claims) -> Claims | None:
    return combined(one, two) if one and two else one or two


def _settled(missing: bool, values: Values, claims: Claims | None) -> Domain:
    """The domain in its simplest form: values that are known one by one are tried. Claims None: no value fits them."""
    if not claims and claims is not None:
        return Domain(missing, values)
    if claims is None or values.is_empty:
        return Domain(missing, Spans(()) if isinstance(values, Spans) else Members(frozenset()))
    if isinstance(values, Spans):
        return Domain(missing, values, claims)
    fitting = frozenset(value for value in values.values if all(claim.fits(value, None) for claim in claims))
    return Domain(missing, Members(fitting, values.but), claims if values.but else frozenset())


@cache
def whole_domain(field: str) -> Domain:
    """All that a lead can hold in this field."""
    spec = readable_fields()[field]
    missing = field not in ALWAYS_SET
    if spec.type in _LARGEST:
        return Domain(missing, Spans(((-_LARGEST[spec.type], _LARGEST[spec.type]),)))
    if spec.type is FieldType.BOOLEAN:
        return Domain(missing, Members(frozenset({True, False})))
    return Domain(missing, Members(frozenset(), True))


def encoded(field: str, value: Any) -> Any:
    """A canonical value as the sets of the field hold it.

    A number prints with two decimals at most, so hundredths are exact; and of two numbers the larger has more of them.
    """
    if readable_fields()[field].type is FieldType.NUMBER:
        return int(Decimal(repr(float(value))).scaleb(DECIMALS))
    return value


def decoded(field: str, value: Any) -> Any:
    """The canonical value that `encoded` makes this of."""
    if readable_fields()[field].type is FieldType.NUMBER:
        return float(Decimal(value).scaleb(-DECIMALS))
    return value


_RANGES: Mapping[str, Callable[..., tuple[int, int]]] = {
    "at_least": lambda value: (value, BEYOND),
    "above": lambda value: (value + 1, BEYOND),
    "at_most": lambda value: (-BEYOND, value),
    "below": lambda value: (-BEYOND, value - 1),
    "between": lambda first, last: (first, last),
}


def domain_of(test: Test, negated: bool) -> Domain:
    """The field's values of which the test holds; with `negated`, of which it does not."""
    whole = whole_domain(test.field)
    if test.row.meaning == "is_set" or test.row.meaning == "equals" or test.row.meaning in _RANGES:
        inside = Domain(False, _compared(test, whole.values))
        return Domain(whole.missing, whole.values.minus(inside.values)) if negated else inside
    claim = Claim(test.row.meaning, test.operand, not negated)
    return _settled(negated and whole.missing, whole.values, frozenset({claim}))


def _compared(test: Test, whole: Values) -> Values:
    """The values that a comparison allows."""
    operand, meaning = test.operand, test.row.meaning
    if meaning == "is_set":
        return whole
    coded = tuple(encoded(test.field, value) for value in (operand if isinstance(operand, tuple) else (operand,)))
    if meaning != "equals":
        return whole.intersection(Spans((_RANGES[meaning](*coded),)))
    return whole.intersection(points(set(coded)) if isinstance(whole, Spans) else Members(frozenset(coded)))
