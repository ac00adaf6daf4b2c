"""Who may do what: Dataverse's privileges and depths, the roles that grant them, and the caller who has them.

A role grants, for each entity, each privilege at a depth: on records of the user's own, of the user's business unit, of
that unit and those below it, or of the whole organisation. A caller has the deepest that any of their roles grants.
Standard roles stand in `roles.toml`; an installation adds its own in a file of the same shape.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from uuid import UUID

from crm.errors import ErrorCode, PermissionDenied


class Privilege(StrEnum):
    """What may be done with a record. Append is to link it to another, AppendTo to have another linked to it."""

    CREATE = "Create"
    READ = "Read"
    WRITE = "Write"
    DELETE = "Delete"
    APPEND = "Append"
    APPEND_TO = "AppendTo"
    ASSIGN = "Assign"


class Depth(IntEnum):
    """How far a privilege reaches (Dataverse's Basic, Local, Deep and Global)."""

    NONE = 0
    USER = 1
    BUSINESS_UNIT = 2
    PARENT_CHILD = 3
    ORGANISATION = 4


Grants = Mapping[str, Mapping[Privilege, Depth]]
"""By entity (logical name), then by privilege."""


@dataclass(frozen=True, slots=True)
class Role:
    """A security role. Users with one that is `partner_only` reach only what belongs to their channel partners,
    whatever else they are granted."""

    key: str
    name: str
    grants: Grants
    partner_only: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """A user who asks something of the Web API, with what decides what they may see and do.

    `units` are the user's business unit and all below it, `teams` the teams that the user is a member of. `partners`
    are the channel partners whose team the user is in, `partner_teams` these teams, `colleagues` their members. Who is
    `partner_only` reaches nothing but these partners' records, at any depth.
    """

    userid: UUID
    key: str | None
    name: str
    businessunitid: UUID | None
    units: frozenset[UUID] = frozenset()
    teams: frozenset[UUID] = frozenset()
    roles: tuple[str, ...] = ()
    partners: frozenset[UUID] = frozenset()
    partner_teams: frozenset[UUID] = frozenset()
    colleagues: frozenset[UUID] = frozenset()
    partner_only: bool = False
    grants: Grants = field(default_factory=dict)

    @property
    def actor(self) -> str:
        """The name under which the caller's acts are recorded."""
        return self.key or str(self.userid)

    def depth(self, entity: str, privilege: Privilege) -> Depth:
        return self.grants.get(entity, {}).get(privilege, Depth.NONE)

    def require(self, entity: str, *privileges: Privilege) -> None:
        """Raises PermissionDenied where the caller lacks one of the privileges altogether."""
        for privilege in privileges:
            if self.depth(entity, privilege) is Depth.NONE:
                raise PermissionDenied(
                    f"{self.name} lacks the privilege prv{privilege}{entity}. A role of theirs must grant it.",
                    code=ErrorCode.PRIVILEGE_DENIED,
                )


def everything(entities: Iterable[str]) -> Grants:
    """Every privilege on these entities, in the whole organisation: what an administrator has."""
    return {entity: dict.fromkeys(Privilege, Depth.ORGANISATION) for entity in entities}
