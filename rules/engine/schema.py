"""A rule file's format: the specs that its YAML must fit, and the checked models that everything else works with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from crm.choices import ChoiceBook
from crm.entities.lead import Lead
from rules.engine.conditions import Group
from rules.engine.decision import Outcome, Priority
from rules.engine.directory import Directory
from rules.engine.findings import Place
from rules.engine.loader import Items, Table
from rules.engine.outcome_specs import OtherwiseSpec, OutcomeSpec
from rules.engine.periods import Moment, moment
from rules.engine.policy import DuplicatesSpec, Policy, RerouteOnEdit
from rules.engine.roster import RosterSpec
from rules.engine.sources import FileKind
from rules.engine.values import Instant, WithinTime

HitPolicy = Literal["first", "unique", "priority"]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
RAW_KEYS = frozenset({"rules", "examples", "when", "lead"})
"""Keys whose values stay YAML nodes here: they are read one by one, or typed by the lead's schema."""
_DAY = "in UTC, such as 2025-01-31; or a time with its offset, such as 2025-01-31T17:00+01:00"


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)


class RuleSpec(_Spec):
    id: RuleId = Field(description="Name of the rule in reports: unique in the rule book, and never used again")
    description: str = Field(
        default="", max_length=300, description="What the rule is for; it is shown with every lead that it decides"
    )
    rank: int | None = Field(
        default=None, description="With `hit_policy: priority`: of the rules that match, the lowest rank decides"
    )
    valid_from: Moment | None = Field(default=None, description=f"The first day on which the rule counts, {_DAY}")
    valid_until: Moment | None = Field(default=None, description=f"The last day on which the rule counts, {_DAY}")
    when: Table = Field(description="Conditions on the lead; all of them must hold")
    then: OutcomeSpec = Field(description="What happens to a lead that matches")

    @field_validator("id")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value == "otherwise":
            raise ValueError("'otherwise' is the name of what happens when no rule matches; choose another id")
        return value

    @field_validator("valid_from", "valid_until", mode="before")
    @classmethod
    def _moment(cls, value: object) -> object:
        return moment(value) if isinstance(value, str) else value


class TableSpec(_Spec):
    """An entry among the rules that stands for the rows of a rule table. `rank` is for rows without one."""

    table: str = Field(description="A rule table beside this file: each of its rows is a rule")
    rank: int | None = Field(default=None, description="With `hit_policy: priority`: the rank of rows without one")


class ContextSpec(_Spec):
    """What an example knows about its lead beside the attributes."""

    business_unit: str | None = Field(default=None, description="Business unit of the lead, by key")
    channel_partner: str | None = Field(default=None, description="Partner that brought the lead, by key")
    registered_partner: str | None = Field(
        default=None, description="Partner for whom the company is registered, by key"
    )
    campaign: str | None = Field(default=None, description="Campaign that the lead answered, by key")
    is_duplicate: bool = Field(default=False, description="Another lead of the same person is known")
    existing_account: bool = Field(default=False, description="The company is an account already")
    existing_contact: bool = Field(default=False, description="The person is a contact already")
    now: Instant | None = Field(
        default=None, description="When the lead arrives, with its offset: 2026-01-15T10:00:00Z"
    )


class OwnerSpec(_Spec):
    """Who must get the lead. Of a team that the rule names, or its `if_nobody`: the team, the member, or both."""

    team: str | None = Field(default=None, description="The team that must get the lead, by key")
    queue: str | None = Field(default=None, description="The queue that the lead must wait in, by key")
    partner: str | None = Field(default=None, description="The partner who must get the lead, or the offer, by key")
    user: str | None = Field(default=None, description="The person who must get the lead, by key")
    strategy: str | None = Field(default=None, description="How the member of the team must be picked")


class ExpectSpec(_Spec):
    """What an example must lead to; only what is given is compared."""

    rule: str | None = Field(default=None, description="Id of the rule that must decide, or `otherwise`")
    file: str | None = Field(default=None, description="File that must decide, such as business_units/uk.yaml")
    owner: OwnerSpec | None = Field(default=None, description="Who must get the lead")
    skipped: tuple[str, ...] | None = Field(default=None, description="The members of the team who cannot get the lead")
    priority: Priority | None = Field(default=None, description="The priority that the lead must get")
    accept_within: WithinTime | None = Field(
        default=None, description="How long the owner, or the partner, must have to accept"
    )
    accept_by: Instant | None = Field(
        default=None, description="Until when it must be accepted, with its offset: 2026-01-16T10:00+01:00"
    )
    contact_within: WithinTime | None = Field(
        default=None, description="How long there must be until somebody has written or called"
    )
    contact_by: Instant | None = Field(
        default=None, description="Until when somebody must have written or called, with its offset"
    )
    waits: bool | None = Field(default=None, description="Whether the lead must wait because nobody may get it")
    waits_until: Instant | None = Field(
        default=None, description="When somebody may get it again, with its offset: 2026-01-19T09:00+01:00"
    )
    qualify: bool | None = Field(default=None, description="Whether the lead must be qualified at once")
    disqualify: str | None = Field(default=None, description="Status reason with which the lead must be closed")
    hold: bool | None = Field(default=None, description="Whether the lead must be held for a person to look at")

    @model_validator(mode="after")
    def _states_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("an example must expect something, such as `rule: <id>`")
        return self


class ExampleSpec(_Spec):
    name: str = Field(default="", max_length=120, description="What this example shows, in a few words")
    lead: Table = Field(description="What the lead says: its attributes")
    context: ContextSpec = Field(
        default=ContextSpec(), description="What is known about the lead beside its attributes"
    )
    roster: RosterSpec = Field(default=RosterSpec(), description="The state of the team; if not said, all are there")
    expect: ExpectSpec = Field(description="What must happen to the lead; only what stands here is compared")


class RuleFileSpec(_Spec):
    business_unit: str | None = Field(
        default=None, description="Business unit that these rules are for: the file's name without .yaml"
    )
    channel_partner: str | None = Field(
        default=None, description="Channel partner that these rules are for: the file's name without .yaml"
    )
    description: str = Field(default="", max_length=300, description="What these rules are for")
    hit_policy: HitPolicy = Field(
        default="first", description="Which rule decides when several match; first if not said"
    )
    duplicates: DuplicatesSpec | None = Field(
        default=None, description="What happens to another lead of the same person: link, merge or route"
    )
    max_reroutes: int | None = Field(
        default=None, ge=1, le=100, description="How often a lead may be routed again; then the team's manager gets it"
    )
    reroute_on_edit: RerouteOnEdit | None = Field(
        default=None, description="Whether a lead moves when an edit makes the rules send it elsewhere"
    )
    rules: Items | None = Field(default=None, description="The rules, and the rule tables, of this file")
    otherwise: OtherwiseSpec = Field(description="What happens to a lead that no rule matches")
    examples: Items | None = Field(
        default=None, description="Leads, and what must happen to them; `leadflow rules test` tries them"
    )


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    description: str
    when: Group
    outcome: Outcome
    at: Place


@dataclass(frozen=True, slots=True)
class Example:
    """One example, typed: a lead, what is known about it and about the team, and what must become of it."""

    name: str
    lead: Lead
    context: ContextSpec
    roster: RosterSpec
    expect: ExpectSpec
    at: Place


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A checked rule file, its rules in the order in which they decide. `otherwise` None hands on to the next file.

    `policy` holds what the file says of `Policy`, and nothing that it does not say.
    """

    path: str
    kind: FileKind
    key: str | None
    description: str
    hit_policy: HitPolicy
    rules: tuple[Rule, ...]
    otherwise: Outcome | None
    otherwise_at: Place
    examples: tuple[Example, ...]
    policy: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rule files by path relative to the rules folder, and what they refer to.

    `texts` holds every file of the book as it was written, so that the book can be kept and read again.
    """

    files: Mapping[str, RuleFile]
    directory: Directory
    choices: ChoiceBook
    texts: Mapping[str, str] = field(default_factory=dict)

    def policy(self, files: Iterable[str]) -> Policy:
        """What the first of these files that says it says, for each part of a policy."""
        stated: dict[str, Any] = {}
        for path in files:
            stated = {**self.files[path].policy, **stated}
        return Policy(**stated)
