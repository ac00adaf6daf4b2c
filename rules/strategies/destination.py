"""Where a lead goes, also when nobody of its team may get it. Pure: live routing, examples and back tests ask here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rules.engine.decision import Assign, NobodyStep, Offer
from rules.strategies.pool import Choice

Chooser = Callable[[Assign], Choice]
"""Who of the team `key` of this outcome may get the lead. It is asked once for each team, in order."""
AFTER_OFFERS = "round_robin"
"""How a team gives out a lead that all channel partners have declined."""


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
    asked: Mapping[str, Choice]
    until: datetime | None = None

    @property
    def skipped(self) -> tuple[str, ...]:
        """Who could not get the lead, as `key: why`, team by team."""
        return tuple(text for choice in self.asked.values() for text in choice.skipped)


def destination(outcome: Assign, choose: Chooser) -> Destination:
    """Where a lead goes whose outcome names a team and a strategy, after the steps of `if_nobody` where need be.

    A next team is asked with the strategy, hours and requirements of the outcome. After the last step the team that
    the outcome names owns the lead.
    """
    return _followed((NobodyStep(action="next", key=outcome.key), *outcome.if_nobody), outcome, choose)


def after_offers(outcome: Offer, team: str, choose: Chooser) -> Destination:
    """Where a lead goes whom no channel partner wants. `team` looks after the partner who was asked last."""
    own = Assign(to="team", key=team, strategy=AFTER_OFFERS, priority=outcome.priority)
    return _followed(outcome.if_nobody, own, choose)


def _followed(steps: Iterable[NobodyStep], outcome: Assign, choose: Chooser) -> Destination:
    asked: dict[str, Choice] = {}
    for step in steps:
        key = step.key or outcome.key
        match step.action:
            case "next":
                choice = asked[key] = choose(outcome.model_copy(update={"key": key}))
                if choice.member is not None:
                    return Destination("user", choice.member.key, asked)
                if choice.eligible:
                    return Destination("team", key, asked)
            case "queue":
                return Destination("queue", key, asked)
            case "wait":
                openings = [choice.next_opening for choice in asked.values() if choice.next_opening]
                return Destination("wait", outcome.key, asked, until=min(openings, default=None))
    return Destination("team", outcome.key, asked)
