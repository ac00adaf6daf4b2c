"""Actions on leads: QualifyLead, bound to one, and Merge."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from crm.entities import ENTITIES
from crm.entities.lead import Lead
from crm.errors import InvalidInput, NotFound, PermissionDenied
from crm.operations import Done, Merge, Qualify
from crm.requests import QualifyLead
from leadflow.dataverse.bodies import changed_record
from leadflow.dataverse.call import NO_CONTENT, Answer, Call
from leadflow.dataverse.drafts import Source, with_source
from leadflow.dataverse.errors import bad_body, bad_segment
from leadflow.dataverse.keys import resolve_key
from leadflow.dataverse.parameters import boolean, check_names, number, record, required
from leadflow.dataverse.plans import Plan, Planner
from leadflow.dataverse.representation import record_body
from leadflow.dataverse.target import NAMESPACE, Records

_CREATES = ("CreateAccount", "CreateContact", "CreateOpportunity")
_QUALIFY = (
    *_CREATES,
    "Status",
    "OpportunityCurrencyId",
    "OpportunityCustomerId",
    "SourceCampaignId",
    "ProcessInstanceId",
    "SuppressDuplicateDetection",
)
_MERGE = ("Target", "Subordinate", "UpdateContent", "PerformParentingChecks")


async def _plan_qualify(call: Call) -> Plan:
    target, body = call.target, call.json()
    assert isinstance(target, Records)
    if target.entity is not Lead or target.key is None:
        raise bad_segment("QualifyLead is bound to one lead: leads(<id>)/Microsoft.Dynamics.CRM.QualifyLead.")
    key = target.key

    def plan(source: Source) -> Qualify:
        id = resolve_key(source.connection, source.caller, Lead, key)
        return Qualify(entity="lead", id=id, request=_qualification(source, body))

    operation = await with_source(call, plan)

    async def respond(done: Sequence[Done]) -> Answer:
        made = [one for each in done if each.id == operation.id for one in each.made]
        return Answer(200, await _records(call, [(one.logicalname, one.id) for one in made]))

    return Plan((operation,), respond)


def _qualification(source: Source, body: dict[str, Any]) -> QualifyLead:
    """The request that a body makes. Raises InvalidInput, which names the parameter."""
    check_names(body, _QUALIFY)
    currency = record(source, body, "OpportunityCurrencyId", otherwise="transactioncurrency")
    campaign = record(source, body, "SourceCampaignId", otherwise="campaign")
    suppress = body.get("SuppressDuplicateDetection")
    given = {
        **{name: boolean(name, required(body, name)) for name in _CREATES},
        "Status": number("Status", required(body, "Status")),
        "OpportunityCurrencyId": currency.id if currency else None,
        "OpportunityCustomerId": record(source, body, "OpportunityCustomerId"),
        "SourceCampaignId": campaign.id if campaign else None,
        "ProcessInstanceId": record(source, body, "ProcessInstanceId"),
        "SuppressDuplicateDetection": suppress is None or boolean("SuppressDuplicateDetection", suppress),
    }
    return QualifyLead.model_validate(given)


async def _records(call: Call, made: Sequence[tuple[str, UUID]]) -> dict[str, Any]:
    """The records that the caller may read, each with its type."""
    value = []
    for name, id in made:
        try:
            body = await record_body(call, ENTITIES[name], id)
        except (NotFound, PermissionDenied):
            continue
        body.pop("@odata.context", None)
        value.append({"@odata.type": f"#{NAMESPACE}.{name}", **body})
    return {"@odata.context": f"{call.base}$metadata#Collection({NAMESPACE}.crmbaseentity)", "value": value}


async def _plan_merge(call: Call) -> Plan:
    body = call.json()
    check_names(body, _MERGE)
    content = body.get("UpdateContent")
    if content is not None and not isinstance(content, dict):
        raise bad_body("UpdateContent must be an object with the values that the target gets.")
    if body.get("PerformParentingChecks") is not None:
        boolean("PerformParentingChecks", body["PerformParentingChecks"])

    def plan(source: Source) -> Merge:
        target, subordinate = (_lead(source, body, name) for name in ("Target", "Subordinate"))
        draft = changed_record(source, Lead, target, content or {})
        if target == subordinate:
            raise InvalidInput("A lead cannot be merged into itself; name another one.")
        return Merge(entity="lead", id=target, subordinate=subordinate, values=draft.values)

    return Plan((await with_source(call, plan),), _no_content)


def _lead(source: Source, body: dict[str, Any], name: str) -> UUID:
    required(body, name)
    found = record(source, body, name)
    assert found is not None
    if found.logicalname != "lead":
        raise InvalidInput(f"{name}: only leads can be merged here, not records of {found.logicalname}.")
    return found.id


async def _no_content(_done: Sequence[Done]) -> Answer:
    return NO_CONTENT()


PLANNERS: dict[str, dict[str, Planner]] = {
    "bound QualifyLead": {"POST": _plan_qualify},
    "unbound Merge": {"POST": _plan_merge},
}
