"""What a rule book means, checked: only for a book that reads without errors. Where it cannot be told, nothing is."""

from datetime import date

from rules.analysis.areas import file_areas
from rules.analysis.contradictions import check_contradictions
from rules.analysis.expiry import check_expiry
from rules.analysis.gaps import check_gaps
from rules.analysis.overlaps import check_overlaps
from rules.analysis.reachability import check_reachability
from rules.engine.findings import Findings
from rules.engine.schema import RuleBook
from rules.engine.values import Names


def check_meaning(book: RuleBook, on: date, findings: Findings) -> None:
    """Rules that match nothing, are never reached, overlap under `unique`, or have expired; gaps in tables."""
    names = Names(book.choices, book.directory)
    for file in book.files.values():
        areas = file_areas(file, names)
        check_contradictions(areas, findings)
        unreachable = check_reachability(areas, findings)
        if file.hit_policy == "unique":
            check_overlaps(areas, unreachable, findings)
        check_gaps(areas, findings)
        check_expiry(areas, on, findings)
