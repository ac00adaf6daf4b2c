"""What stands under `then` and `otherwise`, read into outcomes whose names exist."""

from typing import Any, Literal

from rules.engine.decision import Assign, Disqualify, Hold, Offer, OfferTo, Outcome, Qualify, Requirements
from rules.engine.distribution_check import check_assign, check_offer
from rules.engine.findings import Code, Findings
from rules.engine.loader import YamlNode
from rules.engine.outcome_specs import AssignSpec, OutcomeSpec
from rules.engine.shape import place_of
from rules.engine.steps import StepReader, require_known
from rules.engine.values import Names
from rules.strategies import DEFAULT_STRATEGY, STICKY, STRATEGIES

DISQUALIFIED = 2
_OUTCOMES = ("assign_to", "offer_to", "qualify", "disqualify", "hold")
_WITH_A_MEMBER = ("strategy", "fallback", "during", "requires")
_ONLY_WITH = {
    "contact_within": ("assign_to",),
    "if_missed": ("assign_to",),
    "registered_for": ("offer_to",),
    "accept_within": ("assign_to", "offer_to"),
    "if_nobody": ("assign_to", "offer_to"),
}
"""Options, and the outcomes that take them."""


class OutcomeReader:
    """Turns specs into outcomes; what is wrong goes to `findings`."""

    def __init__(self, names: Names, findings: Findings) -> None:
        self._names = names
        self._findings = findings

    def read(self, spec: OutcomeSpec, node: YamlNode) -> Outcome | None:
        """The outcome, or None after a finding."""
        given = [name for name in _OUTCOMES if getattr(spec, name) is not None]
        if len(given) != 1:
            message = f"{' and '.join(given) or 'no outcome'} given"
            remedy = f"Give exactly one of {', '.join(_OUTCOMES)}"
            self._findings.error(Code.WRONG_SHAPE, node.at, message, remedy)
            return None
        self._refuse_misplaced(spec, given[0], node)
        if spec.assign_to is not None:
            return self._assign(spec, spec.assign_to, node)
        if spec.offer_to is not None:
            return self._offer(spec, node)
        if spec.qualify is not None:
            return Qualify(**spec.qualify.model_dump(), priority=spec.priority)
        if spec.hold is not None:
            return Hold(reason=spec.hold.reason, priority=spec.priority)
        return self._disqualify(spec, node)

    def _refuse_misplaced(self, spec: OutcomeSpec, outcome: str, node: YamlNode) -> None:
        for name, outcomes in _ONLY_WITH.items():
            if getattr(spec, name) and outcome not in outcomes:
                wanted = " or ".join(outcomes)
                remedy = f"Remove it, or write {wanted}"
                self._findings.error(Code.WRONG_PLACE, place_of(node, [name]), f"{name} without {wanted}", remedy)

    def _disqualify(self, spec: OutcomeSpec, node: YamlNode) -> Disqualify | None:
        assert spec.disqualify is not None
        statuses = self._names.choices["lead_statuscode"]
        option = statuses.find(spec.disqualify.status)
        if option is None or option.state != DISQUALIFIED:
            at = place_of(node, ["disqualify", "status"])
            valid = [status.label for status in statuses.options if status.state == DISQUALIFIED]
            self._findings.unknown(
                Code.UNKNOWN_OPTION, at, "status of a disqualified lead", spec.disqualify.status, valid
            )
            return None
        reason = spec.disqualify.reason
        return Disqualify(status=option.value, status_label=option.label, reason=reason, priority=spec.priority)

    def _assign(self, spec: OutcomeSpec, to: AssignSpec, node: YamlNode) -> Assign | None:
        at = place_of(node, ["assign_to"])
        targets = [(kind, key) for kind, key in self._targets(to) if key is not None]
        if len(targets) != 1:
            self._findings.error(
                Code.WRONG_SHAPE, at, f"{len(targets)} owners given", "Give exactly one of user, team, queue, partner"
            )
            return None
        kind, key = targets[0]
        self._known(kind, key, node, ["assign_to", kind])
        accept, contact = spec.accept_within, spec.contact_within
        if spec.if_missed and accept is None and contact is None:
            missed = place_of(node, ["if_missed"])
            message = "if_missed without accept_within or contact_within"
            self._findings.error(Code.WRONG_PLACE, missed, message, "Say how long to wait")
        if spec.if_nobody and kind in ("queue", "partner"):
            message, remedy = f"a {kind} takes every lead, so it never comes to if_nobody", "Remove it, or name a team"
            self._findings.error(Code.WRONG_PLACE, place_of(node, ["if_nobody"]), message, remedy)
            return None
        steps, first = StepReader(self._names, self._findings, node), key if kind == "team" else f"{kind} {key}"
        outcome = Assign(
            to=kind, key=key, **self._member(kind, to, node), priority=spec.priority,
            accept_within=accept.within if accept else None, sla_clock=accept is not None and accept.clock,
            contact_within=contact.within if contact else None, contact_clock=contact is not None and contact.clock,
            if_missed=steps.if_missed(spec.if_missed), if_nobody=steps.if_nobody(spec.if_nobody, first),
        )  # fmt: skip
        check_assign(outcome, node, self._names.directory, self._findings)
        return outcome

    def _offer(self, spec: OutcomeSpec, node: YamlNode) -> Offer | None:
        """An offer to partners: a list is an order, a dictionary says weights."""
        given = spec.offer_to or {}
        weights = given if isinstance(given, dict) else dict.fromkeys(given, 1)
        at = place_of(node, ["offer_to"])
        for index, key in enumerate(given):
            self._known("partner", key, node, ["offer_to", key if given is weights else index])
        if not weights or len(weights) < len(given):
            message = "a partner stands there twice" if weights else "no partner is named"
            self._findings.error(Code.WRONG_SHAPE, at, message, "Name each partner once, at least one")
            return None
        limit = spec.accept_within
        if limit is None:
            remedy = "Say how long a partner has to answer, such as `accept_within: 24 hours`"
            self._findings.error(Code.MISSING_KEY, at, "offer_to without accept_within", remedy)
            return None
        outcome = Offer(
            partners=tuple(OfferTo(partner=key, weight=weight) for key, weight in weights.items()),
            by="weight" if given is weights else "order", priority=spec.priority,
            accept_within=limit.within, sla_clock=limit.clock, registered_for=spec.registered_for,
            if_nobody=StepReader(self._names, self._findings, node).if_nobody(spec.if_nobody, None),
        )  # fmt: skip
        check_offer(outcome, node, self._findings)
        return outcome

    def _targets(self, to: AssignSpec) -> list[tuple[Literal["user", "team", "queue", "partner"], str | None]]:
        return [("user", to.user), ("team", to.team), ("queue", to.queue), ("partner", to.partner)]

    def _known(self, kind: str, key: str, node: YamlNode, path: list[int | str]) -> None:
        require_known(self._names, self._findings, kind, key, place_of(node, path))

    def _member(self, kind: str, to: AssignSpec, node: YamlNode) -> dict[str, Any]:
        """How the team chooses; what is said of that for another kind of owner is an error."""
        if kind != "team":
            for name in _WITH_A_MEMBER:
                if name in to.model_fields_set:
                    at = place_of(node, ["assign_to", name])
                    self._findings.error(Code.WRONG_PLACE, at, f"a {kind} takes no {name}", "Remove it, or name a team")
            return {}
        strategy = to.strategy or DEFAULT_STRATEGY
        if strategy not in STRATEGIES:
            at = place_of(node, ["assign_to", "strategy"])
            self._findings.unknown(Code.UNKNOWN_NAME, at, "strategy", strategy, STRATEGIES)
        if to.fallback is not None:
            self._check_fallback(to.fallback, strategy, node)
        return {
            "strategy": strategy,
            "fallback": to.fallback,
            "during": to.during,
            "requires": Requirements(**to.requires.model_dump()),
        }

    def _check_fallback(self, fallback: str, strategy: str, node: YamlNode) -> None:
        at = place_of(node, ["assign_to", "fallback"])
        if strategy != STICKY:
            remedy = "Remove it, or write `strategy: sticky`"
            self._findings.error(Code.WRONG_PLACE, at, "fallback without `strategy: sticky`", remedy)
        elif fallback not in STRATEGIES or fallback == STICKY:
            self._findings.unknown(Code.UNKNOWN_NAME, at, "fallback", fallback, STRATEGIES.keys() - {STICKY})
