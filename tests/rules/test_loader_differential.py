"""A second opinion: ruamel.yaml's parser in Python, of YAML 1.2, reads the same nodes at the same places."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode

from rules.engine.findings import Findings
from rules.engine.loader import Items, Table, Text, YamlNode, load_text
from tests.rules.books import SHIPPED

FILES = [*SHIPPED.rglob("*.yaml"), *(Path(__file__).parents[1] / "rulebook").rglob("*.yaml")]
Flat = list[tuple[str, int, int]]


def ours(node: YamlNode) -> Iterator[tuple[str, int, int]]:
    """Every node in order: its kind or its text, line and column."""
    if isinstance(node, Text):
        yield f"={node.text}", node.at.line, node.at.column
    elif isinstance(node, Items):
        yield "[", node.at.line, node.at.column
        for item in node.items:
            yield from ours(item)
    else:
        yield "{", node.at.line, node.at.column
        for key, value in node.entries.items():
            yield f"={key}", node.keys[key].line, node.keys[key].column
            yield from ours(value)


def theirs(node: Any) -> Iterator[tuple[str, int, int]]:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if isinstance(node, ScalarNode):
        yield f"={node.value}", line, column
        return
    yield "{" if isinstance(node, MappingNode) else "[", line, column
    for part in node.value:
        for child in part if isinstance(node, MappingNode) else (part,):
            yield from theirs(child)


def placed(flat: Iterator[tuple[str, int, int]]) -> Flat:
    """What stands nowhere has no place of its own: an empty value is wherever the parser noticed it."""
    return [(text, 0, 0) if text == "=" else (text, line, column) for text, line, column in flat]


def read(text: str) -> Flat | None:
    """Our nodes, or None after a finding."""
    findings = Findings()
    table = load_text(text, "f.yaml", findings)
    return placed(ours(table)) if isinstance(table, Table) and not findings.items else None


def second_opinion(text: str) -> Flat | None:
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError:
        return None
    return None if node is None else placed(theirs(node))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_files_that_come_with_leadflow(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert read(text) is not None
    assert read(text) == second_opinion(text)


# What an editor may write, in every style: block and flow, quoted and not, with comments and blank lines between.
WORDS = st.sampled_from([
    "DE", "NO", "012", "1e6", "on", "~", "12:30:00", "2025-01-31T09:00+01:00", "http://a.example/?b=c", "colou?r",
    "a b", "x#y", "-1", "-x", "a: b", "- a",
    "# c", "'", '"', "it's", "\\d+", "a\\b", "", " a ", "ß", "日本", "🎉 party",
    "[a]", "{b}", "a, b", "&a", "*a", "!a", "%a", "@a", "`a", "|", ">", "?", ":", "<<", "=", "null",
    "é\u0301", "\u00a0x",
])  # fmt: skip
PLAIN = re.compile(r"[\w][\w .+/=-]*(?:[:?](?=[\w/])[\w .+/=-]*)*(?<! )")
SPACES = st.sampled_from(["", "", "  # note: 'x", "\n", "\n\n# only a comment\n"])


@st.composite
def scalars(draw: st.DrawFn) -> str:
    word = draw(WORDS | st.text(alphabet="ab1é日 .:?-", min_size=1, max_size=8))
    styles = ["'" + word.replace("'", "''") + "'", '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"']
    if PLAIN.fullmatch(word):
        styles.append(word)
    return draw(st.sampled_from(styles))


def flow(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists = st.lists(parts, max_size=4).map(lambda items: f"[{', '.join(items)}]")
    pairs = st.lists(st.tuples(keys, parts), max_size=4)
    return lists | pairs.map(lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items) + "}")


keys = st.from_regex(r"[a-z_]{1,8}", fullmatch=True) | scalars()
inline = st.recursive(scalars(), flow, max_leaves=8)


@st.composite
def blocks(draw: st.DrawFn, depth: int = 0) -> list[str]:
    """The lines of a mapping or a list, without the indentation of the whole."""
    lines: list[str] = []
    is_list = depth > 0 and draw(st.booleans())
    for _ in range(draw(st.integers(1, 4))):
        start = "-" if is_list else f"{draw(keys)}:"
        if depth < 3 and draw(st.integers(0, 2)) == 0:
            indent = " " * draw(st.integers(1, 4))
            lines += [start + draw(SPACES), *(indent + line for line in draw(blocks(depth + 1)))]
        elif draw(st.integers(0, 5)) == 0:
            lines += [f"{start} {draw(st.sampled_from(['|', '>', '|-', '>+']))}", "      some words", "", "      more"]
        else:
            lines.append(f"{start} {draw(inline)}{draw(SPACES)}")
    return [part for line in lines for part in line.split("\n")]


@settings(deadline=None, max_examples=150)
@given(blocks(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_whatever_editors_write(lines: list[str], end: str, ended: bool) -> None:
    text = end.join(lines) + (end if ended else "")
    findings = Findings()
    table = load_text(text, "f.yaml", findings)
    assert table is not None, [str(finding) for finding in findings]
    if not findings.items:  # of two equal keys, ours keeps the first
        assert placed(ours(table)) == second_opinion(text)


@settings(deadline=None, max_examples=400)
@given(st.text(alphabet="ab:-[]{}|>'\"#,\n ?0", max_size=40) | st.text(alphabet="a:\n -\t[]", max_size=20))
def test_whatever_both_can_read(text: str) -> None:
    first, second = read(text), second_opinion(text)
    if first is not None:
        assert second == first or (second is None and "\t" in text), "libyaml takes a tab between words for a space"
