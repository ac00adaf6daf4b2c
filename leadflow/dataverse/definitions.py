"""The metadata of entities as records: EntityDefinitions and what hangs on them. Everybody who is known may read it."""

from collections.abc import Awaitable, Callable
from typing import Any

from leadflow.dataverse.call import Answer, Call
from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.metadata.answering import check_one, chosen, represented
from leadflow.dataverse.metadata.catalogue import catalogue_of
from leadflow.dataverse.metadata.changes import read_expression, retrieved
from leadflow.dataverse.metadata.definition import Definition, Definitions
from leadflow.dataverse.metadata.paths import Place, follow
from leadflow.dataverse.query.options import Options, read_query
from leadflow.dataverse.target import NAMESPACE, MetadataPath, Unbound

_OPTIONS = ("$select", "$filter", "$expand", "$orderby", "$top", "$count")


async def get_definitions(call: Call) -> Answer:
    """What a path into the metadata leads to. There is no paging: all of it comes at once."""
    assert isinstance(call.target, MetadataPath)
    place = follow(catalogue_of(call.services.choices()), call.target.segments)
    options = read_query(call.query).only(*_OPTIONS, where="on metadata")
    match place.found:
        case Definitions() as found if place.count:
            return Answer(200, str(len(chosen(found, options)[0])).encode(), content_type="text/plain")
        case Definitions() as found:
            return Answer(200, _collection(call, place, found, options))
        case Definition() as found:
            check_one(found, options)
            context = _context(call, place, options, "/$entity")
            return Answer(200, {"@odata.context": context, **represented(found, place.declared, options)})
        case None:
            return Answer(204)
        case value:
            return Answer(200, {"@odata.context": f"{call.base}$metadata#{place.name}", "value": value})


async def retrieve_metadata_changes(call: Call) -> Answer:
    """The function RetrieveMetadataChanges: definitions that a query describes. Nothing is ever deleted."""
    query = read_expression(_parameter(call, "Query"))
    return Answer(
        200,
        {
            "@odata.context": f"{call.base}$metadata#{NAMESPACE}.RetrieveMetadataChangesResponse",
            "EntityMetadata": retrieved(catalogue_of(call.services.choices()), query),
            "ServerVersionStamp": "0!00/00/0000 00:00:00",
            "DeletedMetadata": None,
        },
    )


def _collection(call: Call, place: Place, found: Definitions, options: Options) -> dict[str, Any]:
    kept, number = chosen(found, options)
    return {
        "@odata.context": _context(call, place, options, ""),
        **({"@odata.count": number} if options.count else {}),
        "value": [represented(item, place.declared, options) for item in kept],
    }


def _context(call: Call, place: Place, options: Options, suffix: str) -> str:
    below = (f"{one.name}({','.join(one.options.select or ())})" for one in options.expand)
    columns = ",".join((*(options.select or ()), *below))
    return f"{call.base}$metadata#{place.name}{f'({columns})' if columns else ''}{suffix}"


def _parameter(call: Call, name: str) -> str:
    """The text of a function's parameter: in the parentheses, or in the query option that an alias there names."""
    assert isinstance(call.target, Unbound)
    given = next((one.text for one in call.target.segment.arguments or () if one.name == name), None)
    text = call.options.get(given or name) if given is None or given.startswith("@") else given
    if text is None:
        raise bad_query(f"The parameter {name} is missing: RetrieveMetadataChanges({name}=@p1)?@p1=<JSON>.")
    return text


ROUTES: dict[str, dict[str, Callable[[Call], Awaitable[Answer]]]] = {
    "definitions": {"GET": get_definitions},
    "unbound RetrieveMetadataChanges": {"GET": retrieve_metadata_changes},
}
