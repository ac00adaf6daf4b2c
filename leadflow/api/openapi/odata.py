"""The paths of the Web API: for each entity what the routes know of a set, a record, its properties and its links."""

from collections.abc import Iterator, Mapping

from crm.entities import ENTITIES, Entity
from crm.relationships import Navigation, navigations
from leadflow.api.openapi.actions import action_paths
from leadflow.api.openapi.parts import GUID, TEXT, Json, body, errors, operation, parameter, ref, response, schema
from leadflow.dataverse.routes import ROUTES

ROOT = "/api/data/v9.2/"
READING = (400, 401, 403, 404, 405, 414, 429, 503)
WRITING = (*READING, 408, 412, 413)
TOKEN: list[Json] = [{"token": []}]
_SEVERAL = [ref("parameters", name) for name in ("select", "filter", "orderby", "top", "count", "expand", "apply")]
_ONE = [ref("parameters", name) for name in ("select", "expand")]
_PREFER, _MATCH, _NONE_MATCH = (ref("parameters", name) for name in ("prefer", "if-match", "if-none-match"))
_WRITTEN = {"204": ref("responses", "Written")}
_LINK = body(schema("link"))


def odata_paths() -> Json:
    """Every path of the Web API, with the operations that the routes know."""
    found = {ROOT + path: item for entity in ENTITIES.values() for path, item in _paths_of(entity)}
    found |= {ROOT + path: item for path, item in action_paths()}
    return {path: item for path, item in found.items() if item.keys() - {"parameters"}}


def known(shape: str, operations: Mapping[str, Json], parameters: list[Json] | None = None) -> Json:
    """The path item of the operations that the routes know for the shape."""
    item: Json = {method.lower(): each for method, each in operations.items() if method in ROUTES.get(shape, {})}
    return {"parameters": parameters, **item} if parameters and item else item


def _paths_of(entity: type[Entity]) -> Iterator[tuple[str, Json]]:
    name, records = entity.logical_name, entity.entity_set
    key = f"{records}({{{entity.primary_id}}})"
    keyed = [parameter(entity.primary_id, "path", GUID, f"The id of the {name}.", required=True)]
    yield records, known("set", _set(entity))
    yield (
        f"{records}/$count",
        known("count", {"GET": _count(f"How many {records} there are", f"count_{records}", name)}),
    )
    yield key, known("record", _record(entity), keyed)
    named = [*keyed, _property_name(entity)]
    yield f"{key}/{{property}}", known("property", _property(entity), named)
    yield f"{key}/{{property}}/$value", known("value", {"GET": _value(name)}, named)
    for navigation in navigations(name).values():
        yield from _navigation(entity, navigation, f"{key}/{navigation.name}", keyed)


def _set(entity: type[Entity]) -> dict[str, Json]:
    name, records = entity.logical_name, entity.entity_set
    page = {"200": response(f"A page of {records}.", schema(f"{name}_page"))}
    found = {"GET": _reading(f"List {records}", name, f"list_{records}", page, [*_SEVERAL, _PREFER])}
    if not entity.read_only:
        created = {"201": response("The record, where the client prefers it.", schema(name)), **_WRITTEN}
        more = {"requestBody": body(schema(f"{name}_create"))}
        found["POST"] = _writing(f"Create a {name}", name, f"create_{name}", created, [_PREFER], **more)
    return found


def _record(entity: type[Entity]) -> dict[str, Json]:
    name = entity.logical_name
    read = {"200": response(f"The {name}.", schema(name)), "304": response("It has not changed.")}
    found = {"GET": _reading(f"Retrieve a {name}", name, f"retrieve_{name}", read, [*_ONE, _PREFER, _NONE_MATCH])}
    if not entity.read_only:
        changed = {"200": response("The record, where the client prefers it.", schema(name)), **_WRITTEN}
        changed["201"] = response("The new record, where there was none.", schema(name))
        more = {"requestBody": body(schema(f"{name}_update"))}
        conditions = [_PREFER, _MATCH, _NONE_MATCH]
        found["PATCH"] = _writing(f"Change or create a {name}", name, f"upsert_{name}", changed, conditions, **more)
        found["DELETE"] = _writing(f"Delete a {name}", name, f"delete_{name}", _WRITTEN, [_MATCH])
    return found


def _property_name(entity: type[Entity]) -> Json:
    return parameter("property", "path", {"enum": list(entity.attributes())}, "The attribute.", required=True)


def _property(entity: type[Entity]) -> dict[str, Json]:
    name = entity.logical_name
    value = schema("property")
    read = {"200": response("The value.", value), "204": response("It has no value.")}
    found = {"GET": _reading(f"Retrieve a property of a {name}", name, f"retrieve_{name}_property", read, [])}
    if not entity.read_only:
        more = {"requestBody": body(value)}
        for method, verb in (("PUT", "set"), ("PATCH", "change")):
            id = f"{verb}_{name}_property"
            found[method] = _writing(f"Set a property of a {name}", name, id, _WRITTEN, [_MATCH], **more)
        found["DELETE"] = _writing(f"Clear a property of a {name}", name, f"clear_{name}_property", _WRITTEN, [_MATCH])
    return found


def _value(name: str) -> Json:
    plain = {"200": response("The value.", TEXT, media_type="text/plain"), "204": response("It has no value.")}
    return _reading(f"Retrieve a property of a {name} as plain text", name, f"retrieve_{name}_value", plain, [])


def _navigation(
    entity: type[Entity], navigation: Navigation, path: str, keyed: list[Json]
) -> Iterator[tuple[str, Json]]:
    name, id = entity.logical_name, f"{entity.logical_name}_{navigation.name}"
    title = f"{navigation.name} of a {name}"
    if not navigation.is_collection:
        read = {"200": response("The record.", schema(navigation.target)), "204": response("There is none.")}
        yield path, known("lookup", {"GET": _reading(f"Retrieve {title}", name, f"retrieve_{id}", read, _ONE)}, keyed)
        yield f"{path}/$ref", known("lookup ref", _lookup_links(title, name, id), keyed)
        return
    page = {"200": response("A page.", schema(f"{navigation.target}_page"))}
    listed = {"GET": _reading(f"List {title}", name, f"list_{id}", page, [*_SEVERAL, _PREFER])}
    if not ENTITIES[navigation.target].read_only:
        more = {"requestBody": body(schema(f"{navigation.target}_create"))}
        created = {"201": response("The record, where the client prefers it.", schema(navigation.target)), **_WRITTEN}
        listed["POST"] = _writing(f"Create one of {title}", name, f"create_{id}", created, [_PREFER], **more)
    yield path, known("collection", listed, keyed)
    yield f"{path}/$count", known("collection count", {"GET": _count(f"Count {title}", f"count_{id}", name)}, keyed)
    yield f"{path}/$ref", known("collection ref", _collection_links(title, name, id), keyed)
    related = parameter("related", "path", GUID, "The id of the record at the other end.", required=True)
    read = {"200": response("The record.", schema(navigation.target))}
    one = {"GET": _reading(f"Retrieve one of {title}", name, f"retrieve_one_{id}", read, _ONE)}
    unlink = {"DELETE": _writing(f"Unlink one of {title}", name, f"unlink_one_{id}", _WRITTEN, [])}
    yield f"{path}({{related}})", known("collection one", one, [*keyed, related])
    yield f"{path}({{related}})/$ref", known("collection one ref", unlink, [*keyed, related])


def _lookup_links(title: str, name: str, id: str) -> dict[str, Json]:
    read = {"200": response("The address of the record.", schema("reference")), "204": response("There is none.")}
    return {
        "GET": _reading(f"Retrieve the link {title}", name, f"link_{id}", read, []),
        "PUT": _writing(f"Set {title}", name, f"set_{id}", _WRITTEN, [_MATCH], requestBody=_LINK),
        "DELETE": _writing(f"Clear {title}", name, f"clear_{id}", _WRITTEN, [_MATCH]),
    }


def _collection_links(title: str, name: str, id: str) -> dict[str, Json]:
    page = {"200": response("The addresses of the records.", schema("references"))}
    which = parameter("$id", "query", TEXT, "The address of the record to unlink.", required=True)
    return {
        "GET": _reading(f"List the links {title}", name, f"links_{id}", page, []),
        "POST": _writing(f"Link one of {title}", name, f"add_{id}", _WRITTEN, [], requestBody=_LINK),
        "DELETE": _writing(f"Unlink one of {title}", name, f"unlink_{id}", _WRITTEN, [which]),
    }


def _count(title: str, id: str, tag: str) -> Json:
    number = response("The number, as plain text.", TEXT, media_type="text/plain")
    return _reading(title, tag, id, {"200": number}, [ref("parameters", "filter")])


def _reading(title: str, tag: str, id: str, responses: Json, parameters: list[Json]) -> Json:
    return operation(title, tag, id, {**responses, **errors(READING)}, parameters=parameters, security=TOKEN)


def _writing(title: str, tag: str, id: str, responses: Json, parameters: list[Json], **more: Json) -> Json:
    return operation(title, tag, id, {**responses, **errors(WRITING)}, parameters=parameters, security=TOKEN, **more)
