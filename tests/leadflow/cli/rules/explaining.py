"""Asking `leadflow rules explain`, and editing the rules that it goes by."""

from pathlib import Path
from typing import Any

from tests.command import Cli


def edit(folder: Path, old: str, new: str, file: str = "default.yaml") -> None:
    """Replace what stands in a rule file."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def explained(cli: Cli, *arguments: object, stdin: str = "") -> Any:
    """The one explanation that the command gives."""
    (explanation,) = cli.json("rules", "explain", *arguments, stdin=stdin)
    return explanation


def rules_of(side: Any) -> dict[str, Any]:
    """The rules of one side's trace, by id."""
    return {rule["rule"]: rule for rule in side["decision"]["trace"]}
