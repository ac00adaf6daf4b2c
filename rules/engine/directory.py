"""rules/directory.yaml: the units, people, teams, queues, partners and campaigns that rules refer to by key."""

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([-_.][a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=160)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BusinessUnit(_Entry):
    name: Name
    parent: Key | None = None


class User(_Entry):
    """A person. `time_zone` is an IANA name."""

    name: Name
    email: Name
    business_unit: Key
    active: bool = True
    time_zone: str = "UTC"


class TeamMember(_Entry):
    """A user's place in a team. `weight` is kept for strategies that weigh; round robin and least open do not."""

    user: Key
    weight: int = Field(default=1, ge=1, le=1000)


class Team(_Entry):
    name: Name
    business_unit: Key
    members: tuple[TeamMember, ...] = ()
    manager: Key | None = None

    @field_validator("members", mode="before")
    @classmethod
    def _bare_keys(cls, members: object) -> object:
        """A member may be given as the bare key of the user."""
        if not isinstance(members, list):
            return members
        return [{"user": member} if isinstance(member, str) else member for member in members]


class Queue(_Entry):
    name: Name
    team: Key


class ChannelPartner(_Entry):
    name: Name
    team: Key


class Campaign(_Entry):
    name: Name


class Currency(_Entry):
    """`rate`: units of this currency for one unit of the base currency."""

    name: Name
    rate: Decimal = Field(gt=0)


CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Directory(_Entry):
    """The whole directory, each section by key."""

    business_units: dict[Key, BusinessUnit] = {}
    users: dict[Key, User] = {}
    teams: dict[Key, Team] = {}
    queues: dict[Key, Queue] = {}
    channel_partners: dict[Key, ChannelPartner] = {}
    campaigns: dict[Key, Campaign] = {}
    currencies: dict[CurrencyCode, Currency] = {}
    base_currency: CurrencyCode | None = None

    def with_parents(self, unit: str) -> tuple[str, ...]:
        """The unit and its parents, nearest first. Ends at a loop or an unknown parent."""
        chain: list[str] = []
        key: str | None = unit
        while key in self.business_units and key not in chain:
            chain.append(key)
            key = self.business_units[key].parent
        return tuple(chain)
