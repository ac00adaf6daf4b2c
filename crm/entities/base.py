"""The base of every entity: a typed record that knows its own Dataverse metadata."""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from crm.attributes import Attribute


class Entity(BaseModel):
    """A record. Attribute names are Dataverse logical names; all but the key may be absent (None).

    `read_only` records are made by leadflow itself, never by a caller. Those without a table of their own
    (`own_table`) stand in one of leadflow's own tables.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    logical_name: ClassVar[str]
    entity_set: ClassVar[str]
    schema_name: ClassVar[str]
    primary_id: ClassVar[str]
    primary_name: ClassVar[str | None]
    alternate_keys: ClassVar[tuple[tuple[str, ...], ...]] = ()
    read_only: ClassVar[bool] = False
    own_table: ClassVar[bool] = True

    @classmethod
    def attributes(cls) -> dict[str, Attribute]:
        """The metadata of each attribute by logical name, in the order of declaration."""
        cached = cls.__dict__.get("_attributes_by_name")
        if cached is None:
            cached = {
                name: next(item for item in info.metadata if isinstance(item, Attribute))
                for name, info in cls.model_fields.items()
            }
            cls._attributes_by_name = cached  # type: ignore[attr-defined]
        return cached

    @classmethod
    def unique_keys(cls) -> list[tuple[str, ...]]:
        """What tells one record from all others beside the id: the alternate keys, and attributes that are unique."""
        return [*cls.alternate_keys, *((name,) for name, attribute in cls.attributes().items() if attribute.unique)]

    def changed_with(self, changes: dict[str, object]) -> Self:
        """A validated copy of this record with `changes` applied."""
        return self.model_validate({**self.model_dump(exclude_unset=True), **changes})
