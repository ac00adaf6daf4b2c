"""What a decision says. Every model is frozen and survives JSON: the decision is kept with the lead, word for word."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Priority = Literal["hot", "normal", "bulk"]
OTHERWISE = "otherwise"
"""The rule id of a decision that no rule matched."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MissedStep(_Frozen):
    """One step of what happens when nobody accepts in time. `team` is set for `escalate` only."""

    action: Literal["remind", "re-route", "escalate"]
    team: str | None = None


class NobodyStep(_Frozen):
    """What to do when nobody may get the lead: wait until somebody may, or try another team or queue, by `key`."""

    action: Literal["wait", "next", "queue"]
    key: str | None = None


class Requirements(_Frozen):
    """What a member must have to get the lead: all of each kind, as the directory lists them with the user."""

    languages: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()


class Assign(_Frozen):
    """The lead goes to a user, team, queue or partner of the directory.

    `strategy`, `fallback` (for `sticky`: how those whom nobody knows are distributed), `during` and `requires` are for
    teams only. `during` says which members may get it: those whose working hours it is, or (None) at any time.
    `if_nobody` is tried in order when nobody may; in the end the team owns the lead.

    `accept_within` and `contact_within` count the owner's working time from the assignment, or with `sla_clock` and
    `contact_clock` every hour. `if_missed` is the ladder of both.
    """

    kind: Literal["assign"] = "assign"
    to: Literal["user", "team", "queue", "partner"]
    key: str
    strategy: str | None = None
    fallback: str | None = None
    during: Literal["working_hours"] | None = None
    requires: Requirements = Requirements()
    priority: Priority = "normal"
    accept_within: timedelta | None = None
    sla_clock: bool = False
    contact_within: timedelta | None = None
    contact_clock: bool = False
    if_missed: tuple[MissedStep, ...] = ()
    if_nobody: tuple[NobodyStep, ...] = ()

    @property
    def destination(self) -> str:
        """Where the lead goes, in a few words; so have all outcomes."""
        return f"{self.to} {self.key}"


class OfferTo(_Frozen):
    """A channel partner who may be offered the lead, by key. `weight` is the share of first offers."""

    partner: str
    weight: int = 1


class Offer(_Frozen):
    """The lead is offered to one channel partner after the other until one accepts it.

    `by` says who is first: in the `order` of the rule, or by `weight`. Each has `accept_within` to answer, in working
    time of the partner's team or with `sla_clock` by the clock. Who accepts has the lead's company registered for
    `registered_for` (by the clock; None: not at all). When all have declined or let it expire: `if_nobody`, in the end
    the team of the last partner asked owns the lead.
    """

    kind: Literal["offer"] = "offer"
    partners: tuple[OfferTo, ...]
    by: Literal["order", "weight"] = "order"
    priority: Priority = "normal"
    accept_within: timedelta
    sla_clock: bool = False
    registered_for: timedelta | None = None
    if_nobody: tuple[NobodyStep, ...] = ()

    @property
    def destination(self) -> str:
        return f"offered to {', '.join(to.partner for to in self.partners)}"


class Qualify(_Frozen):
    """Straight through, with the flags of the QualifyLead action."""

    kind: Literal["qualify"] = "qualify"
    create_account: bool = True
    create_contact: bool = True
    create_opportunity: bool = True
    priority: Priority = "normal"

    @property
    def destination(self) -> str:
        return "qualified"


class Disqualify(_Frozen):
    """`status` is the number of a status reason of the state Disqualified, `status_label` its label."""

    kind: Literal["disqualify"] = "disqualify"
    status: int
    status_label: str
    reason: str | None = None
    priority: Priority = "normal"

    @property
    def destination(self) -> str:
        return "disqualified"


class Hold(_Frozen):
    """The lead waits for a person to look at it."""

    kind: Literal["hold"] = "hold"
    reason: str
    priority: Priority = "normal"

    @property
    def destination(self) -> str:
        return "held"


Outcome = Annotated[Assign | Offer | Qualify | Disqualify | Hold, Field(discriminator="kind")]


class ConditionTrace(_Frozen):
    """One condition as written, with the lead's value. `actual` is None for an empty field.

    `group` names the innermost group it stands in; in a `none` group, a condition that holds stops the rule.
    """

    field: str
    operator: str
    expected: str
    actual: str | None
    holds: bool
    group: Literal["all", "any", "none"]
    line: int


class RuleTrace(_Frozen):
    """One rule that was tried: `held` of its `parts` conditions hold (a group counts as one), and it matches if all do.

    A near miss is a rule of several conditions that fails in exactly one. `file` is the rule file, or the rule table
    that the rule is a row of; `line` counts in it.
    """

    file: str
    rule: str
    line: int
    matched: bool
    near_miss: bool
    held: int
    parts: int
    conditions: tuple[ConditionTrace, ...]


class RoutingDecision(_Frozen):
    """Where a lead goes and why.

    `digest` names the state of the rule book; `files` are the files that were asked, in order, and `file` is the one
    that decided. Where its rule is a row of a rule table, `table` names that, and `line` counts in it, else in `file`.
    `unmatched` says that no rule matched and `rule` is "otherwise". `engine_disagreement` says that durable-rules and
    the Python evaluator differed twice and the evaluator's answer was taken.
    """

    digest: str
    files: tuple[str, ...]
    file: str
    rule: str
    table: str | None = Field(default=None, exclude_if=lambda table: table is None)
    line: int
    description: str
    outcome: Outcome
    unmatched: bool
    engine_disagreement: bool = False
    reason: str
    trace: tuple[RuleTrace, ...] = ()
