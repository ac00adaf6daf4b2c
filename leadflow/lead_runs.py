"""How a lead's run is started: under which id, with which priority, and how the Web UI calls it."""

from typing import Any
from uuid import uuid4

from temporalio.common import Priority

from crm.identity import leadid_for, origin, workflow_id
from crm.requests import LeadSubmission
from workflows.messages import LeadLifecycleInput
from workflows.options import PRIORITIES

FAIRNESS_KEY_BYTES = 64  # Temporal refuses longer ones


def identified(submission: LeadSubmission) -> LeadLifecycleInput:
    """The submission with the lead's GUID, which is also in the workflow's id."""
    leadid = leadid_for(submission, otherwise=str(uuid4()))
    return LeadLifecycleInput(**{**dict(submission), "leadid": leadid})


def options_of(given: LeadLifecycleInput) -> dict[str, Any]:
    """The options of the run's start that follow from the lead."""
    assert given.leadid is not None
    return {
        "id": workflow_id(given.leadid),
        "static_summary": _summary(given),
        "priority": Priority(priority_key=PRIORITIES[given.urgency], fairness_key=_fairness_key(given)),
    }


def _fairness_key(given: LeadLifecycleInput) -> str:
    """Leads of one partner, unit or feed wait for each other, never for those of another."""
    key = given.channel_partner or given.business_unit or given.source
    return key.encode()[:FAIRNESS_KEY_BYTES].decode(errors="ignore")


def _summary(given: LeadLifecycleInput) -> str:
    """The run's title in the Web UI: where the lead came from and for whom; nothing personal."""
    came_from = origin(given.source, given.external_id)
    target = given.channel_partner or given.business_unit
    return f"Lead from {came_from} for {target}" if target else f"Lead from {came_from}"
