"""The rules of one file, each with the leads that it matches among those that come to the file."""

from collections.abc import Iterator
from dataclasses import dataclass

from rules.analysis.boxes import Box
from rules.analysis.domains import Domain
from rules.analysis.regions import Region, region_of
from rules.analysis.sets import Members
from rules.engine.directory import Directory
from rules.engine.schema import Rule, RuleFile
from rules.engine.values import Names


@dataclass(frozen=True, slots=True)
class Area:
    """One rule, its place in the deciding order, and its leads; `region` None: too large to reason about."""

    rule: Rule
    index: int
    region: Region | None

    @property
    def boxes(self) -> tuple[Box, ...]:
        return self.region.boxes if self.region else ()


@dataclass(frozen=True, slots=True)
class FileAreas:
    """A rule file; `coming` are the leads that come to it, `areas` its rules in deciding order."""

    file: RuleFile
    coming: Region
    areas: tuple[Area, ...]
    names: Names


def file_areas(file: RuleFile, names: Names) -> FileAreas:
    coming = Region((_coming(file, names.directory),))
    areas = []
    for index, rule in enumerate(file.rules):
        region = region_of(rule.when)
        areas.append(Area(rule, index, region.intersection(coming) if region else None))
    return FileAreas(file, coming, tuple(areas), names)


def _coming(file: RuleFile, directory: Directory) -> Box:
    """The leads that come to a file: those of its partner, or of its unit and the units below it."""
    if file.kind == "default" or file.key is None:
        return Box({})
    if file.kind == "channel_partner":
        return Box({"channel_partner": Domain(False, Members(frozenset({file.key})))})
    units = frozenset(unit for unit in directory.business_units if file.key in directory.with_parents(unit))
    return Box({"business_unit": Domain(False, Members(units))})


class BoxIndex:
    """Finds the boxes that may have leads in common with another: those that no list of values keeps apart."""

    def __init__(self, boxes: Iterator[Box]) -> None:
        self._by_value: dict[str, dict[object, int]] = {}
        self._listed: dict[str, int] = {}
        self._count = 0
        for number, box in enumerate(boxes):
            self._count = number + 1
            for field, values in _lists(box):
                self._listed[field] = self._listed.get(field, 0) | 1 << number
                by_value = self._by_value.setdefault(field, {})
                for value in values:
                    by_value[value] = by_value.get(value, 0) | 1 << number

    def near(self, box: Box, before: int) -> Iterator[int]:
        """The numbers of such boxes among the first `before`, in order."""
        found = (1 << min(before, self._count)) - 1
        for field, values in _lists(box):
            by_value = self._by_value.get(field, {})
            same = 0
            for value in values:
                same |= by_value.get(value, 0)
            found &= same | ~self._listed.get(field, 0)
        while found:
            lowest = found & -found
            yield lowest.bit_length() - 1
            found ^= lowest


def _lists(box: Box) -> Iterator[tuple[str, frozenset[object]]]:
    """The fields of the box that must hold one of a list of values."""
    for field, domain in box.domains.items():
        if isinstance(domain.values, Members) and not (domain.missing or domain.values.but):
            yield field, domain.values.values
