"""What schemas are made of."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"

SWITCH: Schema = {
    "anyOf": [
        {"type": "string", "const": "yes"},
        {"type": "string", "const": "no"},
        {"type": "boolean"},
        {"type": "string", "pattern": "^([yY][eE][sS]|[nN][oO]|[oO][nN]|[oO][fF][fF])$"},
    ]
}
TEXT: Schema = {"type": ["string", "number", "boolean"]}


def reference(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def described(schema: Schema, description: str | None) -> Schema:
    """With this description, where there is one. Beside $ref, validators ignore it, and editors show it."""
    return {**schema, "description": description} if description else schema


def one_of(words: Mapping[str, str], *others: Schema) -> Schema:
    """One of these words, or what `others` allow. Pointing at a word, one reads what it means."""
    known = ({"type": "string", "const": word, "description": meaning} for word, meaning in words.items())
    return {"anyOf": [*known, *others]}


def one_of_few(words: Mapping[str, str]) -> Schema:
    """One of a few words. Pointing at one of them, or at its key, one reads what all of them mean."""
    return {"type": "string", "enum": list(words), "enumDescriptions": list(words.values())}


def list_of(item: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": item, **more}


def one_or_list(item: Schema) -> Schema:
    return {"anyOf": [item, list_of(item, minItems=1)]}


def object_with(properties: Mapping[str, Schema], **more: Any) -> Schema:
    return {"type": "object", "additionalProperties": False, **more, "properties": dict(properties)}


def object_of(model: type[BaseModel], values: Mapping[str, Schema], **more: Any) -> Schema:
    """A mapping with the keys of `model`: `values` says what stands behind some of them, the model the rest."""
    whole = model.model_json_schema()
    definitions = whole.get("$defs", {})
    properties = {
        name: described(values.get(name) or _as_written(whole["properties"][name], definitions), field.description)
        for name, field in model.model_fields.items()
    }
    required = {"required": whole["required"]} if "required" in whole else {}
    return object_with(properties, **required, **more)


def _as_written(part: Any, definitions: Mapping[str, Any]) -> Any:
    """pydantic's schema of a value with what people write for it: yes and no, and nothing at all instead of null."""
    if isinstance(part, list):
        return [_as_written(item, definitions) for item in part if item != {"type": "null"}]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _as_written(definitions[part["$ref"].rpartition("/")[2]], definitions)
    if part.get("type") == "boolean":
        return described(SWITCH, part.get("description"))
    kept = {key: _as_written(value, definitions) for key, value in part.items() if key not in ("default", "title")}
    options = kept.get("anyOf", [])
    return (
        {**{key: value for key, value in kept.items() if key != "anyOf"}, **options[0]} if len(options) == 1 else kept
    )
