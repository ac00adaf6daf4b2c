"""What the tests of the analysis share: files of conditions, leads that can be, and findings by code."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from crm.choices import standard_choices
from rules.analysis.areas import FileAreas, file_areas
from rules.engine.compiler import limit_problem
from rules.engine.conditions import Condition
from rules.engine.directory import Directory
from rules.engine.findings import Code, Finding
from rules.engine.values import Names
from tests.rules.books import DEFAULT, checked, rule_file
from tests.rules.random_rules import conditions, leads

NAMES = Names(standard_choices(), Directory())

real_leads: st.SearchStrategy[dict[str, Any]] = leads.map(lambda facts: {"is_duplicate": False} | facts)
"""Leads with the facts that every lead has."""

sound_conditions: st.SearchStrategy[Condition] = conditions.filter(lambda one: limit_problem(one) is None)
"""Conditions that a rule book may hold."""


def areas_of(*whens: Condition) -> FileAreas:
    return file_areas(rule_file(*whens), NAMES)


def rules_text(*whens: str, head: str = "") -> str:
    """A default.yaml with rules r-0, r-1 ... in lines 2, 3 ... (one later with a `head` of one line)."""
    rule = "  - {{id: r-{}, when: {}, then: {{assign_to: {{queue: inbox}}}}}}\n"
    return head + "rules:\n" + "".join(rule.format(number, when) for number, when in enumerate(whens)) + DEFAULT


def meant(folder: Path, files: dict[str, str], *but: Code) -> list[Finding]:
    """All findings of a book that has no errors, without those about examples."""
    result = checked(folder, files)
    assert result.book is not None, result.findings
    return [finding for finding in result.findings if finding.code not in (Code.NO_EXAMPLE, *but)]
