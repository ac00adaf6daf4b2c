"""What people do with a lead, one command each. A lead goes by id, first digits, or external id."""

import base64
import mimetypes
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from pydantic import ValidationError

from crm.entities.lead import Lead
from crm.errors import InvalidInput, StateConflict
from crm.lifecycle import LeadState
from crm.requests import (
    AcceptLead,
    AddNote,
    AssignLead,
    DeclineLead,
    DeleteLead,
    DisqualifyLead,
    EditLead,
    EntityReference,
    LogCommunication,
    MergeInto,
    QualifyLead,
    ReactivateLead,
    Request,
    RerouteLead,
)
from crm.store.life.finding import find_lead
from crm.views import LeadView, Qualification
from leadflow.cli import session
from leadflow.cli.asking import with_leads
from leadflow.cli.leads_reading import LeadArgument
from leadflow.cli.output import ActorOption, Format, FormatOption, attribute_pair, print_json, say
from leadflow.intake.importing import explain

R = TypeVar("R", bound=Request)
RequestIdOption = Annotated[
    str | None, typer.Option("--request-id", help="The same id again changes nothing: safe to repeat.")
]
AnswersOption = Annotated[
    str | None, typer.Option("--partner", help="The channel partner whose offer is answered; refused if it is over.")
]


def accept(
    lead: LeadArgument,
    user: Annotated[str | None, typer.Option(help="The user who takes it; needed where a team owns the lead.")] = None,
    partner: AnswersOption = None,
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Take a lead as its owner."""
    _ask(lead, AcceptLead, {"user": user, "partner": partner, "actor": actor or user}, request_id, format)


def decline(
    lead: LeadArgument,
    reason: Annotated[str, typer.Option(help="Why.")],
    partner: AnswersOption = None,
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Give a lead back; the rules choose somebody else."""
    _ask(lead, DeclineLead, {"reason": reason, "partner": partner, "actor": actor}, request_id, format)


def assign(
    lead: LeadArgument,
    user: Annotated[str | None, typer.Option(help="Key of a user.")] = None,
    team: Annotated[str | None, typer.Option(help="Key of a team.")] = None,
    queue: Annotated[str | None, typer.Option(help="Key of a queue.")] = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "assigned by hand",
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Give a lead to a user, team or queue by hand."""
    _ask(
        lead,
        AssignLead,
        {"user": user, "team": team, "queue": queue, "reason": reason, "actor": actor},
        request_id,
        format,
    )


def reroute(
    lead: LeadArgument,
    reason: Annotated[str, typer.Option(help="Why.")] = "re-routed by hand",
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Route a lead again, by the rules as they are now."""
    _ask(lead, RerouteLead, {"reason": reason, "actor": actor}, request_id, format)


def edit(
    lead: LeadArgument,
    changes: Annotated[
        list[str], typer.Argument(metavar="ATTRIBUTE=VALUE...", help="An empty value clears the attribute.")
    ],
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Change attributes; corrects a quarantined lead and releases it."""
    values = {name: value or None for name, value in map(attribute_pair, changes)}
    _ask(lead, EditLead, {"changes": values, "actor": actor}, request_id, format)


def merge(
    lead: LeadArgument,
    into: Annotated[str, typer.Option(metavar="LEAD", help="The lead that takes over its values.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "merged by hand",
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Merge a lead into another one of the same person, and close it."""
    _ask(lead, MergeInto, {"master": _find(into).leadid, "reason": reason, "actor": actor}, request_id, format)


def log(
    lead: LeadArgument,
    kind: Annotated[str, typer.Argument(help="email, phonecall, appointment or task.")],
    subject: Annotated[str, typer.Option(help="What it was about.")],
    description: Annotated[str | None, typer.Option(help="More about it.")] = None,
    incoming: Annotated[bool, typer.Option("--incoming", help="The lead wrote or called.")] = False,
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Record a communication; our first one makes the lead Contacted."""
    values = {"kind": kind, "subject": subject, "description": description, "incoming": incoming, "actor": actor}
    _ask(lead, LogCommunication, values, request_id, format)


def note(
    lead: LeadArgument,
    text: Annotated[str | None, typer.Argument(help="The note.")] = None,
    subject: Annotated[str | None, typer.Option(help="Its title.")] = None,
    attach: Annotated[Path | None, typer.Option(help="A file to attach.", exists=True, dir_okay=False)] = None,
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Add a note, with or without an attachment."""
    values: dict[str, Any] = {"subject": subject, "notetext": text, "actor": actor}
    if attach:
        body = base64.b64encode(attach.read_bytes()).decode()
        kind = mimetypes.guess_type(attach.name)[0] or "application/octet-stream"
        values |= {"filename": attach.name, "mimetype": kind, "documentbody": body}
    _ask(lead, AddNote, values, request_id, format)


def qualify(
    lead: LeadArgument,
    account: Annotated[bool, typer.Option(help="Create an account.")] = True,
    contact: Annotated[bool, typer.Option(help="Create a contact.")] = True,
    opportunity: Annotated[bool, typer.Option(help="Create an opportunity.")] = True,
    status: Annotated[int, typer.Option(help="Number of the status reason; -1 takes the default.")] = -1,
    currency: Annotated[UUID | None, typer.Option(help="The opportunity's currency, by id.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="ENTITY:ID", help="The potential customer, account:ID or contact:ID.")
    ] = None,
    campaign: Annotated[UUID | None, typer.Option(help="The source campaign, by id.")] = None,
    process: Annotated[
        str | None, typer.Option(metavar="ENTITY:ID", help="A business process flow's instance.")
    ] = None,
    detect_duplicates: Annotated[
        bool, typer.Option("--detect-duplicates", help="Refuse when a like record exists.")
    ] = False,
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Turn a lead into an account, a contact and an opportunity (Dataverse's QualifyLead)."""
    values = {
        "CreateAccount": account,
        "CreateContact": contact,
        "CreateOpportunity": opportunity,
        "Status": status,
        "OpportunityCurrencyId": currency,
        "OpportunityCustomerId": _reference(customer),
        "SourceCampaignId": campaign,
        "ProcessInstanceId": _reference(process),
        "SuppressDuplicateDetection": not detect_duplicates,
        "actor": actor,
    }
    _ask(lead, QualifyLead, values, request_id, format)


def disqualify(
    lead: LeadArgument,
    status: Annotated[
        str, typer.Option(help="Status reason: Lost, Cannot Contact, No Longer Interested, Canceled, ...")
    ],
    reason: Annotated[str | None, typer.Option(help="More about why.")] = None,
    actor: ActorOption = None,
    request_id: RequestIdOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Close a lead without a sale; it is kept for reporting."""
    _ask(lead, DisqualifyLead, {"status": status, "reason": reason, "actor": actor}, request_id, format)


def reactivate(
    lead: LeadArgument,
    reason: Annotated[str, typer.Option(help="Why.")] = "reactivated by hand",
    route: Annotated[
        bool, typer.Option("--route", help="Route it anew instead of giving it back to its owner.")
    ] = False,
    actor: ActorOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Open a closed lead again."""
    found = _find(lead)
    request = _request(ReactivateLead, {"reason": reason, "route": route, "actor": actor})
    source = found.lf_source or "direct"
    _print(with_leads(lambda leads: leads.reactivate(found.leadid, source, request)), format)


def delete(
    lead: LeadArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    actor: ActorOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Delete a lead with all that hangs on it. What came of it (account, contact, opportunity) stays."""
    found = _find(lead)
    if not yes:
        typer.confirm(f"Delete lead {found.leadid} with its notes, activities and history for good?", abort=True)
    request = _request(DeleteLead, {"actor": actor})
    source = found.lf_source or "direct"
    _print(with_leads(lambda leads: leads.delete(found.leadid, found.lf_workflowid, source, request)), format)


def _find(text: str) -> Lead:
    with session.store() as database, database.reading() as connection:
        return find_lead(connection, text)


def _ask(lead: str, kind: type[Request], values: dict[str, Any], request_id: str | None, format: Format) -> None:
    request = _request(kind, values)
    found = _find(lead)
    if found.statecode != LeadState.OPEN and request_id is None:
        raise StateConflict(
            f"The lead is already closed ({LeadState(found.statecode).name.lower()}). Reactivate it first."
        )
    target = found.lf_workflowid or found.leadid
    _print(with_leads(lambda leads: leads.ask(target, request, request_id)), format)


def _request(kind: type[R], values: dict[str, Any]) -> R:
    """Only what was given, so that the defaults of the request apply."""
    try:
        return kind.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as error:
        raise InvalidInput(explain(error)) from None


def _print(answer: LeadView | Qualification, format: Format) -> None:
    if format is Format.JSON:
        print_json(answer)
        return
    lead = answer.lead if isinstance(answer, Qualification) else answer
    say(lead.event)
    if isinstance(answer, Qualification):
        for record in answer.created:
            say(f"  {record.logicalname} {record.id}")
    owner = f", owned by {lead.owner.name}" if lead.owner else ""
    say(f"The lead is {lead.stage}{owner}.")


def _reference(text: str | None) -> EntityReference | None:
    if text is None:
        return None
    entity, _, id = text.partition(":")
    try:
        return EntityReference(logicalname=entity, id=UUID(id))
    except ValueError:
        raise InvalidInput(f"'{text}' is not of the form entity:id, such as account:<GUID>") from None
