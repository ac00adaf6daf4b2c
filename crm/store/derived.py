"""What the store computes of a record's other attributes, as Dataverse does: full names and composite addresses.

All of it is read from the entity's declaration once, into a `Shape`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Table

from crm.attributes import AttributeType
from crm.entities import Entity
from crm.store.tables import table_of

Values = dict[str, Any]

_NAMES = {"fullname": ("firstname", "lastname"), "yomifullname": ("yomifirstname", "yomilastname")}
_ADDRESS = ("line1", "line2", "line3", "city", "stateorprovince", "postalcode", "country")
_GROUP = 8
_POLYMORPHIC = (AttributeType.LOOKUP, AttributeType.CUSTOMER, AttributeType.OWNER)


@dataclass(frozen=True)
class Shape:
    """What the store must know of an entity to write its records.

    `names` and `addresses` map a computed attribute to those that it is computed of; `money` maps an amount to its
    value in the base currency; `references` maps a lookup that may name several entities to these entities; `groups`
    are the attributes by eights, in the order of their declaration.
    """

    entity: type[Entity]
    table: Table
    key: Column[Any]
    attributes: frozenset[str]
    names: Mapping[str, tuple[str, ...]]
    addresses: Mapping[str, tuple[str, ...]]
    money: Mapping[str, str]
    references: Mapping[str, tuple[str, ...]]
    groups: tuple[tuple[str, ...], ...]

    @property
    def is_priced(self) -> bool:
        """Whether records are in a currency (and are not currencies themselves)."""
        return "transactioncurrencyid" in self.attributes and self.entity.primary_id != "transactioncurrencyid"


@cache
def shape_of(entity: type[Entity]) -> Shape:
    attributes = entity.attributes()
    prefixes = [name.removesuffix("_composite") for name in attributes if name.endswith("_composite")]
    table = table_of(entity)
    names = tuple(attributes)
    return Shape(
        entity=entity,
        table=table,
        key=table.c[entity.primary_id],
        attributes=frozenset(attributes),
        names={name: parts for name, parts in _NAMES.items() if name in attributes and parts[0] in attributes},
        addresses={f"{prefix}_composite": tuple(f"{prefix}_{part}" for part in _ADDRESS) for prefix in prefixes},
        money={name: f"{name}_base" for name in attributes if f"{name}_base" in attributes},
        references={
            name: attribute.targets
            for name, attribute in attributes.items()
            if attribute.type in _POLYMORPHIC and f"{name}type" in attributes
        },
        groups=tuple(names[start : start + _GROUP] for start in range(0, len(names), _GROUP)),
    )


def inputs_of(shape: Shape, changes: Mapping[str, Any]) -> set[str]:
    """The attributes, beyond `changes`, that must be known to compute what depends on `changes`."""
    wanted: set[str] = set()
    for parts in (*shape.names.values(), *shape.addresses.values()):
        if not changes.keys().isdisjoint(parts):
            wanted.update(parts)
    if shape.money and not changes.keys().isdisjoint({"transactioncurrencyid", *shape.money}):
        wanted.update(shape.money, {"transactioncurrencyid"})
    return wanted - changes.keys()


def compute_texts(shape: Shape, known: Values, changed: Values) -> None:
    """Put full names and composite addresses into `changed` wherever one of their parts is in it."""
    for name, parts in shape.names.items():
        if not changed.keys().isdisjoint(parts):
            changed[name] = " ".join(part for part in map(known.get, parts) if part) or None
    for name, parts in shape.addresses.items():
        if not changed.keys().isdisjoint(parts):
            changed[name] = _composite(*map(known.get, parts))


def _composite(*parts: str | None) -> str | None:
    line1, line2, line3, city, state, postalcode, country = parts
    region = " ".join(part for part in (state, postalcode) if part)
    place = ", ".join(part for part in (city, region) if part)
    return "\n".join(line for line in (line1, line2, line3, place, country) if line) or None
