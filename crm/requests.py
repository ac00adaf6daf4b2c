"""What people and programs ask of a lead: the messages of the workflow, and what activities receive, in one shape.


Every request may name its `actor` (a user's key or name) for the record.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Key = Annotated[str, Field(min_length=1, max_length=100)]
Urgency = Literal["hot", "normal", "bulk"]


class Request(BaseModel):
    """Base of all requests. Unknown fields are refused; errors name the field and never show the value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    actor: str | None = Field(default=None, max_length=100)


class EntityReference(BaseModel):
    """A record of some entity, by logical name and GUID."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    logicalname: Key
    id: UUID


class LeadSubmission(Request):
    """A lead that comes in. `lead` holds raw attributes by logical name; intake normalises and validates them.

    `source` names the feed, `external_id` the record in it: together they make the lead's identity, so that a resend is
    the same lead. `leadid` overrides both. `urgency` says how soon a worker takes it up, beside others that wait.
    `owner`, a user or team, is given the lead without asking the rules; `statuscode` is a status reason of the open
    state.
    """

    lead: Annotated[dict[str, Any], Field(min_length=1)]
    source: Key = "direct"
    external_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    leadid: UUID | None = None
    business_unit: Key | None = None
    channel_partner: Key | None = None
    campaign: Key | None = None
    received_on: datetime | None = None
    urgency: Urgency = "normal"
    owner: EntityReference | None = None
    statuscode: int | None = None


class EditLead(Request):
    """Change attributes of an open lead, or correct a quarantined one. Values are raw, as on intake; null clears."""

    changes: Annotated[dict[str, Any], Field(min_length=1)]


class ChangeLead(Request):
    """All that a write to an open lead's record may change at once, in one step: attributes, then owner, then state.

    `changes` are raw as for EditLead, lookups by GUID. `owner` is a user or team. `statuscode` alone stays within the
    open state; `statecode` 1 or 2 closes the lead, without creating anything. The step is refused if the record is not
    at `expected_version` any more.
    """

    changes: dict[str, Any] = {}
    owner: EntityReference | None = None
    statecode: int | None = None
    statuscode: int | None = None
    expected_version: int | None = None


class DeleteLead(Request):
    """Delete the lead and all that hangs on it; refused if the record is not at `expected_version` any more."""

    expected_version: int | None = None


class AdoptSteps(Request):
    """A change set did steps of the lead's life, together with other records: take note of them, by their keys in the
    journal."""

    steps: tuple[str, ...]


class AcceptLead(Request):
    """The owner takes the lead. `user` is the key of the member who takes it where a team or queue owns it.

    `partner` is the channel partner whose offer is accepted, by key: it is refused if that offer is open no more.
    """

    user: Key | None = None
    partner: Key | None = None


class DeclineLead(Request):
    """The owner gives the lead back; it is routed again and never returns to whoever declined it.

    `partner` is the channel partner whose offer is declined, by key: it is refused if that offer is open no more.
    """

    reason: Text
    partner: Key | None = None


class AssignLead(Request):
    """Give the lead to a user, a team or a queue by hand, by key; or to an `owner`, a user or team by GUID."""

    user: Key | None = None
    team: Key | None = None
    queue: Key | None = None
    owner: EntityReference | None = None
    reason: Text = "assigned by hand"

    @model_validator(mode="after")
    def _one_target(self) -> "AssignLead":
        if sum(target is not None for target in (self.user, self.team, self.queue, self.owner)) != 1:
            raise ValueError("name exactly one of user, team, queue, owner")
        return self


class RerouteLead(Request):
    """Route the lead again by today's rules.

    `unless_same` leaves a lead where it is whose outcome is what it was. What `counts` is limited: after the rule
    file's `max_reroutes` the lead goes to the team's manager. `leaving` is the user who is to lose the lead, by key: it
    never comes back to them. `if_waiting` leaves alone a lead that does not wait any more.
    """

    reason: Text = "re-routed by hand"
    unless_same: bool = False
    counts: bool = True
    leaving: Key | None = None
    if_waiting: bool = False


class MergeInto(Request):
    """Close this lead by merging it into another one of the same person, which takes over its values."""

    master: UUID
    reason: Text = "merged by hand"


class MergeLead(Request):
    """Take over the values of another lead of the same person. `answer_to` is the workflow that waits for it."""

    leadid: UUID
    answer_to: Annotated[str, Field(max_length=255)]


class LookAgain(Request):
    """Somebody has become free: a lead that waits for a member of the team may be routed now.

    `others` are the workflows of those that have waited for less long: told in turn if this lead does not take the
    place.
    """

    reason: Text = "somebody is free"
    others: tuple[str, ...] = ()


class LogCommunication(Request):
    """A communication with the lead. The first one makes the lead Contacted and counts as the response."""

    kind: Literal["email", "phonecall", "appointment", "task"]
    subject: Annotated[str, Field(min_length=1, max_length=200)]
    description: Text | None = None
    incoming: bool = False
    started_on: datetime | None = None
    ended_on: datetime | None = None


class AddNote(Request):
    """A note on the lead, with an attachment if `filename` is given (`documentbody` is Base64)."""

    subject: Annotated[str, Field(max_length=500)] | None = None
    notetext: Annotated[str, Field(max_length=100_000)] | None = None
    filename: Annotated[str, Field(max_length=255)] | None = None
    mimetype: Annotated[str, Field(max_length=256)] | None = None
    documentbody: str | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> "AddNote":
        if not (self.subject or self.notetext or self.filename):
            raise ValueError("give a subject, a notetext or a filename")
        if (self.filename is None) != (self.documentbody is None):
            raise ValueError("an attachment needs both filename and documentbody")
        return self


class QualifyLead(Request):
    """The parameters of Dataverse's QualifyLead action, under their own names.

    `Status` -1 takes the default status reason. A status of the Disqualified state with nothing to create disqualifies.
    `SuppressDuplicateDetection` false refuses when an account or contact like the new one exists.
    """

    CreateAccount: bool = True
    CreateContact: bool = True
    CreateOpportunity: bool = True
    Status: int = -1
    OpportunityCurrencyId: UUID | None = None
    OpportunityCustomerId: EntityReference | None = None
    SourceCampaignId: UUID | None = None
    ProcessInstanceId: EntityReference | None = None
    SuppressDuplicateDetection: bool = True


class DisqualifyLead(Request):
    """Close the lead without a sale; it is kept. `status` is a label or number of the Disqualified state."""

    status: int | str = -1
    reason: Annotated[str, Field(max_length=200)] | None = None


class ReactivateLead(Request):
    """Open a closed lead again, for its old owner, or routed anew; refused if the record is not at `expected_version`
    any more."""

    reason: Text = "reactivated by hand"
    route: bool = False
    expected_version: int | None = None
