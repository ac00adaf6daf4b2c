"""Reading YAML: text stays text, and what is broken is said where it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine.findings import Code, Findings
from rules.engine.loader import Table, load_file, load_text
from rules.engine.shape import plain
from rules.engine.sources import MAX_BYTES, RuleSources


def read(text: str) -> tuple[Table | None, list[tuple[str, int, int]]]:
    findings = Findings()
    return load_text(text, "f.yaml", findings), [(item.code, item.line, item.column) for item in findings]


def test_every_scalar_is_text() -> None:
    table, findings = read("a: [NO, 012, 1e6, on, ~, 12:30:00, 2024-01-01, 'x', true]\nb:")
    assert table is not None and not findings
    wanted = ["NO", "012", "1e6", "on", "~", "12:30:00", "2024-01-01", "x", "true"]
    assert plain(table) == {"a": wanted, "b": ""}


def test_positions_count_from_one() -> None:
    table, _ = read("a:\n  - b: c\n")
    assert table is not None
    assert (table.keys["a"].line, table.keys["a"].column) == (1, 1)
    assert str(table.entries["a"].at) == "f.yaml:2:3"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", Code.DUPLICATE_KEY, 3, 1),
        ("a: &x 1\nb: 2\n", Code.FORBIDDEN_YAML, 1, 4),
        ("a: *x\n", Code.FORBIDDEN_YAML, 1, 4),
        ("a: !!python/name:os.system x\n", Code.FORBIDDEN_YAML, 1, 4),
        ("a:\n\t- b\n", Code.BROKEN_YAML, 2, 1),
        ("a: [1\nb: 2\n", Code.BROKEN_YAML, 2, 2),
        ("a: 'open\n", Code.BROKEN_YAML, 2, 1),
        ("a: \x00\n", Code.BROKEN_YAML, 1, 1),
        ("? [a]\n: b\n", Code.BROKEN_YAML, 1, 3),
        ("a: 1\n---\nb: 2\n", Code.FORBIDDEN_YAML, 2, 1),
        ("- a\n", Code.WRONG_SHAPE, 1, 1),
        ("", Code.WRONG_SHAPE, 1, 1),
        ("[" * 3000, Code.FORBIDDEN_YAML, 1, 26),
    ],
)
def test_what_is_wrong_has_a_place(text: str, code: Code, line: int, column: int) -> None:
    assert read(text)[1] == [(code, line, column)]


def test_a_tab_gets_its_own_remedy() -> None:
    findings = Findings()
    load_text("a:\n\t- b\n", "f.yaml", findings)
    assert findings.items[0].remedy == "Replace the tab by spaces"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: gr\xfc\xdfe\n")
    (tmp_path / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    findings = Findings()
    for name in ("latin.yaml", "large.yaml", "missing.yaml"):
        assert load_file(RuleSources.from_folder(tmp_path), name, findings) is None
    assert [(item.code, item.file, item.line) for item in findings.items] == [
        (Code.UNREADABLE, "latin.yaml", 2),
        (Code.UNREADABLE, "large.yaml", 1),
        (Code.UNREADABLE, "missing.yaml", 1),
    ]


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@,\n \t0", max_size=60) | st.text(max_size=60))
def test_any_text_gives_a_table_or_a_finding(text: str) -> None:
    table, findings = read(text)
    assert table is not None or findings
