"""What stands under `then` and `otherwise`, read into outcomes whose names exist."""

from typing import Any, Literal

from rules.engine.decision import (
    Assign,
    Disqualify,
    Hold,
    MissedStep,
    NobodyStep,
    Offer,
    OfferTo,
    Outcome,
    Qualify,
    Requirements,
)
from rules.engine.findings import Code, Findings
from rules.engine.loader import YamlNode
from rules.engine.outcome_specs import AssignSpec, OutcomeSpec
from rules.engine.shape import place_of
from rules.engine.values import Names
from rules.strategies import STRATEGIES

DEFAULT_STRATEGY = "round_robin"
STICKY = "sticky"
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
        steps = tuple(self._step(step, node, index) for index, step in enumerate(spec.if_missed))
        accept, contact = spec.accept_within, spec.contact_within
        if steps and accept is None and contact is None:
            missed = place_of(node, ["if_missed"])
            message = "if_missed without accept_within or contact_within"
            self._findings.error(Code.WRONG_PLACE, missed, message, "Say how long to wait")
        if None in steps:
            return None
        return Assign(
            to=kind, key=key, **self._member(kind, to, node), priority=spec.priority,
            accept_within=accept.within if accept else None, sla_clock=accept is not None and accept.clock,
            contact_within=contact.within if contact else None, contact_clock=contact is not None and contact.clock,
            if_missed=tuple(step for step in steps if step is not None), if_nobody=self._if_nobody(spec, node),
        )  # fmt: skip

    def _offer(self, spec: OutcomeSpec, node: YamlNode) -> Offer | None:
        """An offer to partners: a list is an order, a dictionary says weights."""
        given = spec.offer_to or {}
        weights = given if isinstance(given, dict) else dict.fromkeys(given, 1)
        at = place_of(node, ["offer_to"])
        for key in weights:
            self._known("partner", key, node, ["offer_to", key] if given is weights else ["offer_to"])
        if not weights or len(weights) < len(given):
            message = "a partner stands there twice" if weights else "no partner is named"
            self._findings.error(Code.WRONG_SHAPE, at, message, "Name each partner once, at least one")
            return None
        limit = spec.accept_within
        if limit is None:
            remedy = "Say how long a partner has to answer, such as `accept_within: 24 hours`"
            self._findings.error(Code.MISSING_KEY, at, "offer_to without accept_within", remedy)
            return None
        return Offer(
            partners=tuple(OfferTo(partner=key, weight=weight) for key, weight in weights.items()),
            by="weight" if given is weights else "order", priority=spec.priority,
            accept_within=limit.within, sla_clock=limit.clock, registered_for=spec.registered_for,
            if_nobody=self._if_nobody(spec, node),
        )  # fmt: skip

    def _targets(self, to: AssignSpec) -> list[tuple[Literal["user", "team", "queue", "partner"], str | None]]:
        return [("user", to.user), ("team", to.team), ("queue", to.queue), ("partner", to.partner)]

    def _known(self, kind: str, key: str, node: YamlNode, path: list[int | str]) -> None:
        valid = self._names.directory.owners()[kind]
        if key not in valid:
            self._findings.unknown(Code.UNKNOWN_NAME, place_of(node, path), kind, key, valid)
        elif kind == "user" and not self._names.directory.users[key].active:
            message = f"user '{key}' is not active and gets no leads"
            self._findings.warning(Code.INACTIVE_USER, place_of(node, path), message, "Name somebody else, or a team")

    def _member(self, kind: str, to: AssignSpec, node: YamlNode) -> dict[str, Any]:
        """How the team chooses; what is said of that for another kind of owner is an error."""
        if kind != "team":
            for name in _WITH_A_MEMBER:
                if name in to.model_fields_set:
                    at = place_of(node, ["assign_to", name])
                    self._findings.error(Code.WRONG_PLACE, at, f"a {kind} takes no {name}", "Remove it, or name a team")
            return {}
        strategy = to.strategy or DEFAULT_STRATEGY
        for name, given in (("strategy", strategy), ("fallback", to.fallback)):
            if given is not None and given not in STRATEGIES:
                at = place_of(node, ["assign_to", name])
                self._findings.unknown(Code.UNKNOWN_NAME, at, "strategy", given, STRATEGIES)
        if to.fallback is not None and strategy != STICKY:
            at = place_of(node, ["assign_to", "fallback"])
            self._findings.error(Code.WRONG_PLACE, at, "fallback without `strategy: sticky`", "Remove it")
        return {
            "strategy": strategy,
            "fallback": to.fallback,
            "during": to.during,
            "requires": Requirements(**to.requires.model_dump()),
        }

    def _if_nobody(self, spec: OutcomeSpec, node: YamlNode) -> tuple[NobodyStep, ...]:
        """The steps that can be read; a finding for each other."""
        steps = (self._nobody_step(step, node, index) for index, step in enumerate(spec.if_nobody))
        return tuple(step for step in steps if step is not None)

    def _nobody_step(self, step: str | dict[str, str], node: YamlNode, index: int) -> NobodyStep | None:
        path: list[int | str] = ["if_nobody", index]
        if step == "wait":
            return NobodyStep(action="wait")
        for action, kind in (("next", "team"), ("queue", "queue")):
            if isinstance(step, dict) and list(step) == [action]:
                self._known(kind, step[action], node, [*path, action])
                return NobodyStep.model_validate({"action": action, "key": step[action]})
        given = step if isinstance(step, str) else ", ".join(step)
        steps = ["wait", "next: <team>", "queue: <queue>"]
        self._findings.unknown(Code.UNKNOWN_KEY, place_of(node, path), "step", given, steps)
        return None

    def _step(self, step: str | dict[str, str], node: YamlNode, index: int) -> MissedStep | None:
        path: list[int | str] = ["if_missed", index]
        if step == "remind":
            return MissedStep(action="remind")
        if step == "re-route":
            return MissedStep(action="re-route")
        if isinstance(step, dict) and list(step) == ["escalate"]:
            self._known("team", step["escalate"], node, [*path, "escalate"])
            return MissedStep(action="escalate", team=step["escalate"])
        given = step if isinstance(step, str) else ", ".join(step)
        steps = ["remind", "re-route", "escalate: <team>"]
        self._findings.unknown(Code.UNKNOWN_KEY, place_of(node, path), "step", given, steps)
        return None
