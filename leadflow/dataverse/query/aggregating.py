"""`$apply`: figures over rows, and over groups of rows. Sums of money are exact on both databases."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select

from crm.attributes import AttributeType
from crm.errors import InvalidInput
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.query.apply import Measure, parse_apply
from leadflow.dataverse.query.comparing import Operand
from leadflow.dataverse.query.conditions import filter_condition
from leadflow.dataverse.query.expanding import Run
from leadflow.dataverse.query.fields import FORMATTED, Annotations, Body, Row
from leadflow.dataverse.query.formats import formatted, json_form
from leadflow.dataverse.query.literals import EXACT, TEXTS
from leadflow.dataverse.query.names import property_of
from leadflow.dataverse.query.options import Options
from leadflow.dataverse.query.ordering import SortKey, name_of
from leadflow.dataverse.query.scope import Scope
from leadflow.dataverse.query.sums import exact_sum
from leadflow.dataverse.query.texts import by_code

MOST_ROWS = 50_000
TOO_MANY_ROWS = "0x8004e023"

_WHOLE = (AttributeType.INTEGER, AttributeType.BIGINT)
_NUMBERS = (*_WHOLE, *EXACT, AttributeType.DOUBLE)
_DATES = (AttributeType.DATE_ONLY, AttributeType.DATE_TIME)


@dataclass(frozen=True)
class Figure:
    """A column of the result: what is selected for it, and what is made of these values."""

    name: str
    columns: tuple[ColumnElement[Any], ...]
    make: Callable[[Sequence[Any]], Any]
    operand: Operand | None = None


def aggregate(run: Run, scope: Scope, options: Options, wanted: Annotations) -> tuple[list[str], list[Body]]:
    """The columns and the rows of the result of `$apply` on the rows of `scope`.

    Raises InvalidInput for what is not supported, and where more rows than 50,000 would have to be read.
    """
    options.only("$apply", "$orderby", "$top", where="with $apply")
    asked = parse_apply(options.apply or "")
    conditions = [scope.visible(), *(filter_condition(scope, text) for text in asked.filters)]
    groups = [Operand(*scope.property_at((name,))) for name in asked.groups]
    figures = [*_group_figures(groups, wanted), *(_figure(scope, one) for one in asked.measures)]
    moments = {name: of_now(run.now) for name, of_now in scope.context.moments.items()}
    rows: Select[Any] = select(literal_column("1")).select_from(scope.from_clause()).where(*conditions)
    _refuse_too_many(run, rows, moments)
    statement = rows.with_only_columns(*(column for one in figures for column in one.columns))
    if groups:
        statement = statement.group_by(*(one.column for one in groups)).order_by(*_order(groups, options))
    found = run.connection.execute(statement.limit(options.top if options.top is not None else MOST_ROWS), moments)
    return [one.name for one in figures], [_body(figures, row, run, wanted) for row in found]


def _refuse_too_many(run: Run, rows: Select[Any], moments: dict[str, Any]) -> None:
    counted = select(func.count()).select_from(rows.limit(MOST_ROWS + 1).subquery())
    if run.connection.execute(counted, moments).scalar_one() > MOST_ROWS:
        raise InvalidInput(
            f"The maximum of {MOST_ROWS} rows that can be aggregated is exceeded. Narrow the rows with filter(...).",
            code=TOO_MANY_ROWS,
        )


def _order(groups: Sequence[Operand], options: Options) -> list[ColumnElement[Any]]:
    """The order that the client wants, completed by the groups' own."""
    known = {one.one.name: one.column for one in groups}
    for sort in options.orderby:
        if len(sort.path) > 1 or sort.path[0] not in known:
            raise bad_query(f"With $apply, $orderby can name what is grouped by only, not '{sort.path[0][:60]}'.")
    keys = [SortKey(known[sort.path[0]], sort.descending) for sort in options.orderby]
    return [key.order() for key in (*keys, *map(SortKey, known.values()))]


def _body(figures: Sequence[Figure], row: Row, run: Run, wanted: Annotations) -> Body:
    """A row of the result. A group without a value is left out, as Dataverse does."""
    body, position = Body(), 0
    for one in figures:
        values = row[position : position + len(one.columns)]
        position += len(one.columns)
        value = one.make(values)
        if value is None and one.operand is not None:
            continue
        body[one.name] = value
        if wanted.formatted and one.operand is not None:
            text = _text(one.operand, values, run)
            if text is not None:
                body[f"{one.name}@{FORMATTED}"] = text
    return body


def _text(operand: Operand, values: Sequence[Any], run: Run) -> str | None:
    if operand.one.is_reference:
        return next((name for name in values[1:] if name is not None), None)
    return formatted(operand.one.attribute, values[0], run.choices)


def _group_figures(groups: Sequence[Operand], wanted: Annotations) -> Iterator[Figure]:
    for one in groups:
        if one.kind is AttributeType.DATE_TIME:
            raise bad_query(f"'{one.one.name}' is a time, which cannot be grouped by.")
        convert = json_form(one.one.attribute)
        # A text is grouped without regard to case: any one of its forms stands for the group.
        shown = func.min(by_code(one.scope.column(one.one))) if one.kind in TEXTS else one.column
        names = _names(one) if one.one.is_reference and wanted.formatted else []
        yield Figure(one.one.name, (shown, *names), _first(convert), one)


def _first(convert: Callable[[Any], Any] | None) -> Callable[[Sequence[Any]], Any]:
    def make(values: Sequence[Any]) -> Any:
        return values[0] if convert is None or values[0] is None else convert(values[0])

    return make


def _names(one: Operand) -> list[ColumnElement[Any]]:
    """The names of the records that a lookup names, one for each entity that it may name."""
    names = (name_of(one.scope.join(one.one.column, target)) for target in one.one.attribute.targets)
    return [func.min(by_code(name)) for name in names if name is not None]


def _figure(scope: Scope, measure: Measure) -> Figure:
    if measure.property is None:
        return Figure(measure.alias, (func.count(),), _first(None))
    operand = Operand(scope, property_of(scope.entity, measure.property))
    column, kind = scope.column(operand.one), operand.kind
    if measure.method == "countdistinct":
        return Figure(measure.alias, (func.count(operand.column.distinct()),), _first(None))
    if kind not in _NUMBERS and not (kind in _DATES and measure.method in ("min", "max")):
        raise bad_query(f"'{measure.property}' ({kind}) has no {measure.method}.")
    if measure.method in ("min", "max"):
        least_or_most = func.min(column) if measure.method == "min" else func.max(column)
        return Figure(measure.alias, (least_or_most,), _first(json_form(operand.one.attribute)))
    total = func.sum(column) if kind is AttributeType.DOUBLE else exact_sum(column)
    if measure.method == "sum":
        convert = int if kind in _WHOLE else json_form(operand.one.attribute)
        return Figure(measure.alias, (total,), _first(convert))
    return Figure(measure.alias, (total, func.count(column)), _average(operand))


def _average(operand: Operand) -> Callable[[Sequence[Any]], Any]:
    def make(values: Sequence[Any]) -> Any:
        total, number = values
        if total is None:
            return None
        if operand.kind in EXACT:
            return (total / number).quantize(operand.unit, ROUND_HALF_EVEN)
        return float(total) / number if operand.kind is AttributeType.DOUBLE else int(total) / number

    return make
