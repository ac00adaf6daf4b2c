"""The properties of an answer: which columns a query selects for them, and how each goes from a row to JSON."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement
from sqlalchemy.sql.elements import KeyedColumnElement

from crm.attributes import AttributeType
from crm.choices import ChoiceBook
from crm.entities import Entity
from leadflow.dataverse.preferences import Preferences
from leadflow.dataverse.query.formats import Convert, formatted, formatted_money, json_form
from leadflow.dataverse.query.names import Property, navigation_names, properties, property_of
from leadflow.dataverse.query.ordering import name_of
from leadflow.dataverse.query.scope import Scope

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOOKUP_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
_CURRENCY = "transactioncurrencyid"

Body = dict[str, Any]
Row = Sequence[Any]
Annotate = Callable[[Body, Row, Any, ChoiceBook], None]


@dataclass(frozen=True, slots=True)
class Annotations:
    """Which annotations of properties the client would like."""

    formatted: bool = False
    lookup_name: bool = False
    navigation: bool = False

    @classmethod
    def of(cls, preferences: Preferences) -> "Annotations":
        return cls(*map(preferences.includes, (FORMATTED, LOOKUP_NAME, NAVIGATION)))

    def __bool__(self) -> bool:
        return self.formatted or self.lookup_name or self.navigation


NO_ANNOTATIONS = Annotations()


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an answer: the position of its value in a row, and what is done with it."""

    name: str
    position: int
    convert: Convert | None = None
    annotate: Annotate | None = None


@dataclass
class Projection:
    """The columns that a query selects, each once. Rows have them by position."""

    scope: Scope
    columns: list[ColumnElement[Any]] = field(default_factory=list)
    positions: dict[tuple[str, str], int] = field(default_factory=dict)

    def place(self, column: KeyedColumnElement[Any]) -> int:
        """The position of a column of one of the query's tables."""
        key = (column.table.name, column.key)
        if key not in self.positions:
            self.positions[key] = self.append(column)
        return self.positions[key]

    def place_any(self, value: ColumnElement[Any]) -> int:
        """The position of a column, or of any other expression."""
        return self.place(value) if isinstance(value, Column) else self.append(value)

    def append(self, column: ColumnElement[Any]) -> int:
        """The position of an expression, which no other shares."""
        self.columns.append(column.label(f"c{len(self.columns)}"))
        return len(self.columns) - 1


def selected(entity: type[Entity], select: Sequence[str] | None) -> list[Property]:
    """The properties that `$select` names, with those that always come along: the key, the currency of an amount, the
    composite of an address. Raises InvalidInput for a name that is no property."""
    if select is None:
        return list(properties(entity).values())
    found = {one.name: one for one in (property_of(entity, name) for name in select)}
    for one in _companions(entity, list(found.values())):
        found.setdefault(one.name, one)
    return list(found.values())


def _companions(entity: type[Entity], given: Sequence[Property]) -> Iterable[Property]:
    attributes = entity.attributes()
    for one in given:
        if one.attribute.type is AttributeType.MONEY and _CURRENCY in attributes:
            yield property_of(entity, _CURRENCY)
        composite = f"{one.column.partition('_')[0]}_composite"
        if composite in attributes:
            yield property_of(entity, composite)
    yield property_of(entity, entity.primary_id)


def fields_of(projection: Projection, chosen: Iterable[Property], wanted: Annotations) -> tuple[Field, ...]:
    """The fields of the chosen properties, their columns placed in the projection."""
    scope = projection.scope
    return tuple(
        Field(
            one.name,
            projection.place(scope.column(one)),
            json_form(one.attribute, is_json=one.is_json),
            _annotate(projection, one, wanted) if wanted else None,
        )
        for one in chosen
    )


def _annotate(projection: Projection, one: Property, wanted: Annotations) -> Annotate | None:
    if one.is_reference:
        return _annotate_lookup(projection, one, wanted)
    if not wanted.formatted or one.is_json:
        return None
    annotation = f"{one.name}@{FORMATTED}"
    if one.attribute.type is AttributeType.MONEY:
        return _annotate_money(projection, one, annotation)

    def annotate(body: Body, row: Row, value: Any, choices: ChoiceBook) -> None:
        text = formatted(one.attribute, value, choices)
        if text is not None:
            body[annotation] = text

    return annotate


def _annotate_money(projection: Projection, one: Property, annotation: str) -> Annotate:
    scope, symbol = projection.scope, None
    if _CURRENCY in scope.entity.attributes() and not one.name.endswith("_base"):
        currency = scope.join(_CURRENCY, "transactioncurrency")
        symbol = projection.place(currency.table.c["currencysymbol"])

    def annotate(body: Body, row: Row, value: Any, choices: ChoiceBook) -> None:
        body[annotation] = formatted_money(body[one.name], None if symbol is None else row[symbol])

    return annotate


def _annotate_lookup(projection: Projection, one: Property, wanted: Annotations) -> Annotate:
    scope = projection.scope
    names = _places_of_names(projection, one) if wanted.formatted else {}
    kind = None if one.type_column is None else projection.place(scope.table.c[one.type_column])
    only = one.attribute.targets[0]
    leading = navigation_names(scope.entity)

    def annotate(body: Body, row: Row, value: Any, choices: ChoiceBook) -> None:
        target = only if kind is None else row[kind]
        if target in names and (name := row[names[target]]) is not None:
            body[f"{one.name}@{FORMATTED}"] = name
        if wanted.navigation and (one.column, target) in leading:
            body[f"{one.name}@{NAVIGATION}"] = leading[one.column, target]
        if wanted.lookup_name and target is not None:
            body[f"{one.name}@{LOOKUP_NAME}"] = target

    return annotate


def _places_of_names(projection: Projection, one: Property) -> Mapping[str, int]:
    """Where the names of the records are that a lookup names, by entity."""
    names = {target: name_of(projection.scope.join(one.column, target)) for target in one.attribute.targets}
    return {target: projection.place(name) for target, name in names.items() if name is not None}
