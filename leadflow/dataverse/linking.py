"""Links between records: `$ref`, of a lookup, of the records that name this one, and of those that are associated."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from crm.entities import ENTITIES
from crm.errors import NotFound
from crm.operations import AnyOperation, Disassociate, UpdateRecord
from crm.relationships import End, Navigation
from crm.security import Privilege
from crm.store import records
from crm.store.security.access import require_on
from leadflow.dataverse.bodies import changed_record, link
from leadflow.dataverse.call import Call
from leadflow.dataverse.drafts import Draft, Source, attribute_of, with_source
from leadflow.dataverse.errors import bad_body, bad_query
from leadflow.dataverse.keys import resolve_key
from leadflow.dataverse.plans import Plan, Planner
from leadflow.dataverse.references import read_reference
from leadflow.dataverse.target import Records
from leadflow.dataverse.writing import no_content

Step = Callable[[Source, Call, Records, Navigation, UUID], AnyOperation]


async def _plan(call: Call, step: Step) -> Plan:
    """The plan of one operation on the links of the record that the path names."""
    target = call.target
    assert isinstance(target, Records)
    assert target.key is not None
    assert target.navigation is not None
    key, navigation, addressed = target.key, target.navigation, target

    def plan(source: Source) -> AnyOperation:
        id = resolve_key(source.connection, source.caller, addressed.entity, key)
        return step(source, call, addressed, navigation, id)

    return Plan((await with_source(call, plan),), no_content)


def _set_lookup(source: Source, call: Call, target: Records, navigation: Navigation, id: UUID) -> AnyOperation:
    draft = changed_record(source, target.entity, id, {f"{navigation.name}@odata.bind": _link(call)})
    return UpdateRecord(entity=target.entity.logical_name, id=id, values=draft.values)


def _clear_lookup(source: Source, _call: Call, target: Records, navigation: Navigation, id: UUID) -> AnyOperation:
    """Clear the lookup, if what it names is of the entity to which this navigation property leads."""
    name = attribute_of(navigation)
    if f"{name}type" in target.entity.attributes():
        current = _readable(source, target.entity.logical_name, id)
        if current[name] is not None and current[f"{name}type"] != navigation.target:
            raise _not_linked(navigation)
    draft = Draft(source, target.entity, id, is_new=False)
    draft.clear(name)
    return UpdateRecord(entity=target.entity.logical_name, id=id, values=draft.values)


def _add(source: Source, call: Call, target: Records, navigation: Navigation, id: UUID) -> AnyOperation:
    _, related = read_reference(source.connection, source.caller, _link(call), navigation.target, where="@odata.id")
    return link(source, target.entity, id, navigation, related)


def _remove(source: Source, call: Call, target: Records, navigation: Navigation, id: UUID) -> AnyOperation:
    """Unlink one record, which the path or `$id` names."""
    related = _related(source, call, target, navigation)
    if navigation.end is End.LINKED:
        name = navigation.relationship.schema_name
        return Disassociate(entity=target.entity.logical_name, id=id, relationship=name, related=related)
    if _readable(source, navigation.target, related)[attribute_of(navigation)] != id:
        raise _not_linked(navigation)
    child = Draft(source, ENTITIES[navigation.target], related, is_new=False)
    child.clear(attribute_of(navigation))
    return UpdateRecord(entity=navigation.target, id=related, values=child.values)


def _related(source: Source, call: Call, target: Records, navigation: Navigation) -> UUID:
    if target.related is not None:
        return resolve_key(source.connection, source.caller, ENTITIES[navigation.target], target.related)
    if "$id" not in call.options:
        raise bad_query(f"Name the record to unlink: {navigation.name}(<id>)/$ref, or {navigation.name}/$ref?$id=...")
    where = "$id"
    return read_reference(source.connection, source.caller, call.options[where], navigation.target, where=where)[1]


def _link(call: Call) -> Any:
    """The one link in the body."""
    body = call.json()
    if not isinstance(body.get("@odata.id"), str):
        raise bad_body("""The body must be {"@odata.id": "<link to one record>"}; several need several requests.""")
    return body["@odata.id"]


def _readable(source: Source, entity: str, id: UUID) -> dict[str, Any]:
    """The record as it is. Raises NotFound where the caller may not see it."""
    kind = ENTITIES[entity]
    require_on(source.connection, source.caller, kind, Privilege.READ, id)
    record = records.fetch(source.connection, kind, id)
    assert record is not None
    return vars(record)


def _not_linked(navigation: Navigation) -> NotFound:
    return NotFound(f"The two records are not linked by {navigation.name}.")


PLANNERS: Mapping[str, Mapping[str, Planner]] = {
    "lookup ref": {"PUT": partial(_plan, step=_set_lookup), "DELETE": partial(_plan, step=_clear_lookup)},
    "collection ref": {"POST": partial(_plan, step=_add), "DELETE": partial(_plan, step=_remove)},
    "collection one ref": {"DELETE": partial(_plan, step=_remove)},
}
