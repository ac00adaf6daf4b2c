"""A caller reaches exactly the rows that their roles say: in the query itself, for every entity, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection, select, update

from crm.entities import ENTITIES, Lead, SystemUser
from crm.errors import ErrorCode, NotFound, PermissionDenied
from crm.roles import standard_roles
from crm.security import Caller, Depth, Privilege
from crm.store.database import Database
from crm.store.people.organisation import apply_directory, record_id
from crm.store.security.access import allowed, require_new, require_on
from crm.store.security.callers import find_user, load_caller
from crm.store.tables import TABLES
from tests.activities.conftest import NOW
from tests.crm.store.organisations import directory
from tests.crm.store.small_worlds import PRIVILEGES, Person, World, worlds

RANDOM = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class _Undone(Exception):
    pass


@contextmanager
def undone(database: Database) -> Iterator[Connection]:
    """A transaction that leaves nothing behind."""
    with pytest.raises(_Undone), database.transaction() as connection:
        yield connection
        raise _Undone


def reached(connection: Connection, caller: Caller, entity: str, privilege: Privilege) -> set[UUID]:
    row = TABLES[entity].alias("asked")
    query = select(row.c[ENTITIES[entity].primary_id]).where(allowed(caller, ENTITIES[entity], privilege, row))
    found = list(connection.execute(query).scalars())
    assert len(found) == len(set(found))
    return set(found)


@RANDOM
@given(world=worlds())
def test_the_database_gives_what_a_user_may_reach(database: Database, world: World) -> None:
    with undone(database) as connection:
        world.write(connection)
        user = world.ids("systemuser")[0]
        caller = load_caller(connection, user, {"role": world.role})
        assert caller is not None
        person = Person(world, user)
        for entity, rows in world.rows.items():
            for privilege in PRIVILEGES:
                expected = {row[ENTITIES[entity].primary_id] for row in rows if person.may(privilege, entity, row)}
                assert reached(connection, caller, entity, privilege) == expected, (entity, privilege)


@RANDOM
@given(world=worlds())
def test_nobody_of_a_partner_sees_a_row_of_another(database: Database, world: World) -> None:
    role = replace(standard_roles()["system-administrator"], partner_only=True)
    with undone(database) as connection:
        world.write(connection)
        caller = load_caller(connection, world.ids("systemuser")[0], {"role": role})
        assert caller is not None
        own = caller.colleagues | caller.partner_teams
        for lead in reached(connection, caller, "lead", Privilege.READ):
            row = world.row("lead", lead)
            assert row is not None
            assert {row["lf_channelpartnerid"], row["lf_offeredtoid"]} & caller.partners or row["ownerid"] in own
        assert reached(connection, caller, "lf_channelpartner", Privilege.READ) == caller.partners
        assert reached(connection, caller, "systemuser", Privilege.READ) == caller.colleagues


@pytest.fixture
def organisation(database: Database) -> Database:
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
    return database


def caller_of(database: Database, key: str, roles: str | None = None) -> Caller:
    userid = record_id("systemuser", key)
    with database.transaction() as connection:
        change = update(TABLES["systemuser"]).values(lf_roles=roles)
        connection.execute(change.where(TABLES["systemuser"].c.systemuserid == userid))
        caller = load_caller(connection, userid, standard_roles())
    assert caller is not None
    return caller


def test_who_has_no_role_is_a_salesperson_or_of_the_partner(organisation: Database) -> None:
    anna, dora = caller_of(organisation, "anna"), caller_of(organisation, "dora")
    assert anna.roles == ("salesperson",) and not anna.partner_only
    assert dora.roles == ("channel-partner",) and dora.partner_only
    assert dora.partners == {record_id("lf_channelpartner", "contoso")}
    assert caller_of(organisation, "dora", "sales-manager").partner_only is False
    assert caller_of(organisation, "dora", "sales-manager,channel-partner").partner_only is True


def test_several_roles_grant_the_deepest_and_unknown_ones_nothing(organisation: Database) -> None:
    both = caller_of(organisation, "anna", "salesperson,reader,invented")
    assert both.depth("lead", Privilege.READ) is Depth.ORGANISATION
    assert both.depth("lead", Privilege.WRITE) is Depth.USER
    assert caller_of(organisation, "anna", "invented").grants == {}


def test_a_disabled_user_is_no_caller(organisation: Database) -> None:
    with organisation.reading() as connection:
        assert load_caller(connection, record_id("systemuser", "cleo"), standard_roles()) is None
        assert load_caller(connection, uuid4(), standard_roles()) is None


def test_a_user_is_found_by_each_name(organisation: Database) -> None:
    userid = record_id("systemuser", "anna")
    with organisation.reading() as connection:
        for name in (str(userid), f"{{{userid}}}", "anna", "anna@ours.example", "ANNA@ours.Example"):
            found = find_user(connection, name)
            assert found is not None and found.systemuserid == userid, name
        for name in ("", "ANNA", "an_a", "%", "nobody@ours.example", "\u212ainsey@ours.example", "' OR 1=1 --"):
            assert find_user(connection, name) is None, name


def test_an_address_of_several_users_names_the_active_one_or_nobody(organisation: Database) -> None:
    users = TABLES["systemuser"]
    with organisation.transaction() as connection:
        connection.execute(update(users).values(internalemailaddress="shared@ours.example"))
        assert find_user(connection, "shared@ours.example") is None
        connection.execute(update(users).values(isdisabled=users.c.lf_key != "ben"))
        found = find_user(connection, "shared@ours.example")
    assert found is not None and found.systemuserid == record_id("systemuser", "ben")


def test_what_may_be_done_with_a_record_is_told_by_the_error(organisation: Database) -> None:
    anna, reader = caller_of(organisation, "anna"), caller_of(organisation, "ben", "reader")
    partner = caller_of(organisation, "dora")
    lead = uuid4()
    with organisation.transaction() as connection:
        unit = record_id("businessunit", "dach")
        connection.execute(TABLES["lead"].insert(), {"leadid": lead, "lf_businessunitid": unit})
        require_on(connection, anna, Lead, Privilege.READ, lead)
        with pytest.raises(PermissionDenied) as beyond:
            require_on(connection, anna, Lead, Privilege.WRITE, lead)
        with pytest.raises(PermissionDenied) as lacking:
            require_on(connection, reader, Lead, Privilege.WRITE, lead)
        for caller, id in ((anna, uuid4()), (partner, lead)):
            with pytest.raises(NotFound) as hidden:
                require_on(connection, caller, Lead, Privilege.WRITE, id)
            assert hidden.value.code == ErrorCode.RECORD_NOT_FOUND
    assert (beyond.value.code, lacking.value.code) == (ErrorCode.ACCESS_DENIED, ErrorCode.PRIVILEGE_DENIED)


def test_a_new_record_must_be_within_the_reach_of_create(organisation: Database) -> None:
    anna = caller_of(organisation, "anna")
    own, foreign = uuid4(), uuid4()
    with organisation.transaction() as connection:
        for id, owner in ((own, anna.userid), (foreign, record_id("systemuser", "dora"))):
            connection.execute(TABLES["lead"].insert(), {"leadid": id, "ownerid": owner})
        require_on(connection, anna, Lead, Privilege.CREATE, own)
        with pytest.raises(PermissionDenied) as denied:
            require_on(connection, anna, Lead, Privilege.CREATE, foreign)
    assert denied.value.code == ErrorCode.ACCESS_DENIED


def test_a_lead_is_not_created_beyond_the_reach_of_create(organisation: Database) -> None:
    anna, dora = caller_of(organisation, "anna"), caller_of(organisation, "dora")
    manager = caller_of(organisation, "ben", "sales-manager")
    ben, team = record_id("systemuser", "ben"), record_id("team", "dach-sales")
    contoso = record_id("lf_channelpartner", "contoso")
    may: list[tuple[Caller, dict[str, UUID]]] = [
        (anna, {}),
        (anna, {"ownerid": anna.userid}),
        (anna, {"ownerid": team}),
        (manager, {"ownerid": anna.userid}),
        (dora, {"lf_channelpartnerid": contoso}),
    ]
    may_not: list[tuple[Caller, dict[str, UUID]]] = [
        (anna, {"ownerid": ben}),
        (manager, {"ownerid": dora.userid}),
        (dora, {}),
        (dora, {"lf_channelpartnerid": uuid4()}),
        (dora, {"ownerid": ben}),
    ]
    with organisation.reading() as connection:
        for caller, values in may:
            require_new(connection, caller, Lead, values)
        for caller, values in may_not:
            with pytest.raises(PermissionDenied) as denied:
                require_new(connection, caller, Lead, values)
            assert denied.value.code == ErrorCode.ACCESS_DENIED


def test_everybody_may_read_the_user_who_they_are(organisation: Database) -> None:
    with organisation.reading() as connection:
        for key in ("anna", "dora"):
            caller = caller_of(organisation, key)
            require_on(connection, caller, SystemUser, Privilege.READ, caller.userid)
