"""Who would have got each lead: the teams' turns played again in the order of time, from an empty start."""

import heapq
from collections import Counter, defaultdict
from datetime import datetime

from crm.history import PastLead
from rules.engine.decision import Assign, Offer, Outcome
from rules.engine.directory import Directory
from rules.strategies.member import Member
from rules.strategies.simulation import Roster, Simulated, simulate
from rules.strategies.sla import accept_by


class Rotation:
    """Gives past leads to the people of one directory. `leads` counts them by owner: `user anna`, `team desk`.

    A lead that is offered counts for the first partner who is asked, and one that nobody may get yet for those who
    wait: `team desk, waiting`. What becomes of either later is not played.

    For strategies that ask, a lead is open until it was closed in truth. Of a lead that a rule closed as it came,
    nobody knows how long people would have worked on it: it stays open. Nobody is known from earlier leads.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._owners = directory.owners()
        self._pools: dict[str, dict[str, Member]] = defaultdict(dict)
        self._turn = 0
        self._open: Counter[str] = Counter()
        self._offers: Counter[str] = Counter()
        self._closing: list[tuple[datetime, str]] = []
        self.leads: Counter[str] = Counter()

    def give(self, lead: PastLead, outcome: Outcome) -> datetime | None:
        """Give the lead where the outcome sends it; returns when it must be accepted. Call in the order of time.

        A team, queue, partner or user that the directory does not have, as it may be with old decisions, gets it as is.
        """
        if not isinstance(outcome, Assign | Offer):
            return None
        now = lead.decidedon
        if gone := self._gone(outcome):
            self.leads[gone] += 1
            return accept_by(self._directory, now, outcome.accept_within, clock=outcome.sla_clock)
        self._close(now)
        roster = Roster(open_leads=self._open, offers=self._offers, pools=self._pools)
        given = simulate(outcome, self._directory, now, roster)
        self.leads[_owner(given, outcome)] += 1
        if isinstance(outcome, Offer) and given.partner:
            self._offers[given.partner] += 1
        if given.owner_kind == "user":
            self._opened(lead, given.owner_key)
        if given.choice and given.team and not given.waits:
            self._turn += 1
            after = given.choice.after(self._turn)
            self._pools[given.team] |= {key: Member(key, **account._asdict()) for key, account in after.items()}
        return given.due

    def _gone(self, outcome: Assign | Offer) -> str | None:
        """What the outcome names and the directory does not have, if anything."""
        named = [(outcome.to, outcome.key)] if isinstance(outcome, Assign) else []
        named += [("partner", to.partner) for to in outcome.partners] if isinstance(outcome, Offer) else []
        named += [("team" if step.action == "next" else "queue", step.key) for step in outcome.if_nobody if step.key]
        return next((f"{kind} {key}" for kind, key in named if key not in self._owners[kind]), None)

    def _opened(self, lead: PastLead, user: str) -> None:
        self._open[user] += 1
        if lead.closedon is not None and lead.closedon > lead.decidedon:
            heapq.heappush(self._closing, (lead.closedon, user))

    def _close(self, now: datetime) -> None:
        """What was closed by now is no longer open."""
        while self._closing and self._closing[0][0] <= now:
            _, user = heapq.heappop(self._closing)
            self._open[user] -= 1


def _owner(given: Simulated, outcome: Assign | Offer) -> str:
    if isinstance(outcome, Offer) and given.partner:
        return f"partner {given.partner}"
    return f"{given.owner_kind} {given.owner_key}{', waiting' if given.waits else ''}"
