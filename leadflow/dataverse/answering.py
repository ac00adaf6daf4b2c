"""From a request to its answer: the path is resolved, its handler found, and whatever goes wrong becomes an answer."""

from collections.abc import Mapping

from crm.security import Caller
from leadflow.dataverse.batch import answer_batch
from leadflow.dataverse.call import Answer, Call, Services
from leadflow.dataverse.errors import MethodNotAllowed, bad_segment
from leadflow.dataverse.failures import guarded
from leadflow.dataverse.path import parse_path
from leadflow.dataverse.preferences import refuse_impersonation
from leadflow.dataverse.routes import ROUTES, Handler
from leadflow.dataverse.shapes import shape_of
from leadflow.dataverse.target import Target, Unbound, resolve


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
    return await guarded(_answer(services, caller, method, path, base, query, headers or {}, body))


async def _answer(
    services: Services,
    caller: Caller,
    method: str,
    path: str,
    base: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> Answer:
    refuse_impersonation(headers)
    target = resolve(parse_path(path))
    call = Call(services, caller, method, target, base, query, headers, body)
    if isinstance(target, Unbound) and target.name == "$batch":
        return await answer_batch(call, answer)
    return await handler_of(target, method)(call)


def handler_of(target: Target, method: str) -> Handler:
    """What answers `method` on `target`. Raises MethodNotAllowed, naming what it takes instead, or NotFound."""
    shape = shape_of(target)
    methods = ROUTES.get(shape, {})
    if method in methods:
        return methods[method]
    if not methods:
        raise bad_segment(f"Resource not found for the segment '{shape.partition(' ')[2] or shape}'.")
    raise MethodNotAllowed(
        f"The method {method} is not allowed here; allowed are {', '.join(sorted(methods))}.", methods
    )
