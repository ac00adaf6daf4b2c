"""Option sets: the numbers behind labels, as data that an organisation can extend.

The standard sets stand in `choices.toml`; an organisation's additions come as a mapping of the same shape
(rules/choices.yaml). Labels compare without regard to case, as Dataverse does.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Self

from crm.errors import ErrorCode, InvalidInput, Misconfigured


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. `state` is set for status reasons only."""

    value: int
    label: str
    state: int | None = None


@dataclass(frozen=True)
class OptionSet:
    name: str
    options: tuple[Option, ...]
    _by_value: dict[int, Option] = field(init=False, repr=False, compare=False)
    _by_label: dict[str, Option] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_value", {option.value: option for option in self.options})
        object.__setattr__(self, "_by_label", {option.label.casefold(): option for option in reversed(self.options)})

    def find(self, value_or_label: object) -> Option | None:
        """The option with this number or label (a number may come as text), or None."""
        if isinstance(value_or_label, bool):
            return None
        if isinstance(value_or_label, int):
            return self._by_value.get(value_or_label)
        text = str(value_or_label).strip()
        by_label = self._by_label.get(text.casefold())
        if by_label is None and text.isascii() and text.isdigit():
            return self._by_value.get(int(text))
        return by_label

    def label(self, value: int) -> str:
        """The label of `value`, or the number itself where nobody has named it."""
        option = self._by_value.get(value)
        return option.label if option else str(value)

    def default_for_state(self, state: int) -> Option:
        """The default status reason of a state: the first one listed."""
        for option in self.options:
            if option.state == state:
                return option
        raise InvalidInput(
            f"{self.name}: no status reason belongs to state {state}", code=ErrorCode.INVALID_STATUS_FOR_STATE
        )


@dataclass(frozen=True)
class ChoiceBook:
    """All option sets by name."""

    sets: Mapping[str, OptionSet]

    def __getitem__(self, name: str) -> OptionSet:
        return self.sets[name]

    def extended_with(self, additions: Mapping[str, Mapping[Any, Any]]) -> Self:
        """A copy with an organisation's options added. A number that is taken, or an unknown set, is an error."""
        sets = dict(self.sets)
        for name, options in additions.items():
            if name not in sets:
                raise Misconfigured(f"option set '{name}' does not exist; known sets: {', '.join(sorted(sets))}")
            sets[name] = _extended(sets[name], options)
        return type(self)(sets)


def _extended(base: OptionSet, additions: Mapping[Any, Any]) -> OptionSet:
    added = tuple(_option(base.name, value, spec) for value, spec in additions.items())
    taken = {option.value for option in base.options}
    for option in added:
        if option.value in taken:
            raise Misconfigured(f"option set '{base.name}': {option.value} is taken by '{base.label(option.value)}'")
        taken.add(option.value)
    return OptionSet(base.name, base.options + added)


def _option(set_name: str, value: Any, spec: Any) -> Option:
    """`value: label` for options, `value: [state, label]` for status reasons."""
    has_state = set_name.endswith("_statuscode")
    try:
        if has_state:
            state, label = spec
            return Option(int(value), str(label), int(state))
        return Option(int(value), str(spec))
    except (TypeError, ValueError):
        wanted = "number: [state, label]" if has_state else "number: label"
        raise Misconfigured(f"option set '{set_name}': '{value}: {spec}' is not of the form {wanted}") from None


@cache
def standard_choices() -> ChoiceBook:
    """The option sets that come with leadflow."""
    data = tomllib.loads(resources.files("crm").joinpath("choices.toml").read_text(encoding="utf-8"))
    sets = {
        name: OptionSet(name, tuple(_option(name, value, spec) for value, spec in options.items()))
        for group in data.values()
        for name, options in group.items()
    }
    return ChoiceBook(sets)
