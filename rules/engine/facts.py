"""From a lead and what is known about it to the typed facts that both engines compare."""

from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from crm.entities.lead import Lead
from crm.matching import email_domain, is_free_email
from rules.engine.canonical import CANONICAL, canonical_number, canonical_text, canonical_time
from rules.engine.fields import readable_fields

NOW = "now"
"""The fact that holds the time of the decision, in seconds since 1970."""


class RoutingContext(BaseModel):
    """What routing knows about a lead beside its attributes. `now` is the time of the decision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    now: AwareDatetime
    business_unit: str | None = None
    channel_partner: str | None = None
    registered_partner: str | None = None
    campaign: str | None = None
    is_duplicate: bool = False
    existing_account: bool = False
    existing_contact: bool = False


def lead_facts(lead: Lead, context: RoutingContext) -> dict[str, object]:
    """The facts of a lead by field name; what is empty is left out."""
    facts: dict[str, object] = {NOW: canonical_time(context.now)}
    values = lead.__dict__
    for name, canonical in _own_fields():
        value = values[name]
        if value is not None and (fact := canonical(value)) is not None:
            facts[name] = fact
    return facts | {name: fact for name, fact in _derived(lead, context) if fact is not None}


_OwnField = tuple[str, Callable[[Any], object | None]]


@cache
def _own_fields() -> list[_OwnField]:
    return [(spec.name, CANONICAL[spec.type]) for spec in readable_fields().values() if not spec.derived]


def _derived(lead: Lead, context: RoutingContext) -> list[tuple[str, object | None]]:
    domain = canonical_text(email_domain(lead.emailaddress1) or "")
    born = lead.overriddencreatedon or lead.createdon or context.now
    age = canonical_time(context.now) - canonical_time(born)
    return [
        ("source", canonical_text(lead.lf_source or "")),
        ("email_domain", domain),
        ("email_is_free", is_free_email(domain) if domain else None),
        ("age_hours", canonical_number(age / 3600)),
        ("is_duplicate", context.is_duplicate),
        ("existing_account", context.existing_account),
        ("existing_contact", context.existing_contact),
        ("business_unit", canonical_text(context.business_unit or "")),
        ("channel_partner", canonical_text(context.channel_partner or "")),
        ("registered_partner", canonical_text(context.registered_partner or "")),
        ("campaign", canonical_text(context.campaign or "")),
    ]
