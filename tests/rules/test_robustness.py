"""Broken, huge and hostile rule files are refused with a finding, or accepted: never a crash, a hang or much memory.

All of it runs in one process of its own that may use a gigabyte; the limit on its time is only there for a hang.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rules.malformed import CASES, DECIDED, SERIES

SECONDS = 170
Said = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> tuple[Said, str]:
    """What the check said of each case, and how the process ended."""
    errors = tmp_path_factory.mktemp("malformed") / "errors.txt"
    with errors.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.rules.malformed"], stdout=subprocess.PIPE, stderr=file, text=True,
            cwd=Path(__file__).parents[2], env=os.environ | {"MALLOC_ARENA_MAX": "2"},
        )  # fmt: skip
        try:
            output, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
    lines = [json.loads(line) for line in output.splitlines() if line.endswith("}")]
    last = lines[-1]["case"] if lines else "none"
    ended = f"exit {process.returncode} after case '{last}'; {errors.read_text()[-2000:]}"
    return {line["case"]: line for line in lines}, ended


@pytest.mark.parametrize(("case", "code"), [(name, code) for name, (code, _) in CASES.items()])
def test_each_case_gives_its_finding_or_is_accepted(said: tuple[Said, str], case: str, code: str) -> None:
    found, ended = said
    assert case in found, ended
    line = found[case]
    assert line["accepted"] == (code == "")
    assert not code or code in line["codes"]


@pytest.mark.parametrize("series", SERIES)
def test_shipped_files_that_are_broken_in_many_ways(said: tuple[Said, str], series: str) -> None:
    found, ended = said
    lines = [line for case, line in found.items() if case.startswith(series)]
    assert len(lines) > 50, ended
    assert not [line for line in lines if not line["accepted"] and not line["codes"]]
    assert len([line for line in lines if line["accepted"]]) < len(lines) / 2


def test_a_file_of_five_thousand_rules_decides_rightly(said: tuple[Said, str]) -> None:
    found, ended = said
    assert DECIDED in found, ended
    rules = [*(f"r-{number}" for number in (0, 59, 60, 2_500, 4_999)), "otherwise"]
    assert found[DECIDED]["rules"] == 2 * rules and found[DECIDED]["disagreements"] == 0
    assert found[DECIDED]["traced"] == [5_000]


def test_every_finding_has_a_place_and_a_remedy_and_can_be_read(said: tuple[Said, str]) -> None:
    found, ended = said
    checked = [line for case, line in found.items() if case != DECIDED]
    assert len(checked) > len(CASES), ended
    assert not [line for line in checked if not line["placed"] or line["longest"] > 2500]
    assert max(line["findings"] for line in checked) <= 1002
