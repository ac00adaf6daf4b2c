"""Rules in the shadow: a candidate set decides each lead beside the live rules, is recorded, and changes nothing."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from crm.store.database import Database
from crm.store.rules import rulesets, shadows
from rules.engine.decision import RoutingDecision
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources

_log = logging.getLogger("leadflow.rules")


@dataclass(frozen=True, slots=True)
class Candidate:
    """The rule set in trial, ready to decide."""

    shadow: UUID
    engine: RulesEngine


class ShadowRules:
    """The candidate of the trial that runs, if one does. Use from any thread."""

    def __init__(self) -> None:
        self.candidate: Candidate | None = None

    def refresh(self, database: Database) -> None:
        """Follow what people started and stopped.

        Raises Unavailable when the database does not answer, Misconfigured when the set no longer checks.
        """
        with database.reading() as connection:
            running = shadows.active(connection)
            if running is None:
                self.candidate = None
                return
            if self.candidate is not None and self.candidate.shadow == running.id:
                return
            _, files = rulesets.find(connection, running.digest)
        engine = RulesEngine.of(RuleSources.from_texts(files), f"the rules {running.name} in the shadow")
        self.candidate = Candidate(running.id, engine)
        _log.info("rules %s decide in the shadow", engine.digest[:12])

    def compare(
        self,
        connection: Connection,
        leadid: UUID,
        step: str,
        on: datetime,
        facts: Mapping[str, Any],
        live: RoutingDecision,
    ) -> None:
        """Record what the candidate says of a lead that was just decided. It can fail; the lead does not notice."""
        candidate = self.candidate
        if candidate is None:
            return
        decision, fault = _tried(candidate.engine, facts)
        differs = decision is not None and _differ(decision, live)
        kept = decision.model_dump(mode="json", exclude={"trace"}) if decision is not None and differs else None
        shadows.record(connection, candidate.shadow, leadid, step, on, differs=differs, decision=kept, fault=fault)


def _tried(engine: RulesEngine, facts: Mapping[str, Any]) -> tuple[RoutingDecision | None, str | None]:
    """The candidate's decision, or what it failed with: whatever that is, the live decision stands."""
    try:
        return engine.decide(facts, trace=False), None
    except Exception as error:
        _log.warning("rules in the shadow failed: %s", error)
        return None, f"{type(error).__name__}: {error}"


def _differ(one: RoutingDecision, other: RoutingDecision) -> bool:
    """Another outcome, or the same one by another rule."""
    return (one.outcome, one.file, one.rule) != (other.outcome, other.file, other.rule)
