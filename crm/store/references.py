"""What the store must look up to write a record: who owns it, which entity a lookup names, what its money is worth."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Connection, Select, Uuid, bindparam, literal, null, select, union_all

from crm.errors import ErrorCode, InvalidInput
from crm.store.derived import Shape, Values
from crm.store.tables import TABLES

_BASE_PLACES = Decimal("0.0001")


def name_targets(connection: Connection, shape: Shape, changed: Values) -> None:
    """Put the type beside each polymorphic lookup in `changed`, and the owning columns beside an owner."""
    for name, targets in shape.references.items():
        if name not in changed:
            continue
        if name == "ownerid":
            if changed.get("owningbusinessunit") is None:
                _own(connection, changed)
        elif changed[name] is None:
            changed[f"{name}type"] = None
        elif changed.get(f"{name}type") is None:
            changed[f"{name}type"] = find_target(connection, name, targets, changed[name])[0]


def price(connection: Connection, shape: Shape, known: Values, changed: Values) -> None:
    """Put the exchange rate and the values in base currency into `changed` where an amount or the currency is in it."""
    if not shape.is_priced or changed.keys().isdisjoint({"transactioncurrencyid", *shape.money}):
        return
    currency = known.get("transactioncurrencyid")
    rate = Decimal(1) if currency is None else _rate(connection, currency)
    changed["exchangerate"] = rate
    for amount, base in shape.money.items():
        changed[base] = _in_base(shape, base, known.get(amount), rate)


def _own(connection: Connection, changed: Values) -> None:
    owner = changed["ownerid"]
    kind, unit = (None, None) if owner is None else find_target(connection, "ownerid", ("systemuser", "team"), owner)
    changed.update(
        owneridtype=kind,
        owninguser=owner if kind == "systemuser" else None,
        owningteam=owner if kind == "team" else None,
        owningbusinessunit=unit,
    )


def find_target(connection: Connection, name: str, targets: Iterable[str], id: UUID) -> tuple[str, UUID | None]:
    """The entity among `targets` that has a record `id`, and that record's business unit where it has one.

    Raises InvalidInput where there is none; `name` is the lookup that names it.
    """
    row = connection.execute(_search(tuple(targets)), {"id": id}).first()
    if row is None:
        raise InvalidInput(
            f"{name}: no record {id} in {', '.join(targets)}. Create it first.", code=ErrorCode.RECORD_NOT_FOUND
        )
    return row.entity, row.unit


@cache
def _search(targets: tuple[str, ...]) -> CompoundSelect[Any]:
    return union_all(*(_search_one(target) for target in targets))


def _search_one(target: str) -> Select[str, UUID]:
    table = TABLES[target]
    unit = table.c.get("businessunitid", null()) if target in ("systemuser", "team") else null()
    key = next(iter(table.primary_key))
    return select(literal(target).label("entity"), unit.cast(Uuid()).label("unit")).where(key == bindparam("id"))


@cache
def _rate_query() -> Select[Any]:
    currencies = TABLES["transactioncurrency"]
    return select(currencies.c.exchangerate).where(currencies.c.transactioncurrencyid == bindparam("id"))


def _rate(connection: Connection, currency: UUID) -> Decimal:
    rate: Decimal | None = connection.execute(_rate_query(), {"id": currency}).scalar()
    if not rate:
        raise InvalidInput(
            f"transactioncurrencyid: currency {currency} does not exist or has no exchange rate.",
            code=ErrorCode.RECORD_NOT_FOUND,
        )
    return rate


def _in_base(shape: Shape, base: str, value: Decimal | None, rate: Decimal) -> Decimal | None:
    if value is None:
        return None
    result = Decimal(value) / rate
    largest = shape.entity.attributes()[base].maximum
    if largest is not None and result > largest:
        raise InvalidInput(
            f"{base}: {result} in the base currency is above {largest}.", code=ErrorCode.DECIMAL_OUT_OF_RANGE
        )
    return result.quantize(_BASE_PLACES, ROUND_HALF_EVEN)
