"""The actions and functions of the Web API as its metadata declares them, and its own documents."""

from collections.abc import Iterator

from crm.entities import ENTITIES
from leadflow.api.openapi.parts import GUID, JSON, TEXT, Json, body, errors, operation, parameter, response
from leadflow.dataverse.csdl_operations import COMPLEX_TYPES, ENUMERATIONS, Operation, operations
from leadflow.dataverse.target import ALIAS, METADATA_SETS, NAMESPACE

_STATUSES = (400, 401, 403, 404, 405, 408, 412, 413, 414, 429, 501, 503)
_TOKEN: list[Json] = [{"token": []}]
_MULTIPART = "multipart/mixed"
_SIMPLE: dict[str, Json] = {
    "Edm.Boolean": {"type": "boolean"},
    "Edm.DateTimeOffset": {"type": "string", "format": "date-time"},
    "Edm.Guid": GUID,
    "Edm.Int32": {"type": "integer", "format": "int32"},
    "Edm.String": TEXT,
}
_CONTEXT: Json = {"@odata.context": TEXT}
# A record by its key or its link, or a new one, as an action's parameter.
_RECORD: Json = {"type": "object", "properties": {"@odata.type": TEXT, "@odata.id": TEXT}}


def action_paths() -> Iterator[tuple[str, Json]]:
    """By path: actions are sent, functions are read; then the service's own documents, and the batch."""
    for each in operations():
        path, item = _called(each)
        yield path, item
    yield "", {"get": _document("The service document", "service_document", JSON)}
    yield "$metadata", {"get": _document("The metadata, as CSDL", "csdl", "application/xml")}
    yield "$batch", {"post": _batch()}
    for name in METADATA_SETS:
        yield name, {"get": _document(f"Metadata: {name}", f"list_{name}", JSON)}


def _called(each: Operation) -> tuple[str, Json]:
    own = dict(each.parameters)
    path, tag, keyed = f"{each.name}", "operations", []
    if each.bound:
        bound_to = own.pop(next(iter(own)))
        entity = ENTITIES[_element(bound_to).removeprefix(f"{ALIAS}.")]
        tag, key = entity.logical_name, entity.primary_id
        keyed = [] if bound_to.startswith("Collection") else [parameter(key, "path", GUID, "Its id.", required=True)]
        path = f"{entity.entity_set}{f'({{{key}}})' if keyed else ''}/{NAMESPACE}.{each.name}"
    if each.kind == "Action":
        sent = _action(each, own, tag)
        return path, {"parameters": keyed, "post": sent} if keyed else {"post": sent}
    given = ",".join(f"{name}=@{name}" for name in own)
    return f"{path}({given})", {"get": _function(each, own)}


def _action(each: Operation, own: dict[str, str], tag: str) -> Json:
    shape: Json = {"type": "object", "properties": {name: _shape(kind) for name, kind in own.items()}}
    required = [name for name in own if name not in each.optional]
    more = {"requestBody": body({**shape, "required": required} if required else shape)}
    answers = _answers(each)
    return operation(each.name, tag, f"{each.name}_{tag}", answers, security=_TOKEN, **more)


def _function(each: Operation, own: dict[str, str]) -> Json:
    """Its parameters stand in the query, as aliases: text is quoted, objects are JSON."""
    given = [parameter(f"@{name}", "query", TEXT, f"{name}, as {kind}.", required=True) for name, kind in own.items()]
    return operation(each.name, "operations", each.name, _answers(each), parameters=given, security=_TOKEN)


def _answers(each: Operation) -> Json:
    done = {"204": response("It is done.")} if each.returns is None else {"200": _returned(each.returns)}
    return {**done, **errors(_STATUSES)}


def _returned(kind: str) -> Json:
    if kind.startswith("Collection"):
        found: Json = {"type": "object", "properties": {**_CONTEXT, "value": _shape(kind)}, "required": ["value"]}
    else:
        found = _shape(kind)
        found = {**found, "properties": {**_CONTEXT, **found["properties"]}}
    return response("What came of it.", found)


def _shape(kind: str) -> Json:
    """The schema of a type of the metadata."""
    if kind.startswith("Collection"):
        return {"type": "array", "items": _shape(_element(kind))}
    name = kind.removeprefix(f"{ALIAS}.")
    if name in ENUMERATIONS:
        return {"enum": list(ENUMERATIONS[name])}
    if name in COMPLEX_TYPES:
        inner = {field: _shape(each) for field, each in COMPLEX_TYPES[name].items() if _element(each) != kind}
        return {"type": "object", "properties": inner}
    return _SIMPLE.get(kind, _RECORD)


def _element(kind: str) -> str:
    return kind.removeprefix("Collection(").removesuffix(")")


def _document(title: str, id: str, media_type: str) -> Json:
    shape: Json = {"type": "object"} if media_type == JSON else TEXT
    found = {"200": response(title, shape, media_type=media_type), **errors(_STATUSES)}
    return operation(title, "metadata", id, found, security=_TOKEN)


def _batch() -> Json:
    """The whole answer has the status of the first request that failed."""
    found = {"200": response("The answers, one a part.", TEXT, media_type=_MULTIPART), **errors(_STATUSES)}
    more = {"requestBody": body(TEXT, media_types=(f"{_MULTIPART}; boundary=batch",))}
    return operation("Several requests at once", "operations", "batch", found, security=_TOKEN, **more)
