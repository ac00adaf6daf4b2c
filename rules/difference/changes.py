"""Rules and files that two rule books do not share, told in the words of rule files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from rules.analysis.regions import Region, region_of
from rules.analysis.wording import described
from rules.engine.conditions import Group
from rules.engine.decision import Outcome
from rules.engine.digest import meaning_of
from rules.engine.outcome_words import outcome_words
from rules.engine.policy import DuplicatesSpec, Policy
from rules.engine.schema import Rule, RuleBook, RuleFile

ChangeKind = Literal["added", "removed", "changed", "moved"]
NEXT_FILE = "the next file decides"
SECTIONS = ("business_units", "users", "teams", "queues", "channel_partners", "campaigns", "currencies")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that is not as it was. `line` is that of the newer version, else of the removed one."""

    kind: ChangeKind
    rule: str
    file: str
    line: int
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OtherChange:
    """A file, what a file says beside its rules, or an entry of the directory."""

    kind: ChangeKind
    name: str
    details: tuple[str, ...] = ()


def rule_changes(old: RuleBook, new: RuleBook) -> Iterator[RuleChange]:
    """The rules that were added, changed or moved, in the order of the newer book; then those that were removed."""
    before, after = _by_id(old), _by_id(new)
    shared = old.files.keys() & new.files.keys()
    moved = {id: place for path in shared for id, place in moved_rules(old.files[path], new.files[path]).items()}
    for id, rule in after.items():
        if id not in before:
            yield RuleChange("added", id, rule.at.file, rule.at.line, _whole(rule, new))
        else:
            yield from _of_both(before[id], rule, old, new, moved)
    for id, rule in before.items():
        if id not in after:
            yield RuleChange("removed", id, rule.at.file, rule.at.line, _whole(rule, old))


def moved_rules(old: RuleFile, new: RuleFile) -> dict[str, str]:
    """The fewest rules whose moving explains a file's new order, by id, and where they stand now."""
    before, after = ([rule.id for rule in file.rules] for file in (old, new))
    shared = set(before) & set(after)
    one, other = [id for id in before if id in shared], [id for id in after if id in shared]
    kept: set[str] = set()
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        kept.update(one[block.a : block.a + block.size])
    places = zip([None, *other], other, strict=False)
    return {id: f"now after {ahead}" if ahead else "now the first" for ahead, id in places if id not in kept}


def other_changes(old: RuleBook, new: RuleBook) -> list[OtherChange]:
    """Files and entries of the directory that were added, removed or changed."""
    return [*_files(old, new), *_directory(old, new)]


def then_words(outcome: Outcome | None) -> str:
    """An outcome in one line, in the words of rule files; None hands on."""
    return outcome_words(outcome) if outcome else NEXT_FILE


def _by_id(book: RuleBook) -> dict[str, Rule]:
    return {rule.id: rule for file in book.files.values() for rule in file.rules}


def _whole(rule: Rule, book: RuleBook) -> tuple[str, ...]:
    region = region_of(rule.when)
    when = described(region, book.choices) if region is not None else ["(conditions too many to list)"]
    return (*(f"when {line}" for line in when), f"then {then_words(rule.outcome)}")


def _of_both(one: Rule, other: Rule, old: RuleBook, new: RuleBook, moved: Mapping[str, str]) -> Iterator[RuleChange]:
    details = [*_condition_details(one.when, other.when, old, new)]
    if one.outcome != other.outcome:
        details.append(f"then {then_words(one.outcome)} -> {then_words(other.outcome)}")
    if details:
        yield RuleChange("changed", other.id, other.at.file, other.at.line, tuple(details))
    place = f"from {one.at.file} to {other.at.file}" if one.at.file != other.at.file else moved.get(other.id)
    if place:
        yield RuleChange("moved", other.id, other.at.file, other.at.line, (place,))


def _condition_details(old: Group, new: Group, before: RuleBook, after: RuleBook) -> Iterator[str]:
    """The leads that a rule has gained and lost; nothing where it is the same condition in other words."""
    if meaning_of(old) == meaning_of(new):
        return
    one, other = region_of(old), region_of(new)
    gained, lost = _minus(other, one), _minus(one, other)
    if gained is None or lost is None:
        yield "its conditions changed (too many to compare)"
        return
    yield from (f"now also {line}" for line in described(gained, after.choices))
    yield from (f"no longer {line}" for line in described(lost, before.choices))


def _minus(one: Region | None, other: Region | None) -> Region | None:
    return one.minus(other) if one is not None and other is not None else None


def _files(old: RuleBook, new: RuleBook) -> Iterator[OtherChange]:
    for path in sorted(old.files.keys() | new.files.keys()):
        before, after = old.files.get(path), new.files.get(path)
        if before is None or after is None:
            yield OtherChange("added" if before is None else "removed", path)
        elif details := tuple(_file_details(before, after)):
            yield OtherChange("changed", path, details)


def _file_details(before: RuleFile, after: RuleFile) -> Iterator[str]:
    if before.hit_policy != after.hit_policy:
        yield f"hit_policy {before.hit_policy} -> {after.hit_policy}"
    for name in Policy.model_fields:
        one, other = (_policy_words(file.policy.get(name)) for file in (before, after))
        if one != other:
            yield f"{name} {one} -> {other}"
    if before.otherwise != after.otherwise:
        yield f"otherwise {then_words(before.otherwise)} -> {then_words(after.otherwise)}"


def _policy_words(value: Any) -> str:
    """What a file says of all its leads; what it does not say, the next file or the default does."""
    if isinstance(value, DuplicatesSpec):
        return f"same {value.same}, similar {value.similar}"
    return "not said" if value is None else str(value)


def _directory(old: RuleBook, new: RuleBook) -> Iterator[OtherChange]:
    before, after = old.directory.model_dump(mode="json"), new.directory.model_dump(mode="json")
    for section in SECTIONS:
        for key in sorted(before[section].keys() | after[section].keys()):
            one, other = before[section].get(key), after[section].get(key)
            name = f"directory.yaml {section} {key}"
            if one is None or other is None:
                yield OtherChange("added" if one is None else "removed", name)
            elif one != other:
                changed = [part for part in other if one.get(part) != other[part]]
                yield OtherChange(
                    "changed",
                    name,
                    tuple(f"{part}: {_value(one.get(part))} -> {_value(other[part])}" for part in changed),
                )


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(item) for item in value) or "none"
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part is not None)
    return "none" if value is None else str(value)
