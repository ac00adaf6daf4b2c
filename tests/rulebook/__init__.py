"""A small rule book for tests: one rule for each outcome, a small organisation."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from rules.engine.live import LiveRules

FOLDER = Path(__file__).parent


@cache
def small_rules() -> LiveRules:
    """The rules of this folder, loaded once a process."""
    return LiveRules(FOLDER)


def edited_rules(folder: Path, **edits: Callable[[str], str]) -> LiveRules:
    """A copy in `folder`, with edits of its files by their names: `directory=...`, `default=...`."""
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name, edit in edits.items():
        path = folder / f"{name}.yaml"
        path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    return LiveRules(folder)
