"""A backtest in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.store.rules.history import PastCounts, Period
from rules.backtest.comparison import Change
from rules.backtest.promises import Kept
from rules.backtest.result import Backtest

RECORDED = "recorded"
CHANGES: Mapping[Change, str] = {
    Change.NEWLY_UNMATCHED: "newly unmatched",
    Change.NO_LONGER_UNMATCHED: "no longer unmatched",
    Change.NEWLY_DISQUALIFIED: "newly disqualified",
    Change.NO_LONGER_DISQUALIFIED: "no longer disqualified",
    Change.NEWLY_HELD: "newly held",
    Change.NO_LONGER_HELD: "no longer held",
    Change.NEWLY_QUALIFIED: "newly qualified at once",
    Change.NO_LONGER_QUALIFIED: "no longer qualified at once",
    Change.OTHER_PRIORITY: "with another priority",
    Change.OTHER_PROMISE: "with another time to accept",
    Change.OTHER_DETAILS: "with the same owner, but other details",
    Change.OTHER_RULE: "with the same owner, but by another rule",
}
"""What may change beside where a lead goes, as it is said after a number of leads."""


@dataclass(frozen=True, slots=True)
class Told:
    """A result and what it is about: the candidate's folder, what it is compared with, the period and its leads."""

    result: Backtest
    candidate: str
    against: str
    period: Period
    counts: PastCounts

    def share(self, leads: int) -> float:
        """Of all leads compared, 0 to 1."""
        return leads / self.result.leads if self.result.leads else 0.0

    def summary(self) -> str:
        """The result in one sentence."""
        result = self.result
        if not result.leads:
            return "0 leads: none was routed in this period with its facts kept, so there is nothing to compare."
        said = [
            f"Of {leads(result.leads)}, {thousands(result.moved)} ({percent(self.share(result.moved))}) "
            f"would go elsewhere"
        ]
        for change, words in CHANGES.items():
            if result.changes[change].leads or change is Change.NEWLY_UNMATCHED:
                said.append(f"{thousands(result.changes[change].leads)} {words}")
        return "; ".join(said) + "."

    def about(self) -> list[str]:
        """Which rules, which leads, which were left out, and what is wrong with the engine, a line each."""
        against = "what was decided then" if self.against == RECORDED else f"the rules of {self.against}"
        since = f" since {self.period.since:%Y-%m-%d}" if self.period.since else ""
        until = f" before {self.period.until:%Y-%m-%d}" if self.period.until else ""
        when = f"leads first routed{since}{until}" if since or until else "all leads"
        lines = [f"The rules in {self.candidate} against {against}; {when}."]
        if self.result.leads < self.counts.with_facts:
            lines.append(f"A sample: {thousands(self.result.leads)} of {leads(self.counts.with_facts)}.")
        if left_out := self.counts.without_facts:
            lines.append(f"Left out: {leads(left_out)} of before the facts of a decision were kept with it.")
        if broken := self.result.disagreements.leads:
            lines.append(f"Fault: the engine and its check disagree on {leads(broken)}. Please report it.")
        return lines

    def moved_then(self) -> str:
        """What became of the leads that would go elsewhere."""
        then = self.result.moved_then
        return (
            f"Of the {leads(self.result.moved)} that would go elsewhere, {thousands(then.accepted)} had been accepted "
            f"and {thousands(then.responded)} answered; for {thousands(then.breached)} the time to accept had run out."
        )


def leads(number: int) -> str:
    return f"{thousands(number)} {'lead' if number == 1 else 'leads'}"


def thousands(number: int) -> str:
    return f"{number:,}"


def signed(number: int) -> str:
    return f"{number:+,}" if number else "0"


def percent(share: float) -> str:
    """A share from 0 to 1; few are never said to be none."""
    return "under 0.1 %" if 0 < share < 0.001 else f"{share * 100:.1f} %"


def late(kept: Kept) -> str:
    """Broken promises of those that could be told; nothing where none could."""
    known = kept.in_time + kept.late
    return f"{thousands(kept.late)} of {thousands(known)}" if known else ""
