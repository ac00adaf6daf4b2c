"""From a request to its answer: the path is resolved, its handler found, and whatever goes wrong becomes an answer."""

import logging
from collections.abc import Mapping
from uuid import uuid4

from crm.errors import LeadflowError
from crm.security import Caller
from leadflow.dataverse.batch import answer_batch
from leadflow.dataverse.call import Answer, Call, Services
from leadflow.dataverse.errors import MethodNotAllowed, bad_segment, error_body, headers_of, status_of
from leadflow.dataverse.path import parse_path
from leadflow.dataverse.routes import ROUTES, Handler
from leadflow.dataverse.target import MetadataPath, Records, ServiceRoot, Target, Unbound, resolve

_LOG = logging.getLogger("leadflow.api")


async def answer(
    services: Services,
    caller: Caller,
    method: str,
    path: str,
    *,
    base: str,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Answer one request. `path` is relative to the service's root, as it came. Never raises."""
    try:
        target = resolve(parse_path(path))
        call = Call(services, caller, method, target, base, query, headers or {}, body)
        if isinstance(target, Unbound) and target.name == "$batch":
            return await answer_batch(call, answer)
        return await handler_of(target, method)(call)
    except LeadflowError as error:
        return failed(error)
    except Exception as error:  # a defect of ours: the client gets a number under which the log has it
        return unexpected(error)


def failed(error: LeadflowError) -> Answer:
    return Answer(status_of(error), error_body(error), headers_of(error))


def unexpected(error: Exception) -> Answer:
    """The answer to a defect: a number for the client, everything for the log."""
    number = uuid4()
    _LOG.error("unexpected error %s", number, exc_info=error)
    return failed(LeadflowError(f"An unexpected error occurred. The service's log has it under {number}."))


def handler_of(target: Target, method: str) -> Handler:
    """What answers `method` on `target`. Raises MethodNotAllowed, naming what it takes instead, or NotFound."""
    shape = _shape(target)
    methods = ROUTES.get(shape, {})
    if method in methods:
        return methods[method]
    if not methods:
        raise bad_segment(f"Resource not found for the segment '{shape.partition(' ')[2] or shape}'.")
    raise MethodNotAllowed(f"The method {method} is not allowed here; allowed are {', '.join(sorted(methods))}.")


def _shape(target: Target) -> str:
    """The row of ROUTES that a target belongs to."""
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
