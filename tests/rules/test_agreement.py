"""durable-rules, the generated Python and the trace say the same, whatever the rules and the leads."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.choices import standard_choices
from rules.engine.compiler import compiled, limit_problem
from rules.engine.conditions import Condition
from rules.engine.durable_engine import Matcher
from rules.engine.evaluator import Evaluator
from tests.rules.books import rule_file
from tests.rules.random_rules import conditions, leads

SLOW = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


@SLOW
@given(st.lists(conditions, min_size=1, max_size=8), st.lists(leads, min_size=6, max_size=6))
def test_the_engines_agree_on_any_rules_and_leads(drawn: list[Condition], facts: list[dict[str, Any]]) -> None:
    file = rule_file(*(condition for condition in drawn if limit_problem(condition) is None))
    matcher, evaluator = Matcher(compiled(file)), Evaluator(file, standard_choices())
    for lead in [one | other for one in facts for other in facts]:
        matching = [index for index, trace in enumerate(evaluator.trace(lead)) if trace.matched]
        assert evaluator.every(lead) == matching
        assert evaluator.first(lead) == (matching[0] if matching else None)
        assert matcher.first(lead) == evaluator.first(lead)
    matcher.close()
