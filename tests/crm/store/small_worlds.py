"""Random small organisations with records of every kind, and by rules of their own who may do what with them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from hypothesis import strategies as st
from sqlalchemy import Connection

from crm.entities import ENTITIES
from crm.security import Depth, Privilege, Role
from crm.store.tables import TABLES
from tests.activities.conftest import NOW

Row = dict[str, Any]
SPACE = UUID("5c1d0c5e-0000-4000-8000-000000000000")
OWNED = ("account", "contact", "opportunity", "incident", "campaign", "queue", "lead", "task", "annotation")
OF_LEAD = ("contactleads", "lf_assignment", "lf_routingdecision")
PRIVILEGES = (Privilege.READ, Privilege.WRITE, Privilege.APPEND_TO)


def gid(name: str) -> UUID:
    return uuid5(SPACE, name)


@dataclass(frozen=True)
class World:
    """Rows by entity, in the order of insertion."""

    rows: dict[str, list[Row]]
    role: Role

    def write(self, connection: Connection) -> None:
        for entity, rows in self.rows.items():
            for row in rows:
                connection.execute(TABLES[entity].insert(), row)

    def ids(self, entity: str) -> list[UUID]:
        return [row[ENTITIES[entity].primary_id] for row in self.rows[entity]]

    def row(self, entity: str, id: UUID | None) -> Row | None:
        return next((row for row in self.rows[entity] if row[ENTITIES[entity].primary_id] == id), None)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Three units, five users, three teams, two partners, and a few records of each kind."""
    rows: dict[str, list[Row]] = {}
    world = World(rows, _role(draw))
    units = [gid(f"unit{n}") for n in range(3)]
    users, teams = [gid(f"user{n}") for n in range(4)], [gid(f"team{n}") for n in range(3)]
    parents = [None, units[0], draw(st.sampled_from(units[:2]))]
    rows["businessunit"] = [
        {"businessunitid": unit, "parentbusinessunitid": parent} for unit, parent in zip(units, parents, strict=True)
    ]
    unit_of = {each: draw(st.sampled_from(units)) for each in users + teams}
    rows["systemuser"] = [
        {"systemuserid": user, "businessunitid": unit_of[user], "isdisabled": False, "lf_roles": "role"}
        for user in users
    ]
    rows["team"] = [{"teamid": team, "businessunitid": unit_of[team]} for team in teams]
    pairs = draw(st.lists(st.tuples(st.sampled_from(teams), st.sampled_from(users)), unique=True, max_size=7))
    rows["teammembership"] = [
        {"teammembershipid": gid(f"{team}{user}"), "teamid": team, "systemuserid": user} for team, user in pairs
    ]
    partners = [gid(f"partner{n}") for n in range(2)]
    rows["lf_channelpartner"] = [
        {"lf_channelpartnerid": partner, "lf_teamid": draw(st.sampled_from([*teams, None]))} for partner in partners
    ]
    rows["transactioncurrency"] = [{"transactioncurrencyid": gid("currency"), "isocurrencycode": "EUR"}]
    maybe = st.none()

    def owned(name: str) -> Row:
        owner = draw(st.sampled_from([*users, *teams, None]))
        return {
            ENTITIES[name.rstrip("0123456789")].primary_id: gid(name),
            "ownerid": owner,
            "owningbusinessunit": unit_of.get(owner) if owner else None,
            "createdby": draw(st.sampled_from(users) | maybe),
        }

    rows["lead"] = [
        owned(f"lead{n}")
        | {
            "lf_businessunitid": draw(st.sampled_from(units) | maybe),
            "lf_channelpartnerid": draw(maybe | st.sampled_from(partners)),
            "lf_offeredtoid": draw(maybe | st.sampled_from(partners)),
        }
        for n in range(5)
    ]
    leads = world.ids("lead")
    for name in ("account", "contact", "opportunity"):
        rows[name] = [owned(f"{name}{n}") | {"originatingleadid": draw(maybe | st.sampled_from(leads))} for n in (0, 1)]
    for name in ("incident", "campaign", "queue"):
        rows[name] = [owned(f"{name}{n}") for n in (0, 1)]
    rows["task"] = [
        owned(f"task{n}") | dict(zip(("regardingobjectidtype", "regardingobjectid"), _record(draw, world), strict=True))
        for n in range(2)
    ]
    rows["annotation"] = [
        owned(f"annotation{n}") | dict(zip(("objectidtype", "objectid"), _record(draw, world, "task"), strict=True))
        for n in range(2)
    ]
    rows["contactleads"] = [
        {"contactleadid": gid("link"), "contactid": gid("contact0"), "leadid": draw(st.sampled_from(leads))}
    ]
    step = {"leadid": draw(st.sampled_from(leads)), "step": "1"}
    rows["lf_assignment"] = [
        step
        | {
            "lf_assignmentid": gid("assignment"),
            "ownerid": users[0],
            "owneridtype": "systemuser",
            "assignedon": NOW,
            "breaches": 0,
        }
    ]
    rows["lf_routingdecision"] = [
        step | {"lf_routingdecisionid": gid("decision"), "digest": "", "decision": {}, "decidedon": NOW}
    ]
    base, other = _record(draw, world), _record(draw, world)
    rows["duplicaterecord"] = [
        {
            "duplicateid": gid("duplicate"),
            "baserecordidtype": base[0],
            "baserecordid": base[1],
            "duplicaterecordidtype": other[0],
            "duplicaterecordid": other[1],
        }
    ]
    return world


def _record(draw: st.DrawFn, world: World, *more: str) -> tuple[str, UUID]:
    entity = draw(st.sampled_from(["lead", "lead", "contact", "account", *more]))
    return entity, draw(st.sampled_from(world.ids(entity)))


def _role(draw: st.DrawFn) -> Role:
    depths = st.sampled_from(list(Depth))
    grants = {entity: {privilege: draw(depths) for privilege in PRIVILEGES} for entity in ENTITIES}
    return Role("role", "Role", grants, partner_only=draw(st.booleans()))


class Person:
    """A user of a world: what they may do, told row by row."""

    def __init__(self, world: World, user: UUID) -> None:
        self.world, self.user = world, user
        self.unit = _found(world.row("systemuser", user))["businessunitid"]
        self.teams = self._teams_of(user)
        mine = [row for row in world.rows["lf_channelpartner"] if row["lf_teamid"] in self.teams]
        self.partners = {row["lf_channelpartnerid"] for row in mine}
        self.partner_teams = {row["lf_teamid"] for row in mine}
        everybody = world.ids("systemuser")
        self.colleagues = {user} | {other for other in everybody if self._teams_of(other) & self.partner_teams}

    def _teams_of(self, user: UUID) -> set[UUID]:
        return {row["teamid"] for row in self.world.rows["teammembership"] if row["systemuserid"] == user}

    def may(self, privilege: Privilege, entity: str, row: Row) -> bool:
        depth = self.world.role.grants[entity][privilege]
        if depth == Depth.NONE:
            return False
        if self.world.role.partner_only and entity not in ("businessunit", "campaign", "transactioncurrency"):
            return self._is_of_my_partners(entity, row) or self._may_through(privilege, entity, row)
        if self.world.role.partner_only and privilege == Privilege.WRITE:
            return False
        if depth == Depth.ORGANISATION:
            return True
        return self._reaches(depth, entity, row) or self._may_through(privilege, entity, row)

    def _is_of_my_partners(self, entity: str, row: Row) -> bool:
        if entity == "systemuser":
            return row["systemuserid"] in self.colleagues
        if entity == "team":
            return row["teamid"] in self.partner_teams
        if entity == "lf_channelpartner":
            return row["lf_channelpartnerid"] in self.partners
        if entity not in OWNED:
            return False
        if row["ownerid"] in self.colleagues | self.partner_teams:
            return True
        if entity == "lead":
            return row["lf_channelpartnerid"] in self.partners or row["lf_offeredtoid"] in self.partners
        origin = self.world.row("lead", row.get("originatingleadid"))
        return origin is not None and self._is_of_my_partners("lead", origin)

    def _reaches(self, depth: Depth, entity: str, row: Row) -> bool:
        if entity in OWNED:
            if row["ownerid"] is not None:
                return row["ownerid"] in {self.user} | self.teams or self._is_near(depth, row["owningbusinessunit"])
            return row["createdby"] == self.user or (
                entity == "lead" and self._is_near(depth, row["lf_businessunitid"])
            )
        if entity == "systemuser":
            return row["systemuserid"] == self.user or self._is_near(depth, row["businessunitid"])
        if entity == "team":
            return row["teamid"] in self.teams or self._is_near(depth, row["businessunitid"])
        return entity == "businessunit" and self._is_near(depth, row["businessunitid"])

    def _is_near(self, depth: Depth, unit: UUID | None) -> bool:
        if unit is None or depth < Depth.BUSINESS_UNIT:
            return False
        return self.unit in ({unit} if depth == Depth.BUSINESS_UNIT else set(self._with_parents(unit)))

    def _with_parents(self, unit: UUID | None) -> Iterator[UUID]:
        while unit is not None:
            yield unit
            unit = _found(self.world.row("businessunit", unit))["parentbusinessunitid"]

    def _may_through(self, privilege: Privilege, entity: str, row: Row) -> bool:
        on_other = Privilege.READ if privilege == Privilege.READ else Privilege.WRITE
        if entity in OF_LEAD:
            return self._may_with(on_other, "lead", row["leadid"])
        if entity == "teammembership":
            return self._may_with(on_other, "team", row["teamid"])
        if entity == "duplicaterecord":
            ends = ("baserecordid", "duplicaterecordid")
            return all(self._may_with(on_other, row[f"{end}type"], row[end]) for end in ends)
        about = {"task": "regardingobjectid", "annotation": "objectid"}.get(entity)
        if about is None or privilege != Privilege.READ:
            return False
        return self._may_with(Privilege.READ, row[f"{about}type"], row[about])

    def _may_with(self, privilege: Privilege, entity: str, id: UUID) -> bool:
        return self.may(privilege, entity, _found(self.world.row(entity, id)))


def _found(row: Row | None) -> Row:
    assert row is not None
    return row
