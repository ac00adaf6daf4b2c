"""Every error that a caller of leadflow can meet, as one tree.

    LeadflowError                 has a `code` (Dataverse's where Dataverse has one) and says whether a retry can help
      InvalidInput                the caller sent something that no attribute, option or parameter accepts
      NotFound                    the record that the caller named does not exist
      StateConflict               the record's state does not allow what was asked
      PermissionDenied            the caller may not do this
      Misconfigured               the installation, a rule file or the directory is wrong; an operator must act
      Unavailable                 a part that is needed does not answer now; the same call may succeed later (retryable)

`activities/errors.py` turns these into Temporal's ApplicationError. Messages say what, where, and what to do.
"""


class ErrorCode:
    """Dataverse error codes that leadflow uses (Microsoft: Web service error codes)."""

    LEAD_ALREADY_CLOSED = "0x80040519"
    LEAD_ALREADY_OPEN = "0x80040518"
    LEAD_NOT_FOUND = "0x80040501"
    RECORD_NOT_FOUND = "0x80040217"
    INVALID_STATUS_FOR_STATE = "0x80048408"
    INVALID_ARGUMENT = "0x80040203"
    STRING_TOO_LONG = "0x80044331"
    INTEGER_OUT_OF_RANGE = "0x8004432f"
    DECIMAL_OUT_OF_RANGE = "0x80044330"
    INVALID_OPTION = "0x8004431a"
    DUPLICATE_RECORD = "0x80040237"
    DUPLICATES_FOUND = "0x80040333"
    KEY_EXISTS = "0x80060892"
    DELETE_BLOCKED = "0x80040227"
    VERSION_MISMATCH = "0x80060882"
    UNKNOWN_PROPERTY = "0x80060888"
    CANNOT_PARSE = "0x80048d19"
    PRIVILEGE_DENIED = "0x80040220"
    ACCESS_DENIED = "0x80048306"
    UNEXPECTED = "0x80040216"


class LeadflowError(Exception):
    """Base of the tree. `str(error)` is the message for people; `code` is for programs."""

    retryable = False
    default_code = ErrorCode.UNEXPECTED

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code


class InvalidInput(LeadflowError):
    default_code = ErrorCode.INVALID_ARGUMENT


class NotFound(LeadflowError):
    default_code = ErrorCode.RECORD_NOT_FOUND


class StateConflict(LeadflowError):
    default_code = ErrorCode.LEAD_ALREADY_CLOSED


class PermissionDenied(LeadflowError):
    default_code = ErrorCode.PRIVILEGE_DENIED


class Misconfigured(LeadflowError):
    default_code = ErrorCode.UNEXPECTED


class Unavailable(LeadflowError):
    retryable = True


def missing(entity: str, id: object) -> NotFound:
    """The error for a record that does not exist, or not for whoever asks; in Dataverse's words."""
    return NotFound(f"{entity} With Id = {id} Does Not Exist")
