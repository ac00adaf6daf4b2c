"""From YAML nodes to pydantic models: pydantic says what does not fit, the nodes say where."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from rules.engine.findings import Code, Findings, Place, Unfit, suggestion
from rules.engine.loader import Items, Table, Text, YamlNode

Model = TypeVar("Model", bound=BaseModel)


def read_as(model: type[Model], node: YamlNode, findings: Findings, raw: frozenset[str] = frozenset()) -> Model | None:
    """`node` as `model`, or None and the findings that say why. Values of keys in `raw` stay nodes."""
    try:
        return model.model_validate(plain(node, raw))
    except ValidationError as error:
        seen: set[tuple[Any, ...]] = set()
        for problem in error.errors(include_url=False):
            location = problem["loc"]
            if location not in seen and findings.takes("error"):
                seen.add(location)
                _report(model, node, problem, findings)
        return None


def plain(node: YamlNode, raw: frozenset[str] = frozenset()) -> Any:
    """Plain text, lists and dictionaries. An empty scalar stays an empty text."""
    if isinstance(node, Text):
        return node.text
    if isinstance(node, Items):
        return [plain(item, raw) for item in node.items]
    return {key: value if key in raw else plain(value, raw) for key, value in node.entries.items()}


def place_of(node: YamlNode, path: Sequence[int | str]) -> Place:
    """Where `path` leads, as far as it leads into `node`; a key's own position for the last step."""
    at = node.at
    for step in path:
        if isinstance(node, Table) and step in node.entries:
            at, node = node.keys[str(step)], node.entries[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            at = node.at
    return at


def _report(model: type[BaseModel], node: YamlNode, problem: Any, findings: Findings) -> None:
    location = problem["loc"]
    at = place_of(node, location)
    name = next((str(step) for step in reversed(location) if isinstance(step, str)), "this")
    if problem["type"] == "extra_forbidden":
        findings.error(Code.UNKNOWN_KEY, at, f"unknown key '{name}'", suggestion(name, _keys(model, location[:-1])))
    elif problem["type"] == "missing":
        remedy = f"Fill in '{' '.join(map(str, location[1:]))}', too" if at.heading else f"Add `{name}: ...` here"
        findings.error(Code.MISSING_KEY, at, f"'{name}' is missing", remedy)
    else:
        message, remedy = _unfit(model, problem)
        findings.error(
            Code.WRONG_SHAPE, at, f"{_written(node, location) or name}: {message[:1].lower()}{message[1:]}", remedy
        )


def _unfit(model: type[BaseModel], problem: Any) -> tuple[str, str]:
    """What is wrong with a value, and what to do."""
    cause = problem.get("ctx", {}).get("error")
    if isinstance(cause, Unfit):
        return cause.message, cause.remedy
    keys = _keys(model, problem["loc"]) if problem["type"] == "model_type" else []
    if keys:
        return "keys and values belong under it", f"Write one of: {', '.join(keys)}"
    return str(problem["msg"]).removeprefix("Value error, "), "Compare with _template.yaml"


def _written(node: YamlNode, location: Sequence[int | str]) -> str | None:
    """The last key of a location that the file has; further steps may be pydantic's own."""
    name = None
    for step in location:
        if isinstance(node, Table) and step in node.entries:
            name, node = str(step), node.entries[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return name


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def _keys(model: type[BaseModel], path: Sequence[int | str]) -> list[str]:
    """The keys that the model at `path` knows."""
    schema = _schema(model)
    definitions = schema.get("$defs", {})
    current: dict[str, Any] = schema
    for step in path:
        following = current.get("items") if isinstance(step, int) else current.get("properties", {}).get(step)
        by_key = [*current.get("patternProperties", {}).values(), current.get("additionalProperties")]
        following = following or by_key[0] or {}
        current = _resolved(following if isinstance(following, dict) else {}, definitions)
    return list(current.get("properties", {}))


def _resolved(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    for option in schema.get("anyOf", [schema]):
        if "$ref" in option:
            return dict(definitions[option["$ref"].rpartition("/")[2]])
        if option.get("type") in ("object", "array"):
            return dict(option)
    return schema
