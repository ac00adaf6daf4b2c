"""What the Web UI shows of a run: the Markdown under "Current Details". Pure text; no personal data of the lead."""

from collections.abc import Sequence
from datetime import datetime

from crm.lifecycle import LeadStage
from crm.views import LeadView
from workflows.messages import LeadProgress, TimelineEntry

_NEXT_STEP = {
    LeadStage.RECEIVED: "The rules are being applied. If this stays, look for a pending activity and its last failure.",
    LeadStage.QUARANTINED: "Correct the attributes named above: send the update `edit`, or `leadflow leads edit`.",
    LeadStage.WAITING: "Nobody may get it now; the run looks again by itself. To end that, send `accept` or `assign`.",
    LeadStage.OFFERED: "The partner should `accept` or `decline`. To take it back, send `assign` or `reroute`.",
    LeadStage.HELD: "A rule holds this lead. Send `assign`, `reroute`, `qualify` or `disqualify`.",
    LeadStage.ASSIGNED: "The owner should `accept` or `decline`. To move it, send `assign` or `reroute`.",
    LeadStage.ACCEPTED: "The owner works on it and will `qualify` or `disqualify` it. To move it, send `assign`.",
    LeadStage.QUALIFIED: "Nothing to do. `leadflow leads reactivate` opens it again.",
    LeadStage.DISQUALIFIED: "Nothing to do; it is kept for reporting. `leadflow leads reactivate` opens it again.",
    LeadStage.DELETED: "Nothing to do; the lead and all that hung on it are gone.",
}


def current_details(progress: LeadProgress) -> str:
    """The story of a lead at a glance: where it is, who owns it, why, by when, and what to do next."""
    lead = progress.lead
    if lead is None:
        return "### Intake\nThe lead is being stored. If this stays, look for a pending activity and its last failure."
    lines = [f"### {lead.stage.value.capitalize()}{_owned_by(lead)}"]
    lines += [f"- **Why:** {lead.reason or progress.why}"] if lead.reason or progress.why else []
    lines += _facts(progress, lead)
    lines += [f"- **Problem:** {problem}" for problem in lead.problems]
    lines += [f"- **Next:** {_NEXT_STEP[lead.stage]}", "", "#### Last events"]
    return "\n".join(lines + _events(progress.timeline))


def _owned_by(lead: LeadView) -> str:
    queue = f" in queue {lead.queue}" if lead.queue else ""
    return f", owned by {lead.owner.name} ({lead.owner.key}){queue}" if lead.owner else queue


def _facts(progress: LeadProgress, lead: LeadView) -> list[str]:
    decision = progress.decision
    facts = [
        ("Rule", f"`{decision.rule}` in `{decision.file}`, rules `{decision.digest[:12]}`" if decision else None),
        (
            "Warning",
            "the rule engine and its check disagreed; the check's answer was taken" if _disagreed(progress) else None,
        ),
        ("Unit", lead.business_unit),
        ("Partner", lead.channel_partner),
        ("Source", f"{lead.source} `{lead.external_id}`" if lead.external_id else lead.source),
        ("Priority", lead.priority),
        ("Waits until", _time(lead.wait_until)),
        ("Offered to", lead.offered_to),
        ("Accept by", _time(lead.accept_by)),
        ("Contact by", _time(lead.contact_by)),
        ("Time limits missed", lead.breaches or None),
        ("Times routed again", lead.reroutes or None),
        ("Company registered until", _time(lead.registered_until)),
        ("Conflict", f"the company is registered for partner {lead.conflict}" if lead.conflict else None),
        ("First response", _time(lead.first_response_on)),
        ("Merged into", f"lead {lead.master}" if lead.master else None),
        ("Duplicates", f"{lead.duplicates} other leads of the same person" if lead.duplicates else None),
    ]
    return [f"- **{label}:** {value}" for label, value in facts if value]


def _disagreed(progress: LeadProgress) -> bool:
    return progress.decision is not None and progress.decision.engine_disagreement


def _events(timeline: Sequence[TimelineEntry]) -> list[str]:
    return [f"- `{_time(entry.on)}` {entry.event}" for entry in reversed(timeline)]


def _time(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else None
