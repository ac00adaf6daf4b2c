"""What an assignment would come to: who gets the lead, and by when, where the state of the team is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies.member import Member
from rules.strategies.pool import choose
from rules.strategies.sla import accept_by


@dataclass(frozen=True)
class Roster:
    """The state of a team, by the keys of its users; what is not said is as on the first day.

    `last_turns` numbers the turns that were taken, the lowest one longest ago. `inactive` and `absent` add to what the
    directory says; `gave_back` are those who had the lead and declined it or let its time run out.
    """

    last_turns: Mapping[str, int] = field(default_factory=dict)
    open_leads: Mapping[str, int] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    gave_back: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Simulated:
    """Whom the lead goes to. `team` is that team, or the one that the user was chosen from, or None.

    `skipped` says `key: why` of each member who could not get it, `due` until when it must be accepted (UTC).
    `eligible` are the keys of those who could.
    """

    owner_kind: Literal["user", "team"]
    owner_key: str
    team: str | None
    skipped: tuple[str, ...] = ()
    due: datetime | None = None
    eligible: tuple[str, ...] = ()


def simulate(outcome: Assign, directory: Directory, now: datetime, roster: Roster) -> Simulated:
    """Who of the directory's people gets a lead with this outcome at this moment.

    Raises KeyError where the directory does not have the team, queue or partner that the outcome names.
    """
    skipped: tuple[str, ...] = ()
    eligible: tuple[str, ...] = ()
    user, team = (outcome.key, None) if outcome.to == "user" else (None, _team(outcome, directory))
    if outcome.to == "team":
        choice = choose(outcome, _members(outcome.key, directory, roster), directory, now)
        skipped, eligible = choice.skipped, tuple(member.key for member in choice.eligible)
        user = choice.member.key if choice.member else None
    due = accept_by(directory, now, outcome.accept_within, clock=outcome.sla_clock, user=user, team=team)
    if user is not None:
        return Simulated("user", user, team, skipped, due, eligible)
    return Simulated("team", team or "", team, skipped, due, eligible)


def _team(outcome: Assign, directory: Directory) -> str:
    """The team that the outcome names, or the one behind the queue or partner that it names."""
    match outcome.to:
        case "queue":
            return directory.queues[outcome.key].team
        case "partner":
            return directory.channel_partners[outcome.key].team
        case _:
            return outcome.key


def _members(team: str, directory: Directory, roster: Roster) -> list[Member]:
    """The team's members in the order of their keys, as the database would list them."""
    return [
        Member(
            key=entry.user,
            weight=entry.weight,
            last_turn=roster.last_turns.get(entry.user),
            open_leads=roster.open_leads.get(entry.user, 0),
            active=directory.users[entry.user].active and entry.user not in roster.inactive,
            absent=entry.user in roster.absent,
            gave_back=entry.user in roster.gave_back,
        )
        for entry in sorted(directory.teams[team].members, key=lambda entry: entry.user)
    ]
