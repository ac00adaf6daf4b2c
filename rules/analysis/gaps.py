"""Holes between the bands of a rule table: rows that differ in one range of numbers or times, with values in between
that no row and no earlier rule takes."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rules.analysis.areas import Area, FileAreas
from rules.analysis.boxes import Box
from rules.analysis.domains import Domain
from rules.analysis.regions import Region
from rules.analysis.sets import Spans
from rules.analysis.witness import witness
from rules.analysis.wording import described_box
from rules.engine.findings import Code, Findings
from rules.engine.sources import TABLE_ENDING


@dataclass(frozen=True, slots=True)
class Band:
    """One row's range in one field; `beside` are its other conditions."""

    area: Area
    field: str
    first: int
    last: int
    beside: Box


def check_gaps(areas: FileAreas, findings: Findings) -> None:
    """A finding for each hole, at the row that begins after it."""
    for bands in _columns(areas):
        for lower, upper in _neighbours(bands):
            if upper.first > lower.last + 1 and (where := _uncovered(lower, upper, areas)):
                _report(lower, upper, where, findings)


def _columns(areas: FileAreas) -> Iterator[list[Band]]:
    """The bands of each table that belong together: one field, and the same conditions beside it."""
    columns: dict[object, list[Band]] = defaultdict(list)
    for area in areas.areas:
        file = area.rule.at.file
        if file.endswith(TABLE_ENDING) and len(area.boxes) == 1:
            for band in _bands(area, area.boxes[0]):
                columns[file, band.field, frozenset(band.beside.domains.items())].append(band)
    return iter(columns.values())


def _bands(area: Area, box: Box) -> Iterator[Band]:
    for field, domain in box.domains.items():
        values = domain.values
        if isinstance(values, Spans) and len(values.spans) == 1 and not (domain.missing or domain.claims):
            ((first, last),) = values.spans
            if first < last:
                beside = {name: other for name, other in box.domains.items() if name != field}
                yield Band(area, field, first, last, Box(beside))


def _neighbours(bands: list[Band]) -> Iterator[tuple[Band, Band]]:
    """Each band with the next one above; one that lies within others is passed over."""
    reaching: list[Band] = []
    for band in sorted(bands, key=lambda one: (one.first, one.last)):
        if not reaching or band.last > reaching[-1].last:
            reaching.append(band)
    return pairwise(reaching)


def _uncovered(lower: Band, upper: Band, areas: FileAreas) -> str:
    """The leads in the hole that no other rule is meant for, in words; nothing where none was found."""
    hole = Domain(False, Spans(((lower.last + 1, upper.first - 1),)))
    left: Region | None = Region((Box({**lower.beside.domains, lower.field: hole}),))
    for area in areas.areas:
        if left is not None and _is_meant(area, lower, upper):
            left = left.minus(area.region) if area.region else None
    if left is None or not any(witness(box, areas.names) for box in left.boxes):
        return ""
    missed = Box({**lower.beside.domains, lower.field: left.boxes[0].domains[lower.field]})
    return described_box(areas.told(missed), areas.names.choices)


def _is_meant(area: Area, lower: Band, upper: Band) -> bool:
    """Whether the rule takes leads of the hole on purpose: not a later rule for all the leads that are left over."""
    if area.rule.at.file == lower.area.rule.at.file or area.index < max(lower.area.index, upper.area.index):
        return True
    return any(lower.field in box.domains for box in area.boxes)


def _report(lower: Band, upper: Band, where: str, findings: Findings) -> None:
    one, other = lower.area.rule, upper.area.rule
    message = (
        f"between rows '{one.id}' (line {one.at.line}) and '{other.id}' (line {other.at.line}) is a gap: "
        f"no row is for leads where {where}"
    )
    findings.warning(Code.TABLE_GAP, other.at, message, "Let one of the rows begin or end where the other does")
