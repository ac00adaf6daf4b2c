"""The rules of one file, each with the leads that it matches among those that come to the file."""

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

    def line_of(self, other: "Area") -> str:
        """Where another rule stands, for a message about this one: its line, with its file if that is another."""
        at = other.rule.at
        return f"line {at.line}" if at.file == self.rule.at.file else f"{at.file}:{at.line}"


@dataclass(frozen=True, slots=True)
class FileAreas:
    """A rule file; `coming` are the leads that come to it, `areas` its rules in deciding order."""

    file: RuleFile
    coming: Region
    areas: tuple[Area, ...]
    names: Names

    def told(self, box: Box) -> Box:
        """The box without what holds for every lead that comes to the file, for messages about the file."""
        (common,) = self.coming.boxes
        kept = {field: domain for field, domain in box.domains.items() if common.domains.get(field) != domain}
        return Box(kept)


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
