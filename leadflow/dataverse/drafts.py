"""A record as a body wants it: values that are checked one by one, and what is to be done before and after."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection

from crm.choices import ChoiceBook
from crm.entities import Entity
from crm.errors import InvalidInput
from crm.operations import AnyOperation, CreateRecord
from crm.relationships import End, ManyToOne, Navigation, navigations
from crm.security import Caller, Privilege
from crm.store import records
from crm.store.security.access import require_on
from crm.values import check_may_be_empty, read_value
from leadflow.dataverse.call import Call
from leadflow.dataverse.errors import bad_query

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """What bodies are read with. The records with the ids in `planned` will exist when they are carried out."""

    connection: Connection
    caller: Caller
    choices: ChoiceBook
    planned: set[UUID]


async def with_source(call: Call, work: Callable[[Source], T]) -> T:
    """Do `work` with what the call's bodies are read with, in one read of the database."""
    choices = call.services.choices()
    return await call.services.read(
        lambda connection: work(Source(connection, call.caller, choices, set(call.planned)))
    )


@dataclass(slots=True)
class Draft:
    """A new record, or the changes of one. `values` are those of JSON, by logical name. `depth` counts the records
    around it in the body."""

    source: Source
    entity: type[Entity]
    id: UUID
    is_new: bool
    depth: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    before: list[AnyOperation] = field(default_factory=list)
    after: list[AnyOperation] = field(default_factory=list)
    _record: dict[str, Any] | None = None

    @property
    def navigations(self) -> dict[str, Navigation]:
        return dict(navigations(self.entity.logical_name))

    def with_main(self, operation: AnyOperation) -> tuple[AnyOperation, ...]:
        """All operations: what the record's lookups name, the record's own `operation`, what names it."""
        return (*self.before, operation, *self.after)

    @property
    def creation(self) -> tuple[AnyOperation, ...]:
        return self.with_main(CreateRecord(entity=self.entity.logical_name, id=self.id, values=self.values))

    def set(self, name: str, value: Any) -> None:
        """Set an attribute. Raises InvalidInput where it cannot have this value, or a caller may not set it."""
        attribute = self.entity.attributes()[name]
        if self.is_new and value is None:
            return
        if name == self.entity.primary_id or not (attribute.create if self.is_new else attribute.update):
            self.must_be_current(name, name, value)
            return
        if value is None:
            check_may_be_empty(name, attribute)
        read_value(name, attribute, value, self.source.choices)
        self.values[name] = value

    def point(self, name: str, target: str, id: UUID) -> None:
        """Let a lookup name a record of the entity `target`."""
        self.set(name, str(id))
        if name in self.values and f"{name}type" in self.entity.attributes():
            self.values[f"{name}type"] = target

    def clear(self, name: str) -> None:
        """Let a lookup name nothing, unless the body lets it name something by its other navigation property."""
        if self.values.get(name) is None:
            self.set(name, None)

    def must_be_current(self, name: str, shown: str, value: Any) -> None:
        """Many clients send back all that they have read: what is as it was is passed over, anything else refused."""
        if read_value(shown, self.entity.attributes()[name], value, self.source.choices) == self._current(name):
            return
        if shown != name or name not in self.navigations:
            for navigation in self.navigations.values():
                if navigation.end is End.LOOKUP and attribute_of(navigation) == name:
                    raise bad_query(f"{shown} only shows the lookup. Write {navigation.name}@odata.bind with a link.")
        raise InvalidInput(f"{shown} cannot be {'set' if self.is_new else 'changed'} by a caller. Leave it out.")

    def _current(self, name: str) -> Any:
        if name == self.entity.primary_id:
            return self.id
        if self._record is None and not self.is_new:
            self._record = self._read_record()
        value = (self._record or {}).get(name)
        return value.replace(microsecond=0) if isinstance(value, datetime) else value

    def _read_record(self) -> dict[str, Any]:
        """The record as it is, empty where an earlier request of a change set will make it."""
        source = self.source
        record = records.fetch(source.connection, self.entity, self.id)
        if record is None:
            return {}
        require_on(source.connection, source.caller, self.entity, Privilege.READ, self.id)
        return vars(record)


def attribute_of(navigation: Navigation) -> str:
    """The lookup behind a navigation property that leads along one, from either end."""
    assert isinstance(navigation.relationship, ManyToOne)
    return navigation.relationship.attribute
