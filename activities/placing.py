"""Carrying out an assignment: to whoever may get the lead now, else as `if_nobody` says; in the end to the team."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from activities.choosing import Chosen, Nobody, choose_member, choose_partner, choose_queue, choose_team, give
from activities.sla import NO_LIMITS, due_times
from activities.steps import LeadStep
from activities.waiting import look_again_at
from crm.entities.lead import Lead
from crm.lifecycle import LeadStage
from crm.store import records
from rules.engine.decision import Assign, Offer
from rules.engine.directory import Directory
from rules.strategies import Member
from rules.strategies.destination import Destination, after_offers, after_user, destination, team_behind
from rules.strategies.pool import Choice


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lead goes: its owner, or None where nobody is there to own it. `note` says what else people must know.

    With `wait_until` (UTC) the owner is the team of those who will get it: the rules are asked again then.
    """

    owner: Chosen | None
    note: str | None = None
    wait_until: datetime | None = None


@dataclass(slots=True)
class _Asking:
    """Asks one team after the other for a lead; `found` is the answer of the last one."""

    connection: Connection
    lead: Lead
    directory: Directory
    now: datetime
    found: Chosen | Nobody | None = None

    def __call__(self, outcome: Assign) -> Choice:
        found = self.found = choose_member(self.connection, outcome, self.lead, self.directory, self.now)
        if isinstance(found, Nobody):
            return Choice(None, (), found.skipped, next_opening=found.next_opening, full=found.full)
        member = Member(found.name)
        return Choice(member if found.owneridtype == "systemuser" else None, (member,), found.skipped)


def assign(
    connection: Connection,
    directory: Directory,
    lead: Lead,
    step: LeadStep[Any],
    outcome: Assign,
    why: str,
    *,
    linked: Chosen | None = None,
    **routed: Any,
) -> str:
    """Send the lead where the outcome says, with the limits of time that it says. Returns the event.

    `linked` gets the lead instead, within the same limits. `routed` are attributes of the lead that go with it. Raises
    InvalidInput or Misconfigured where the database does not have what the rules name.
    """
    place = Place(linked, linked.note) if linked else _place(_Asking(connection, lead, directory, step.on), outcome)
    if place.owner is None or place.wait_until:
        return _settle(connection, lead, step, place, why, **routed)
    owner = place.owner.model_dump(include={"ownerid", "owneridtype", "teamid"})
    due = due_times(directory, step.on, outcome, lead, **owner)
    return _settle(connection, lead, step, place, why, **routed, **due)


def assign_after_offers(
    connection: Connection,
    directory: Directory,
    lead: Lead,
    step: LeadStep[Any],
    outcome: Offer,
    team: str,
    why: str,
    **routed: Any,
) -> str:
    """As `assign`, for a lead that no channel partner wants. `team` looks after the partner who was asked last."""
    asking = _Asking(connection, lead, directory, step.on)
    place = _followed(asking, after_offers(outcome, team, asking), outcome)
    return _settle(connection, lead, step, place, why, **routed)


def _place(asking: _Asking, outcome: Assign) -> Place:
    match outcome.to:
        case "queue":
            return Place(choose_queue(asking.connection, outcome.key))
        case "partner":
            return Place(choose_partner(asking.connection, outcome.key))
        case "user":
            return _to_user(asking, outcome)
        case _ if outcome.strategy is None:
            return Place(choose_team(asking.connection, outcome.key))
    return _followed(asking, destination(outcome, asking), outcome)


def _to_user(asking: _Asking, outcome: Assign) -> Place:
    tried = asking(outcome)
    if isinstance(asking.found, Chosen):
        return Place(asking.found, asking.found.note)
    team = team_behind(outcome, asking.directory)
    if team is None:
        return Place(None, f"nobody may get it: {', '.join(tried.skipped)}")
    return _followed(asking, after_user(outcome, team, tried, asking), outcome)


def _followed(asking: _Asking, found: Destination, outcome: Assign | Offer) -> Place:
    """The place in the database of a destination, with everybody who was skipped on the way."""
    skipped = {"skipped": found.skipped}
    if isinstance(asking.found, Chosen) and found.kind in ("user", "team"):
        return Place(asking.found.model_copy(update=skipped), asking.found.note)
    if found.kind == "queue":
        return Place(choose_queue(asking.connection, found.key).model_copy(update=skipped))
    strategy = outcome.strategy if isinstance(outcome, Assign) else None
    team = choose_team(asking.connection, found.key).model_copy(update={**skipped, "strategy": strategy})
    if found.kind == "wait":
        return Place(team, wait_until=look_again_at(asking.lead, found.until, asking.now))
    waits = any(step.action == "wait" for step in outcome.if_nobody)
    return Place(team, "there is nobody to wait for" if waits else None)


def _settle(connection: Connection, lead: Lead, step: LeadStep[Any], place: Place, why: str, **changes: Any) -> str:
    """Write down where the lead is now. Returns the event."""
    if place.owner is None:
        held = {"lf_stage": LeadStage.HELD, **NO_LIMITS}
        records.update(connection, Lead, lead.leadid, {**changes, **held}, now=step.on)
        return f"Held: {place.note} ({why})"
    event = _event(lead, place.owner, place, why)
    if place.wait_until:
        changes |= {"lf_stage": LeadStage.WAITING, "lf_waituntil": place.wait_until}
    if place.wait_until and lead.lf_stage == LeadStage.WAITING and lead.ownerid == place.owner.ownerid:
        records.update(connection, Lead, lead.leadid, changes, now=step.on)  # it has not moved
    else:
        give(connection, lead, step, place.owner, event, **changes)
    return event


def _event(lead: Lead, owner: Chosen, place: Place, why: str) -> str:
    if place.wait_until:
        waits = "Waiting still" if lead.lf_stage == LeadStage.WAITING else "Waiting"
        event = f"{waits} with {owner.name} until {place.wait_until:%Y-%m-%d %H:%M} UTC"
    else:
        event = f"Assigned to {owner.name}"
    if owner.strategy and owner.turn:
        event += f" ({owner.strategy}, turn {owner.turn})"
    event += f": {why}"
    event += f"; {place.note}" if place.note else ""
    event += f"; skipped {', '.join(owner.skipped)}" if owner.skipped else ""
    return event
