"""What one lead takes over from another of the same person, and what is kept beside it. Pure; nothing is lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from crm.attributes import AttributeType
from crm.entities.lead import Lead

# What makes the lead the one it is: its state, its owner, and who brought it.
_OWN = frozenset({"leadid", "ownerid", "statecode", "statuscode"})
_NAME = ("firstname", "middlename", "lastname", "salutation")
_YOMI = ("yomifirstname", "yomimiddlename", "yomilastname")


@dataclass(frozen=True, slots=True)
class Merge:
    """`filled`: attributes that were empty, with their new values. `beside`: values kept, and the other lead's."""

    filled: Mapping[str, Any]
    beside: Mapping[str, tuple[Any, Any]]

    def text(self, origin: str) -> str:
        """All of it in words, for a note; `origin` says what the other lead is."""
        lines = [f"{origin} was merged into this one."]
        lines += [f"- {name}: taken over from there: {value}" for name, value in self.filled.items()]
        lines += [f"- {name}: kept: {_shown(kept)}; there: {other}" for name, (kept, other) in self.beside.items()]
        return "\n".join(lines)


def merge(master: Lead, other: Lead) -> Merge:
    """What `master` takes over: every attribute that it does not have, and every "do not contact".

    Attributes that only make sense together (a name, an address, amounts and their currency) are taken over only where
    none of them differs: half of one address and half of another would be a third one.
    """
    given = {name: value for name, value in other.__dict__.items() if name in _mergeable() and value is not None}
    mine = master.__dict__
    differing = {name for name, value in given.items() if mine[name] is not None and mine[name] != value}
    contested = {_group(name) for name in differing} - {None}
    free = {name for name in given if mine[name] is None and _group(name) not in contested}
    refusals = {name for name in differing if name.startswith("donot") and given[name]}
    filled = {name: given[name] for name in given if name in free | refusals}
    left = [name for name in given if name not in filled and mine[name] != given[name]]
    return Merge(filled, {name: (mine[name], given[name]) for name in left})


@cache
def _mergeable() -> frozenset[str]:
    """What a caller may set; our own attributes are about the run, not about the person."""
    attributes = Lead.attributes().items()
    settable = {name for name, attribute in attributes if attribute.create and attribute.update}
    return frozenset(name for name in settable - _OWN if not name.startswith("lf_"))


@cache
def _group(name: str) -> str | None:
    """The group of attributes that are taken over together."""
    if name in _NAME:
        return "name"
    if name in _YOMI:
        return "yomi"
    if name.startswith(("address1_", "address2_")):
        return name.partition("_")[0]
    money = Lead.attributes()[name].type is AttributeType.MONEY or name == "transactioncurrencyid"
    return "money" if money else None


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
