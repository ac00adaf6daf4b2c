"""From a lead and what is known about it to the typed facts that both engines compare."""

from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from crm.entities.lead import Lead
from rules.engine.canonical import CANONICAL, canonical_number, canonical_text, canonical_time
from rules.engine.fields import readable_fields

NOW = "_now"
"""The fact that holds the time of the decision, in seconds since 1970."""

FREE_MAIL_DOMAINS = frozenset(
    {
        "aol.com", "bluewin.ch", "fastmail.com", "free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com",
        "gmx.de", "gmx.net", "googlemail.com", "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.fr", "icloud.com",
        "laposte.net", "libero.it", "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "orange.fr",
        "outlook.com", "outlook.de", "proton.me", "protonmail.com", "qq.com", "t-online.de", "tutanota.com", "web.de",
        "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.ru", "zoho.com", "163.com", "126.com",
    }
)  # fmt: skip


class RoutingContext(BaseModel):
    """What routing knows about a lead beside its attributes. `now` is the time of the decision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    now: AwareDatetime
    business_unit: str | None = None
    channel_partner: str | None = None
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
    domain = email_domain(lead.emailaddress1)
    born = lead.overriddencreatedon or lead.createdon or context.now
    age = canonical_time(context.now) - canonical_time(born)
    return [
        ("source", canonical_text(lead.lf_source or "")),
        ("email_domain", domain),
        ("email_is_free", None if domain is None else domain in FREE_MAIL_DOMAINS),
        ("age_hours", canonical_number(age / 3600)),
        ("is_duplicate", context.is_duplicate),
        ("existing_account", context.existing_account),
        ("existing_contact", context.existing_contact),
        ("business_unit", canonical_text(context.business_unit or "")),
        ("channel_partner", canonical_text(context.channel_partner or "")),
        ("campaign", canonical_text(context.campaign or "")),
    ]


def email_domain(address: str | None) -> str | None:
    """What follows the last @, in canonical form; None without one."""
    head, at, domain = (address or "").rpartition("@")
    return canonical_text(domain) if at and head.strip() else None
