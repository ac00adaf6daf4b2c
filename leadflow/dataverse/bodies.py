"""Reading the body of a write: JSON properties to a record's values, its lookups, and what is created beside it."""

from typing import Any
from uuid import UUID, uuid4

from crm.choices import standard_choices
from crm.entities import ENTITIES, Entity
from crm.operations import AnyOperation, Associate, UpdateRecord
from crm.relationships import End, Navigation
from crm.values import read_value
from leadflow.dataverse.drafts import Draft, Source, attribute_of
from leadflow.dataverse.errors import MethodNotAllowed, bad_body, unknown_property
from leadflow.dataverse.query.names import Property, property_of
from leadflow.dataverse.references import read_reference
from leadflow.dataverse.target import NAMESPACE

_BIND = "odata.bind"
_DEEPEST = 10

Body = dict[str, Any]


def new_record(
    source: Source, entity: type[Entity], id: UUID, body: Body, *, given: Body | None = None, depth: int = 0
) -> Draft:
    """The record that a body creates, with all that it creates beside it. `given` are values that the path says.

    Raises LeadflowError where a property does not exist or cannot have its value, or a link leads nowhere.
    """
    source.planned.add(id)
    return _read(Draft(source, entity, id, is_new=True, depth=depth), body, given or {})


def changed_record(source: Source, entity: type[Entity], id: UUID, body: Body) -> Draft:
    """The changes that a body makes to a record. Raises as `new_record` does."""
    return _read(Draft(source, entity, id, is_new=False), body, {})


def check_writable(entity: type[Entity]) -> None:
    """Raises MethodNotAllowed for records that nobody writes directly."""
    if entity.read_only:
        raise MethodNotAllowed(
            f"Records of {entity.logical_name} are not written directly: links are made and removed by associating "
            "two records ($ref), memberships by the organisation's directory, the others by the routing of leads.",
            ["GET"],
        )


def id_in(entity: type[Entity], body: Body) -> UUID:
    """The id that a new record is to have: the client's, or a new one."""
    name = entity.primary_id
    given: UUID | None = read_value(name, entity.attributes()[name], body.get(name), standard_choices())
    return given or uuid4()


def related_record(draft: Draft, navigation: Navigation, body: Any) -> tuple[UUID, tuple[AnyOperation, ...]]:
    """A new record at the other end of a collection: its id, and what creates it and links it with the draft's."""
    if navigation.end is End.LINKED:
        child = _beside(draft, navigation, body, {})
        return child.id, (*child.creation, link(draft.source, draft.entity, draft.id, navigation, child.id))
    child = _beside(draft, navigation, body, _lookup_to(draft.entity, draft.id, navigation))
    return child.id, child.creation


def link(source: Source, entity: type[Entity], id: UUID, navigation: Navigation, related: UUID) -> AnyOperation:
    """What links a record with another one through a collection. Raises InvalidInput where no caller may."""
    if navigation.end is End.LINKED:
        name = navigation.relationship.schema_name
        return Associate(entity=entity.logical_name, id=id, relationship=name, related=related)
    child = Draft(source, ENTITIES[navigation.target], related, is_new=False)
    child.point(attribute_of(navigation), entity.logical_name, id)
    return UpdateRecord(entity=navigation.target, id=related, values=child.values)


def _lookup_to(entity: type[Entity], id: UUID, navigation: Navigation) -> Body:
    """The values of a record at the other end of a one-to-many collection that let it name this one."""
    name = attribute_of(navigation)
    kind = f"{name}type"
    has_kind = kind in ENTITIES[navigation.target].attributes()
    return {name: str(id), **({kind: entity.logical_name} if has_kind else {})}


def _read(draft: Draft, body: Body, given: Body) -> Draft:
    check_writable(draft.entity)
    for name, value in body.items():
        _property(draft, name, value)
    draft.values.update(given)
    return draft


def _property(draft: Draft, name: str, value: Any) -> None:
    bare, at, annotation = name.partition("@")
    if at:
        if annotation == _BIND:
            _bind(draft, bare, value)
        elif name == "@odata.type":
            check_type(draft.entity, value)
    elif bare in draft.navigations:
        _nested(draft, draft.navigations[bare], value)
    else:
        _value(draft, property_of(draft.entity, bare), bare, value)


def _value(draft: Draft, property: Property, shown: str, value: Any) -> None:
    """A lookup's own property (`_customerid_value`) only shows it; navigation properties write it."""
    if property.is_reference:
        draft.must_be_current(property.column, shown, value)
    else:
        draft.set(property.column, value)


def check_type(entity: type[Entity], value: object) -> None:
    """Raises InvalidInput where `@odata.type` names another type."""
    if not isinstance(value, str) or value.removeprefix("#") != f"{NAMESPACE}.{entity.logical_name}":
        raise bad_body(f"@odata.type must be {NAMESPACE}.{entity.logical_name} here.")


def _bind(draft: Draft, name: str, value: Any) -> None:
    """`contactid@odata.bind`: a link, null, or for a collection of a new record a list of links."""
    navigation = draft.navigations.get(name)
    if navigation is None:
        raise unknown_property(name, draft.entity.logical_name)
    where = f"{name}@{_BIND}"
    if navigation.is_collection:
        for one in _each(draft, navigation, where, value):
            related = _reference(draft, navigation, one, where)[1]
            draft.after.append(link(draft.source, draft.entity, draft.id, navigation, related))
    elif value is None:
        draft.clear(attribute_of(navigation))
    else:
        target, id = _reference(draft, navigation, value, where)
        draft.point(attribute_of(navigation), target.logical_name, id)


def _reference(draft: Draft, navigation: Navigation, value: Any, where: str) -> tuple[type[Entity], UUID]:
    targets = navigation.targets or (navigation.target,)
    return read_reference(draft.source.connection, draft.source.caller, value, *targets, where=where)


def _nested(draft: Draft, navigation: Navigation, value: Any) -> None:
    """A record, or records, that are created with this one."""
    if navigation.is_collection:
        for body in _each(draft, navigation, navigation.name, value):
            draft.after += related_record(draft, navigation, body)[1]
    elif value is None:
        draft.clear(attribute_of(navigation))
    elif not draft.is_new or navigation.targets:
        raise bad_body(f"{navigation.name} cannot be created here. Write {navigation.name}@{_BIND} with a link.")
    else:
        parent = _beside(draft, navigation, value, {})
        draft.before += parent.creation
        draft.point(attribute_of(navigation), navigation.target, parent.id)


def _each(draft: Draft, navigation: Navigation, where: str, value: Any) -> list[Any]:
    if value is None and draft.is_new:
        return []
    if not draft.is_new:
        raise bad_body(f"{where} can be given with a new record only. Associate through {navigation.name}/$ref.")
    if not isinstance(value, list):
        raise bad_body(f"{where} must be a list.")
    return value


def _beside(draft: Draft, navigation: Navigation, body: Any, given: Body) -> Draft:
    """A record that is created together with the draft's."""
    if not isinstance(body, dict):
        raise bad_body(f"{navigation.name} must hold objects; write {navigation.name}@{_BIND} for links.")
    if draft.depth == _DEEPEST:
        raise bad_body(f"The body nests deeper than {_DEEPEST} records. Send several requests.")
    entity = ENTITIES[navigation.target]
    return new_record(draft.source, entity, id_in(entity, body), body, given=given, depth=draft.depth + 1)
