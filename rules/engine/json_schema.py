"""The JSON schema (draft-07) of a rule file, for completion and checks in an editor. All of it derives from the tables.

`python -m rules.engine.json_schema rules` writes rules/rule-file.schema.json anew.
"""

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from crm.choices import ChoiceBook
from rules.engine.check import read_rules
from rules.engine.fields import FieldSpec, FieldType, readable_fields
from rules.engine.operators import OPERATORS, Operator, Shape
from rules.engine.outcomes import OtherwiseSpec, OutcomeSpec
from rules.engine.roster import RosterSpec
from rules.engine.schema import ContextSpec, ExpectSpec
from rules.engine.sources import RuleSources
from rules.strategies import STRATEGIES

SCHEMA_FILE = "rule-file.schema.json"
_ID = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 64}
_SWITCH = {"enum": [True, False, "yes", "no"]}
_DURATION = {"type": "string", "pattern": "^[0-9]{1,6}\\s+([mM]inute|[hH]our|[dD]ay)s?$"}
_DAY = ", in UTC, such as 2025-01-31; or a time with its offset, such as 2025-01-31T17:00+01:00"
_TEXT = {"type": ["string", "number", "boolean"]}
_VALUES: dict[FieldType, dict[str, Any]] = {
    FieldType.WHOLE: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: _SWITCH,
    FieldType.TIME: {"type": "string"},
    FieldType.REFERENCE: {"type": "string", "format": "uuid"},
    FieldType.COUNTRY: {"type": "string", "description": "ISO 3166 code with two letters, such as DE"},
}


def rule_file_schema(choices: ChoiceBook) -> dict[str, Any]:
    """The schema, with the labels of these option sets."""
    fields = readable_fields().values()
    types = {_type_name(spec): _condition(spec, choices) for spec in fields}
    conditions = {
        spec.name: {"description": spec.description, "allOf": [{"$ref": f"#/definitions/{_type_name(spec)}"}]}
        for spec in fields
    }
    group = {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/when"}}
    when = {
        "type": "object", "minProperties": 1, "additionalProperties": False,
        "properties": {"all": group, "any": group, "none": group} | conditions,
    }  # fmt: skip
    values = {
        spec.name: {"$ref": f"#/definitions/{_type_name(spec)}/definitions/value"}
        for spec in fields
        if _in_example(spec)
    }
    lead = {"type": "object", "additionalProperties": False, "properties": values}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Rules that say where leads go",
        "type": "object",
        "required": ["otherwise"],
        "additionalProperties": False,
        "properties": _top(),
        "definitions": {
            "when": when,
            "lead": lead,
            "then": _spec(OutcomeSpec),
            "otherwise": _spec(OtherwiseSpec),
            **types,
        },
    }


def rendered(choices: ChoiceBook) -> str:
    """The schema file's text."""
    return json.dumps(rule_file_schema(choices), indent=1, ensure_ascii=False) + "\n"


def _top() -> dict[str, Any]:
    rule = {
        "type": "object", "required": ["id", "when", "then"], "additionalProperties": False,
        "properties": {
            "id": {**_ID, "description": "Unique in the rule book, never reused"},
            "description": {"type": "string", "maxLength": 300},
            "rank": {"type": "integer", "description": "With hit_policy priority: the lower one decides"},
            "valid_from": {"type": "string", "description": f"The first day on which the rule counts{_DAY}"},
            "valid_until": {"type": "string", "description": f"The last day on which the rule counts{_DAY}"},
            "when": {"$ref": "#/definitions/when"}, "then": {"$ref": "#/definitions/then"},
        },
    }  # fmt: skip
    table = {
        "type": "object", "required": ["table"], "additionalProperties": False,
        "properties": {
            "table": {"type": "string", "description": "A rule table beside this file: each of its rows is a rule"},
            "rank": {"type": "integer", "description": "With hit_policy priority: for rows without a rank"},
        },
    }  # fmt: skip
    example = {
        "type": "object", "required": ["lead", "expect"], "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "maxLength": 120}, "lead": {"$ref": "#/definitions/lead"},
            "context": _spec(ContextSpec), "roster": _spec(RosterSpec), "expect": _spec(ExpectSpec),
        },
    }  # fmt: skip
    policies = {"enum": ["first", "unique", "priority"], "description": "Which rule decides when several match"}
    return {
        "business_unit": {"type": "string", "description": "The file's name without .yaml"},
        "channel_partner": {"type": "string", "description": "The file's name without .yaml"},
        "description": {"type": "string", "maxLength": 300},
        "hit_policy": policies,
        "rules": {"type": "array", "items": {"anyOf": [rule, table]}},
        "otherwise": {"$ref": "#/definitions/otherwise"},
        "examples": {"type": "array", "items": example},
    }


def _type_name(spec: FieldSpec) -> str:
    """The name under which the schema defines what a field of this type may be compared with."""
    return spec.option_set or spec.type.value.replace(" ", "-")


def _in_example(spec: FieldSpec) -> bool:
    return spec.name == "source" or not spec.derived


def _value(spec: FieldSpec, choices: ChoiceBook) -> dict[str, Any]:
    if spec.option_set:
        labels = [option.label for option in choices[spec.option_set].options]
        return {"anyOf": [{"enum": labels}, {"type": "integer"}]}
    return _VALUES.get(spec.type, _TEXT)


def _condition(spec: FieldSpec, choices: ChoiceBook) -> dict[str, Any]:
    """A value, a list of values, or operators; `value` is defined inside."""
    value = {"$ref": f"#/definitions/{_type_name(spec)}/definitions/value"}
    allowed = [operator for operator in OPERATORS.values() if spec.type in operator.types]
    operators = {
        "type": "object", "minProperties": 1, "additionalProperties": False,
        "properties": {operator.name: _operand(operator, value) for operator in allowed},
    }  # fmt: skip
    bare = [value, {"type": "array", "minItems": 1, "items": value}] if spec.type is not FieldType.TIME else []
    return {"definitions": {"value": _value(spec, choices)}, "anyOf": [*bare, operators]}


def _operand(operator: Operator, value: dict[str, Any]) -> dict[str, Any]:
    listed = {"type": "array", "items": value}
    shapes: dict[Shape, dict[str, Any]] = {
        Shape.VALUES: {"anyOf": [value, listed | {"minItems": 1}]},
        Shape.VALUE: value,
        Shape.PAIR: listed | {"minItems": 2, "maxItems": 2},
        Shape.PATTERN: {"type": "string", "minLength": 1},
        Shape.DURATION: _DURATION,
        Shape.SWITCH: _SWITCH,
    }
    return {**shapes[operator.shape], "description": operator.description}


def _spec(model: type[BaseModel]) -> dict[str, Any]:
    """A model's own schema, with the words that editors write for yes, no and durations."""
    schema = model.model_json_schema()
    inlined = _written_form(schema, schema.get("$defs", {}))
    assert isinstance(inlined, dict)
    return inlined


def _written_form(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_written_form(item, definitions) for item in part if item != {"type": "null"}]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _written_form(definitions[part["$ref"].rpartition("/")[2]], definitions)
    if part.get("format") == "duration":
        return _DURATION
    if part.get("type") == "boolean":
        return _SWITCH
    kept = {key: value for key, value in part.items() if key not in ("$defs", "default", "title")}
    properties = kept.pop("properties", None)
    written = {key: _written_form(value, definitions) for key, value in kept.items()}
    if properties is not None:
        written["properties"] = {name: _named(name, value, definitions) for name, value in properties.items()}
    return written


def _named(name: str, value: Any, definitions: dict[str, Any]) -> Any:
    if name == "strategy":
        return {"enum": list(STRATEGIES), "description": "How the team takes turns"}
    return _written_form(value, definitions)


def main() -> None:
    folder = Path(sys.argv[1])
    book = read_rules(RuleSources.from_folder(folder)).book
    if book is None:
        raise SystemExit("the rule files do not check; run `leadflow rules check`")
    (folder / SCHEMA_FILE).write_text(rendered(book.choices), encoding="utf-8")


if __name__ == "__main__":
    main()
