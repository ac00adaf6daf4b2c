"""Past leads and small rule books to decide them by."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from crm.history import PastLead
from rules.engine.decision import Assign, Outcome, RoutingDecision
from rules.engine.facts import NOW as TIME
from rules.engine.rules_engine import RulesEngine
from tests.rules.books import write_book

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday."""
DESK = Assign(to="team", key="desk", strategy="round_robin")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def lead_number(number: int) -> UUID:
    return uuid5(UUID(int=0), str(number))


def decision(outcome: Outcome, rule: str = "one", **more: Any) -> RoutingDecision:
    """A decision of a rule, or with rule="otherwise" of none."""
    values = {
        "digest": "d" * 64, "files": ("default.yaml",), "file": "default.yaml", "rule": rule, "line": 1,
        "description": "", "outcome": outcome, "unmatched": rule == "otherwise", "reason": "",
    }  # fmt: skip
    return RoutingDecision.model_validate(values | more)


def past(number: int, decided: RoutingDecision | None = None, minute: float = 0, **more: Any) -> PastLead:
    """A lead decided in a minute of the first morning; `more` are facts, or what happened then."""
    facts = {name: more.pop(name) for name in list(more) if name not in PastLead.__dataclass_fields__}
    kept = (decided or decision(DESK)).model_dump(mode="json", exclude={"trace"})
    on = at(minute)
    all_facts = {TIME: int(on.timestamp()), **facts}
    return PastLead(lead_number(number), on, kept["digest"], kept, all_facts, **more)


def engine(folder: Path, outcomes: dict[str, str], otherwise: str = "{assign_to: {queue: inbox}}") -> RulesEngine:
    """A rule for each job title, named after it, with this outcome."""
    rules = "".join(
        f"  - {{id: {title}, when: {{jobtitle: {title}}}, then: {outcome}}}\n" for title, outcome in outcomes.items()
    )
    text = f"rules:\n{rules}" if rules else ""
    folder.mkdir(parents=True, exist_ok=True)
    return RulesEngine.load(write_book(folder, {"default.yaml": f"{text}otherwise: {otherwise}\n"}))
