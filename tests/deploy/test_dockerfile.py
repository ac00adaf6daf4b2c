"""The Dockerfile copies what exists and what the builder is given, and ends as an ordinary user."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest


@pytest.fixture
def lines(root: Path) -> list[str]:
    """The instructions, one per line."""
    text = (root / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def copied(lines: list[str]) -> list[str]:
    """The files and folders that are copied from the project."""
    sources = (line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from=" not in line)
    return [word for words in sources for word in words if not word.startswith("--")]


def test_copied_files_exist_and_reach_the_builder(root: Path, lines: list[str]) -> None:
    given = [line[1:] for line in (root / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert copied(lines)
    for source in copied(lines):
        assert (root / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in given), f"{source} is in .dockerignore"
    assert set(given) == set(copied(lines))


def test_the_base_is_pinned_and_the_same_in_both_stages(lines: list[str]) -> None:
    bases = {line.split()[1] for line in lines if line.startswith("FROM ")}
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.1[123]\.\d+-slim-bookworm", bases.pop())


def test_the_rules_engine_is_built_with_the_flag_and_checked(lines: list[str]) -> None:
    assert any("CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject" in line for line in lines)
    assert any("import durable_rules_engine" in line for line in lines)


def test_packages_come_from_lock_files_with_hashes(lines: list[str]) -> None:
    installs = [part for line in lines for part in line.split("&&") if "pip install" in part]
    assert installs
    assert all("--require-hashes -r" in part or "--no-deps ." in part for part in installs)


def test_it_runs_as_an_ordinary_user_with_a_health_check(lines: list[str]) -> None:
    names = [line.split()[0] for line in lines]
    assert names.index("USER") > len(names) - 1 - names[::-1].index("FROM")
    assert "USER leadflow" in lines
    assert "HEALTHCHECK" in names
