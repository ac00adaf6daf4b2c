"""A rule file's format: the specs that its YAML must fit, and the checked models that everything else works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from crm.choices import ChoiceBook
from crm.entities.lead import Lead
from rules.engine.conditions import Group
from rules.engine.decision import Outcome, Priority
from rules.engine.directory import Directory
from rules.engine.findings import Place
from rules.engine.loader import Items, Table
from rules.engine.outcomes import OtherwiseSpec, OutcomeSpec
from rules.engine.periods import Moment, moment
from rules.engine.roster import RosterSpec
from rules.engine.sources import FileKind
from rules.engine.values import WithinTime

HitPolicy = Literal["first", "unique", "priority"]
RuleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
RAW_KEYS = frozenset({"rules", "examples", "when", "lead"})
"""Keys whose values stay YAML nodes here: they are read one by one, or typed by the lead's schema."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)


class RuleSpec(_Spec):
    id: RuleId
    description: str = Field(default="", max_length=300)
    rank: int | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    when: Table
    then: OutcomeSpec

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

    table: str
    rank: int | None = None


class ContextSpec(_Spec):
    """What an example knows about its lead beside the attributes."""

    business_unit: str | None = None
    channel_partner: str | None = None
    campaign: str | None = None
    is_duplicate: bool = False
    existing_account: bool = False
    existing_contact: bool = False
    now: AwareDatetime | None = None


class OwnerSpec(_Spec):
    """Who must get the lead. Of a team that the rule names: the team, the member who gets it, or both."""

    user: str | None = None
    team: str | None = None
    queue: str | None = None
    partner: str | None = None
    strategy: str | None = None


class ExpectSpec(_Spec):
    """What an example must lead to; only what is given is compared."""

    rule: str | None = None
    file: str | None = None
    owner: OwnerSpec | None = None
    skipped: tuple[str, ...] | None = Field(default=None, description="The members of the team who cannot get the lead")
    priority: Priority | None = None
    accept_within: WithinTime | None = None
    accept_by: AwareDatetime | None = Field(
        default=None, description="Until when it must be accepted, with its offset: 2026-01-16T10:00+01:00"
    )
    qualify: bool | None = None
    disqualify: str | None = None
    hold: bool | None = None

    @model_validator(mode="after")
    def _states_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("an example must expect something, such as `rule: <id>`")
        return self


class ExampleSpec(_Spec):
    name: str = Field(default="", max_length=120)
    lead: Table
    context: ContextSpec = ContextSpec()
    roster: RosterSpec = RosterSpec()
    expect: ExpectSpec


class RuleFileSpec(_Spec):
    business_unit: str | None = None
    channel_partner: str | None = None
    description: str = Field(default="", max_length=300)
    hit_policy: HitPolicy = "first"
    rules: Items | None = None
    otherwise: OtherwiseSpec
    examples: Items | None = None


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
    """A checked rule file, its rules in the order in which they decide. `otherwise` None hands on to the next file."""

    path: str
    kind: FileKind
    key: str | None
    description: str
    hit_policy: HitPolicy
    rules: tuple[Rule, ...]
    otherwise: Outcome | None
    otherwise_at: Place
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rule files by path relative to the rules folder, and what they refer to.

    `texts` holds every file of the book as it was written, so that the book can be kept and read again.
    """

    files: Mapping[str, RuleFile]
    directory: Directory
    choices: ChoiceBook
    texts: Mapping[str, str] = field(default_factory=dict)
