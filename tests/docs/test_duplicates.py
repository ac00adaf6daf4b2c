"""docs/duplicates.md is true: the policy that it shows is one, and its table of similar leads holds."""

import re

import pytest
import yaml

from crm.similarity import ALIKE, likeness
from rules.engine.policy import DuplicatesSpec
from tests.crm.similar_leads import pairs
from tests.docs.test_docs import blocks, text_of

PAGE = text_of("docs/duplicates.md")
ROWS = re.findall(r"^\| (.+) \| (.+) \| (yes|no) \|$", PAGE, re.MULTILINE)


def test_the_policy_is_one() -> None:
    (example,) = blocks(PAGE, "yaml")
    assert DuplicatesSpec.model_validate(yaml.safe_load(example)["duplicates"]) == DuplicatesSpec(
        same="merge", similar="link"
    )
    assert DuplicatesSpec.model_validate("link") == DuplicatesSpec(same="link")


@pytest.mark.parametrize(("one", "other", "alike"), ROWS)
def test_the_table_of_similar_leads_holds(one: str, other: str, alike: str) -> None:
    ((lead, another),) = pairs(f"{one} / {other}")
    assert (likeness(lead, another) >= ALIKE) == (alike == "yes")


def test_the_table_has_both() -> None:
    assert {alike for _, _, alike in ROWS} == {"yes", "no"}
