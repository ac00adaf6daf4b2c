"""The parameters of an action, as its body has them. Each function raises InvalidInput, which names the parameter."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from crm.entities import ENTITIES
from crm.requests import EntityReference
from leadflow.dataverse.drafts import Source
from leadflow.dataverse.errors import bad_body, bad_query
from leadflow.dataverse.path import as_guid
from leadflow.dataverse.references import read_reference
from leadflow.dataverse.target import short_name

_INSTANCE = "businessprocessflowinstanceid"  # the key of every business process flow's records


def check_names(body: Mapping[str, Any], known: Collection[str]) -> None:
    """Raises where the body has a parameter that the action does not take."""
    for name in body:
        if name not in known and not name.startswith("@odata."):
            raise bad_query(f"The parameter '{name[:100]}' is not one of this action's: {', '.join(known)}.")


def required(body: Mapping[str, Any], name: str) -> Any:
    if body.get(name) is None:
        raise bad_query(f"Required field '{name}' is missing.")
    return body[name]


def boolean(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise bad_body(f"{name} must be true or false.")
    return value


def number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise bad_body(f"{name} must be a whole number of 32 bits.")
    return value


def record(
    source: Source, body: Mapping[str, Any], name: str, *, otherwise: str | None = None
) -> EntityReference | None:
    """The record that a parameter names: an object with `@odata.type` and its key, or with `@odata.id`; None for null.

    With `otherwise`, the entity that the parameter is declared with, the type may be left out, and a bare GUID do.
    """
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, str) and otherwise is not None:
        return _reference(name, otherwise, value)
    if not isinstance(value, dict):
        raise bad_body(f"{name} must be an object with @odata.type and the record's key.")
    if "@odata.id" in value:
        entity, id = read_reference(
            source.connection, source.caller, value["@odata.id"], *ENTITIES, where=f"@odata.id of {name}"
        )
        return EntityReference(logicalname=entity.logical_name, id=id)
    kind = _type(name, value.get("@odata.type"), otherwise)
    key = ENTITIES[kind].primary_id if kind in ENTITIES else _INSTANCE
    return _reference(name, kind, value.get(key), key)


def _type(name: str, given: object, otherwise: str | None) -> str:
    if given is None and otherwise is not None:
        return otherwise
    if not isinstance(given, str) or not given:
        raise bad_body(f"{name} needs @odata.type, such as Microsoft.Dynamics.CRM.account.")
    kind = short_name(given.removeprefix("#"))
    if otherwise is not None and kind != otherwise:
        raise bad_body(f"{name} must be a record of {otherwise}.")
    if len(kind) > 100:
        raise bad_body(f"{name}: there is no type of this name.")
    return kind


def _reference(name: str, kind: str, id: object, key: str | None = None) -> EntityReference:
    guid: UUID | None = as_guid(id) if isinstance(id, str) else None
    if guid is None:
        raise bad_body(f"{name} must give the record's GUID" + (f" as {key}." if key else "."))
    return EntityReference(logicalname=kind, id=guid)
