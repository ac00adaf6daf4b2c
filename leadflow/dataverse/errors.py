"""Errors as Dataverse answers them: an HTTP status, and a body with a code and a message."""

from collections.abc import Iterable

from crm.errors import (
    ErrorCode,
    InvalidInput,
    LeadflowError,
    Misconfigured,
    NotFound,
    PermissionDenied,
    StateConflict,
    Unavailable,
)

BAD_SEGMENT = "0x8006088a"
KEY_NOT_FOUND = "0x80060891"
BAD_REQUEST = "0x80060888"
NOT_IMPLEMENTED = "0x80060800"

# The first that fits says the status.
_STATUS_OF: tuple[tuple[type[LeadflowError], int], ...] = (
    (NotFound, 404),
    (PermissionDenied, 403),
    (Unavailable, 503),
    (Misconfigured, 500),
    (InvalidInput, 400),
    (StateConflict, 400),
)
_STATUS_OF_CODE = {
    ErrorCode.VERSION_MISMATCH: 412,
    ErrorCode.DUPLICATE_RECORD: 412,
    ErrorCode.DUPLICATES_FOUND: 412,
    ErrorCode.KEY_EXISTS: 412,
    ErrorCode.DELETE_BLOCKED: 405,
    ErrorCode.PRIVILEGE_DENIED: 403,
}


class MethodNotAllowed(LeadflowError):
    """The path is known, the method is not among those that it takes."""

    default_code = BAD_REQUEST

    def __init__(self, message: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(message)
        methods = set(allowed)
        self.allowed = sorted(methods | ({"HEAD"} if "GET" in methods else set()))


class Unauthenticated(LeadflowError):
    """Nobody knows who calls: there is no token, or not a valid one. `challenge` is for WWW-Authenticate."""

    default_code = ErrorCode.PRIVILEGE_DENIED

    def __init__(self, message: str, *, code: str | None = None, challenge: str = "Bearer") -> None:
        super().__init__(message, code=code)
        self.challenge = challenge


class TooManyRequests(LeadflowError):
    """A service-protection limit is reached. `seconds` says when to try again."""

    retryable = True
    default_code = "0x80072322"

    def __init__(self, message: str, *, code: str, seconds: int) -> None:
        super().__init__(message, code=code)
        self.seconds = seconds


class TooLarge(LeadflowError):
    """The request is larger than this service takes."""

    default_code = BAD_REQUEST


class UriTooLong(LeadflowError):
    """The address of the request, with its query, is longer than this service takes."""

    default_code = BAD_REQUEST


class TooSlow(LeadflowError):
    """The request did not come in whole within its time."""

    default_code = BAD_REQUEST


_STATUS_OF_OURS: dict[type[LeadflowError], int] = {
    MethodNotAllowed: 405,
    TooLarge: 413,
    TooSlow: 408,
    TooManyRequests: 429,
    Unauthenticated: 401,
    UriTooLong: 414,
}


def bad_query(message: str) -> InvalidInput:
    """An OData query that cannot be answered."""
    return InvalidInput(message, code=BAD_REQUEST)


def bad_segment(message: str) -> NotFound:
    """A path that leads nowhere."""
    return NotFound(message, code=BAD_SEGMENT)


def bad_body(message: str) -> InvalidInput:
    """A body that is no JSON, or not of the shape that the request needs."""
    return InvalidInput(message, code=ErrorCode.CANNOT_PARSE)


def unknown_property(name: str, entity: str) -> InvalidInput:
    return bad_query(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{entity}'.")


def status_of(error: LeadflowError) -> int:
    """The HTTP status of an error."""
    if type(error) in _STATUS_OF_OURS:
        return _STATUS_OF_OURS[type(error)]
    if error.code in _STATUS_OF_CODE:
        return _STATUS_OF_CODE[error.code]
    return next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)


def headers_of(error: LeadflowError) -> dict[str, str]:
    """The headers of an error's answer."""
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": error.challenge}
    if isinstance(error, MethodNotAllowed) and error.allowed:
        return {"Allow": ", ".join(error.allowed)}
    if isinstance(error, TooSlow | TooLarge):
        return {"Connection": "close"}  # the rest of the body is not waited for
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.seconds)}
    return {"Retry-After": "5"} if error.retryable else {}


def error_body(error: LeadflowError) -> dict[str, object]:
    """The body of an error's answer."""
    return {"error": {"code": error.code, "message": error.message}}
