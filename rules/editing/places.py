"""The canonical order of keys and the layout at each place of a file: one table.

The order is that of the models' fields, so a key that is new in a model has its place here already.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import get_args, get_origin

from pydantic import BaseModel

from rules.editing.document import Block, Entry
from rules.engine.conditions import GROUPS
from rules.engine.directory import Directory, TeamMember
from rules.engine.outcome_specs import AssignSpec, DisqualifySpec, OtherwiseSpec, QualifySpec, RequirementsSpec
from rules.engine.policy import DuplicatesSpec
from rules.engine.roster import RosterSpec
from rules.engine.schema import ContextSpec, ExampleSpec, ExpectSpec, OwnerSpec, RuleFileSpec, RuleSpec
from rules.engine.sources import CHOICES_FILE, DIRECTORY_FILE

WIDTH = 120
_ROW = 140
"""People of the directory stand in one line each, like the rows of a table: that may be a little longer."""


class Style(Enum):
    """When the entries of a mapping or list stand in one line, provided that it is not too long."""

    NEVER = auto()
    SIMPLE = auto()
    """Plain values only, or a single entry with plain values below it."""
    ALWAYS = auto()


@dataclass(frozen=True, slots=True)
class Place:
    """`order`: keys, first to last; others follow as written. `inside` names the places of the values of some keys, and
    `others` that of all other values and of the items of a list. `width`: how long a line may be, in characters."""

    style: Style = Style.SIMPLE
    order: tuple[str, ...] = ()
    inside: Mapping[str, str] = field(default_factory=dict)
    others: str = "value"
    width: int = WIDTH

    def below(self, key: str | None) -> "Place":
        """The place of a key's value, or of the items of a list (None)."""
        return PLACES[self.inside.get(key or "", self.others)]

    def ordered(self, block: Block) -> list[Entry]:
        """The entries of a mapping in the order of this place, those of a list as they are."""
        ranks = {key: rank for rank, key in enumerate(self.order)}
        if block.listed or not ranks:
            return block.entries
        return sorted(block.entries, key=lambda entry: ranks.get(entry.key.text if entry.key else "", len(ranks)))


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Its own fields, then those that it shares with other models."""
    own = [name for name in model.__annotations__ if name in model.model_fields]
    return tuple(dict.fromkeys([*own, *model.model_fields]))


def _in_group(style: Style) -> Place:
    return Place(style, inside=dict.fromkeys(GROUPS, "group"), others="condition")


_SECTIONS = {
    name: get_args(section.annotation)[1]
    for name, section in Directory.model_fields.items()
    if get_origin(section.annotation) is dict
}

PLACES: Mapping[str, Place] = {
    "value": Place(),
    "line": Place(Style.ALWAYS, others="line"),
    "rule file": Place(
        Style.NEVER,
        _keys(RuleFileSpec),
        {"duplicates": "duplicates", "rules": "rules", "otherwise": "outcome", "examples": "examples"},
    ),
    "duplicates": Place(Style.ALWAYS, _keys(DuplicatesSpec)),
    "rules": Place(Style.NEVER, others="rule"),
    "rule": Place(Style.NEVER, _keys(RuleSpec), {"when": "when", "then": "outcome"}),
    "when": _in_group(Style.SIMPLE),
    "group": Place(Style.NEVER, others="alternative"),
    "alternative": _in_group(Style.NEVER),
    "condition": Place(Style.ALWAYS),
    "outcome": Place(
        Style.SIMPLE, _keys(OtherwiseSpec), {"assign_to": "owner", "qualify": "qualify", "disqualify": "disqualify"}
    ),
    "owner": Place(Style.ALWAYS, _keys(AssignSpec), {"requires": "requires"}),
    "requires": Place(Style.ALWAYS, _keys(RequirementsSpec), others="line"),
    "qualify": Place(Style.SIMPLE, _keys(QualifySpec)),
    "disqualify": Place(Style.SIMPLE, _keys(DisqualifySpec)),
    "examples": Place(Style.NEVER, others="example"),
    "example": Place(
        Style.NEVER, _keys(ExampleSpec), {"context": "context", "roster": "roster", "expect": "expect"}, "line"
    ),
    "context": Place(Style.ALWAYS, _keys(ContextSpec), others="line"),
    "roster": Place(Style.ALWAYS, _keys(RosterSpec), others="line"),
    "expect": Place(Style.ALWAYS, _keys(ExpectSpec), {"owner": "expected owner"}, "line"),
    "expected owner": Place(Style.ALWAYS, _keys(OwnerSpec)),
    "directory": Place(Style.NEVER, _keys(Directory), {name: f"section {name}" for name in _SECTIONS}),
    **{f"section {name}": Place(Style.NEVER, others=name) for name in _SECTIONS},
    **{
        name: Place(Style.SIMPLE, _keys(model), {"members": "members"}, width=_ROW) for name, model in _SECTIONS.items()
    },
    "members": Place(Style.ALWAYS, others="member"),
    "member": Place(Style.ALWAYS, _keys(TeamMember)),
    "choices": Place(Style.NEVER, others="options"),
    "options": Place(Style.NEVER, others="line"),
}


def place_of_file(name: str) -> Place:
    """The layout of a file by its name."""
    return PLACES[{DIRECTORY_FILE: "directory", CHOICES_FILE: "choices"}.get(name.rpartition("/")[2], "rule file")]
