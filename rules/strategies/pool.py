"""Who of a team may get a lead now, and who of them gets it. Pure: live routing, examples and back tests ask here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm.turns import Account
from rules.engine.decision import Assign
from rules.engine.directory import Directory
from rules.strategies import DEFAULT_STRATEGY, STRATEGIES
from rules.strategies.eligibility import Exclusion, exclusion
from rules.strategies.member import TURN, Member
from rules.strategies.pick import Pick, Pool
from rules.strategies.presence import back_at

NO_MEMBERS = "the team has no members"
MOST_OWED: Mapping[str, int] = {"skip": 0, "keep": TURN, "pay_back": 10_000 * TURN}
"""How much of the turns that pass while a member is away is paid back at most, by the team's `missed_turns`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`member` gets the lead; None: the team does if somebody is `eligible`, else nobody may.

    `skipped` says who may not, as `key: why`. Where nobody may, `next_opening` (UTC) is when the first of those may who
    are only away for a time, and `full` says that somebody has as many open leads as allowed. `strategy` is the one
    that decided. `note` says why a user who was named gets the lead although away.
    """

    member: Member | None
    eligible: tuple[Member, ...]
    skipped: tuple[str, ...]
    next_opening: datetime | None = None
    full: bool = False
    strategy: str | None = None
    takes_turn: bool = False
    accounts: Mapping[str, Account] = field(default_factory=dict)
    note: str | None = None

    def after(self, turn: int) -> Mapping[str, Account]:
        """The accounts that this turn changes, as they are after it, by the members' keys."""
        if not self.takes_turn or self.member is None:
            return {}
        key = self.member.key
        return {**self.accounts, key: self.accounts.get(key, self.member.account)._replace(last_turn=turn)}


def choose(outcome: Assign, members: Iterable[Member], directory: Directory, now: datetime) -> Choice:
    """Who of the members of the team `outcome.key` gets a lead at this moment; `outcome` must name a strategy."""
    asked = [_limited(member, directory.capacity(user=member.key, team=outcome.key)) for member in members]
    why_not = {member.key: exclusion(member, outcome, directory, now) for member in asked}
    eligible = tuple(member for member in asked if why_not[member.key] is None)
    skipped = tuple(f"{key}: {why.reason}" for key, why in why_not.items() if why)
    if not eligible:
        away = [member for member in asked if (why := why_not[member.key]) and why.cause == "away" and not why.full]
        opening = _next_opening(away, outcome, directory, now)
        full = any(why.full for why in why_not.values() if why)
        return Choice(None, (), skipped or (NO_MEMBERS,), next_opening=opening, full=full)
    missing = tuple(member for member in asked if _misses_turn(why_not[member.key]))
    team = directory.teams.get(outcome.key)
    most_owed = MOST_OWED[team.missed_turns if team else "skip"]
    strategy, pick = _picked(outcome, Pool(eligible, missing if most_owed else (), most_owed))
    return Choice(pick.member, eligible, skipped, strategy=strategy, takes_turn=pick.takes_turn, accounts=pick.accounts)


def choose_named(outcome: Assign, member: Member, directory: Directory, now: datetime) -> Choice:
    """Whether the user whom the outcome names gets the lead: not who is inactive, or gave this very lead back.

    Who is absent or at capacity gets it nevertheless, with a note, unless the rule says what to do `if_nobody` may.
    """
    asked = _limited(member, directory.capacity(user=member.key))
    why = exclusion(asked, outcome, directory, now)
    if why is not None and (outcome.if_nobody or why.cause in ("inactive", "this lead")):
        back = back_at(asked, outcome, directory, now) if why.cause == "away" and not why.full else None
        return Choice(None, (), (f"{member.key}: {why.reason}",), next_opening=back, full=why.full)
    return Choice(asked, (asked,), (), note=f"{member.key} is {why.reason}" if why else None)


def _picked(outcome: Assign, pool: Pool) -> tuple[str, Pick]:
    """The strategy that decides, and whom it picks: the rule's, or the fallback where that knows nobody."""
    for name in (outcome.strategy, outcome.fallback, DEFAULT_STRATEGY):
        pick = STRATEGIES[name](pool) if name else None
        if name and pick:
            return name, pick
    raise AssertionError("the default strategy always picks")


def _limited(member: Member, capacity: int | None) -> Member:
    return member if capacity is None else replace(member, capacity=capacity)


def _misses_turn(why: Exclusion | None) -> bool:
    return why is not None and why.cause != "this lead"


def _next_opening(away: Iterable[Member], outcome: Assign, directory: Directory, now: datetime) -> datetime | None:
    """When the first of those is back who are only away."""
    moments = [back_at(member, outcome, directory, now) for member in away]
    return min((moment for moment in moments if moment), default=None)
