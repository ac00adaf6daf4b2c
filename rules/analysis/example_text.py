"""An example as it is written in a rule file, from the facts of its lead."""

import re
from collections.abc import Mapping
from typing import Any

from crm.choices import ChoiceBook
from rules.analysis.suggestions import Suggestion, bare_facts
from rules.engine.decision import OTHERWISE, RoutingDecision
from rules.engine.evaluator import shown
from rules.engine.fields import readable_fields
from rules.engine.schema import ContextSpec, RuleFile

_PLAIN = re.compile(r"[^\W_][\w.@+/-]*( [\w.@+/-]+)*")
_FOLLOWS = ("email_domain", "email_is_free", "age_hours", "leadid")
"""What follows from the lead's attributes, or is nobody's choice."""


def example_text(suggestion: Suggestion, file: RuleFile, choices: ChoiceBook) -> str:
    """An entry for the list under `examples`, indented by two, that ends with a line's end."""
    given = {
        name: shown(readable_fields()[name], value, choices)
        for name, value in suggestion.facts.items()
        if value != bare_facts().get(name) and name not in (*_FOLLOWS, file.kind)
    }
    context = {name: value for name, value in given.items() if name in ContextSpec.model_fields}
    lead = {name: value for name, value in given.items() if name not in context}
    lines = [f"- name: {_written(suggestion.name)}", f"  lead: {_mapping(lead)}"]
    lines += [f"  context: {_mapping(context)}"] if context else []
    lines += [f"  expect: {_mapping(_expected(suggestion.decision, file))}"]
    return "".join(f"  {line}\n" for line in lines)


def _expected(decision: RoutingDecision, file: RuleFile) -> dict[str, str]:
    """What happens by the rules as they are; `otherwise` of another file is named with it."""
    elsewhere = decision.rule == OTHERWISE and decision.file != file.path
    return {"rule": decision.rule, "file": decision.file} if elsewhere else {"rule": decision.rule}


def _mapping(values: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {_written(value)}" for name, value in values.items()) + "}"


def _written(text: str) -> str:
    """In single quotes, where plain text would be read as something else."""
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "''") + "'"
