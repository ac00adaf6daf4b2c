"""The tables of the entities, derived from what each entity declares about its attributes.

A column's type, length, uniqueness and index follow its attribute. Two rules go beyond one attribute: an owner is
indexed together with the state, since people ask for the *open* records of an owner; and a column that begins an
alternate key has no index of its own.

Foreign keys stand only where leadflow itself writes both ends in one order: a team's memberships and a lead's links,
which disappear with either end. Elsewhere a lookup may name a record that is imported later, or lives elsewhere.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.types import TypeEngine

from crm.attributes import Attribute, AttributeType
from crm.entities import ENTITIES, Entity
from crm.store.types import MONEY, Exact, UtcDateTime

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Larger texts would not fit an index entry or a page; the entity's own limit still holds.
_LONGEST_VARCHAR = 4000


def _text(attribute: Attribute) -> TypeEngine[Any]:
    length = attribute.max_length or _LONGEST_VARCHAR + 1
    return String(length) if length <= _LONGEST_VARCHAR else Text()


_TYPES: dict[AttributeType, Callable[[Attribute], TypeEngine[Any]]] = {
    AttributeType.BIGINT: lambda _: BigInteger(),
    AttributeType.BOOLEAN: lambda _: Boolean(),
    AttributeType.CUSTOMER: lambda _: Uuid(),
    AttributeType.DATE_ONLY: lambda _: Date(),
    AttributeType.DATE_TIME: lambda _: UtcDateTime(),
    AttributeType.DECIMAL: lambda attribute: Exact(28, attribute.precision or 0),
    AttributeType.DOUBLE: lambda _: Double(),
    AttributeType.INTEGER: lambda _: Integer(),
    AttributeType.LOOKUP: lambda _: Uuid(),
    AttributeType.MEMO: _text,
    AttributeType.MONEY: lambda _: MONEY,
    AttributeType.OWNER: lambda _: Uuid(),
    AttributeType.PICKLIST: lambda _: Integer(),
    AttributeType.STATE: lambda _: Integer(),
    AttributeType.STATUS: lambda _: Integer(),
    AttributeType.STRING: _text,
    AttributeType.UNIQUEIDENTIFIER: lambda _: Uuid(),
}

_REFERENCES = {
    ("teammembership", "teamid"): "team.teamid",
    ("teammembership", "systemuserid"): "systemuser.systemuserid",
    ("contactleads", "contactid"): "contact.contactid",
    ("contactleads", "leadid"): "lead.leadid",
    ("accountleads", "accountid"): "account.accountid",
    ("accountleads", "leadid"): "lead.leadid",
}


def _column(entity: type[Entity], name: str, attribute: Attribute) -> Column[Any]:
    reference = _REFERENCES.get((entity.logical_name, name))
    foreign_keys = [ForeignKey(reference, ondelete="CASCADE")] if reference else []
    is_key = name == entity.primary_id
    return Column(
        name, _TYPES[attribute.type](attribute), *foreign_keys, primary_key=is_key, nullable=not (is_key or reference)
    )


def _constraints(entity: type[Entity]) -> Iterator[UniqueConstraint | Index]:
    attributes = entity.attributes()
    leading = {columns[0] for columns in entity.alternate_keys}
    for columns in entity.alternate_keys:
        yield UniqueConstraint(*columns)
    for name, attribute in attributes.items():
        if attribute.unique:
            yield UniqueConstraint(name)
        elif attribute.type is AttributeType.OWNER and "statecode" in attributes:
            yield Index(None, name, "statecode")
        elif attribute.index and name not in leading:
            yield Index(None, name)


def _table(entity: type[Entity]) -> Table:
    columns = [_column(entity, name, attribute) for name, attribute in entity.attributes().items()]
    columns.sort(key=lambda column: not column.primary_key)
    return Table(entity.logical_name, METADATA, *columns, *_constraints(entity))


# `crm.store.service_tables` adds those of the entities that have none of their own.
TABLES: dict[str, Table] = {name: _table(entity) for name, entity in ENTITIES.items() if entity.own_table}


def table_of(entity: type[Entity]) -> Table:
    """The table that holds the entity's records."""
    return TABLES[entity.logical_name]
