"""Broken YAML in an editor's words: where the mistake is, and what to do."""

import pytest
import yaml

from rules.engine.findings import Code, Findings
from rules.engine.loader import load_text
from rules.engine.yaml_problems import PROBLEMS, explained, problem_of

UNFIT = "this does not fit the lines before: wrong indentation, or text after the end of a value"
BROKEN = {
    "a:\n\t- b\n": "2:1 a tab stands here",
    "a: x\n\ty": "2:1 a tab stands here",
    "a: |\n  x\n\ty": "3:1 a tab stands here",
    "a: @sales": "1:4 a value cannot begin with '@'",
    "a: %x": "1:4 a value cannot begin with '%'",
    "a: `x`": "1:4 a value cannot begin with '`'",
    "a: 1\nb\nc: 2\n": "2:1 this line is no `key: value`",
    "a: 1\nb:2\nc: 3\n": "2:1 this line is no `key: value`",
    "a: - b": "1:4 a list cannot begin here",
    "a: ?": "1:4 a value cannot begin with '?'",
    "a: b: c\n": "1:5 a colon is too much here, or a line before is indented wrongly",
    "rules:\n- id: x\n   when: y\n": "3:8 a colon is too much here, or a line before is indented wrongly",
    "a: {b:}": "1:6 a colon without a space after it",
    "a: &!": "1:4 this value begins with & or *, which YAML keeps for itself",
    "a: *.example": "1:4 this value begins with & or *, which YAML keeps for itself",
    "%FOO\n---\n": "1:1 the line begins with '%', which YAML keeps for itself",
    "%TAG x\n": "1:1 the line begins with '%', which YAML keeps for itself",
    "%YAML 1.1\n%YAML 1.1\n---\n": "2:1 the line begins with '%', which YAML keeps for itself",
    "%YAML 2.0\n---\n": "1:1 another version of YAML is asked for",
    "a: !<x": "1:4 this value begins with !, which YAML keeps for itself",
    "a: !%zz x": "1:4 this value begins with !, which YAML keeps for itself",
    "a: !b!c x": "1:4 this value begins with !, which YAML keeps for itself",
    "a: 1\nb: 'open\nc: 2\n": "2:4 this quotation mark is never closed",
    "a: \"x\n---\n": "1:4 this quotation mark is not closed before `---` or `...`",
    'a: "\\d+"': "1:5 a backslash means something of its own between double quotation marks",
    'a: "\\xzz"': "1:7 a backslash means something of its own between double quotation marks",
    "a: |x\n": "1:4 after | or > nothing else may stand in the line",
    "a: >0\n": "1:4 after | or > nothing else may stand in the line",
    "a: 1\nb: [1,\n  2\nc: 3\n": "4:2 a comma is missing, or the bracket [ of line 2 is not closed",
    "a: {b: 1\nc: 2\n": "2:2 a comma is missing, or the brace { of line 1 is not closed",
    "a: {b": "1:6 a comma is missing, or the brace { of line 1 is not closed",
    "- a\nb: c": "2:1 this line does not belong to the list that begins in line 1",
    "a:\n  b: 1\n c: 2\n": f"3:2 {UNFIT}",
    "a: 'it's'": f"1:8 {UNFIT}",
    "a: [1,,2]": "1:7 a value is missing before ','",
    "a: [": "1:5 the file ends within brackets",
    "a: [\n": "2:1 the file ends within brackets",
    "{a: 1}}": "1:7 this stands after the end of the file's contents",
    "a: 1\n...\nb: 2\n": "3:1 this stands after the end of the file's contents",
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BROKEN.items())
def test_broken_yaml_in_plain_words(text: str, expected: str) -> None:
    findings = Findings()
    assert load_text(text, "f.yaml", findings) is None
    (finding,) = findings.items
    assert f"{finding.line}:{finding.column} {finding.message}" == expected.replace(" ", " broken YAML: ", 1)
    assert finding.code == Code.BROKEN_YAML and finding.remedy and "{char}" not in finding.remedy


def error_in(text: str) -> yaml.MarkedYAMLError:
    with pytest.raises(yaml.MarkedYAMLError) as raised:
        list(yaml.parse(text, Loader=yaml.CBaseLoader))
    return raised.value


def test_each_kind_of_mistake_has_an_example() -> None:
    shown = set()
    for text in BROKEN:
        error = error_in(text)
        index = (error.problem_mark or error.context_mark).index
        shown.add(problem_of(error, text[index : index + 1]))
    assert shown == set(PROBLEMS)


def test_a_mistake_of_no_known_kind_has_a_place_all_the_same() -> None:
    error = error_in("a: [1,,2]")
    error.problem = "something new"
    found = explained(error, "a: [1,,2]")
    assert (found.line, found.column, found.message) == (1, 7, "this cannot be read")
