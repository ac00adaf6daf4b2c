"""RetrieveMetadataChanges: definitions that a query as data describes (Dataverse's EntityQueryExpression)."""

from collections.abc import Callable
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_pascal

from leadflow.dataverse.errors import bad_query
from leadflow.dataverse.metadata.answering import represented
from leadflow.dataverse.metadata.catalogue import Catalogue
from leadflow.dataverse.metadata.definition import Definition, Definitions
from leadflow.dataverse.query.options import Options

_LONGEST = 16_384
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda actual, wanted: actual == wanted,
    "NotEquals": lambda actual, wanted: actual != wanted,
    "In": lambda actual, wanted: isinstance(wanted, list) and actual in wanted,
    "NotIn": lambda actual, wanted: isinstance(wanted, list) and actual not in wanted,
}
_BELOW = ("Attributes", "Keys", "OneToManyRelationships", "ManyToOneRelationships", "ManyToManyRelationships")


class Part(BaseModel):
    """Base of the parts of a query. What else they hold, such as a language, makes no difference here."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, alias_generator=to_pascal)


class Operand(Part):
    value: Any = None


class Condition(Part):
    property_name: str
    condition_operator: Literal["Equals", "NotEquals", "In", "NotIn"]
    value: Operand


class Criteria(Part):
    conditions: list[Condition] = []
    filter_operator: Literal["And", "Or"] = "And"


class Properties(Part):
    all_properties: bool = False
    property_names: list[str] = []


class Query(Part):
    """`properties` are those that come into the answer: all of them where none is named."""

    criteria: Criteria | None = None
    properties: Properties | None = None


class EntityQuery(Query):
    attribute_query: Query = Query()
    relationship_query: Query = Query()
    key_query: Query = Query()


def read_expression(text: str) -> EntityQuery:
    """Read a query. Raises InvalidInput, naming the place, for one that is not supported."""
    if len(text) > _LONGEST:
        raise bad_query(f"The query is longer than {_LONGEST} characters.")
    try:
        return EntityQuery.model_validate(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        raise bad_query(f"The query is not valid JSON: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(("Query", *map(str, first["loc"])))
        raise bad_query(f"{place} is not supported: {first['msg']}.") from None


def retrieved(catalogue: Catalogue, query: EntityQuery) -> list[dict[str, Any]]:
    """The entities that the query is about, with what it wants of them and below them."""
    entities = catalogue.sets["EntityDefinitions"]
    return [_shown(entity, entities.type, query, query) for entity in entities.items if _fits(entity, query)]


def _shown(definition: Definition, declared: str, wanted: Query, query: EntityQuery) -> dict[str, Any]:
    shown = represented(definition, declared, Options(select=_names(wanted)))
    for name in _BELOW:
        below = definition.navigations.get(name)
        if isinstance(below, Definitions) and _wants(wanted, name):
            of_below = _query_of(name, query)
            shown[name] = [_shown(one, below.type, of_below, query) for one in below.items if _fits(one, of_below)]
    for name in ("OptionSet", "GlobalOptionSet"):
        options = definition.navigations.get(name)
        if isinstance(options, Definition) and _wants(wanted, name):
            shown[name] = dict(options.values)
    return shown


def _query_of(name: str, query: EntityQuery) -> Query:
    return {"Attributes": query.attribute_query, "Keys": query.key_query}.get(name, query.relationship_query)


def _wants(query: Query, name: str) -> bool:
    names = _names(query)
    return names is None or name in names


def _names(query: Query) -> tuple[str, ...] | None:
    """The properties to select; None is all of them."""
    wanted = query.properties
    return None if wanted is None or wanted.all_properties else tuple(wanted.property_names)


def _fits(definition: Definition, query: Query) -> bool:
    if query.criteria is None or not query.criteria.conditions:
        return True
    results = (
        _OPERATORS[one.condition_operator](_plain(definition.values.get(one.property_name)), _plain(one.value.value))
        for one in query.criteria.conditions
    )
    return all(results) if query.criteria.filter_operator == "And" else any(results)


def _plain(value: Any) -> Any:
    """Texts compare without regard to letter case."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.casefold() if isinstance(value, str) else value
