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
from rules.difference.changes import moved_rules, then_words
from rules.engine.decision import OTHERWISE, Outcome
from rules.engine.digest import meaning_of
from rules.engine.schema import Rule, RuleBook, RuleFile
from rules.engine.values import Names


@dataclass(frozen=True, slots=True)
class Affected:
    """Leads of one file that get another outcome.

    They are those that `old_rule` decided and `new_rule` decides now; `leads` says which of them, one line for each
    kind. `example` holds the facts of one such lead, None where none was found: then there may be no such lead.
    """

    file: str
    old_rule: str
    old_outcome: str
    new_rule: str
    new_outcome: str
    leads: tuple[str, ...]
    example: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Share:
    """Leads that one rule of a file decides, or `otherwise`; `outcome` None passes them on to the next file.

    `condition` holds every lead that the rule matches, whichever rule decides it.
    """

    rule: str
    outcome: Outcome | None
    condition: Region
    leads: Region


@dataclass(frozen=True, slots=True)
class Changed:
    """The leads that the one rule decided and the other decides now; `kinds` describes them among the old rule's."""

    old: Share
    new: Share
    leads: Region
    kinds: Region


def affected_leads(old: RuleBook, new: RuleBook) -> tuple[list[Affected], list[str]]:
    """The leads whose outcome changes, for each file that both books have; and the files that are too large to tell."""
    found: list[Affected] = []
    too_large: list[str] = []
    for path in sorted(old.files.keys() & new.files.keys()):
        changes = changed_leads(old.files[path], new.files[path])
        if changes is None:
            too_large.append(path)
        else:
            found.extend(_worded(path, change, new) for change in changes)
    return found, too_large


def changed_leads(old: RuleFile, new: RuleFile) -> list[Changed] | None:
    """The leads whose outcome differs between two versions of a file; None where that is too large."""
    area = _touched(old, new)
    before, after = _dealt(old, area), _dealt(new, area)
    if area is None or before is None or after is None:
        return None
    found = []
    for one in before:
        for other in after:
            if one.outcome != other.outcome:
                leads = one.leads.intersection(other.leads)
                if leads is None:
                    return None
                if not leads.is_empty:
                    found.append(Changed(one, other, leads, _kinds(area, one, other, leads)))
    return found


def _kinds(area: Region, one: Share, other: Share, leads: Region) -> Region:
    """What tells the leads apart from others of the old rule; that no earlier rule matches them goes without saying."""
    both = one.condition.intersection(other.condition)
    kinds = both.intersection(area) if both is not None else None
    if kinds is None:
        return leads
    return Region(tuple(box for box in kinds.boxes if any(map(box.meets, leads.boxes))))


def _touched(old: RuleFile, new: RuleFile) -> Region | None:
    """Every lead that may fare differently: those a changed rule gains or loses, or all that it matches."""
    if old.otherwise != new.otherwise:
        return whole()
    area: Region | None = EMPTY
    before, after = ({rule.id: rule for rule in file.rules} for file in (old, new))
    moved = moved_rules(old, new)
    for id in before.keys() | after.keys():
        touched = _of_rule(before.get(id), after.get(id), moved=id in moved)
        area = area.union(touched) if area is not None and touched is not None else None
    return area


def _of_rule(one: Rule | None, other: Rule | None, *, moved: bool) -> Region | None:
    if one is not None and other is not None and meaning_of(one.when) == meaning_of(other.when):
        return region_of(one.when) if moved or one.outcome != other.outcome else EMPTY
    before = region_of(one.when) if one is not None else EMPTY
    after = region_of(other.when) if other is not None else EMPTY
    if before is None or after is None:
        return None
    if moved or one is None or other is None or one.outcome != other.outcome:
        return before.union(after)
    gained, lost = after.minus(before), before.minus(after)
    return gained.union(lost) if gained is not None and lost is not None else None


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
            shares.append(Share(rule.id, rule.outcome, region, mine))
            area = area.minus(region)
    if area is None:
        return None
    return [*shares, *([] if area.is_empty else [Share(OTHERWISE, file.otherwise, whole(), area)])]


def _worded(path: str, change: Changed, book: RuleBook) -> Affected:
    return Affected(
        file=path,
        old_rule=change.old.rule,
        old_outcome=then_words(change.old.outcome),
        new_rule=change.new.rule,
        new_outcome=then_words(change.new.outcome),
        leads=tuple(described(change.kinds, book.choices)),
        example=next(_examples(change.leads, book), None),
    )


def _examples(leads: Region, book: RuleBook) -> Iterator[dict[str, Any]]:
    names = Names(book.choices, book.directory)
    return (facts for box in leads.boxes if (facts := witness(box, names)) is not None)
