"""Where a path into the metadata leads: `EntityDefinitions(LogicalName='lead')/Attributes/<type>(...)/OptionSet`."""

from dataclasses import dataclass
from typing import Any

from crm.errors import NotFound
from leadflow.dataverse.errors import bad_segment
from leadflow.dataverse.metadata.attribute_types import TYPES as ATTRIBUTE_TYPES
from leadflow.dataverse.metadata.catalogue import Catalogue
from leadflow.dataverse.metadata.definition import Definition, Definitions
from leadflow.dataverse.metadata.relationships import MANY_TO_MANY, ONE_TO_MANY
from leadflow.dataverse.path import Segment
from leadflow.dataverse.target import NAMESPACE, is_qualified, short_name

# What a path may cast definitions of a kind to.
_CASTS = {
    "AttributeMetadata": ATTRIBUTE_TYPES,
    "RelationshipMetadataBase": frozenset((ONE_TO_MANY, MANY_TO_MANY)),
    "OptionSetMetadataBase": frozenset(("OptionSetMetadata", "BooleanOptionSetMetadata")),
}


@dataclass(frozen=True, slots=True)
class Place:
    """What a path leads to: definitions, one of them, a property's value, or None where a lookup is empty.

    `declared` is the type that the path promises; `name` is how an answer's context names the place, `key` the key of
    a definition that was picked from others.
    """

    found: Definition | Definitions | Any
    declared: str
    name: str
    key: str = ""
    count: bool = False

    def below(self, name: str) -> str:
        return f"{self.name}{self.key}/{name}"


def follow(catalogue: Catalogue, segments: tuple[Segment, ...]) -> Place:
    """The place that the segments lead to. Raises NotFound, with Dataverse's code, where they lead nowhere."""
    first, *rest = segments
    definitions = catalogue.sets[first.name]
    place = _keyed(Place(definitions, definitions.type, first.name), first)
    for segment in rest:
        place = _keyed(_next(place, segment), segment)
    return place


def _next(place: Place, segment: Segment) -> Place:
    name = segment.name
    if is_qualified(name):
        return _cast(place, short_name(name))
    found = place.found
    if isinstance(found, Definitions):
        if name == "$count" and not place.count:
            return Place(found, place.declared, place.name, count=True)
        raise bad_segment(
            f"The segment '{name}' cannot follow a collection; a key is missing, such as (LogicalName='x')."
        )
    if isinstance(found, Definition) and name in found.navigations:
        below = found.navigations[name]
        return Place(below, below.type if below is not None else "", place.below(name))
    if isinstance(found, Definition) and name in found.values:
        return Place(found.values[name], "", place.below(name))
    raise bad_segment(f"Resource not found for the segment '{name}'.")


def _cast(place: Place, wanted: str) -> Place:
    name = place.below(f"{NAMESPACE}.{wanted}")
    found = place.found
    if isinstance(found, Definitions) and (wanted in _CASTS.get(found.type, ()) or wanted == found.type):
        fitting = tuple(item for item in found.items if wanted in (item.type, found.type))
        return Place(Definitions(wanted, fitting), wanted, name)
    if isinstance(found, Definition) and wanted == found.type:
        return Place(found, wanted, name)
    raise bad_segment(f"Resource not found for the segment '{NAMESPACE}.{wanted}'.")


def _keyed(place: Place, segment: Segment) -> Place:
    """The one definition that a segment's key names, or the place as it is without a key."""
    if not segment.arguments:
        return place
    if not isinstance(place.found, Definitions) or len(segment.arguments) != 1:
        raise bad_segment(f"The segment '{segment.name}' takes no such key.")
    argument = segment.arguments[0]
    name = argument.name or "MetadataId"
    definition = place.found.find(name, argument.value)
    if definition is None:
        raise NotFound(f"There is no {place.found.type} with {name} = '{argument.value[:100]}'.")
    return Place(definition, place.declared, place.name, key=f"({argument.text})")
