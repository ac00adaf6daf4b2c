"""The shape of an organisation's directory (rules/directory.yaml), as `crm.store.people.organisation` reads it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol


class UnitEntry(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def parent(self) -> str | None: ...


class UserEntry(Protocol):
    """`time_zone` is an IANA name; who is not `active` gets no leads. `roles` are keys of security roles."""

    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def business_unit(self) -> str: ...
    @property
    def active(self) -> bool: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def roles(self) -> Iterable[str]: ...


class MemberEntry(Protocol):
    @property
    def user(self) -> str: ...
    @property
    def weight(self) -> int: ...


class TeamEntry(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def business_unit(self) -> str: ...
    @property
    def members(self) -> Iterable[MemberEntry]: ...
    @property
    def manager(self) -> str | None: ...


class TeamOwnedEntry(Protocol):
    """A queue or a channel partner, with the team behind it."""

    @property
    def name(self) -> str: ...
    @property
    def team(self) -> str: ...


class CampaignEntry(Protocol):
    @property
    def name(self) -> str: ...


class CurrencyEntry(Protocol):
    """`rate` is how much of the currency one unit of the base currency buys."""

    @property
    def name(self) -> str: ...
    @property
    def rate(self) -> Decimal: ...


class Directory(Protocol):
    """Each section by key. An entry names others by their keys."""

    @property
    def business_units(self) -> Mapping[str, UnitEntry]: ...
    @property
    def users(self) -> Mapping[str, UserEntry]: ...
    @property
    def teams(self) -> Mapping[str, TeamEntry]: ...
    @property
    def queues(self) -> Mapping[str, TeamOwnedEntry]: ...
    @property
    def channel_partners(self) -> Mapping[str, TeamOwnedEntry]: ...
    @property
    def campaigns(self) -> Mapping[str, CampaignEntry]: ...
    @property
    def currencies(self) -> Mapping[str, CurrencyEntry]: ...
    @property
    def base_currency(self) -> str | None: ...
