"""What holds for every rule file: its layout has a fixed point, and says what the file said, with every comment."""

import re
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.editing.formatting import formatted
from rules.engine.check import read_rules
from rules.engine.digest import book_digest
from rules.engine.findings import Findings
from rules.engine.loader import load_text
from rules.engine.schema import RuleBook
from rules.engine.sources import RuleSources
from tests.rules.books import DIRECTORY
from tests.rules.editing.untidy import Untidy, rule_file

randoms = st.integers(0, 2**32).map(Random)


def laid_out(text: str, name: str = "default.yaml") -> str:
    findings = Findings()
    layout = formatted(text, name, findings)
    assert layout is not None, list(findings)
    return layout


def book_of(text: str) -> RuleBook:
    result = read_rules(RuleSources.from_texts({"default.yaml": text, "directory.yaml": DIRECTORY}))
    assert result.book is not None, result.findings
    return result.book


def examples_of(book: RuleBook) -> list[tuple[object, ...]]:
    examples = (example for file in book.files.values() for example in file.examples)
    return [(example.name, example.lead.model_dump(exclude={"leadid"}), example.expect) for example in examples]


@settings(deadline=None, max_examples=150)
@given(randoms)
def test_it_means_the_same_and_keeps_every_comment(random: Random) -> None:
    untidy = Untidy(random, remarks=True)
    text = untidy.text(rule_file(random))
    layout = laid_out(text)
    before, after = book_of(text), book_of(layout)
    assert book_digest(after) == book_digest(before)
    assert examples_of(after) == examples_of(before)
    assert sorted(re.findall("# remark .*", layout)) == sorted(untidy.comments)


@settings(deadline=None, max_examples=150)
@given(randoms)
def test_it_is_tidy_and_stays_as_it_is(random: Random) -> None:
    layout = laid_out(Untidy(random, remarks=True).text(rule_file(random)))
    assert laid_out(layout) == layout
    assert "\r" not in layout and "\ufeff" not in layout and "\n\n\n" not in layout
    assert layout.endswith("\n") and not layout.startswith("\n") and not layout.endswith("\n\n")
    assert not [line for line in layout.splitlines() if line != line.rstrip()]


@settings(deadline=None, max_examples=100)
@given(randoms, randoms)
def test_it_does_not_depend_on_the_layout_before(content: Random, hand: Random) -> None:
    tree = rule_file(content)
    one, other = (laid_out(Untidy(hand, remarks=False).text(tree)) for _ in range(2))
    assert one == other
    brackets = [line for line in one.splitlines() if line.rstrip().endswith(("}", "]"))]
    assert all(len(line) <= 120 for line in brackets)


_YAML = st.text(alphabet="ab:-[]{}!|>'\"#%@,?\n\n  \t0", max_size=60)


@settings(deadline=None, max_examples=400)
@given(_YAML | st.text(max_size=40).map(lambda text: f"a: {text}"), st.sampled_from(["f.yaml", "choices.yaml"]))
def test_any_text_is_laid_out_or_left_alone_with_a_reason(text: str, name: str) -> None:
    findings = Findings()
    layout = formatted(text, name, findings)
    assert (layout is None) == findings.has_errors
    if layout is not None:
        again = formatted(layout, name, Findings())
        assert again == layout
        assert load_text(layout, name, Findings()) is not None
