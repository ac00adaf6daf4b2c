"""How a lead gets its GUID, and its workflow an id."""

from uuid import UUID, uuid5

from crm.requests import LeadSubmission

LEADS = UUID("6f1a7c5e-3b0d-5e0c-9d55-2f6f0d5f1c11")
WORKFLOW_PREFIX = "lead-"


def leadid_for(submission: LeadSubmission, otherwise: str) -> UUID:
    """The same feed and external id always give the same lead, so a resend is no second lead.

    Without either, `otherwise` (a workflow id, a hash of the row) identifies the lead.
    """
    if submission.leadid:
        return submission.leadid
    if submission.external_id:
        return uuid5(LEADS, f"{submission.source.casefold()}|{submission.external_id}")
    try:
        return UUID(otherwise.removeprefix(WORKFLOW_PREFIX))
    except ValueError:
        return uuid5(LEADS, otherwise)


def origin(source: str | None, external_id: str | None) -> str:
    """Where a lead came from, for people: the feed, and the record in it."""
    return " ".join(filter(None, (source, external_id)))


def workflow_id(leadid: UUID) -> str:
    return f"{WORKFLOW_PREFIX}{leadid}"
