"""What people see of a lead: small, typed, and without personal data, because it stands in Temporal's history."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from crm.lifecycle import CLOSED_STAGES, LeadStage


class Owner(BaseModel):
    """Who owns the lead: a `systemuser` or a `team`, by key, GUID and name."""

    model_config = ConfigDict(frozen=True)

    type: str
    id: UUID
    key: str
    name: str


class LeadView(BaseModel):
    """A lead as it stands after a step. Every activity returns one; the workflow keeps the newest.

    `event` says in one line what the step did; `workflow_id` is the workflow that leads this lead's life.
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
    accept_by: datetime | None = None
    accepted_on: datetime | None = None
    first_response_on: datetime | None = None
    closed_on: datetime | None = None
    duplicates: int = 0
    problems: tuple[str, ...] = ()
    workflow_id: str | None = None
    event: str = ""

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
    in one line what routing did, where the lead's own event is that of its intake. `accept_within` is working time of
    the owner, or with `sla_clock` by the clock.
    """

    model_config = ConfigDict(frozen=True)

    lead: LeadView
    decision: Decision | None = None
    event: str | None = None
    accept_within: timedelta | None = None
    sla_clock: bool = False
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
