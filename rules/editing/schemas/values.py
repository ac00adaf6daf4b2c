"""The values that rule files may hold: options, keys of the directory, countries, and what a field's type allows."""

from collections.abc import Mapping
from typing import get_origin

import pycountry

from crm.choices import ChoiceBook
from rules.editing.schemas.parts import SWITCH, TEXT, Schema, one_of
from rules.engine.directory import Directory
from rules.engine.fields import FieldSpec, FieldType
from rules.engine.outcomes import DISQUALIFIED
from rules.engine.values import Names

PLACEHOLDER: Schema = {"type": "string", "pattern": "^my-"}
SECTIONS = tuple(name for name, section in Directory.model_fields.items() if get_origin(section.annotation) is dict)
"""The directory's parts whose entries have keys."""
_OFFSET = "2025-01-31, or 2025-01-31T09:00+01:00"
_BY_TYPE: Mapping[FieldType, Schema] = {
    FieldType.WHOLE: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: SWITCH,
    FieldType.TIME: {"type": "string", "description": f"A day or a time, in UTC if no offset is given: {_OFFSET}"},
    FieldType.REFERENCE: {"type": "string", "format": "uuid"},
}


def kind_of(spec: FieldSpec) -> str:
    """The name of the definition of what a field may be compared with; fields of one kind share it."""
    return spec.option_set or spec.directory or spec.type.value.replace(" ", "_")


def has_names(spec: FieldSpec) -> bool:
    """Whether the values of a field have meanings of their own."""
    return bool(spec.option_set or spec.directory) or spec.type is FieldType.COUNTRY


def value_of(spec: FieldSpec, names: Names) -> Schema:
    """What a field may hold."""
    if spec.option_set:
        return one_of(_labels(names.choices, spec.option_set), {"type": "integer"})
    if spec.directory:
        return key_of(names.directory, spec.directory)
    if spec.type is FieldType.COUNTRY:
        countries = {country.alpha_2: country.name for country in pycountry.countries}
        return one_of(dict(sorted(countries.items())), {"type": "string"})
    return _BY_TYPE.get(spec.type, TEXT)


def _labels(choices: ChoiceBook, name: str) -> dict[str, str]:
    return {option.label: f"Option {option.value} of {name}" for option in choices[name].options}


def disqualified(choices: ChoiceBook) -> Schema:
    """The status reasons of a lead that is closed without a sale."""
    options = (option for option in choices["lead_statuscode"].options if option.state == DISQUALIFIED)
    return one_of({option.label: f"Status reason {option.value}, state disqualified" for option in options})


def key_of(directory: Directory, section: str) -> Schema:
    """A key of a section of the directory, or a placeholder of the starter file."""
    return one_of(keys(directory, section), PLACEHOLDER)


def keys(directory: Directory, section: str) -> dict[str, str]:
    """The keys of a section of the directory, with who or what each is."""
    more = _MORE.get(section, _nothing)
    return {key: f"{entry.name}{more(directory, key)}" for key, entry in getattr(directory, section).items()}


def abilities(directory: Directory, kind: str) -> dict[str, str]:
    """The words that the directory has under `languages`, `skills` or `territories`, each with who has it."""
    has: dict[str, list[str]] = {}
    for user in directory.users.values():
        for word in getattr(user, kind):
            has.setdefault(word, []).append(user.name)
    return {word: ", ".join(users) for word, users in sorted(has.items())}


def _nothing(directory: Directory, key: str) -> str:
    return ""


def _unit(directory: Directory, key: str) -> str:
    parent = directory.business_units[key].parent
    return f", part of {parent}" if parent else ""


def _user(directory: Directory, key: str) -> str:
    user = directory.users[key]
    return f", {user.business_unit}" + ("" if user.active else "; gets no leads")


def _team(directory: Directory, key: str) -> str:
    users = [directory.users.get(member.user) for member in directory.teams[key].members]
    return f": {', '.join(user.name for user in users if user)}"


def _queue(directory: Directory, key: str) -> str:
    return f", worked on by {directory.queues[key].team}"


def _partner(directory: Directory, key: str) -> str:
    return f", looked after by {directory.channel_partners[key].team}"


_MORE = {
    "business_units": _unit,
    "users": _user,
    "teams": _team,
    "queues": _queue,
    "channel_partners": _partner,
}
