"""Where a lead goes, also when nobody of its team may get it. Pure: live routing, examples and back tests ask here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.engine.decision import Assign, NobodyStep, Offer, Outcome
from rules.engine.directory import Directory
from rules.strategies import DEFAULT_STRATEGY
from rules.strategies.pool import Choice

Chooser = Callable[[Assign], Choice]
"""Who of the team `key` of this outcome may get the lead. It is asked once for each team, in order."""


@dataclass(frozen=True, slots=True)
class Destination:
    """What becomes of a lead, and which teams were asked for it, in order.

    - user: the member `key` of the team `asked` last owns it;
    - team: the team `key` owns it, for whoever takes it first (strategy `all`), or because nobody may get it;
    - queue: it waits in the queue `key`, whose team owns it;
    - wait: the team `key` owns it meanwhile, and the rules are asked again at `until` (UTC), when the first member of
      the teams asked may get it again; None where no such time is known, as with a team that is at its capacity.
    """

    kind: Literal["user", "team", "queue", "wait"]
    key: str
    asked: dict[str, Choice]
    until: datetime | None = None

    @property
    def team(self) -> str | None:
        """The team that owns the lead, or whose member does; None for a queue, which has a team of its own."""
        if self.kind == "user":
            return list(self.asked)[-1]
        return None if self.kind == "queue" else self.key

    @property
    def skipped(self) -> tuple[str, ...]:
        """Who could not get the lead, as `key: why`, team by team."""
        return tuple(text for choice in self.asked.values() for text in choice.skipped)


def destination(outcome: Assign, choose: Chooser) -> Destination:
    """Where a lead goes whose outcome names a team and a strategy, after the steps of `if_nobody` where need be.

    A next team is asked with the strategy, hours and requirements of the outcome. Nobody waits for a team whose members
    will never get the lead. After the last step the team that the outcome names owns it.
    """
    return _followed((NobodyStep(action="next", key=outcome.key), *outcome.if_nobody), outcome, choose, {})


def after_offers(outcome: Offer, team: str, choose: Chooser) -> Destination:
    """Where a lead goes that no channel partner may get. `team` looks after the partner who was asked last."""
    return _followed(outcome.if_nobody, _asking(outcome, team), choose, {})


def after_user(outcome: Assign, team: str, tried: Choice, choose: Chooser) -> Destination:
    """Where a lead goes that the user whom the outcome names may not get, who was `tried`. `team` is the user's."""
    return _followed(outcome.if_nobody, _asking(outcome, team), choose, {outcome.key: tried})


def teams_asked(outcome: Outcome | None) -> Iterator[Assign]:
    """Each team of which a member may get the lead, in order, as the outcome by which it is asked."""
    if not isinstance(outcome, Assign | Offer):
        return
    if isinstance(outcome, Assign) and outcome.to == "team":
        yield outcome
    for step in outcome.if_nobody:
        if step.action == "next" and step.key:
            yield _asking(outcome, step.key)


def _asking(outcome: Assign | Offer, team: str) -> Assign:
    """By what a team is asked: the outcome of another team, or where that names none, by turns."""
    if isinstance(outcome, Assign) and outcome.to == "team":
        return outcome.model_copy(update={"key": team})
    return Assign(to="team", key=team, strategy=DEFAULT_STRATEGY, priority=outcome.priority)


def _followed(steps: Iterable[NobodyStep], outcome: Assign, choose: Chooser, asked: dict[str, Choice]) -> Destination:
    for step in steps:
        key = step.key or outcome.key
        match step.action:
            case "next":
                choice = asked[key] = choose(_asking(outcome, key))
                if choice.member is not None:
                    return Destination("user", choice.member.key, asked)
                if choice.eligible:
                    return Destination("team", key, asked)
            case "queue":
                return Destination("queue", key, asked)
            case "wait":
                openings = [choice.next_opening for choice in asked.values() if choice.next_opening]
                if openings or any(choice.full for choice in asked.values()):
                    return Destination("wait", outcome.key, asked, until=min(openings, default=None))
    return Destination("team", outcome.key, asked)


def team_behind(outcome: Assign | Offer, directory: Directory) -> str | None:
    """The team that answers for the outcome: the one it names, or that stands behind its queue, partner or user.

    Of several partners the last one counts, of a user's teams the first with a manager, else the first.
    """
    if isinstance(outcome, Offer):
        return directory.channel_partners[outcome.partners[-1].partner].team
    match outcome.to:
        case "team":
            return outcome.key
        case "queue":
            return directory.queues[outcome.key].team
        case "partner":
            return directory.channel_partners[outcome.key].team
        case "user":
            own = [key for key, team in directory.teams.items() if outcome.key in {one.user for one in team.members}]
            return next((key for key in own if directory.teams[key].manager), next(iter(own), None))
