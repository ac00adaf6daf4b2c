"""Which leads two versions of a rule file send to different places: sets of leads, described by conditions.

Only leads that a changed rule matches can fare differently. These leads are dealt out to the rules of either version in
the order in which the rules decide, and every part that two different outcomes share is a finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rules.analysis.regions import EMPTY, Region, region_of, whole
from rules.analysis.witness import witness
from rules.analysis.wording import described
from rules.difference.changes import moved_rules, outcome_words
from rules.engine.decision import OTHERWISE, Outcome
from rules.engine.digest import meaning_of
from rules.engine.schema import Rule, RuleBook, RuleFile
from rules.engine.values import Names


@dataclass(frozen=True, slots=True)
class Affected:
    """Leads of one file that get another outcome; `leads` describes them, one line for each kind.

    `example` holds the facts of one such lead, None where none was found: then there may be no such lead.
    """

    file: str
    leads: tuple[str, ...]
    old_rule: str
    old_outcome: str
    new_rule: str
    new_outcome: str
    example: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Share:
    """Leads that one rule of a file decides; `outcome` None passes them on to the next file."""

    rule: str
    outcome: Outcome | None
    leads: Region


def affected_leads(old: RuleBook, new: RuleBook) -> tuple[list[Affected], list[str]]:
    """The leads whose outcome changes, for each file that both books have; and the files that are too large to tell."""
    found: list[Affected] = []
    too_large: list[str] = []
    for path in sorted(old.files.keys() & new.files.keys()):
        parts = differing(old.files[path], new.files[path])
        if parts is None:
            too_large.append(path)
        else:
            found.extend(_worded(path, *part, new) for part in parts)
    return found, too_large


def differing(old: RuleFile, new: RuleFile) -> list[tuple[Share, Share]] | None:
    """The same leads as either version decides them, wherever the outcomes differ; None where that is too large."""
    area = _touched(old, new)
    before, after = _dealt(old, area), _dealt(new, area)
    if before is None or after is None:
        return None
    found = []
    for one in before:
        for other in after:
            if one.outcome != other.outcome:
                shared = one.leads.intersection(other.leads)
                if shared is None:
                    return None
                if not shared.is_empty:
                    found.append((Share(one.rule, one.outcome, shared), Share(other.rule, other.outcome, shared)))
    return found


def _touched(old: RuleFile, new: RuleFile) -> Region | None:
    """Every lead that a changed rule matches, as it was or as it is; all leads where `otherwise` differs."""
    if old.otherwise != new.otherwise:
        return whole()
    area: Region | None = EMPTY
    for rule in _changed(old, new):
        region = region_of(rule.when)
        area = area.union(region) if area is not None and region is not None else None
    return area


def _changed(old: RuleFile, new: RuleFile) -> Iterator[Rule]:
    """Both versions of every rule that is not the same in both, or does not stand where it stood."""
    before, after = ({rule.id: rule for rule in file.rules} for file in (old, new))
    moved = moved_rules(old, new)
    for id in before.keys() | after.keys():
        one, other = before.get(id), after.get(id)
        if one is None or other is None or id in moved or not _same(one, other):
            yield from (rule for rule in (one, other) if rule is not None)


def _same(one: Rule, other: Rule) -> bool:
    return one.outcome == other.outcome and meaning_of(one.when) == meaning_of(other.when)


def _dealt(file: RuleFile, area: Region | None) -> list[Share] | None:
    """The leads of `area`, each at the rule that decides it; None where that is too large."""
    shares = []
    for rule in file.rules:
        region = region_of(rule.when)
        if region is None or area is None:
            return None
        mine = area.intersection(region)
        if mine is None:
            return None
        if not mine.is_empty:
            shares.append(Share(rule.id, rule.outcome, mine))
            area = area.minus(region)
    if area is None:
        return None
    return [*shares, *([] if area.is_empty else [Share(OTHERWISE, file.otherwise, area)])]


def _worded(path: str, old: Share, new: Share, book: RuleBook) -> Affected:
    return Affected(
        file=path,
        leads=tuple(described(old.leads, book.choices)),
        old_rule=old.rule,
        old_outcome=outcome_words(old.outcome),
        new_rule=new.rule,
        new_outcome=outcome_words(new.outcome),
        example=next(_examples(old.leads, book), None),
    )


def _examples(leads: Region, book: RuleBook) -> Iterator[dict[str, Any]]:
    names = Names(book.choices, book.directory)
    return (facts for box in leads.boxes if (facts := witness(box, names)) is not None)
