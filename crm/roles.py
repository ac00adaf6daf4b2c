"""Security roles as data: the standard ones of `roles.toml`, and an installation's own of the same shape."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from crm.entities import ENTITIES
from crm.errors import Misconfigured
from crm.security import Depth, Grants, Privilege, Role

ADMINISTRATOR = "system-administrator"
DEFAULT_ROLE = "salesperson"
CHANNEL_PARTNER = "channel-partner"
ALL = "all"
DEPTHS = {
    "none": Depth.NONE,
    "user": Depth.USER,
    "business-unit": Depth.BUSINESS_UNIT,
    "parent-child": Depth.PARENT_CHILD,
    "organisation": Depth.ORGANISATION,
}
Roles = Mapping[str, Role]
"""By key."""


def _privileges(given: object) -> object:
    """A depth alone stands for every privilege."""
    return dict.fromkeys(Privilege, given) if isinstance(given, str) else given


def _depth(given: object) -> Depth:
    if not isinstance(given, str) or given not in DEPTHS:
        raise ValueError(f"a depth is one of {', '.join(DEPTHS)}")
    return DEPTHS[given]


RoleKey = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_.][a-z0-9]+)*$", max_length=64)]
Granted = Annotated[dict[Privilege, Annotated[Depth, BeforeValidator(_depth)]], BeforeValidator(_privileges)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RoleEntry(_Strict):
    """A role in a file. `privileges` are by entity, by group of entities, or for `all`."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    partner_only: bool = False
    privileges: dict[str, Granted] = {}


class RolesFile(_Strict):
    """The whole file. Groups name entities by their logical names."""

    groups: dict[RoleKey, list[str]] = {}
    roles: dict[RoleKey, RoleEntry] = {}


class RoleProblem(Misconfigured):
    """A fault in a file of roles, at the keys `place`."""

    def __init__(self, place: tuple[str | int, ...], message: str) -> None:
        super().__init__(f"{'.'.join(map(str, place)) or 'the file'}: {message}")
        self.place = place


@cache
def standard_roles() -> Roles:
    return _roles(_standard_file())


def with_roles(given: Mapping[str, Any]) -> Roles:
    """The standard roles and those of `given`, which replace standard ones with the same key.

    Raises RoleProblem for the first fault, naming its place.
    """
    try:
        file = RolesFile.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(part for part in first["loc"] if part != "[key]")
        raise RoleProblem(place, first["msg"].removeprefix("Value error, ")) from None
    return {**standard_roles(), **_roles(file, _standard_file().groups)}


@cache
def _standard_file() -> RolesFile:
    return RolesFile.model_validate(tomllib.loads(resources.files("crm").joinpath("roles.toml").read_text()))


def _roles(file: RolesFile, known: Mapping[str, list[str]] = {}) -> Roles:
    groups = {**known, **file.groups}
    for name, members in file.groups.items():
        _refuse_unknown(members, ("groups", name))
    return {
        key: Role(key, entry.name, _grants(key, entry, groups), entry.partner_only) for key, entry in file.roles.items()
    }


def _grants(key: str, entry: RoleEntry, groups: Mapping[str, list[str]]) -> Grants:
    single = (name for name in entry.privileges if name != ALL and name not in groups)
    _refuse_unknown(single, ("roles", key, "privileges"))
    return {name: _granted(name, entry, groups) for name in ENTITIES}


def _granted(entity: str, entry: RoleEntry, groups: Mapping[str, list[str]]) -> Mapping[Privilege, Depth]:
    """What the role grants on an entity: by its name, else by its groups, else by what is said of all."""
    given = entry.privileges
    of_groups: dict[Privilege, Depth] = {}
    for name, members in groups.items():
        if entity in members:
            of_groups = _deeper(of_groups, given.get(name, {}))
    return {**given.get(ALL, {}), **of_groups, **given.get(entity, {})}


def _deeper(one: Mapping[Privilege, Depth], other: Mapping[Privilege, Depth]) -> dict[Privilege, Depth]:
    return {key: max(one.get(key, Depth.NONE), other.get(key, Depth.NONE)) for key in {**one, **other}}


def _refuse_unknown(names: Iterable[str], place: tuple[str | int, ...]) -> None:
    for name in names:
        if name not in ENTITIES:
            raise RoleProblem((*place, name), f"there is no entity or group of entities '{name}'")


def united(roles: Iterable[Role]) -> Grants:
    """What somebody is granted who has all these roles: each privilege at the deepest."""
    together: dict[str, dict[Privilege, Depth]] = {}
    for role in roles:
        for entity, granted in role.grants.items():
            together[entity] = _deeper(together.get(entity, {}), granted)
    return together
