"""Dataverse's query functions: `Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=3)`."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, and_
from sqlalchemy.types import TypeEngine

from crm.attributes import AttributeType
from crm.store.types import UtcDateTime
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.query.comparing import Operand, among, compare, opposite
from leadflow.dataverse.query.hierarchy import HIERARCHICAL, hierarchy_condition
from leadflow.dataverse.query.literals import GUIDS
from leadflow.dataverse.query.parsing import Function
from leadflow.dataverse.query.periods import (
    FIRST,
    LARGEST_NUMBER,
    LAST,
    NUMBERED,
    PERIODS,
    Period,
    fiscal_period,
    fiscal_year,
)

Condition = ColumnElement[bool]
Asked = Callable[[Operand, Function], Condition]

_REASONS = {
    **dict.fromkeys(
        ("EqualUserOrUserHierarchy", "EqualUserOrUserHierarchyAndTeams"), "users have no manager hierarchy here"
    ),
    **dict.fromkeys(("ContainValues", "DoesNotContainValues"), "there are no choices with several values here"),
    "EqualUserLanguage": "users have no language here",
    "InFiscalPeriod": "a period needs a year here; use InFiscalPeriodAndYear",
}


def function_condition(function: Function, operand: Operand) -> Condition:
    """The condition that a function states of a property. Raises InvalidInput for what is not supported or given."""
    if function.name in PERIODS:
        _values(function, 0)
        return _within(operand, function, PERIODS[function.name])
    if function.name in NUMBERED:
        number = _number(function, *_values(function, 1))
        return _within(operand, function, lambda now: NUMBERED[function.name](now, number))
    if function.name in _FUNCTIONS:
        return _FUNCTIONS[function.name](operand, function)
    if function.name in HIERARCHICAL:
        return hierarchy_condition(function, operand, operand.literal(*_values(function, 1)))
    reason = _REASONS.get(function.name, "there is no such query function")
    raise bad_query(f"The function '{function.name[:60]}' is not supported: {reason}.")


def _values(function: Function, number: int) -> tuple[str, ...]:
    """The function's values, if it has so many."""
    if len(function.values) != number:
        raise bad_query(f"The function {function.name} takes {number} values, not {len(function.values)}.")
    return function.values


def _number(function: Function, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= LARGEST_NUMBER):
        raise bad_query(f"The function {function.name} takes a number from 0 to {LARGEST_NUMBER}, not '{text[:20]}'.")
    return int(text)


def _within(operand: Operand, function: Function, period: Callable[[datetime], Period]) -> Condition:
    """That a time lies in a period, which may depend on when the query runs."""
    of_type = _TIMES.get(operand.kind)
    if of_type is None:
        raise bad_query(f"The function {function.name} is for dates and times; '{operand.one.name}' is {operand.kind}.")
    context, (type_, convert) = operand.scope.context, of_type
    begin = context.moment(lambda now: convert(period(now))[0], type_)
    end = context.moment(lambda now: convert(period(now))[1], type_)
    return and_(operand.column >= begin, operand.column < end)


def _days(period: Period) -> tuple[date, date]:
    """The days of a period: the first, and the one after the last."""
    begin, end = period
    return begin.date(), end.date() if end.time() == time.min else end.date() + timedelta(days=1)


_TIMES: dict[AttributeType, tuple[TypeEngine[Any], Callable[[Period], tuple[date, date]]]] = {
    AttributeType.DATE_TIME: (UtcDateTime(), lambda period: period),
    AttributeType.DATE_ONLY: (Date(), _days),
}


def _in(operand: Operand, function: Function) -> Condition:
    return among(operand, [operand.literal(value) for value in function.values])


def _between(operand: Operand, function: Function) -> Condition:
    least, most = map(operand.literal, _values(function, 2))
    return and_(compare(operand, "ge", least), compare(operand, "le", most))


def _on(operand: Operand, function: Function) -> Condition:
    return and_(_on_or_after(operand, function), _on_or_before(operand, function))


def _on_or_after(operand: Operand, function: Function) -> Condition:
    return compare(operand, "ge", _day(operand, function))


def _on_or_before(operand: Operand, function: Function) -> Condition:
    day = _day(operand, function)
    if operand.kind is AttributeType.DATE_ONLY:
        return compare(operand, "le", day)
    return compare(operand, "le", day.replace(hour=23, minute=59, second=59))


def _day(operand: Operand, function: Function) -> Any:
    """The day that a function names: as a date, or for a time as its midnight."""
    if operand.kind not in (AttributeType.DATE_TIME, AttributeType.DATE_ONLY):
        raise bad_query(f"The function {function.name} is for dates and times; '{operand.one.name}' is {operand.kind}.")
    value = operand.literal(*_values(function, 1))
    return value.replace(hour=0, minute=0, second=0) if isinstance(value, datetime) else value


def _fiscal_year(operand: Operand, function: Function) -> Condition:
    period = fiscal_year(_number(function, *_values(function, 1)))
    return _within(operand, function, lambda now: period)


def _fiscal_period(operand: Operand, function: Function) -> Condition:
    period = _named_period(function)
    return _within(operand, function, lambda now: period)


def _named_period(function: Function) -> Period:
    period, year = (_number(function, value) for value in _values(function, 2))
    return fiscal_period(year, period)


def _from_fiscal_period(operand: Operand, function: Function) -> Condition:
    begin, _ = _named_period(function)
    return _within(operand, function, lambda now: (begin, LAST))


def _until_fiscal_period(operand: Operand, function: Function) -> Condition:
    _, end = _named_period(function)
    return _within(operand, function, lambda now: (FIRST, end))


def _equal(*of_caller: str) -> Asked:
    """That a lookup names the caller, their teams or their business unit."""

    def condition(operand: Operand, function: Function) -> Condition:
        _values(function, 0)
        if operand.kind not in GUIDS:
            raise bad_query(f"The function {function.name} is for lookups; '{operand.one.name}' is {operand.kind}.")
        caller = operand.scope.context.caller
        known: dict[str, Iterable[UUID | None]] = {
            "user": [caller.userid],
            "teams": sorted(caller.teams),
            "unit": [caller.businessunitid],
        }
        return among(operand, [id for name in of_caller for id in known[name] if id is not None])

    return condition


def _not(asked: Asked) -> Asked:
    return lambda operand, function: opposite(asked(operand, function))


_FUNCTIONS: dict[str, Asked] = {
    "In": _in,
    "NotIn": _not(_in),
    "Between": _between,
    "NotBetween": _not(_between),
    "On": _on,
    "OnOrAfter": _on_or_after,
    "OnOrBefore": _on_or_before,
    "InFiscalYear": _fiscal_year,
    "InFiscalPeriodAndYear": _fiscal_period,
    "InOrAfterFiscalPeriodAndYear": _from_fiscal_period,
    "InOrBeforeFiscalPeriodAndYear": _until_fiscal_period,
    "EqualUserId": _equal("user"),
    "NotEqualUserId": _not(_equal("user")),
    "EqualUserTeams": _equal("teams"),
    "EqualUserOrUserTeams": _equal("user", "teams"),
    "EqualBusinessId": _equal("unit"),
    "NotEqualBusinessId": _not(_equal("unit")),
}
