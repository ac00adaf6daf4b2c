"""docs/rules/fairness.md: its examples come out, and its figures are those that the code gives."""

import re

from rules.engine.examples import run_examples
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from rules.strategies.pool import MOST_OWED
from tests.docs.test_docs import blocks, text_of
from tests.rules.strategies.test_missed_turns import after_an_absence

PAGE = text_of("docs/rules/fairness.md")
DIRECTORY, FILE = blocks(PAGE, "yaml")


def test_the_examples_come_out_and_would_notice_another_strategy() -> None:
    def passed(file: str) -> bool:
        sources = RuleSources.from_texts({"directory.yaml": DIRECTORY, "default.yaml": file})
        return all(result.passed for result in run_examples(RulesEngine.of(sources, "the page")))

    assert passed(FILE)
    assert not passed(FILE.replace("weighted", "round_robin"))


def test_an_absence_is_worth_what_the_page_says() -> None:
    told = {kind: int(number) for kind, number in re.findall(r"^\| `(\w+)` \| (\d+) \|", PAGE, re.MULTILINE)}
    assert told == {kind: after_an_absence(kind).given["a"] for kind in MOST_OWED}
