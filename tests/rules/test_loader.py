"""Reading YAML: text stays text, and what is broken is said where it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.engine.findings import Code, Findings
from rules.engine.loader import MAX_DEPTH, Table, load_file, load_text
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


def test_what_editors_write_between_brackets() -> None:
    """libyaml before 0.2.2 refuses each of these."""
    table, findings = read("a: {after: 2025-01-31T09:00+01:00, matches: colou?r, url: http://b.example/?c}")
    assert table is not None and not findings
    assert plain(table)["a"] == {
        "after": "2025-01-31T09:00+01:00", "matches": "colou?r", "url": "http://b.example/?c",
    }  # fmt: skip


def test_positions_count_characters_from_one() -> None:
    table, _ = read("a:\n  - b: c\né🎉: ['日本', d]\n")
    assert table is not None
    assert (table.keys["a"].line, table.keys["a"].column) == (1, 1)
    assert str(table.entries["a"].at) == "f.yaml:2:3"
    assert str(table.entries["é🎉"].items[1].at) == "f.yaml:3:12"  # type: ignore[union-attr]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_any_system_ends_them(end: str) -> None:
    table, findings = read(end.join(["a: b", "c: |", "  d", "  e", "f: g", ""]))
    assert table is not None and not findings
    assert plain(table) == {"a": "b", "c": "d\ne\n", "f": "g"} and table.keys["f"].line == 5


def test_a_merge_key_is_a_key_like_any_other() -> None:
    table, findings = read("<<: {a: b}\nc: d\n")
    assert table is not None and not findings and list(table.entries) == ["<<", "c"]


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", Code.DUPLICATE_KEY, 3, 1),
        ("a: {b: 1, 'b': 2}\n", Code.DUPLICATE_KEY, 1, 11),
        ("a: &x 1\nb: 2\n", Code.FORBIDDEN_YAML, 1, 4),
        ("a: 1\nb: &x {c: 1}\n", Code.FORBIDDEN_YAML, 2, 4),
        ("a: *x\n", Code.FORBIDDEN_YAML, 1, 4),
        ("*x : 1\n", Code.FORBIDDEN_YAML, 1, 1),
        ("a: !!python/name:os.system x\n", Code.FORBIDDEN_YAML, 1, 4),
        ("a: !!set {b: c}\n", Code.FORBIDDEN_YAML, 1, 4),
        ("a:\n\t- b\n", Code.BROKEN_YAML, 2, 1),
        ("a: [1\nb: 2\n", Code.BROKEN_YAML, 2, 2),
        ("a: 'open\n", Code.BROKEN_YAML, 1, 4),
        ("? [a]\n: b\n", Code.BROKEN_YAML, 1, 3),
        ("a: 1\n---\nb: 2\n", Code.FORBIDDEN_YAML, 2, 1),
        ("---\n---\n", Code.FORBIDDEN_YAML, 2, 1),
        ("- a\n", Code.WRONG_SHAPE, 1, 1),
        ("", Code.WRONG_SHAPE, 1, 1),
    ],
)
def test_what_is_wrong_has_a_place(text: str, code: Code, line: int, column: int) -> None:
    assert read(text)[1] == [(code, line, column)]


@pytest.mark.parametrize(
    "char", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\udfff", "\ufeff", "\ufffe"]
)
def test_invisible_characters_are_refused_where_they_are(char: str) -> None:
    findings = Findings()
    assert load_text(f"a: 1\r\nb: é{char}x\n", "f.yaml", findings) is None
    (finding,) = findings.items
    assert (finding.code, finding.line, finding.column) == (Code.BROKEN_YAML, 2, 5)
    assert finding.message == f"an invisible character (U+{ord(char):04X})"


@pytest.mark.parametrize("start", ["[", "{", "- ", "? ", "a: {", "[{a: ", "[\n"])
def test_depth_is_refused_before_it_is_followed(start: str) -> None:
    """The parser's own time grows with the square of the depth, and so would ours with recursion."""
    table, ((code, line, _),) = read(start * 100_000)
    assert table is None and code == Code.FORBIDDEN_YAML and line <= MAX_DEPTH + 2


def test_the_greatest_depth() -> None:
    assert read("[" * MAX_DEPTH + "]" * MAX_DEPTH)[1] == [(Code.WRONG_SHAPE, 1, 1)]
    nested = "{a: " * MAX_DEPTH + "b" + "}" * MAX_DEPTH
    assert read(nested)[1] == [] and read(f"{{a: {nested}}}")[0] is not None
    assert read(f"{{a: {{a: {nested}}}}}")[1] == [(Code.FORBIDDEN_YAML, 1, 1 + 4 * (MAX_DEPTH + 1))]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    units = tmp_path / "business_units"
    units.mkdir()
    (units / "latin.yaml").write_bytes(b"a: 1\nb: gr\xfc\xdfe\n")
    (units / "large.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    (units / "folder.yaml").mkdir()
    names = [f"business_units/{name}.yaml" for name in ("latin", "large", "folder")]
    findings = Findings()
    for name in names:
        assert load_file(RuleSources.from_folder(tmp_path), name, findings) is None
    assert [(item.code, item.file, item.line) for item in findings.items] == [
        (Code.UNREADABLE, names[0], 2), (Code.UNREADABLE, names[1], 1), (Code.UNREADABLE, names[2], 1),
    ]  # fmt: skip


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "default.yaml").write_bytes(b"\xef\xbb\xbfa: b\n")
    table = load_file(RuleSources.from_folder(tmp_path), "default.yaml", Findings())
    assert table is not None and plain(table) == {"a": "b"} and table.keys["a"].column == 1


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@,\n \t0", max_size=60) | st.text(max_size=60))
def test_any_text_gives_a_table_or_a_finding(text: str) -> None:
    table, findings = read(text)
    assert table is not None or findings
