"""Memory stays flat over five hundred reloads of edited rules, with decisions between them."""

import subprocess
import sys
from pathlib import Path

import pytest

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
