"""The JSON schemas (draft-07) by which an editor completes, explains and checks rule files while people type."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from rules.editing.schemas.directory import directory_schema
from rules.editing.schemas.rule_file import rule_file_schema
from rules.engine.values import Names

SCHEMAS: Mapping[str, Callable[[Names], dict[str, Any]]] = {
    "rule-file.schema.json": rule_file_schema,
    "directory.schema.json": directory_schema,
}
"""Each schema's file in the rules folder. The files of a rule book name it in their first line."""


def schema_texts(names: Names) -> dict[str, str]:
    """The text of every schema file, for a rule book that refers to these names."""
    return {file: json.dumps(schema(names), indent=1, ensure_ascii=False) + "\n" for file, schema in SCHEMAS.items()}


__all__ = ["SCHEMAS", "schema_texts"]
