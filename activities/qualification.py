"""The end of a lead's life: qualified into account, contact and opportunity, or disqualified and kept; and back again.

`qualify` follows Dataverse's QualifyLead action (docs/dataverse.md lists what is documented and what we chose).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from temporalio import activity

from activities import offers
from activities.deps import Dependencies
from activities.sla import NO_LIMITS
from activities.steps import Effect, LeadStep, acting_user, perform
from activities.waiting import freed
from crm import qualification
from crm.entities.account import Account
from crm.entities.base import Entity
from crm.entities.commerce import Campaign, TransactionCurrency
from crm.entities.contact import Contact
from crm.entities.lead import Lead
from crm.entities.organisation import SystemUser
from crm.errors import ErrorCode, InvalidInput, StateConflict
from crm.lifecycle import (
    STAGE_OF_STATE,
    LeadStage,
    LeadState,
    LeadStatus,
    require_closed,
    require_open,
    require_valid,
    require_version,
    status_in_state,
)
from crm.requests import DisqualifyLead, QualifyLead, ReactivateLead
from crm.store import records
from crm.store.distribution import rotation
from crm.store.life import leads
from crm.views import CreatedRecord, LeadView, Qualification

CUSTOMERS: dict[str, type[Entity]] = {"account": Account, "contact": Contact}


class Qualifications:
    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @activity.defn(no_thread_cancel_exception=True)
    def qualify_lead(self, step: LeadStep[QualifyLead]) -> Qualification:
        """Create what is asked for, link it to the lead and close the lead, in one transaction.

        Raises StateConflict for a closed lead or a duplicate, InvalidInput for a status, currency, customer or campaign
        that does not fit (none of them retried).
        """

        def effect(connection: Connection) -> Effect:
            return qualified(connection, self._deps, step, step.request)

        done = perform(self._deps, step, "qualify", effect)
        return Qualification(lead=done.lead, created=done.result.get("created", ()))

    @activity.defn(no_thread_cancel_exception=True)
    def disqualify_lead(self, step: LeadStep[DisqualifyLead]) -> LeadView:
        """Close the lead with a status reason of the Disqualified state. Raises InvalidInput for any other."""

        def effect(connection: Connection) -> Effect:
            lead = leads.lock_state(connection, step.leadid)
            require_open(lead.statecode)
            event = disqualify(connection, self._deps, lead, step.request, step.on)
            return Effect(event=event, follow_up=freed(connection, lead))

        return perform(self._deps, step, "disqualify", effect).lead

    @activity.defn(no_thread_cancel_exception=True)
    def reactivate_lead(self, step: LeadStep[ReactivateLead]) -> LeadView:
        """Open a closed lead again: for its owner, or to be routed anew, as it is whose owner is not active any more.

        Its re-routings are counted from the start. Raises StateConflict for an open one.
        """

        workflow = str(activity.info().workflow_id)

        def effect(connection: Connection) -> Effect:
            return reactivate(connection, step, step.request, workflow)

        return perform(self._deps, step, "reactivate", effect).lead


def qualified(connection: Connection, deps: Dependencies, step: LeadStep[Any], request: QualifyLead) -> Effect:
    """Qualify an open lead. What was created is in the result."""
    lead = leads.lock(connection, step.leadid)
    require_open(lead.statecode)
    require_valid(lead.lf_stage)
    created = qualify(connection, deps, lead, request, step)
    names = ", ".join(record.logicalname for record in created) or "no records"
    return Effect(
        event=f"Qualified: {names} created",
        result={"created": [record.model_dump(mode="json") for record in created]},
        follow_up=freed(connection, lead),
    )


def reactivate(connection: Connection, step: LeadStep[Any], request: ReactivateLead, workflow: str) -> Effect:
    """Open a closed lead again, whose life `workflow` leads from now on."""
    lead = leads.lock_state(connection, step.leadid)
    require_closed(lead.statecode)
    require_version(lead.versionnumber, request.expected_version)
    has_owner = not request.route and _has_owner(connection, lead)
    changes = {
        "statecode": LeadState.OPEN,
        "statuscode": LeadStatus.CONTACTED if lead.lf_firstresponseon else LeadStatus.NEW,
        "lf_stage": LeadStage.ACCEPTED if has_owner else LeadStage.RECEIVED,
        "lf_closedon": None,
        "lf_closereason": None,
        "lf_reroutes": 0,
        "lf_workflowid": workflow,
        "masterid": None,
        "merged": False,
    }
    records.update(connection, Lead, lead.leadid, changes, now=step.on)
    return Effect(event=f"Reactivated: {request.reason}")


def _has_owner(connection: Connection, lead: Lead) -> bool:
    """Whether the lead belongs to a team, or to a user who is active."""
    if lead.ownerid is None:
        return False
    user = records.fetch(connection, SystemUser, lead.ownerid)
    return user is None or not user.isdisabled


def disqualify(connection: Connection, deps: Dependencies, lead: Lead, request: DisqualifyLead, on: datetime) -> str:
    """Close the lead as disqualified; returns the event for the timeline."""
    status = status_in_state(deps.choices, request.status, LeadState.DISQUALIFIED)
    reason = request.reason or status.label
    _close(connection, lead, LeadState.DISQUALIFIED, status.value, on, {"lf_closereason": reason})
    return f"Disqualified as {status.label}" + (f": {request.reason}" if request.reason else "")


def qualify(
    connection: Connection, deps: Dependencies, lead: Lead, request: QualifyLead, step: LeadStep[Any]
) -> list[CreatedRecord]:
    """QualifyLead on an open lead that this transaction has locked. Returns what was created, account first."""
    creates_nothing = not (request.CreateAccount or request.CreateContact or request.CreateOpportunity)
    states = (LeadState.QUALIFIED, LeadState.DISQUALIFIED) if creates_nothing else (LeadState.QUALIFIED,)
    status = status_in_state(deps.choices, request.Status, *states)
    _check_references(connection, request)
    if not request.SuppressDuplicateDetection:
        _refuse_duplicates(connection, lead, request)
    currency = _currency(connection, lead, request) if request.CreateOpportunity else None
    plan = qualification.plan(lead, request, step.step, currency)
    created = list(plan.records())
    user = acting_user(connection, step.request)
    for record in created:
        records.insert(connection, record, now=step.on, actor=user)
    # A lead that had parents may be linked to them already.
    may_be_linked = lead.parentaccountid is not None or lead.parentcontactid is not None
    for link in plan.links:
        if not (may_be_linked and leads.is_linked(connection, link)):
            records.insert(connection, link, now=step.on)
    _close(connection, lead, LeadState(status.state or 0), status.value, step.on, plan.lead_changes)
    return [CreatedRecord(logicalname=record.logical_name, id=getattr(record, record.primary_id)) for record in created]


def _close(
    connection: Connection, lead: Lead, state: LeadState, status: int, on: datetime, changes: dict[str, Any]
) -> None:
    closing = {
        "statecode": state,
        "statuscode": status,
        "lf_stage": STAGE_OF_STATE[state],
        "lf_offeredtoid": None,
        **NO_LIMITS,
        "lf_closedon": on,
        **changes,
    }
    offers.closed(connection, lead, state, on)
    records.update(connection, Lead, lead.leadid, closing, now=on)
    rotation.end_assignment(connection, lead.leadid, on, STAGE_OF_STATE[state])


def _check_references(connection: Connection, request: QualifyLead) -> None:
    customer = request.OpportunityCustomerId
    if customer and customer.logicalname not in CUSTOMERS:
        raise InvalidInput(
            f"CustomerIdType for opportunity can either be an account or contact, not {customer.logicalname}."
        )
    if customer:
        _require(connection, CUSTOMERS[customer.logicalname], customer.id, "OpportunityCustomerId")
    if request.OpportunityCurrencyId:
        _require(connection, TransactionCurrency, request.OpportunityCurrencyId, "OpportunityCurrencyId")
    if request.SourceCampaignId:
        _require(connection, Campaign, request.SourceCampaignId, "SourceCampaignId")


def _require(connection: Connection, entity: type[Entity], id: UUID, parameter: str) -> None:
    if records.fetch(connection, entity, id) is None:
        raise InvalidInput(
            f"{parameter}: {entity.logical_name} With Id = {id} Does Not Exist", code=ErrorCode.RECORD_NOT_FOUND
        )


def _currency(connection: Connection, lead: Lead, request: QualifyLead) -> UUID:
    """The opportunity's currency: the caller's, else the lead's, else the organisation's base currency."""
    currency = request.OpportunityCurrencyId or lead.transactioncurrencyid or leads.base_currency(connection)
    if currency is None:
        raise InvalidInput(
            "An opportunity needs a currency, and neither the request, the lead nor the organisation has one. Give "
            "OpportunityCurrencyId, or name a base_currency in rules/directory.yaml and run 'leadflow directory apply'."
        )
    return currency


def _refuse_duplicates(connection: Connection, lead: Lead, request: QualifyLead) -> None:
    _, account, contact = leads.known_before(connection, lead)
    doubled = [
        name
        for name, wanted, exists, parent in (
            ("account", request.CreateAccount, account, lead.parentaccountid),
            ("contact", request.CreateContact, contact, lead.parentcontactid),
        )
        if wanted and exists and parent is None
    ]
    if doubled:
        raise StateConflict(
            f"A matching {' and a matching '.join(doubled)} exist already. Link the lead to it (parentaccountid, "
            "parentcontactid), or set SuppressDuplicateDetection to true.",
            code=ErrorCode.DUPLICATES_FOUND,
        )
