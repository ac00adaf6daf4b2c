"""Definitions as JSON: filtered, ordered, with the properties and the definitions below that a client wants."""

from collections.abc import Iterable
from typing import Any

from leadflow.dataverse.errors import bad_query, unknown_property
from leadflow.dataverse.metadata.definition import Definition, Definitions
from leadflow.dataverse.metadata.filtering import matches, read_filter
from leadflow.dataverse.query.options import Options
from leadflow.dataverse.target import NAMESPACE

_ALWAYS = "MetadataId"


def chosen(definitions: Definitions, options: Options) -> tuple[list[Definition], int]:
    """The definitions that the options leave, in order, and how many there are without $top."""
    _check(definitions.type, definitions.items, options)
    kept = list(definitions.items)
    if options.filter is not None:
        condition = read_filter(options.filter)
        kept = [item for item in kept if matches(condition, item)]
    for sort in reversed(options.orderby):
        kept.sort(key=lambda item: _order_of(item.values.get(sort.path[0])), reverse=sort.descending)
    return kept[: options.top], len(kept)


def represented(definition: Definition, declared: str, options: Options) -> dict[str, Any]:
    """One definition. Its type is named where it is not the declared one; its MetadataId is always there."""
    shown: dict[str, Any] = {} if definition.type == declared else {"@odata.type": f"#{NAMESPACE}.{definition.type}"}
    if options.select is None:
        shown.update(definition.values)
    else:
        wanted = {*options.select, _ALWAYS}
        shown.update((name, value) for name, value in definition.values.items() if name in wanted)
    for one in options.expand:
        if one.name in definition.navigations:
            shown[one.name] = _expanded(definition.navigations[one.name], one.options)
    return shown


def check_one(definition: Definition, options: Options) -> None:
    """Raises InvalidInput where the options name a property that the definition has not, or are for collections."""
    if options.filter is not None or options.orderby or options.top is not None or options.count:
        raise bad_query("$filter, $orderby, $top and $count are for collections; this is one definition.")
    _check(definition.type, (definition,), options)


def _expanded(below: Definition | Definitions | None, options: Options) -> Any:
    match below:
        case Definitions():
            kept, _ = chosen(below, options)
            return [represented(item, below.type, options) for item in kept]
        case Definition():
            check_one(below, options)
            return represented(below, below.type, options)
    return None


def _check(kind: str, items: Iterable[Definition], options: Options) -> None:
    """Definitions of one kind may differ in their properties (MaxLength): one that some have is accepted for all."""
    known = {name for item in items for name in item.properties}
    filtered = read_filter(options.filter).names if options.filter is not None else ()
    for name in (*(options.select or ()), *filtered, *(sort.path[0] for sort in options.orderby)):
        if known and name not in known:
            raise unknown_property(name, kind)
    below = {name for item in items for name in item.navigations}
    for one in options.expand:
        if known and one.name not in below:
            raise unknown_property(one.name, kind)


def _order_of(value: Any) -> tuple[bool, str]:
    """Nothing comes first; all else as text, whatever its letter case."""
    return (value is not None, str(value).casefold())
