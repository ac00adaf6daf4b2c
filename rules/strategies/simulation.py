"""What an assignment would come to: who gets the lead, and by when, where the state of the team is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from rules.engine.decision import Assign, Offer
from rules.engine.directory import Directory, TeamMember
from rules.strategies.destination import Chooser, Destination, after_offers, after_user, destination, team_behind
from rules.strategies.fair_turns import by_weight, equal, turn_taken
from rules.strategies.member import Member
from rules.strategies.offering import next_partner
from rules.strategies.pool import Choice, choose, choose_named
from rules.strategies.sla import accept_by


@dataclass(frozen=True)
class Roster:
    """The state of a team, by the keys of its users; what is not said is as on the first day.

    `turns` are who had the turns so far, oldest first. `inactive` and `absent` add to what the directory says;
    `gave_back` are those who had the lead, or partners who were offered it, and declined it or let its time run out.
    `known_to` are those who had other leads of the person or company, whoever comes first in front; `offers` says how
    many leads each partner was offered so far. `pools` are the members of teams as they stand, with their turns.
    """

    turns: Sequence[str] = ()
    open_leads: Mapping[str, int] = field(default_factory=dict)
    inactive: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    gave_back: frozenset[str] = frozenset()
    known_to: Sequence[str] = ()
    offers: Mapping[str, int] = field(default_factory=dict)
    pools: Mapping[str, Mapping[str, Member]] = field(default_factory=dict)


@dataclass(frozen=True)
class Simulated:
    """Whom the lead goes to. `team` is that team, or the one that the user was chosen from, or None.

    `skipped` says `key: why` of each member who could not get it, `due` and `contact_due` until when it must be
    accepted and somebody must have written or called (UTC). `eligible` are the keys of those who could get it.

    `queue` is where it waits for its team, `partner` to whom it is offered, or went without being asked. `waits` says
    that nobody may get it now, `waits_until` when somebody may (UTC; None: not known); `passed` are the teams in which
    nobody could get it, before another one or a queue did. `choice` is what the last team said.
    """

    owner_kind: Literal["user", "team"]
    owner_key: str
    team: str | None
    skipped: tuple[str, ...] = ()
    due: datetime | None = None
    eligible: tuple[str, ...] = ()
    contact_due: datetime | None = None
    queue: str | None = None
    partner: str | None = None
    waits: bool = False
    waits_until: datetime | None = None
    passed: tuple[str, ...] = ()
    choice: Choice | None = field(default=None, compare=False, repr=False)


def simulate(outcome: Assign | Offer, directory: Directory, now: datetime, roster: Roster) -> Simulated:
    """Who of the directory's people, or of its partners, gets a lead with this outcome at this moment.

    Raises KeyError where the directory does not have a team, queue or partner that the outcome names.
    """

    def asking(asked: Assign) -> Choice:
        return choose(asked, _members(asked, directory, roster), directory, now)

    if isinstance(outcome, Offer):
        return _offered(outcome, directory, now, roster, asking)
    match outcome.to:
        case "team":
            given = _from(destination(outcome, asking), directory)
        case "user":
            given = _to_user(outcome, directory, now, roster, asking)
        case "queue":
            team = directory.queues[outcome.key].team
            given = Simulated("team", team, team, queue=outcome.key)
        case "partner":
            team = directory.channel_partners[outcome.key].team
            given = Simulated("team", team, team, partner=outcome.key)
    return given if given.waits else _with_limits(given, outcome, directory, now)


def _to_user(outcome: Assign, directory: Directory, now: datetime, roster: Roster, asking: Chooser) -> Simulated:
    """The user, or what happens where the user may not get it."""
    team = team_behind(outcome, directory)
    choice = choose_named(outcome, _member(TeamMember(user=outcome.key), None, directory, roster), directory, now)
    if choice.member is not None or team is None:
        return Simulated("user", outcome.key, None, choice.skipped)
    given = _from(after_user(outcome, team, choice, asking), directory)
    return replace(given, passed=tuple(key for key in given.passed if key != outcome.key))


def _offered(outcome: Offer, directory: Directory, now: datetime, roster: Roster, asking: Chooser) -> Simulated:
    """The offer to the next partner; or what happens when all have declined."""
    partner = next_partner(outcome, roster.gave_back, roster.offers)
    if partner is None:
        return _from(after_offers(outcome, team_behind(outcome, directory) or "", asking), directory)
    team = directory.channel_partners[partner].team
    due = accept_by(directory, now, outcome.accept_within, clock=outcome.sla_clock, team=team)
    return Simulated("team", team, team, due=due, partner=partner)


def _from(found: Destination, directory: Directory) -> Simulated:
    is_user = found.kind == "user"
    queue = found.key if found.kind == "queue" else None
    team = found.team or directory.queues[found.key].team
    return Simulated(
        "user" if is_user else "team", found.key if is_user else team, team, found.skipped,
        eligible=tuple(member.key for choice in found.asked.values() for member in choice.eligible),
        queue=queue, waits=found.kind == "wait", waits_until=found.until,
        passed=tuple(key for key, choice in found.asked.items() if not choice.eligible and key != found.key),
        choice=next(reversed(found.asked.values()), None),
    )  # fmt: skip


def _with_limits(given: Simulated, outcome: Assign, directory: Directory, now: datetime) -> Simulated:
    """With the times by which whoever gets the lead must accept it, and must have written or called."""
    user = given.owner_key if given.owner_kind == "user" else None
    within, contact = outcome.accept_within, outcome.contact_within
    return replace(
        given,
        due=accept_by(directory, now, within, clock=outcome.sla_clock, user=user, team=given.team),
        contact_due=accept_by(directory, now, contact, clock=outcome.contact_clock, user=user, team=given.team),
    )


def _members(asked: Assign, directory: Directory, roster: Roster) -> list[Member]:
    """The members of the team in the order of their keys, as the database would list them."""
    entries = sorted(directory.teams[asked.key].members, key=lambda entry: entry.user)
    members = [_member(entry, asked.key, directory, roster) for entry in entries]
    weigh = by_weight if "weighted" in (asked.strategy, asked.fallback) else equal
    taken = [user for user in roster.turns if any(user == entry.user for entry in entries)]
    for turn, user in enumerate(taken, start=1):
        after = turn_taken(members, user, turn, weigh)
        members = [replace(member, **after[member.key]._asdict()) for member in members]
    return members


def _member(entry: TeamMember, team: str | None, directory: Directory, roster: Roster) -> Member:
    user = entry.user
    known = roster.pools.get(team or "", {}).get(user, Member(user))
    return Member(
        user,
        weight=entry.weight,
        last_turn=known.last_turn,
        credit=known.credit,
        owed=known.owed,
        open_leads=roster.open_leads.get(user, known.open_leads),
        active=known.active and directory.users[user].active and user not in roster.inactive,
        absent=known.absent or user in roster.absent,
        away=known.away,
        gave_back=known.gave_back or user in roster.gave_back,
        keeps=roster.known_to.index(user) if user in roster.known_to else known.keeps,
    )
