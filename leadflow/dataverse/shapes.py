"""The shape of what a path addresses, as text: what can be done with a record, a set, a link, an action."""

from leadflow.dataverse.target import MetadataPath, Records, ServiceRoot, Target, Unbound


def shape_of(target: Target) -> str:
    """The row of ROUTES and PLANNERS that a target belongs to."""
    match target:
        case ServiceRoot():
            return "service"
        case MetadataPath():
            return "definitions"
        case Unbound(name=name):
            return f"unbound {name}"
        case Records(operation=str(operation)):
            return f"bound {operation}"
        case Records():
            return _shape_of_records(target)


def _shape_of_records(target: Records) -> str:
    if target.navigation is not None:
        many = "collection" if target.navigation.is_collection else "lookup"
        suffix = " ref" if target.ref else " count" if target.count else ""
        return f"{many}{' one' if target.related else ''}{suffix}"
    if target.attribute is not None:
        return "value" if target.value else "property"
    if target.ref:
        return "record ref" if target.key else "set ref"
    if target.count:
        return "count"
    return "record" if target.key else "set"
