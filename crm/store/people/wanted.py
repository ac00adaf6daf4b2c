"""The records that a directory asks for, with the ids that follow from their keys."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from crm.entities import (
    BusinessUnit,
    Campaign,
    ChannelPartner,
    Entity,
    Queue,
    SystemUser,
    Team,
    TeamMembership,
    TransactionCurrency,
)
from crm.errors import Misconfigured
from crm.store.people.directory import Directory

_NAMESPACE = UUID("3b2e1c1a-6a0c-5d0f-8f0e-7d8a4c1f9b60")
_RATE_PLACES = Decimal("1e-10")


@lru_cache(maxsize=4096)  # a directory's keys; not every key that anybody ever mistyped
def record_id(entity: str, key: str) -> UUID:
    """The id of the record that the directory calls `key`, for example record_id("team", "dach-enterprise")."""
    return uuid5(_NAMESPACE, f"{entity}:{key}")


def business_units(directory: Directory) -> Iterator[BusinessUnit]:
    for key, entry in directory.business_units.items():
        yield BusinessUnit(
            businessunitid=record_id("businessunit", key),
            lf_key=key,
            name=entry.name,
            parentbusinessunitid=_named(directory.business_units, "businessunit", entry.parent, key),
        )


def users(directory: Directory) -> Iterator[SystemUser]:
    for key, entry in directory.users.items():
        first, _, last = " ".join(entry.name.split()).rpartition(" ")
        yield SystemUser(
            systemuserid=record_id("systemuser", key),
            lf_key=key,
            firstname=first or None,
            lastname=last,
            domainname=entry.email,
            internalemailaddress=entry.email,
            businessunitid=_named(directory.business_units, "businessunit", entry.business_unit, key),
            isdisabled=not entry.active,
            lf_timezone=entry.time_zone,
            lf_roles=",".join(entry.roles) or None,
        )


def teams(directory: Directory) -> Iterator[Team]:
    for key, entry in directory.teams.items():
        yield Team(
            teamid=record_id("team", key),
            lf_key=key,
            name=entry.name,
            businessunitid=_named(directory.business_units, "businessunit", entry.business_unit, key),
            administratorid=_named(directory.users, "systemuser", entry.manager, key),
        )


def memberships(directory: Directory) -> Iterator[TeamMembership]:
    for key, entry in directory.teams.items():
        for member in entry.members:
            yield TeamMembership(
                teammembershipid=record_id("teammembership", f"{key}/{member.user}"),
                teamid=record_id("team", key),
                systemuserid=_named(directory.users, "systemuser", member.user, key),
                lf_weight=member.weight,
            )


def queues(directory: Directory) -> Iterator[Queue]:
    for key, entry in directory.queues.items():
        owner = _named(directory.teams, "team", entry.team, key)
        yield Queue(queueid=record_id("queue", key), lf_key=key, name=entry.name, ownerid=owner)


def channel_partners(directory: Directory) -> Iterator[ChannelPartner]:
    for key, entry in directory.channel_partners.items():
        yield ChannelPartner(
            lf_channelpartnerid=record_id("lf_channelpartner", key),
            lf_key=key,
            lf_name=entry.name,
            lf_teamid=_named(directory.teams, "team", entry.team, key),
        )


def campaigns(directory: Directory) -> Iterator[Campaign]:
    for key, entry in directory.campaigns.items():
        yield Campaign(campaignid=record_id("campaign", key), lf_key=key, name=entry.name)


def currencies(directory: Directory) -> Iterator[TransactionCurrency]:
    """The currencies, and the base currency with the rate of 1 whether it is listed or not."""
    base = directory.base_currency
    entries = {code: (entry.name, entry.rate) for code, entry in directory.currencies.items()}
    if base is not None:
        name, rate = entries.setdefault(base, (base, Decimal(1)))
        if rate != 1:
            raise Misconfigured(f"directory: the rate of the base currency {base} ({name}) is {rate}; it must be 1")
    for code, (name, rate) in entries.items():
        yield TransactionCurrency(
            transactioncurrencyid=record_id("transactioncurrency", code),
            isocurrencycode=code,
            currencyname=name,
            currencysymbol=code,
            exchangerate=rate.quantize(_RATE_PLACES),
        )


# In this order each record names only records of earlier lines (or of its own).
WANTED: dict[type[Entity], Callable[[Directory], Iterator[Entity]]] = {
    TransactionCurrency: currencies,
    BusinessUnit: business_units,
    SystemUser: users,
    Team: teams,
    TeamMembership: memberships,
    Queue: queues,
    ChannelPartner: channel_partners,
    Campaign: campaigns,
}


def _named(section: Mapping[str, Any], entity: str, key: str | None, by: str) -> UUID | None:
    """The id of the entry that `by` names."""
    if key is None:
        return None
    if key not in section:
        raise Misconfigured(f"directory: '{by}' names {entity} '{key}', which the directory does not have. Add it.")
    return record_id(entity, key)
