"""A small rule book for tests: one rule for each outcome, a small organisation."""

from functools import cache
from pathlib import Path

from rules.engine.live import LiveRules

FOLDER = Path(__file__).parent


@cache
def small_rules() -> LiveRules:
    """The rules of this folder, loaded once a process."""
    return LiveRules(FOLDER)
