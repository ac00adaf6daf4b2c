"""docs/conformance.md names tests that exist, and every statement has its number, in order."""

import ast
import re

import pytest

from tests.docs.test_docs import ROOT, text_of

PAGE = text_of("docs/conformance.md")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)))
COUNTS = {"L": 21, "Q": 11, "C": 9}


@pytest.mark.parametrize("name", NAMED)
def test_a_named_test_exists(name: str) -> None:
    path, _, function = name.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert function in {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_path_of_a_test_names_one() -> None:
    assert len(NAMED) > 25
    assert re.findall(r"`tests/[^`]+`", PAGE) == [
        f"`{name}`" for name in re.findall(r"`(tests/[\w/]+\.py::\w+)`", PAGE)
    ]


def test_statements_are_numbered_without_a_gap() -> None:
    rows = re.findall(r"^\| ([LQC])(\d+) \|", PAGE, re.MULTILINE)
    assert rows == [(letter, str(number)) for letter, count in COUNTS.items() for number in range(1, count + 1)]


def test_every_statement_is_shown_or_explained() -> None:
    for row in re.findall(r"^\| [LQC]\d+ .*$", PAGE, re.MULTILINE):
        assert row.split(" | ")[-1].strip(" |"), row
