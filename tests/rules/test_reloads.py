"""Memory stays flat over five hundred reloads of edited rules, with decisions between them."""

import subprocess
import sys
from pathlib import Path

import pytest

from crm.choices import standard_choices
from rules.engine import evaluator
from tests.rules.books import condition, rule_file
from tests.rules.reloads import RELOADS, WARM_UP

ALLOWED_KB = 4_000
"""What Python may still spread; keeping every tenth of the reloads' engines would be more than twice as much."""


@pytest.mark.parametrize("way", ["engine", "live"])
def test_five_hundred_reloads_need_no_more_memory_than_one_hundred(way: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.rules.reloads", way, str(tmp_path)]
    root = Path(__file__).parents[2]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=170, cwd=root)
    assert ended.returncode == 0, ended.stderr[-2000:]
    warm, end = map(int, ended.stdout.split())
    assert end - warm < ALLOWED_KB, f"{end - warm:,} KB more after {RELOADS - WARM_UP} reloads"


def test_remembered_traces_stay_within_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluator, "MAX_REMEMBERED_IN_ALL", 30)
    tracing = evaluator.Evaluator(rule_file(*[condition(f"lastname: a{n}") for n in range(3)]), standard_choices())
    for number in range(200):
        first, *_ = tracing.trace({"lastname": f"a{number}"})
        assert first.matched == (number == 0) and first.conditions[0].actual == f"a{number}"
    kept = [len(part.made) for traced in tracing._traced for part in traced.conditions]
    assert len(kept) == 3 and max(kept) <= 10
