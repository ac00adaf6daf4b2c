"""A definition: one record of metadata, such as that of an entity or an attribute, and the definitions below it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union
from uuid import UUID, uuid5

_IDS = UUID("6f2f7d0e-5a57-5c6e-9c43-1e0a7b1f4d21")
ENGLISH = 1033


@dataclass(frozen=True, slots=True)
class Definition:
    """`type` is its Dataverse type without the namespace; `values` are its properties as JSON; `navigations` lead to
    other definitions, and come into an answer only where they are expanded."""

    type: str
    values: Mapping[str, Any]
    navigations: Mapping[str, Union["Definition", "Definitions", None]] = field(default_factory=dict)

    @property
    def properties(self) -> set[str]:
        return {*self.values, *self.navigations}


@dataclass(frozen=True, slots=True)
class Definitions:
    """Several definitions. `type` is the type that they have in common."""

    type: str
    items: tuple[Definition, ...] = ()

    def find(self, name: str, value: str) -> Definition | None:
        """The one whose property `name` has this value, letter case aside."""
        wanted = value.strip("{}").casefold()
        return next((item for item in self.items if str(item.values.get(name, "")).casefold() == wanted), None)


def metadata_id(*names: str) -> str:
    """The id of what these names name: the same at every start, in every installation."""
    return str(uuid5(_IDS, "/".join(names)))


def label(text: str | None) -> dict[str, Any]:
    """A label with one language, or with none."""
    if not text:
        return {"LocalizedLabels": [], "UserLocalizedLabel": None}
    localized = {
        "Label": text,
        "LanguageCode": ENGLISH,
        "IsManaged": True,
        "MetadataId": metadata_id("label", text),
        "HasChanged": None,
    }
    return {"LocalizedLabels": [localized], "UserLocalizedLabel": localized}


def managed(value: bool, name: str) -> dict[str, Any]:
    """A property that Dataverse lets solutions lock. Nothing can be changed through this service."""
    return {"Value": value, "CanBeChanged": False, "ManagedPropertyLogicalName": name}
