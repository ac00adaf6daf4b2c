"""Reading what comes in about a lead: raw attributes and directory keys, to typed values and problems."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from activities.choosing import choose_by_hand
from activities.deps import Dependencies
from activities.duplicates import with_match_keys
from crm.entities import BusinessUnit, ChannelPartner, Entity
from crm.entities.lead import Lead
from crm.errors import InvalidInput
from crm.lifecycle import LeadState, status_in_state
from crm.normalise import normalise_lead
from crm.requests import AssignLead, LeadSubmission
from crm.store import records
from crm.store.people.organisation import record_id

# What a submission names by key: the field, the entity that the key belongs to, and the lead's lookup.
KEYED = (
    ("business_unit", "businessunit", "lf_businessunitid"),
    ("channel_partner", "lf_channelpartner", "lf_channelpartnerid"),
    ("campaign", "campaign", "campaignid"),
)
# Lookups that say which rules a lead has: no others than those of records that exist.
_DECISIVE: dict[str, type[Entity]] = {"lf_businessunitid": BusinessUnit, "lf_channelpartnerid": ChannelPartner}
# What Dataverse puts beside a lookup that may name several entities. The store finds it out by itself.
_TYPES = frozenset({"customeridtype", "owneridtype"})

# Attributes of a lead that a request of their own changes, so that routing and closing are never bypassed.
RESERVED = {
    "leadid": "give it beside the attributes, as 'leadid'",
    "statecode": "use qualify, disqualify or reactivate",
    "statuscode": "use qualify, disqualify or log",
    "ownerid": "rules choose the owner; use assign to change it",
    "lf_source": "give it beside the attributes, as 'source'",
    "lf_externalid": "give it beside the attributes, as 'external_id'",
}


@dataclass(frozen=True, slots=True)
class Read:
    """Typed values with the match keys, what is wrong, and what was understood with a doubt."""

    values: dict[str, Any]
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_submission(connection: Connection, deps: Dependencies, submission: LeadSubmission) -> Read:
    """All that a submission says of the lead. Raises nothing: what does not fit is a problem."""
    given = {name: getattr(submission, name) for name, _, _ in KEYED if getattr(submission, name) is not None}
    values, problems = _keyed(deps, given)
    raw, reserved = _without_reserved(submission.lead)
    read = normalise_lead(raw, deps.choices, default_country=deps.default_country)
    problems += reserved + [str(problem) for problem in read.problems]
    unknown = _unknown(connection, read.values)
    known = {name: value for name, value in read.values.items() if name not in unknown}
    problems += [*unknown.values(), *_unfit(connection, deps, submission)]
    return Read({**values, **with_match_keys(known)}, problems, read.notes)


def read_changes(connection: Connection, deps: Dependencies, lead: Lead, given: Mapping[str, Any]) -> dict[str, Any]:
    """The typed changes of a stored lead, with its match keys. Raises InvalidInput, which names each attribute."""
    keys, attributes = split(given)
    changes, problems = _keyed(deps, keys)
    raw, reserved = _without_reserved(attributes)
    country = lead.address1_country or deps.default_country
    read = normalise_lead(raw, deps.choices, default_country=country, update=True)
    problems += reserved + [str(problem) for problem in read.problems]
    problems += _unknown(connection, read.values).values()
    if problems:
        raise InvalidInput("; ".join(problems))
    return changes | with_match_keys(read.values, lead)


def split(changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The changes that name a unit, partner or campaign by key, and the others."""
    names = {name for name, _, _ in KEYED}
    return (
        {name: value for name, value in changes.items() if name in names},
        {name: value for name, value in changes.items() if name not in names},
    )


def _keyed(deps: Dependencies, keys: Mapping[str, str | None]) -> tuple[dict[str, Any], list[str]]:
    directory = deps.rules.current().directory
    known: dict[str, Collection[str]] = {
        "business_unit": directory.business_units,
        "channel_partner": directory.channel_partners,
        "campaign": directory.campaigns,
    }
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, entity, lookup in KEYED:
        key = keys.get(name)
        if key is not None and key not in known[name]:
            names = ", ".join(sorted(known[name])) or "none"
            problems.append(f"{name} '{key}' is not in the directory; known are: {names}")
        elif name in keys:
            values[lookup] = record_id(entity, key) if key is not None else None
    return values, problems


def _unknown(connection: Connection, values: Mapping[str, Any]) -> dict[str, str]:
    """The lookups that say which rules a lead has and name no record, with what is wrong."""
    return {
        name: f"{name} names no {entity.logical_name}; give the id of one, or its key"
        for name, entity in _DECISIVE.items()
        if values.get(name) is not None and records.fetch(connection, entity, values[name]) is None
    }


def _unfit(connection: Connection, deps: Dependencies, submission: LeadSubmission) -> list[str]:
    """Why a lead cannot have the owner or the status reason that came with it."""
    problems = []
    try:
        if submission.owner is not None:
            choose_by_hand(connection, AssignLead(owner=submission.owner))
    except InvalidInput as refused:
        problems.append(f"ownerid: {refused.message}")
    try:
        if submission.statuscode is not None:
            status_in_state(deps.choices, submission.statuscode, LeadState.OPEN)
    except InvalidInput as refused:
        problems.append(f"statuscode: {refused.message}")
    return problems


def _without_reserved(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The raw attributes without those that have a request of their own, and a problem for each of these."""
    problems = [f"{name} is not set here; {remedy}" for name, remedy in RESERVED.items() if raw.get(name) is not None]
    return {name: value for name, value in raw.items() if name not in RESERVED and name not in _TYPES}, problems
