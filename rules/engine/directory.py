"""rules/directory.yaml: the units, people, teams, queues, partners and campaigns that rules refer to by key."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from rules.calendars import ALWAYS, EVERY_HOUR, Calendar, Week
from rules.engine.working_hours import Absences, WorkingHours, week_of

MAX_LEVELS = 20
"""How many business units may stand above each other, the lowest included."""
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([-_.][a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=160)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, min_length=1, max_length=64)]
Words = Annotated[
    tuple[Word, ...], BeforeValidator(lambda given: given if isinstance(given, list | tuple) else [given])
]
"""One word, or a list of them, without regard to case."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BusinessUnit(_Entry):
    name: Name = Field(description="Name for people")
    parent: Key | None = Field(default=None, description="Business unit that this one is a part of, by key")


class _AtWork(_Entry):
    """When somebody works. `holidays` is an ISO country with or without its subdivision: DE, DE-BY."""

    working_hours: WorkingHours | None = Field(
        default=None, description="Hours of work; for a person, if not said, those of the team; else any time"
    )
    holidays: str | None = Field(default=None, description="Public holidays of a country or a part of it: DE, DE-BY")

    @cached_property
    def week(self) -> Week | None:
        """The working hours of each day, None where none are stated."""
        return week_of(self.working_hours) if self.working_hours else None


class User(_AtWork):
    """A person. `time_zone` is an IANA name.

    Who states no working hours, holidays or time zone has those of the team through which a lead comes.
    """

    name: Name = Field(description="Name for people")
    email: Name = Field(description="E-mail address")
    business_unit: Key = Field(description="Business unit that the person works for, by key")
    active: bool = Field(default=True, description="no: the person gets no leads; yes if not said")
    time_zone: str = Field(default="UTC", description="Time zone, such as Europe/Berlin; if not said, that of the team")
    absences: Absences = Field(default=(), description="Days on which the person is away and gets no leads")
    languages: Words = Field(default=(), description="Languages that the person speaks, for rules that require one")
    skills: Words = Field(default=(), description="Skills that the person has, for rules that require one")
    territories: Words = Field(default=(), description="Territories that the person covers, for rules that require one")
    capacity: int | None = Field(
        default=None, ge=0, le=100_000, description="How many open leads the person may have; if not said, the team's"
    )
    roles: tuple[Key, ...] = Field(
        default=(),
        max_length=15,
        description="Security roles in the Web API, by key; "
        "if not said, salesperson, or channel-partner for a partner's",
    )

    @property
    def own_zone(self) -> str | None:
        """The time zone, where the directory states one."""
        return self.time_zone if "time_zone" in self.model_fields_set else None


class TeamMember(_Entry):
    """A user's place in a team. `weight` counts with the strategy `weighted`."""

    user: Key = Field(description="The member, by key")
    weight: int = Field(default=1, ge=1, le=1000, description="Share of the team's leads; 1 if not said")


class Team(_AtWork):
    name: Name = Field(description="Name for people")
    business_unit: Key = Field(description="Business unit that the team belongs to, by key")
    members: tuple[TeamMember, ...] = Field(default=(), description="Who shares the team's leads")
    manager: Key | None = Field(default=None, description="Who leads the team, by key")
    capacity: int | None = Field(
        default=None, ge=0, le=100_000, description="How many open leads each member may have who states none"
    )
    missed_turns: Literal["skip", "keep", "pay_back"] = Field(
        default="skip",
        description="What becomes of turns that pass while a member is away; skip if not said",
    )
    time_zone: str | None = Field(
        default=None, description="Time zone of members who state none, such as Europe/Berlin"
    )

    @property
    def own_zone(self) -> str | None:
        return self.time_zone

    @field_validator("members", mode="before")
    @classmethod
    def _bare_keys(cls, members: object) -> object:
        """A member may be given as the bare key of the user."""
        if not isinstance(members, list):
            return members
        return [{"user": member} if isinstance(member, str) else member for member in members]


class Queue(_Entry):
    name: Name = Field(description="Name for people")
    team: Key = Field(description="Team that works on the queue, by key")


class ChannelPartner(_Entry):
    name: Name = Field(description="Name of the company")
    team: Key = Field(description="Our team that looks after the partner, by key")


class Campaign(_Entry):
    name: Name = Field(description="Name for people")


class Currency(_Entry):
    """`rate`: units of this currency for one unit of the base currency."""

    name: Name = Field(description="Name for people")
    rate: Decimal = Field(gt=0, description="Units of this currency for one unit of the base currency")


CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Directory(_Entry):
    """The whole directory, each section by key."""

    business_units: dict[Key, BusinessUnit] = Field(default={}, description="Parts of the organisation, by key")
    users: dict[Key, User] = Field(default={}, description="People, by key")
    teams: dict[Key, Team] = Field(default={}, description="Teams of people who share leads, by key")
    queues: dict[Key, Queue] = Field(default={}, description="Inboxes that a team works on, by key")
    channel_partners: dict[Key, ChannelPartner] = Field(default={}, description="Companies that bring leads, by key")
    campaigns: dict[Key, Campaign] = Field(default={}, description="Campaigns that leads answer, by key")
    base_currency: CurrencyCode | None = Field(default=None, description="Currency in which amounts are compared")
    currencies: dict[CurrencyCode, Currency] = Field(default={}, description="Currencies of leads, by ISO code")

    def with_parents(self, unit: str) -> tuple[str, ...]:
        """The unit and its parents, nearest first. Ends at a loop, an unknown parent or after MAX_LEVELS."""
        chain: list[str] = []
        key: str | None = unit
        while key in self.business_units and key not in chain and len(chain) < MAX_LEVELS:
            chain.append(key)
            key = self.business_units[key].parent
        return tuple(chain)

    def owners(self) -> Mapping[str, Mapping[str, object]]:
        """Everybody who may get a lead, by what a rule calls them."""
        return {"user": self.users, "team": self.teams, "queue": self.queues, "partner": self.channel_partners}

    def calendar(self, *, user: str | None = None, team: str | None = None) -> Calendar:
        """When a user works, as a member of a team if one is given; or when a team does.

        What the user states comes first: working hours, holidays and time zone, each by itself. A user or team that
        the directory does not have works at any time.
        """
        if user is not None and user not in self.users:
            return ALWAYS
        asked = (self.users.get(user or ""), self.teams.get(team or ""))
        entries = [entry for entry in asked if entry is not None]
        week = next((entry.week for entry in entries if entry.week is not None), EVERY_HOUR)
        holidays = next((entry.holidays for entry in entries if entry.holidays is not None), None)
        zone = next((entry.own_zone for entry in entries if entry.own_zone is not None), "UTC")
        return Calendar(week, zone, holidays)

    def capacity(self, *, user: str, team: str | None = None) -> int | None:
        """How many open leads a user may have, as a member of a team if one is given; None: any number.

        What the user states comes first.
        """
        asked = (self.users.get(user), self.teams.get(team or ""))
        return next((entry.capacity for entry in asked if entry is not None and entry.capacity is not None), None)
