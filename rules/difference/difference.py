"""The whole difference between two rule books."""

from dataclasses import dataclass

from rules.difference.affected import Affected, affected_leads
from rules.difference.changes import OtherChange, RuleChange, other_changes, rule_changes
from rules.engine.digest import book_digest
from rules.engine.schema import RuleBook


@dataclass(frozen=True, slots=True)
class Difference:
    """What two rule books do not share. `too_large` names files whose leads are too many kinds to compare.

    Equal digests mean equal decisions; people and teams may still differ, as the directory is no part of the digest.
    """

    old_digest: str
    new_digest: str
    rules: list[RuleChange]
    others: list[OtherChange]
    leads: list[Affected]
    too_large: list[str]


def difference(old: RuleBook, new: RuleBook) -> Difference:
    leads, too_large = affected_leads(old, new)
    return Difference(
        book_digest(old), book_digest(new), [*rule_changes(old, new)], other_changes(old, new), leads, too_large
    )
