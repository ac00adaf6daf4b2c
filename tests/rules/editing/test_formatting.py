"""The layout of rule files: order, lines, comments, and what is left alone."""

from pathlib import Path

import pytest

from rules.editing import formatting
from rules.editing.formatting import formatted, layouts
from rules.engine.findings import Code, Findings
from rules.engine.sources import RuleSources, rule_paths
from tests.rules.books import SHIPPED
from tests.rules.editing.test_layout_properties import laid_out

STARTERS = SHIPPED / "editing" / "starters"


@pytest.mark.parametrize(
    "path",
    [*rule_paths(SHIPPED), SHIPPED / "_template.yaml", *STARTERS.glob("*.yaml")],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_the_shipped_files_are_in_order(path: Path) -> None:
    if path.suffix == ".yaml":
        text = path.read_text(encoding="utf-8")
        assert laid_out(text, path.name) == text, "run `leadflow rules fmt`"


def test_keys_have_an_order_and_comments_go_with_them() -> None:
    text = """\
        # yaml-language-server: $schema=rule-file.schema.json
        # about the examples
        examples:
          - expect: {owner: {team: desk}, rule: one} # expected
            lead: {lastname: A}
        otherwise: {priority: bulk, assign_to: {queue: inbox}}
        # about the rules
        rules:
          - then: {hold: {reason: x}}   # beside then
            # above when
            when: {zebra: 1, aardvark: 2}
            # above id
            id: one # beside id
            whn: typo
        hit_policy: first
    """
    assert laid_out(text) == (
        "# yaml-language-server: $schema=rule-file.schema.json\n"
        "hit_policy: first\n"
        "# about the rules\n"
        "rules:\n"
        "  # above id\n"
        "  - id: one # beside id\n"
        "    # above when\n"
        "    when: {zebra: 1, aardvark: 2}\n"
        "    then: {hold: {reason: x}} # beside then\n"
        "    whn: typo\n"
        "otherwise:\n"
        "  assign_to: {queue: inbox}\n"
        "  priority: bulk\n"
        "# about the examples\n"
        "examples:\n"
        "  - lead: {lastname: A}\n"
        "    expect: {rule: one, owner: {team: desk}} # expected\n"
    )


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        # One line for what is simple, and as many as there are entries for the rest.
        ("then:\n  assign_to:\n    queue: inbox", "then: {assign_to: {queue: inbox}}"),
        ("then: {hold: {reason: x}, priority: hot}", "then:\n  hold: {reason: x}\n  priority: hot"),
        ("when: {any: [{a: 1}, {b: 2, c: 3}]}", "when:\n  any:\n    - a: 1\n    - b: 2\n      c: 3"),
        ("when: {a: {at_least: 1}, b: 2}", "when:\n  a: {at_least: 1}\n  b: 2"),
        ("when:\n  a: 1\n  b: 2", "when: {a: 1, b: 2}"),
        ("when:\n  a: {contains: [x, y]}", "when:\n  a: {contains: [x, y]}"),
        ("if_missed:\n- remind\n- escalate: desk", "if_missed: [remind, escalate: desk]"),
        ("k:\n  - {a: 1, b: 2}\n  - - x\n    - y", "k: [{a: 1, b: 2}, [x, y]]"),
        # What stands in a line of its own there needs lines here.
        ("when: {a: 1, # why\n  b: 2}", "when:\n  a: 1 # why\n  b: 2"),
        ("when:\n  a: 1\n\n\n  b: 2", "when:\n  a: 1\n\n  b: 2"),
        ("k: {a: |\n  x\n}", None),
        ("k: |\n    x\n      y\n\n", "k: |\n  x\n    y"),
        ("k: >2-\n    x\n   y", "k: >2-\n    x\n   y"),
        ('k: "a\n       b" # c', 'k: "a\n  b" # c'),
        ("k: {a: , b: 1}", "k:\n  a:\n  b: 1"),
        ("k: []\nl: {}", "k: []\nl: {}"),
        # Quotes: those that are there stay, others come where they are needed.
        ("k: 'NO'\nl: \"5\"\nm: 012", "k: 'NO'\nl: \"5\"\nm: 012"),
        ("k:\n  a: x, y\n  b: 09:00", 'k: {a: "x, y", b: 09:00}'),
        ('k:\n  - say "a, b"\n  - it\'s, "x"', 'k: [\'say "a, b"\', "it\'s, \\"x\\""]'),
        ("? 'a b'\n: x\n? c\n  d\n: y", "'a b': x\n\"c d\": y"),
    ],
)
def test_layout(written: str, wanted: str | None) -> None:
    findings = Findings()
    place = "rules:\n- id: x\n"
    inside = "".join(f"  {line}\n" if line else "\n" for line in written.split("\n"))
    layout = formatted(place + inside, "default.yaml", findings)
    if wanted is None:
        assert layout is None and [item.code for item in findings] == [Code.BROKEN_YAML]
        return
    expected = "".join(f"    {line}\n" if line else "\n" for line in wanted.split("\n"))
    assert layout == "rules:\n  - id: x\n" + expected


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        # A line of its own belongs to what follows, a deeper one to what it is in line with.
        ("a:\n- x\n    # in a\n\n# at b\nb: 1\n", "a:\n  - x\n  # in a\n\n# at b\nb: 1\n"),
        ("# head\n\n# at a\na: 1\n# end\n", "# head\n\n# at a\na: 1\n# end\n"),
        ("a: # beside\n  b: |\n    x\n", "a: # beside\n  b: |\n    x\n"),
        ("a: # beside\n  1\n", "a: 1 # beside\n"),
        ("a:\n  # above\n  1\n", "# above\na: 1\n"),
        ("a: | # beside\n  x\n", "a: | # beside\n  x\n"),
        (
            "a: [ # one\n  x, # two\n  # three\n  y # four\n  # five\n  ] # six\n",
            "# six\na: # one\n  - x # two\n  # three\n  - y # four\n  # five\n",
        ),
        ("{}\n# empty\n", "# empty\n{}\n"),
        ("{a: 1} # one", "# one\na: 1\n"),
        ("--- # one\na: 1\n... # two\n", "# one\na: 1\n# two\n"),
        ("a: {# none\n}\n", "a: {} # none\n"),
        ("{} # empty", "# empty\n{}\n"),
    ],
)
def test_comments(written: str, wanted: str) -> None:
    assert laid_out(written) == wanted


def test_how_leads_are_given_out_has_its_order() -> None:
    text = """\
        otherwise: {if_nobody: wait, contact_within: 1 day, assign_to: {requires: {skills: x, languages: [de]},
          fallback: weighted, strategy: sticky, team: desk}}
        rules:
          - then: {registered_for: 90 days, offer_to: {contoso: 3, fabrikam: 1}, accept_within: 1 day}
            id: one
        duplicates: {similar: link, same: merge}
    """
    assert laid_out(text) == (
        "duplicates: {same: merge, similar: link}\n"
        "rules:\n"
        "  - id: one\n"
        "    then:\n"
        "      offer_to: {contoso: 3, fabrikam: 1}\n"
        "      accept_within: 1 day\n"
        "      registered_for: 90 days\n"
        "otherwise:\n"
        "  assign_to: {team: desk, strategy: sticky, fallback: weighted, requires: {languages: [de], skills: x}}\n"
        "  contact_within: 1 day\n"
        "  if_nobody: wait\n"
    )


def test_a_comment_that_stands_where_an_item_begins_goes_above_it() -> None:
    text = "rules:\n  - # one\n    then: 1\n    # two\n    id: 2\n  - {id: 3, # three\n     then: 4} # four\n"
    assert laid_out(text) == (
        "rules:\n  # one\n  # two\n  - id: 2\n    then: 1\n  # four\n  - id: 3 # three\n    then: 4\n"
    )


def test_the_directory_keeps_people_in_rows() -> None:
    person = "{name: Jonas Brandt, email: jonas.brandt@leadflow.example, business_unit: dach, time_zone: Europe/Berlin}"
    text = f"teams:\n  t: {{members: [a], name: T}}\nusers:\n  jonas.brandt: {person}\n"
    assert laid_out(text, "directory.yaml") == (
        f"users:\n  jonas.brandt: {person}\nteams:\n  t:\n    name: T\n    members: [a]\n"
    )
    choices = "lead_statuscode: {804240000: [2, Competitor]}\n"
    assert laid_out(choices, "choices.yaml") == "lead_statuscode:\n  804240000: [2, Competitor]\n"


@pytest.mark.parametrize("text", ["a: [1\n", "a: 1\na: 2\n", "a: &x 1\n", "- a\n", "", "# only a remark\n"])
def test_a_file_that_does_not_read_is_left_alone(text: str) -> None:
    (layout,) = layouts(RuleSources({"default.yaml": text.encode()}, {}))
    assert layout.text is None and not layout.differs
    assert [finding.file for finding in layout.findings] == ["default.yaml"]


def test_a_difference_ignores_line_ends() -> None:
    (layout,) = layouts(RuleSources({"default.yaml": "\ufeffa: 1\r\nb:   2\r\n".encode()}, {}))
    assert layout.differs and layout.difference.splitlines()[2:] == ["@@ -1,2 +1,2 @@", " a: 1", "-b:   2", "+b: 2"]
    (layout,) = layouts(RuleSources({"default.yaml": b"a: 1\r\n", "x.csv": b"no yaml"}, {}))
    assert layout.differs and layout.difference == "" and layout.text == "a: 1\n"


def test_a_layout_that_is_too_large_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "MAX_BYTES", 15)
    findings = Findings()
    assert formatted("rules: [{a: 1}]\n", "default.yaml", findings) is None
    assert [item.code for item in findings] == [Code.UNREADABLE]
    assert formatted("rules: []\n", "default.yaml", Findings()) == "rules: []\n"
