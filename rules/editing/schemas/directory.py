"""The schema of directory.yaml. Keys that the directory holds already are offered; a new one is no mistake."""

from typing import Any, get_args

from rules.editing.schemas.parts import (
    DRAFT,
    Schema,
    described,
    list_of,
    object_of,
    object_with,
    one_of,
    one_of_few,
    one_or_list,
    reference,
)
from rules.editing.schemas.values import SECTIONS, keys
from rules.editing.schemas.words import WORDS
from rules.engine.directory import Directory, TeamMember
from rules.engine.outcome_specs import RequirementsSpec
from rules.engine.values import Names

_KEY = {"type": "string", "pattern": "^[a-z0-9]+([-_.][a-z0-9]+)*$", "maxLength": 64}
_WORD = {"type": "string", "minLength": 1, "maxLength": 64}
_CODE = {"type": "string", "pattern": "^[A-Z]{3}$"}
_TIME = {"type": "string", "pattern": "^[0-9]{1,2}:[0-9]{2}$"}
_DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def directory_schema(names: Names) -> dict[str, Any]:
    """The schema, with the keys of this directory."""
    fields = Directory.model_fields
    sections = {
        name: {"type": "object", "additionalProperties": object_of(get_args(fields[name].annotation)[1], _values())}
        for name in SECTIONS
    }
    top = object_of(Directory, sections | {"base_currency": reference("currencies")})
    new = dict.fromkeys(SECTIONS, _KEY) | {"currencies": _CODE}
    definitions = {name: one_of(keys(names.directory, name), new[name]) for name in SECTIONS}
    return {"$schema": DRAFT, **top, "definitions": definitions}


def _values() -> dict[str, Schema]:
    """What stands behind keys of entries, in whichever section."""
    member = {"anyOf": [reference("users"), object_of(TeamMember, {"user": reference("users")})]}
    return {
        "parent": reference("business_units"),
        "business_unit": reference("business_units"),
        "manager": reference("users"),
        "members": list_of(member),
        "team": reference("teams"),
        "working_hours": one_or_list(_hours()),
        "absences": one_or_list(_absence()),
        "missed_turns": one_of_few(WORDS["missed_turns"]),
        **dict.fromkeys(
            RequirementsSpec.model_fields, one_or_list({"type": "string", "minLength": 1, "maxLength": 64})
        ),
    }


def _hours() -> Schema:
    days = one_or_list({"type": "string"})
    properties = {
        "days": described(days, "Days of the week: mon-fri, or a list"),
        "from": described(_TIME, "When work begins, such as 09:00"),
        "to": described(_TIME, "When work ends, such as 17:30; at most 24:00"),
    }
    return object_with(properties, required=list(properties))


def _absence() -> Schema:
    properties = {
        "from": described(_DATE, "The first day of the absence"),
        "to": described(_DATE, "The last day of the absence"),
        "reason": {"type": "string", "description": "Why, for people"},
    }
    return object_with(properties, required=["from", "to"])
