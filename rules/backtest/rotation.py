"""Who would have got each lead: a team's turns played again in the order of time, from an empty start."""

import heapq
from collections import Counter
from datetime import datetime
from uuid import UUID

from crm.history import PastLead
from rules.engine.decision import Assign, Outcome
from rules.engine.directory import Directory
from rules.strategies import STRATEGIES, Member

_ANYONE = UUID(int=0)


class Rotation:
    """Gives past leads to the people of one directory. `leads` counts them by owner, `user anna` or `team desk`.

    A lead counts as open, for strategies that ask, until it was closed in truth. Of a lead that a rule closed as it
    came nobody knows how long it would have been worked on: it stays open.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._turns: Counter[str] = Counter()
        self._last_turns: dict[tuple[str, str], int] = {}
        self._open: Counter[str] = Counter()
        self._closing: list[tuple[datetime, str]] = []
        self.leads: Counter[str] = Counter()

    def give(self, lead: PastLead, outcome: Outcome) -> datetime | None:
        """Give the lead where the outcome sends it; returns when it must be accepted. Call in the order of time."""
        if not isinstance(outcome, Assign):
            return None
        self._close(lead.decidedon)
        kind, key = self._owner(outcome)
        self.leads[f"{kind} {key}"] += 1
        if kind == "user":
            self._opened(lead, key)
        return lead.decidedon + outcome.accept_within if outcome.accept_within else None

    def _owner(self, outcome: Assign) -> tuple[str, str]:
        match outcome.to:
            case "queue":
                return "team", self._directory.queues[outcome.key].team
            case "partner":
                return "team", self._directory.channel_partners[outcome.key].team
            case "user":
                return "user", outcome.key
        self._turns[outcome.key] += 1
        pool = [
            Member(
                member.user,
                _ANYONE,
                member.weight,
                self._last_turns.get((outcome.key, member.user)),
                self._open[member.user],
            )
            for member in self._directory.teams[outcome.key].members
            if self._directory.users[member.user].active
        ]
        if not pool or outcome.strategy is None:
            return "team", outcome.key
        chosen = STRATEGIES[outcome.strategy](pool)
        self._last_turns[outcome.key, chosen.key] = self._turns[outcome.key]
        return "user", chosen.key

    def _opened(self, lead: PastLead, user: str) -> None:
        self._open[user] += 1
        if lead.closedon is not None and lead.closedon > lead.decidedon:
            heapq.heappush(self._closing, (lead.closedon, user))

    def _close(self, now: datetime) -> None:
        """Leads that were closed by now are no longer open."""
        while self._closing and self._closing[0][0] <= now:
            _, user = heapq.heappop(self._closing)
            self._open[user] -= 1
