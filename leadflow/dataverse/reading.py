"""Reading records: sets, single records, properties, navigation, counts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID

from crm.entities import ENTITIES, Entity
from leadflow.dataverse.call import NO_CONTENT, Answer, Call
from leadflow.dataverse.keys import resolve_key
from leadflow.dataverse.path import Segment
from leadflow.dataverse.query.fields import Body
from leadflow.dataverse.query.names import property_of
from leadflow.dataverse.query.options import Expand, Options, read_query
from leadflow.dataverse.query.statements import MOST_COUNTED, Origin
from leadflow.dataverse.representation import Place, Reader, context_of
from leadflow.dataverse.target import NAMESPACE, Records

T = TypeVar("T")
_TEXT = "text/plain; charset=utf-8"
_OF_SETS = ("$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken")
_OF_LINKS = ("$filter", "$orderby", "$top", "$count", "$skiptoken")
_OF_ONE = ("$select", "$expand")


async def _read_set(call: Call) -> Answer:
    target, options = _records(call), read_query(call.query)
    if options.apply is not None:
        return _answer(call, await _read(call, lambda reader: reader.aggregate(target.entity, options)))
    return _answer(call, await _read(call, lambda reader: reader.page(target.entity, options)))


async def _read_record(call: Call) -> Answer:
    target, options = _records(call), read_query(call.query).only(*_OF_ONE, where="on a single record")

    def read(reader: Reader) -> tuple[str | None, Any]:
        return reader.record(target.entity, options, _key(reader, target.entity, target.key))

    return _one(call, options, *await _read(call, read))


async def _read_collection_member(call: Call) -> Answer:
    target, options = _records(call), read_query(call.query).only(*_OF_ONE, where="on a single record")

    def read(reader: Reader) -> tuple[str | None, Any]:
        place, entity = _place(reader, target), _other(target)
        return reader.record(entity, options, _key(reader, entity, target.related), place)

    return _one(call, options, *await _read(call, read))


async def _read_property(call: Call) -> Answer:
    id, name, value = await _property(call)
    if value is None:
        return NO_CONTENT()
    context = f"{call.base}$metadata#{_records(call).entity.entity_set}({id})/{name}"
    return _answer(call, {"@odata.context": context, "value": value})


async def _read_value(call: Call) -> Answer:
    _, _, value = await _property(call)
    if value is None:
        return NO_CONTENT()
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return Answer(200, text.encode(), content_type=_TEXT)


async def _read_count(call: Call) -> Answer:
    target, options = _records(call), read_query(call.query).only("$filter", where="with /$count")
    return _count(await _read(call, lambda reader: reader.count(target.entity, options)))


async def _read_collection(call: Call) -> Answer:
    target, options = _records(call), read_query(call.query).only(*_OF_SETS, where="on a collection")
    return _answer(call, await _read(call, lambda reader: reader.page(_other(target), options, _place(reader, target))))


async def _read_collection_count(call: Call) -> Answer:
    target, options = _records(call), read_query(call.query).only("$filter", where="with /$count")
    return _count(await _read(call, lambda reader: reader.count(_other(target), options, _place(reader, target))))


async def _read_collection_links(call: Call) -> Answer:
    target, options = _records(call), read_query(call.query).only(*_OF_LINKS, where="with /$ref")
    options, entity = replace(options, select=(_other(target).primary_id,)), _other(target)
    body = await _read(call, lambda reader: reader.page(entity, options, _place(reader, target)))
    body["@odata.context"] = f"{call.base}$metadata#Collection($ref)"
    body["value"] = [{"@odata.id": _link(call, entity, one)} for one in body["value"]]
    return _answer(call, body)


async def _read_lookup(call: Call) -> Answer:
    options = read_query(call.query).only(*_OF_ONE, where="on a single record")
    entity, body = await _lookup(call, options)
    if body is None:
        return NO_CONTENT()
    context = context_of(call.base, entity, options, one=True)
    return _one(call, options, body.get("@odata.etag"), {"@odata.context": context, **body})


async def _read_lookup_link(call: Call) -> Answer:
    read_query(call.query).only(where="with /$ref of a lookup")
    entity, body = await _lookup(call, Options())
    if body is None:
        return NO_CONTENT()
    return _answer(call, {"@odata.context": f"{call.base}$metadata#$ref", "@odata.id": _link(call, entity, body)})


async def _read(call: Call, work: Callable[[Reader], T]) -> T:
    return await call.services.read(lambda connection: work(Reader(call, connection)))


async def _property(call: Call) -> tuple[UUID, str, Any]:
    """The record's id, the property's name, and its value."""
    target = _records(call)
    read_query(call.query).only(where="on a property")
    assert target.attribute is not None
    name = property_of(target.entity, target.attribute).name

    def read(reader: Reader) -> tuple[UUID, str, Any]:
        id = _key(reader, target.entity, target.key)
        return id, name, reader.record(target.entity, Options(select=(name,)), id)[1][name]

    return await _read(call, read)


async def _lookup(call: Call, options: Options) -> tuple[type[Entity], Body | None]:
    """The record that a lookup leads to, and its entity. None where the lookup is empty, or leads to nothing that the
    caller may read."""
    target = _records(call)
    assert target.navigation is not None
    name = target.navigation.name
    asked = Options(select=(target.entity.primary_id,), expand=(Expand(name, options),))
    body: Body | None = await _read(
        call, lambda reader: reader.record(target.entity, asked, _key(reader, target.entity, target.key))[1][name]
    )
    kind = (body or {}).get("@odata.type", f"#{NAMESPACE}.{target.navigation.target}")
    return ENTITIES[kind.rpartition(".")[2]], body


def _place(reader: Reader, target: Records) -> Place:
    """The collection that a path addresses. Raises NotFound where the caller may not read the record that has it."""
    assert target.navigation is not None
    id = _key(reader, target.entity, target.key)
    reader.record(target.entity, Options(select=(target.entity.primary_id,)), id)
    return Place(Origin(target.entity, target.navigation), id)


def _key(reader: Reader, entity: type[Entity], segment: Segment | None) -> UUID:
    assert segment is not None
    return resolve_key(reader.connection, reader.call.caller, entity, segment)


def _records(call: Call) -> Records:
    assert isinstance(call.target, Records)
    return call.target


def _other(target: Records) -> type[Entity]:
    """The entity at the other end of the navigation."""
    assert target.navigation is not None
    return ENTITIES[target.navigation.target]


def _link(call: Call, entity: type[Entity], body: Body) -> str:
    return f"{call.base}{entity.entity_set}({body[entity.primary_id]})"


def _one(call: Call, options: Options, etag: str | None, body: Body) -> Answer:
    """The answer with one record; without it where the client has it already, as it says by If-None-Match."""
    headers = {} if etag is None else {"ETag": etag}
    has_it = etag is not None and call.headers.get("if-none-match") == etag
    if has_it and not options.expand and not call.preferences.annotations:
        return Answer(304, headers=headers)
    return _answer(call, body, headers)


def _answer(call: Call, body: Body, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer of 200 that says which preferences it follows."""
    given, applied = call.preferences, []
    if given.page_size is not None:
        applied.append(f"odata.maxpagesize={given.page_size}")
    if given.annotations:
        applied.append(f'odata.include-annotations="{",".join(given.annotations)}"')
    return Answer(200, body, {**(headers or {}), **({"Preference-Applied": ",".join(applied)} if applied else {})})


def _count(number: int) -> Answer:
    return Answer(200, str(min(number, MOST_COUNTED)).encode(), content_type=_TEXT)


ROUTES: dict[str, dict[str, Callable[[Call], Awaitable[Answer]]]] = {
    "set": {"GET": _read_set},
    "count": {"GET": _read_count},
    "record": {"GET": _read_record},
    "property": {"GET": _read_property},
    "value": {"GET": _read_value},
    "collection": {"GET": _read_collection},
    "collection one": {"GET": _read_collection_member},
    "collection count": {"GET": _read_collection_count},
    "collection ref": {"GET": _read_collection_links},
    "lookup": {"GET": _read_lookup},
    "lookup ref": {"GET": _read_lookup_link},
}
