"""Two rules of a file with `hit_policy: unique` that one lead matches. Said only with such a lead at hand."""

from collections.abc import Iterator
from itertools import islice

from rules.analysis.areas import Area, FileAreas
from rules.analysis.box_index import MAX_INDEXED, BoxIndex
from rules.analysis.boxes import Box
from rules.analysis.witness import witness
from rules.analysis.wording import described_box
from rules.engine.evaluator import predicate
from rules.engine.findings import Code, Findings
from rules.engine.values import Names

MAX_FOUND = 100
"""So many overlaps of one file are told; when they are mended, the next check shows the rest."""
MAX_TRIED = 1000
"""For so many pairs of one file a lead is looked for."""


def check_overlaps(areas: FileAreas, unreachable: frozenset[int], findings: Findings) -> None:
    """A finding for each pair. Rules that can never be reached are left out: that is told of them already."""
    considered = [area for area in areas.areas if area.index not in unreachable]
    pairs = islice(_meeting(considered), MAX_TRIED)
    proved = (pair for pair in pairs if _both_match(*pair, areas.names))
    for pair in islice(proved, MAX_FOUND):
        _report(*pair, areas, findings)


def _meeting(areas: list[Area]) -> Iterator[tuple[Area, Area, Box]]:
    """Each rule with an earlier one, and one box of leads that they seem to share."""
    boxes = [(area, box) for area in areas for box in area.boxes][:MAX_INDEXED]
    index = BoxIndex([box for _, box in boxes])
    seen: set[tuple[int, int]] = set()
    for number, (area, box) in enumerate(boxes):
        for before in index.near(box, number):
            other, one = boxes[before]
            pair = (area.index, other.index)
            if other is not area and pair not in seen and (shared := box.intersection(one)) is not None:
                seen.add(pair)
                yield area, other, shared


def _both_match(area: Area, other: Area, shared: Box, names: Names) -> bool:
    facts = witness(shared, names)
    return facts is not None and predicate(area.rule.when)(facts) and predicate(other.rule.when)(facts)


def _report(area: Area, other: Area, shared: Box, areas: FileAreas, findings: Findings) -> None:
    where = described_box(areas.told(shared), areas.names.choices)
    message = (
        f"rule '{area.rule.id}' overlaps rule '{other.rule.id}' ({area.line_of(other)}), and the file says "
        f"`hit_policy: unique`: a lead matches both where {where}"
    )
    findings.warning(Code.OVERLAP, area.rule.at, message, "Narrow one of the two, or write `hit_policy: first`")
