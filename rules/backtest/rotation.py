"""Who would have got each lead: the teams' turns played again in the order of time, from an empty start."""

import heapq
from collections import Counter, defaultdict
from datetime import datetime

from crm.history import PastLead
from rules.engine.decision import Assign, Outcome
from rules.engine.directory import Directory
from rules.strategies.simulation import Roster, simulate
from rules.strategies.sla import accept_by


class Rotation:
    """Gives past leads to the people of one directory. `leads` counts them by owner: `user anna`, `team desk`.

    For strategies that ask, a lead is open until it was closed in truth. Of a lead that a rule closed as it came,
    nobody knows how long people would have worked on it: it stays open.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._owners = directory.owners()
        self._last_turns: dict[str, dict[str, int]] = defaultdict(dict)
        self._turn = 0
        self._open: Counter[str] = Counter()
        self._closing: list[tuple[datetime, str]] = []
        self.leads: Counter[str] = Counter()

    def give(self, lead: PastLead, outcome: Outcome) -> datetime | None:
        """Give the lead where the outcome sends it; returns when it must be accepted. Call in the order of time.

        A team, queue, partner or user that the directory does not have, as it may be with old decisions, gets it as is.
        """
        if not isinstance(outcome, Assign):
            return None
        now = lead.decidedon
        if outcome.key not in self._owners[outcome.to]:
            self.leads[f"{outcome.to} {outcome.key}"] += 1
            return accept_by(self._directory, now, outcome.accept_within, clock=outcome.sla_clock)
        self._close(now)
        turns = self._last_turns[outcome.key] if outcome.to == "team" else {}
        given = simulate(outcome, self._directory, now, Roster(last_turns=turns, open_leads=self._open))
        self.leads[f"{given.owner_kind} {given.owner_key}"] += 1
        if given.owner_kind == "user":
            self._turn += 1
            turns[given.owner_key] = self._turn
            self._opened(lead, given.owner_key)
        return given.due

    def _opened(self, lead: PastLead, user: str) -> None:
        self._open[user] += 1
        if lead.closedon is not None and lead.closedon > lead.decidedon:
            heapq.heappush(self._closing, (lead.closedon, user))

    def _close(self, now: datetime) -> None:
        """What was closed by now is no longer open."""
        while self._closing and self._closing[0][0] <= now:
            _, user = heapq.heappop(self._closing)
            self._open[user] -= 1
