"""What a path addresses: a set of records, one of them, a property or navigation of it, an action, the metadata."""

from dataclasses import dataclass
from functools import cache

from crm.entities import ENTITIES, Entity
from crm.relationships import Navigation, navigations
from leadflow.dataverse.errors import bad_segment, unknown_property
from leadflow.dataverse.path import Segment

NAMESPACE = "Microsoft.Dynamics.CRM"
ALIAS = "mscrm"
METADATA_SETS = ("EntityDefinitions", "RelationshipDefinitions", "GlobalOptionSetDefinitions")


@dataclass(frozen=True, slots=True)
class Records:
    """A set of records, or with `key` one of them (its segment: `leads(<guid>)`, `accounts(accountnumber='4')`).

    `navigation` leads from that record to others, `related` names one of these; `attribute` is a property of it; `ref`
    means the links themselves, `count` how many there are, `value` a property as plain text. `operation` is the short
    name of a bound action or function.
    """

    entity: type[Entity]
    key: Segment | None = None
    navigation: Navigation | None = None
    related: Segment | None = None
    attribute: str | None = None
    ref: bool = False
    count: bool = False
    value: bool = False
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Unbound:
    """An action or function of the service, or one of its own documents: `$metadata`, `$batch`, `WhoAmI`."""

    name: str
    segment: Segment


@dataclass(frozen=True, slots=True)
class MetadataPath:
    """A path into the metadata of entities: `EntityDefinitions(LogicalName='lead')/Attributes`."""

    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class ServiceRoot:
    """The service document."""


Target = Records | Unbound | MetadataPath | ServiceRoot


def resolve(segments: tuple[Segment, ...]) -> Target:
    """What the segments address. Raises NotFound, with Dataverse's code, for what does not exist."""
    if not segments:
        return ServiceRoot()
    first, *rest = segments
    if first.name in METADATA_SETS or first.name == "sdkmessagefilters":
        return MetadataPath(segments)
    entity = _sets().get(first.name)
    if entity is None:
        if rest:
            raise bad_segment(f"Resource not found for the segment '{first.name}'.")
        return Unbound(short_name(first.name), first)
    return _records(entity, first, rest)


@cache
def _sets() -> dict[str, type[Entity]]:
    return {entity.entity_set: entity for entity in ENTITIES.values()}


def entity_of_set(name: str) -> type[Entity] | None:
    """The entity whose records a set of this name holds."""
    return _sets().get(name)


def short_name(name: str) -> str:
    """The name of an action without its namespace or alias."""
    for prefix in (NAMESPACE, ALIAS):
        if name.startswith(f"{prefix}."):
            return name.removeprefix(f"{prefix}.")
    return name


def is_qualified(name: str) -> bool:
    return name != short_name(name)


def _records(entity: type[Entity], first: Segment, rest: list[Segment]) -> Records:
    key = first if first.arguments else None
    if not rest:
        return Records(entity, key)
    second, *more = rest
    if is_qualified(second.name) and not more:
        return Records(entity, key, operation=short_name(second.name))
    if second.name == "$count" and not more and key is None:
        return Records(entity, count=True)
    if second.name == "$ref" and not more:
        return Records(entity, key, ref=True)
    if key is None:
        raise bad_segment(f"The segment '{second.name}' cannot follow the set '{first.name}'; a key is missing.")
    navigation = navigations(entity.logical_name).get(second.name)
    if navigation is not None:
        return _navigated(entity, key, navigation, second, more)
    return _property(entity, key, second, more)


def _navigated(
    entity: type[Entity], key: Segment, navigation: Navigation, segment: Segment, more: list[Segment]
) -> Records:
    related = segment if segment.arguments else None
    match [one.name for one in more]:
        case []:
            return Records(entity, key, navigation, related)
        case ["$ref"]:
            return Records(entity, key, navigation, related, ref=True)
        case ["$count"] if navigation.is_collection:
            return Records(entity, key, navigation, related, count=True)
    raise bad_segment(f"The segment '{more[0].name}' cannot follow '{segment.name}'.")


def _property(entity: type[Entity], key: Segment, segment: Segment, more: list[Segment]) -> Records:
    name = segment.name.removeprefix("_").removesuffix("_value") if segment.name.startswith("_") else segment.name
    if name not in entity.attributes():
        raise unknown_property(segment.name, entity.logical_name)
    match [one.name for one in more]:
        case []:
            return Records(entity, key, attribute=name)
        case ["$value"]:
            return Records(entity, key, attribute=name, value=True)
    raise bad_segment(f"The URI segment '{more[0].name}' is invalid after the segment '{segment.name}'.")
