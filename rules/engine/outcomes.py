"""What stands under `then` and `otherwise`, read into outcomes whose names exist."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rules.engine.decision import Assign, Disqualify, Hold, MissedStep, Outcome, Priority, Qualify
from rules.engine.findings import Code, Findings
from rules.engine.loader import YamlNode
from rules.engine.shape import place_of
from rules.engine.values import Names, WithinTime
from rules.strategies import STRATEGIES

DEFAULT_STRATEGY = "round_robin"
DISQUALIFIED = 2


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AssignSpec(_Spec):
    """Exactly one of user, team, queue and partner."""

    user: str | None = Field(default=None, description="One person, by key")
    team: str | None = Field(default=None, description="A team, by key; the strategy picks the member")
    queue: str | None = Field(default=None, description="A queue, by key: the lead waits there for the queue's team")
    partner: str | None = Field(default=None, description="A channel partner, by key: the lead goes to that company")
    strategy: str | None = Field(
        default=None, description="How the member of the team is picked; round_robin if not said"
    )
    during: Literal["working_hours"] | None = Field(
        default=None, description="Only members whose working hours it is may get the lead"
    )


class QualifySpec(_Spec):
    create_account: bool = Field(default=True, description="Make an account of the company; yes if not said")
    create_contact: bool = Field(default=True, description="Make a contact of the person; yes if not said")
    create_opportunity: bool = Field(default=True, description="Open an opportunity; yes if not said")


class DisqualifySpec(_Spec):
    status: str = Field(description="Status reason that the closed lead gets")
    reason: str | None = Field(default=None, description="Why, in words; it stands in the lead's history")


class HoldSpec(_Spec):
    reason: str = Field(min_length=1, description="What the person who looks at the lead must know")


class OutcomeSpec(_Spec):
    """Exactly one of the four outcomes, and how urgent it is."""

    assign_to: AssignSpec | None = Field(default=None, description="Gives the lead to a person, team, queue or partner")
    qualify: QualifySpec | None = Field(
        default=None, description="Qualifies the lead at once, without a person; `{}` makes everything"
    )
    disqualify: DisqualifySpec | None = Field(default=None, description="Closes the lead without a sale")
    hold: HoldSpec | None = Field(default=None, description="Keeps the lead until a person has looked at it")
    priority: Priority = Field(
        default="normal", description="Shown with the lead, so that people see what is urgent; normal if not said"
    )
    accept_within: WithinTime | None = Field(
        default=None, description="How long the owner has, in working time: 4 hours. By the clock: 15 minutes clock"
    )
    if_missed: tuple[str | dict[str, str], ...] = Field(
        default=(), description="What happens, step by step, when nobody accepts in time"
    )


class OtherwiseSpec(OutcomeSpec):
    """An outcome, or `use`: the next file of the chain."""

    use: Literal["business_unit", "parent"] | None = Field(
        default=None, description="Instead of an outcome: go on to the next file"
    )


class OutcomeReader:
    """Turns specs into outcomes; what is wrong goes to `findings`."""

    def __init__(self, names: Names, findings: Findings) -> None:
        self._names = names
        self._findings = findings

    def read(self, spec: OutcomeSpec, node: YamlNode) -> Outcome | None:
        """The outcome, or None after a finding."""
        given = [name for name in ("assign_to", "qualify", "disqualify", "hold") if getattr(spec, name) is not None]
        if len(given) != 1:
            message = f"{' and '.join(given) or 'no outcome'} given"
            remedy = "Give exactly one of assign_to, qualify, disqualify, hold"
            self._findings.error(Code.WRONG_SHAPE, node.at, message, remedy)
            return None
        if spec.assign_to is not None:
            return self._assign(spec, spec.assign_to, node)
        for name in ("accept_within", "if_missed"):
            if getattr(spec, name):
                at = place_of(node, [name])
                self._findings.error(Code.WRONG_PLACE, at, f"{name} without assign_to", "Remove it, or assign the lead")
        if spec.qualify is not None:
            return Qualify(**spec.qualify.model_dump(), priority=spec.priority)
        if spec.hold is not None:
            return Hold(reason=spec.hold.reason, priority=spec.priority)
        return self._disqualify(spec, node)

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
        if steps and spec.accept_within is None:
            missed = place_of(node, ["if_missed"])
            self._findings.error(Code.WRONG_PLACE, missed, "if_missed without accept_within", "Say how long to wait")
        if None in steps:
            return None
        limit = spec.accept_within
        return Assign(
            to=kind, key=key, strategy=self._strategy(kind, to, node), during=to.during, priority=spec.priority,
            accept_within=limit.within if limit else None, sla_clock=limit is not None and limit.clock,
            if_missed=tuple(step for step in steps if step is not None),
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

    def _strategy(self, kind: str, to: AssignSpec, node: YamlNode) -> str | None:
        """How the team chooses; what is said of that for another kind of owner is an error."""
        if kind == "team":
            if to.strategy is not None and to.strategy not in STRATEGIES:
                at = place_of(node, ["assign_to", "strategy"])
                self._findings.unknown(Code.UNKNOWN_NAME, at, "strategy", to.strategy, STRATEGIES)
            return to.strategy or DEFAULT_STRATEGY
        for name in ("strategy", "during"):
            if getattr(to, name) is not None:
                at = place_of(node, ["assign_to", name])
                self._findings.error(Code.WRONG_PLACE, at, f"a {kind} takes no {name}", "Remove it, or name a team")
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
