"""The search attributes of a lead's run. SQL visibility allows ten Keywords and three of each other type, no more.

They hold keys and labels only, never personal data: search attributes are not encrypted.
"""

from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from crm.lifecycle import LeadState
from crm.views import Decision, LeadView

LEAD_STATE = SearchAttributeKey.for_keyword("LeadState")
LEAD_STAGE = SearchAttributeKey.for_keyword("LeadStage")
BUSINESS_UNIT = SearchAttributeKey.for_keyword("BusinessUnit")
CHANNEL_PARTNER = SearchAttributeKey.for_keyword("ChannelPartner")
LEAD_SOURCE = SearchAttributeKey.for_keyword("LeadSource")
LEAD_OWNER = SearchAttributeKey.for_keyword("LeadOwner")
ROUTING_RULE = SearchAttributeKey.for_keyword("RoutingRule")
RULES_DIGEST = SearchAttributeKey.for_keyword("RulesDigest")
SLA_DUE = SearchAttributeKey.for_datetime("SlaDue")
UNMATCHED = SearchAttributeKey.for_bool("Unmatched")

SEARCH_ATTRIBUTES = (
    LEAD_STATE,
    LEAD_STAGE,
    BUSINESS_UNIT,
    CHANNEL_PARTNER,
    LEAD_SOURCE,
    LEAD_OWNER,
    ROUTING_RULE,
    RULES_DIGEST,
    SLA_DUE,
    UNMATCHED,
)

# Name to type, as the server's command line takes them.
SEARCH_ATTRIBUTE_TYPES = {
    key.name: {"KEYWORD": "Keyword", "DATETIME": "Datetime", "BOOL": "Bool"}[key.indexed_value_type.name]
    for key in SEARCH_ATTRIBUTES
}


def values_of(lead: LeadView, decision: Decision | None) -> dict[str, object]:
    """The value of each search attribute for a lead as it stands; None where it has none."""
    return {
        LEAD_STATE.name: LeadState(lead.statecode).name.capitalize(),
        LEAD_STAGE.name: lead.stage.value,
        BUSINESS_UNIT.name: lead.business_unit,
        CHANNEL_PARTNER.name: lead.channel_partner,
        LEAD_SOURCE.name: lead.source,
        LEAD_OWNER.name: lead.owner.key if lead.owner else None,
        ROUTING_RULE.name: decision.rule if decision else None,
        RULES_DIGEST.name: decision.digest[:12] if decision else None,
        SLA_DUE.name: min((at for at in (lead.accept_by, lead.contact_by) if at), default=None),
        UNMATCHED.name: decision.unmatched if decision else None,
    }


def updates(before: dict[str, object], after: dict[str, object]) -> list[SearchAttributeUpdate[Any]]:
    """What must be upserted to get from one set of values to another: one command for each stage change at most."""
    return [
        key.value_unset() if after[key.name] is None else key.value_set(after[key.name])  # type: ignore[arg-type]
        for key in SEARCH_ATTRIBUTES
        if after[key.name] != before.get(key.name)
    ]
