"""Records that the organisation's directory keeps: `rules/directory.yaml` says what they are, not a caller."""

from collections.abc import Mapping
from typing import Any

from crm.entities import Entity, SystemUser
from crm.errors import ErrorCode, InvalidInput, PermissionDenied

_REMEDY = "Change rules/directory.yaml, then run 'leadflow directory apply'."


def check_new(entity: type[Entity], values: Mapping[str, Any]) -> None:
    """Raises InvalidInput where a caller gives a record a key of the directory."""
    if "lf_key" in entity.attributes() and values.get("lf_key") is not None:
        raise InvalidInput(f"lf_key is the record's key in the organisation's directory. {_REMEDY}")


def check_existing(record: Entity) -> None:
    """Raises PermissionDenied for a record that the directory keeps."""
    if getattr(record, "lf_key", None) is not None:
        raise PermissionDenied(
            f"The {record.logical_name} is kept in the organisation's directory. {_REMEDY}",
            code=ErrorCode.ACCESS_DENIED,
        )


def check_deletion(record: Entity) -> None:
    """Raises PermissionDenied for a user, and for a record that the directory keeps."""
    if isinstance(record, SystemUser):
        raise PermissionDenied(
            "Users are never deleted, since records name them. Set isdisabled instead.", code=ErrorCode.ACCESS_DENIED
        )
    check_existing(record)
