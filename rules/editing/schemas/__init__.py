"""The JSON schemas (draft-07) by which an editor completes, explains and checks rule files while people type."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rules.editing.schemas.directory import directory_schema
from rules.editing.schemas.rule_file import rule_file_schema
from rules.engine.values import Names

SCHEMAS: Mapping[str, Callable[[Names], dict[str, Any]]] = {
    "rule-file.schema.json": rule_file_schema,
    "directory.schema.json": directory_schema,
}
"""Each schema's file in the rules folder. The files of a rule book name it in their first line."""


def stale_schemas(folder: Path, names: Names) -> dict[str, str]:
    """The schema files in the folder that are missing or say something else, with the text that they should have."""
    return {
        file: text
        for file, text in schema_texts(names).items()
        if not (folder / file).is_file() or (folder / file).read_bytes() != text.encode()
    }


def schema_texts(names: Names) -> dict[str, str]:
    """The text of every schema file, for a rule book that refers to these names."""
    return {file: json.dumps(schema(names), indent=1, ensure_ascii=False) + "\n" for file, schema in SCHEMAS.items()}


__all__ = ["SCHEMAS", "schema_texts", "stale_schemas"]
