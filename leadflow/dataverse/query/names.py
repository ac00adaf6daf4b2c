"""The properties of an entity as clients name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from sqlalchemy import JSON

from crm.attributes import Attribute
from crm.entities import Entity
from crm.relationships import End, ManyToOne, navigations
from crm.store.derived import shape_of
from crm.store.tables import table_of
from leadflow.dataverse.errors import unknown_property
from leadflow.dataverse.query.literals import REFERENCES, property_name


@dataclass(frozen=True, slots=True)
class Property:
    """An attribute as clients see it. `is_json` is kept as an object and shown as text: nothing compares with it.

    `type_column` is the column that says which entity a lookup names, for one that may name several.
    """

    name: str
    column: str
    attribute: Attribute
    is_json: bool = False
    type_column: str | None = None

    @property
    def is_reference(self) -> bool:
        return self.attribute.type in REFERENCES


@cache
def properties(entity: type[Entity]) -> Mapping[str, Property]:
    """The properties of an entity by name, in the order of declaration. What stands beside a lookup to say which
    entity it names is an annotation of the lookup, not a property."""
    columns = table_of(entity).c
    beside = {name: f"{name}type" for name in shape_of(entity).references}
    found = (
        Property(
            property_name(name, attribute), name, attribute, isinstance(columns[name].type, JSON), beside.get(name)
        )
        for name, attribute in entity.attributes().items()
        if name not in beside.values()
    )
    return MappingProxyType({one.name: one for one in found})


@cache
def _columns(entity: type[Entity]) -> Mapping[str, Property]:
    return {one.column: one for one in properties(entity).values()}


def property_of(entity: type[Entity], name: str) -> Property:
    """A property by its name, or by its attribute's logical name. Raises InvalidInput where there is none."""
    found = properties(entity).get(name) or _columns(entity).get(name)
    if found is None:
        raise unknown_property(name[:100], entity.logical_name)
    return found


@cache
def navigation_names(entity: type[Entity]) -> Mapping[tuple[str, str], str]:
    """The navigation property by which a lookup leads to an entity: by the lookup's column and the entity's name."""
    found: dict[tuple[str, str], str] = {}
    for one in navigations(entity.logical_name).values():
        if one.end is End.LOOKUP and isinstance(one.relationship, ManyToOne):
            for target in one.targets or (one.target,):
                found[one.relationship.attribute, target] = one.name
    return MappingProxyType(found)
