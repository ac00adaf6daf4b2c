"""Column types whose values are the same, exactly, on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Numeric
from sqlalchemy.types import TypeDecorator, TypeEngine

from crm.errors import ErrorCode, InvalidInput

LARGEST_BIGINT = 2**63 - 1


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Aware times of any zone go in, UTC comes out. A time without a zone is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone; the store takes aware times only")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Decimal]):
    """A decimal number with `scale` places, rounded half to even; comparisons and sums are exact.

    PostgreSQL has such a type. SQLite has not: there it is an integer, counted in units of the last place. Neither
    takes more than an integer of 64 bits holds: 9.2e14 at 4 places (every money attribute fits), 9.2e8 at 10 (a rate).
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale
        self._unit = Decimal(1).scaleb(-scale)
        self._largest = Decimal(LARGEST_BIGINT).scaleb(-scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(Numeric(self.precision, self.scale))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Decimal | int | None:
        if value is None:
            return None
        number = Decimal(value)
        if abs(number) > self._largest:
            raise InvalidInput(f"{value} is too large to store", code=ErrorCode.DECIMAL_OUT_OF_RANGE)
        rounded = number.quantize(self._unit, ROUND_HALF_EVEN)
        return int(rounded.scaleb(self.scale)) if dialect.name == "sqlite" else rounded

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return Decimal(value).scaleb(-self.scale)
        return Decimal(value)


MONEY = Exact(22, 4)
