"""Rules whose time is over."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from rules.analysis.areas import FileAreas
from rules.analysis.boxes import Box
from rules.analysis.domains import Domain
from rules.analysis.regions import Region
from rules.analysis.sets import BEYOND, Spans
from rules.analysis.wording import time_text
from rules.engine.canonical import canonical_time
from rules.engine.conditions import Test, tests_in
from rules.engine.facts import NOW
from rules.engine.findings import Code, Findings
from rules.engine.schema import Rule

DAY = 86_400


def check_expiry(areas: FileAreas, on: date, findings: Findings) -> None:
    """A finding for each rule that matched leads once, but none on this day or later."""
    start = canonical_time(datetime.combine(on, time(), UTC))
    ahead = Region((Box({NOW: Domain(False, Spans(((start, BEYOND),)))}),))
    for area in areas.areas:
        if not area.boxes or not all(NOW in box.domains for box in area.boxes) or area.region is None:
            continue
        left = area.region.intersection(ahead)
        if left is not None and left.is_empty:
            ends = max(box.domains[NOW].values.spans[-1][1] for box in area.boxes)
            at = next((test.at for test in _limits(area.rule) if test.operand > ends), area.rule.at)
            message = f"rule '{area.rule.id}' has expired: its last day was {time_text(ends - ends % DAY)}"
            findings.warning(Code.EXPIRED, at, message, "Remove the rule, or give it a later valid_until")


def _limits(rule: Rule) -> Iterator[Test]:
    """The conditions that say until when the rule is valid."""
    return (test for test in tests_in(rule.when) if test.field == NOW and test.operator == "before")
