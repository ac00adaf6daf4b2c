"""What goes in and out of the workflow besides `crm.requests`. Fields are only ever added, with a default."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, Field

from crm.requests import DeleteLead, LeadSubmission, ReactivateLead
from crm.views import Decision, LeadView, SlaStep

TIMELINE_LENGTH = 20


class TimelineEntry(BaseModel):
    """One event of the lead's life: when, and what happened."""

    on: datetime
    event: str


class LeadProgress(BaseModel):
    """All that a run knows. It survives continue-as-new as one value."""

    lead: LeadView | None = None
    decision: Decision | None = None
    why: str = ""
    accept_within: timedelta | None = None
    sla_clock: bool = False
    contact_within: timedelta | None = None
    contact_clock: bool = False
    if_missed: tuple[SlaStep, ...] = ()
    climbing: bool = False
    steps: int = 0
    timeline: list[TimelineEntry] = Field(default_factory=list)


class LeadLifecycleInput(LeadSubmission):
    """What starts a run: a submission; without one, `reactivation` or `progress` where an earlier run goes on,
    `deletion` of a closed lead, or steps that a change set did (`adopts`, their keys in the journal)."""

    lead: dict[str, Any] = Field(default_factory=dict)
    reactivation: ReactivateLead | None = None
    deletion: DeleteLead | None = None
    adopts: tuple[str, ...] = ()
    progress: LeadProgress | None = None

    def submission(self) -> LeadSubmission:
        """The submission alone, as intake takes it. Raises ValidationError where there is none."""
        return LeadSubmission(**{name: getattr(self, name) for name in LeadSubmission.model_fields})
