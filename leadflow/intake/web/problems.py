"""What goes wrong, as JSON problem details (RFC 9457): a status, a sentence, and for a bad lead each field."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from crm.errors import LeadflowError, StateConflict
from leadflow.dataverse.errors import MethodNotAllowed, headers_of, status_of
from leadflow.dataverse.failures import failed

Endpoint = Callable[[Request], Awaitable[Response]]
MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field of the body, by the name that the sender gave it, and what to do."""

    field: str
    problem: str


class Refused(LeadflowError):
    """A request that intake does not take, with the status of its answer."""

    def __init__(self, status: HTTPStatus, message: str, *, errors: Sequence[FieldProblem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.errors = tuple(errors)


def bad_request(message: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, message)


def bad_fields(errors: Sequence[FieldProblem]) -> Refused:
    """The body cannot be a lead."""
    count = "1 field" if len(errors) == 1 else f"{len(errors)} fields"
    message = f"The lead was not taken: {count} cannot be used. Correct what 'errors' says, and send it again."
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, message, errors=errors)


def problem(error: LeadflowError) -> Response:
    """The answer to an error."""
    status = HTTPStatus(_status(error))
    body: dict[str, object] = {"title": status.phrase, "status": status.value, "detail": error.message}
    if isinstance(error, Refused) and error.errors:
        body["errors"] = [asdict(each) for each in error.errors]
    return Response(orjson.dumps(body), status, headers_of(error), MEDIA_TYPE)


def _status(error: LeadflowError) -> int:
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, StateConflict):
        return HTTPStatus.CONFLICT
    return status_of(error)


@dataclass(frozen=True)
class ByMethod:
    """Answers every method on a path: those that there are by their endpoints, any other with which these are."""

    endpoints: Mapping[str, Endpoint]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await (await self._answered(request))(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        try:
            endpoint = self.endpoints.get("GET" if request.method == "HEAD" else request.method)
            if endpoint is None:
                allowed = ", ".join(sorted(self.endpoints))
                raise MethodNotAllowed(f"The method is not allowed here; allowed are {allowed}.", self.endpoints)
            return await endpoint(request)
        except LeadflowError as error:
            return problem(error)
        except Exception as error:  # a defect of ours: the log has it under the number that the client gets
            return problem(LeadflowError(failed(error).body["error"]["message"]))
