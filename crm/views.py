"""What people see of a lead: small, typed, and without personal data, because it stands in Temporal's history."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm.lifecycle import CLOSED_STAGES, LeadStage


class Owner(BaseModel):
    """Who owns the lead: a `systemuser` or a `team`, by key, GUID and name. Without a key, the GUID is its key."""

    model_config = ConfigDict(frozen=True)

    type: str
    id: UUID
    key: str
    name: str


class LeadView(BaseModel):
    """A lead as it stands after a step. Every activity returns one; the workflow keeps the newest.

    `event` says in one line what the step did, `reason` why a lead is held, or waits; `workflow_id` is the workflow
    that leads this lead's life. `accept_by` is the owner's, or the offered partner's (`offered_to`), time to answer;
    `contact_by` is until when somebody must have written or called; `wait_until` is when the rules are asked again.
    `registered_until` says how long the lead's company belongs to the partner who accepted it, `conflict` which other
    partner it belongs to. `master` is the lead that this one was merged into, or is about to be.

    Three say what the run must do next: `reconsider` asks the rules again, for an edit changed what they read; `wakes`
    names workflows of waiting leads, for somebody has become free; `merge_into` names the workflow that takes this
    lead's values.
    """

    model_config = ConfigDict(frozen=True)

    leadid: UUID
    stage: LeadStage
    statecode: int = 0
    statuscode: int = 1
    source: str | None = None
    external_id: str | None = None
    business_unit: str | None = None
    channel_partner: str | None = None
    owner: Owner | None = None
    queue: str | None = None
    priority: str = "normal"
    wait_until: datetime | None = None
    accept_by: datetime | None = None
    contact_by: datetime | None = None
    offered_to: str | None = None
    registered_until: datetime | None = None
    conflict: str | None = None
    breaches: int = 0
    reroutes: int = 0
    accepted_on: datetime | None = None
    first_response_on: datetime | None = None
    closed_on: datetime | None = None
    duplicates: int = 0
    master: UUID | None = None
    problems: tuple[str, ...] = ()
    workflow_id: str | None = None
    event: str = ""
    reason: str | None = None
    reconsider: bool = False
    wakes: tuple[str, ...] = ()
    merge_into: str | None = None

    @property
    def is_closed(self) -> bool:
        return self.stage in CLOSED_STAGES


class Decision(BaseModel):
    """Why the lead went where it went: the short form of the routing decision that the store keeps in full."""

    model_config = ConfigDict(frozen=True)

    rule: str
    file: str
    digest: str
    reason: str
    unmatched: bool = False
    engine_disagreement: bool = False


class SlaStep(BaseModel):
    """One step of what happens when an owner does not answer in time: remind, re-route, or escalate to a team."""

    model_config = ConfigDict(frozen=True)

    action: Literal["remind", "re-route", "escalate"]
    team: str | None = None


class Routing(BaseModel):
    """The lead after its rules were applied, why, and what to do when its owner does not answer in time.

    `decision` is None for a lead that was taken in without being routed: quarantined, or known already. `event` says
    in one line what routing did, where the lead's own event is that of its intake. `accept_within` and
    `contact_within` are working time of the owner, or with `sla_clock` and `contact_clock` by the clock.
    """

    model_config = ConfigDict(frozen=True)

    lead: LeadView
    decision: Decision | None = None
    event: str | None = None
    accept_within: timedelta | None = None
    sla_clock: bool = False
    contact_within: timedelta | None = None
    contact_clock: bool = False
    if_missed: tuple[SlaStep, ...] = ()


class CreatedRecord(BaseModel):
    """A record that qualification created."""

    model_config = ConfigDict(frozen=True)

    logicalname: str
    id: UUID


class Qualification(BaseModel):
    """The lead as closed, and what was created from it, in the order account, contact, opportunity."""

    model_config = ConfigDict(frozen=True)

    lead: LeadView
    created: tuple[CreatedRecord, ...] = ()
