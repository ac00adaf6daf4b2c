"""Routing: the rules decide where a lead goes, and it goes there, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from temporalio import activity

from activities import conflicts, offers, rerouting
from activities.deps import Dependencies
from activities.keys import key_of, unit_and_partner
from activities.linking import linked_owner
from activities.offering import offer
from activities.placing import assign
from activities.qualification import disqualify, qualify
from activities.sla import NO_LIMITS
from activities.steps import Effect, FollowUp, LeadStep, perform
from activities.waiting import freed
from crm.entities.lead import Lead
from crm.lifecycle import ROUTED_STAGES, LeadStage, require_open
from crm.requests import DisqualifyLead, QualifyLead, RerouteLead
from crm.store import records
from crm.store.life import leads
from crm.store.partners import registrations
from crm.store.rules import decisions, rulesets
from crm.views import Decision, Routing
from rules.engine.decision import Assign, Disqualify, Hold, Offer, Qualify, RoutingDecision
from rules.engine.directory import Directory
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.fields_read import differing
from rules.engine.policy import Policy
from rules.engine.rules_engine import RulesEngine

_SLA = {"accept_within", "sla_clock", "contact_within", "contact_clock", "if_missed"}
DISAGREEMENTS = "leadflow_engine_disagreements"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the rules say, and why they were asked. A lead that is `exhausted` was routed again too often: it goes to a
    manager."""

    decision: RoutingDecision
    policy: Policy
    why: str
    exhausted: bool

    @property
    def because(self) -> str:
        return f"{_sentence(self.decision)}; {self.why}"


class Routings:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def route_lead(self, step: LeadStep[RerouteLead]) -> Routing:
        """Decide again by today's rules, keep the whole decision, and apply its outcome.

        Raises Unavailable (retried); Misconfigured where the rules name what the store does not have (not retried by
        the activity: the run's task fails until somebody mends the rules or the directory).
        """

        def effect(connection: Connection) -> Effect:
            lead = leads.lock(connection, step.leadid)
            require_open(lead.statecode)
            event, result = route(connection, self._deps, lead, step, step.request)
            return Effect(event=event, result=result, follow_up=freed(connection, lead))

        done = perform(self._deps, step, "route", effect)
        return Routing.model_validate({**done.result, "lead": done.lead})


def route(
    connection: Connection, deps: Dependencies, lead: Lead, step: LeadStep[Any], request: RerouteLead
) -> tuple[str, dict[str, Any]]:
    """Decide where a stored, open lead goes, and send it there. Returns the event, and what the run must know."""
    if request.if_waiting and lead.lf_stage != LeadStage.WAITING:
        return f"Rules not asked again: the lead does not wait any more ({request.reason})", {}
    unmoved = rerouting.leave(connection, lead, request, step.on)
    unmoved = unmoved or conflicts.kept_by_partner(connection, lead, step, request)
    if unmoved:
        return unmoved, {}
    engine = deps.rules.current()
    facts = routing_facts(connection, engine, lead, step.on)
    decision = engine.decide(facts, trace=False)
    policy = engine.policy(facts)
    if stays := rerouting.stays(connection, lead, request, decision, policy):
        return stays, {}
    if decision.engine_disagreement:
        activity.metric_meter().create_counter(DISAGREEMENTS, "Decisions on which the engines differed").add(1)
    rulesets.keep(connection, decision.digest, engine.book.texts, step.on)
    kept = decision.model_dump(mode="json", exclude={"trace"})
    decisions.put(connection, step.leadid, step.step, kept, facts, step.on)
    deps.shadow.compare(connection, step.leadid, step.step, step.on, facts, decision)
    offers.take_back(connection, lead, step.on, request.reason, actor=request.actor)
    may_conflict = "registered_partner" in facts or lead.lf_routingrule is not None
    conflict = conflicts.note_conflict(connection, lead, decision.outcome, step.on) if may_conflict else ""
    exhausted = rerouting.count(connection, lead, request, decision, policy, step.on)
    verdict = _Verdict(decision, policy, request.reason, exhausted)
    event = _apply(connection, deps, engine.directory, lead, step, verdict)
    return event + conflict, _without_limits(decision) if exhausted else _for_the_run(decision)


def _apply(
    connection: Connection,
    deps: Dependencies,
    directory: Directory,
    lead: Lead,
    step: LeadStep[Any],
    verdict: _Verdict,
) -> str:
    """Carry out the outcome; returns the event for the timeline."""
    decision, outcome, because = verdict.decision, verdict.decision.outcome, verdict.because
    routed = {"lf_routingrule": decision.rule, "lf_rulesdigest": decision.digest, "lf_priority": outcome.priority}
    match outcome:
        case Assign() | Offer() if verdict.exhausted:
            return rerouting.to_manager(connection, lead, step, outcome, directory, verdict.why, **routed)
        case Assign():
            linked = linked_owner(connection, lead, verdict.policy, directory, step.on)
            return assign(connection, directory, lead, step, outcome, because, linked=linked, **routed)
        case Offer():
            rule = f"{decision.file}#{decision.rule}"
            return offer(connection, directory, lead, step, outcome, rule, because, **routed)
        case Hold():
            held = {**routed, "lf_stage": LeadStage.HELD, **NO_LIMITS}
            records.update(connection, Lead, lead.leadid, held, now=step.on)
            return f"Held: {outcome.reason} ({_sentence(decision)})"
        case Disqualify():
            records.update(connection, Lead, lead.leadid, routed, now=step.on)
            closing = DisqualifyLead(status=outcome.status, reason=outcome.reason)
            return f"{disqualify(connection, deps, lead, closing, step.on)} ({_sentence(decision)})"
        case Qualify():
            records.update(connection, Lead, lead.leadid, routed, now=step.on)
            request = QualifyLead(
                CreateAccount=outcome.create_account,
                CreateContact=outcome.create_contact,
                CreateOpportunity=outcome.create_opportunity,
            )
            created = qualify(connection, deps, lead, request, step)
            return f"Qualified by rule: {len(created)} records created ({_sentence(decision)})"


def change_attributes(
    connection: Connection, engine: RulesEngine, lead: Lead, changes: Mapping[str, Any], now: datetime
) -> FollowUp:
    """Change a stored lead. The rules are asked again where that changes what they read of a lead that was routed."""
    before = routing_facts(connection, engine, lead, now)
    records.update(connection, Lead, lead.leadid, dict(changes), now=now)
    after = routing_facts(connection, engine, leads.lock(connection, lead.leadid), now)
    return FollowUp(reconsider=lead.lf_stage in ROUTED_STAGES and bool(differing(engine.fields_read, before, after)))


def routing_facts(connection: Connection, engine: RulesEngine, lead: Lead, now: datetime) -> dict[str, object]:
    """What the rules read of a stored lead."""
    return lead_facts(lead, routing_context(connection, lead, engine.directory, now))


def routing_context(connection: Connection, lead: Lead, directory: Directory, now: datetime) -> RoutingContext:
    """What the rules may ask about a stored lead beside its attributes."""
    duplicate, account, contact = leads.known_before(connection, lead)
    registered = registrations.holder(connection, registrations.company_of(lead), now)
    return RoutingContext(
        now=now,
        **unit_and_partner(lead, directory),
        campaign=key_of("campaign", lead.campaignid, directory.campaigns),
        is_duplicate=duplicate,
        existing_account=account,
        existing_contact=contact,
        registered_partner=registered.partner if registered else None,
    )


def _sentence(decision: RoutingDecision) -> str:
    return decision.reason.rstrip(".")


def _for_the_run(decision: RoutingDecision) -> dict[str, Any]:
    """What the workflow needs to know of the decision; the store keeps all of it."""
    outcome = decision.outcome
    if not isinstance(outcome, Assign):
        return _without_limits(decision)
    return {**_without_limits(decision), **outcome.model_dump(mode="json", include=_SLA)}


def _without_limits(decision: RoutingDecision) -> dict[str, Any]:
    return {"decision": decision.model_dump(mode="json", include=set(Decision.model_fields))}
