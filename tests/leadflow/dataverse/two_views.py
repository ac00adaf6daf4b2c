"""Two databases for fuzzing: one with the records of several owners, and one with what a caller may see of them.

A caller with few rights on the first must get the answers that one with all rights gets on the second: then nobody
finds, counts, sums, sorts by or pages over what is not theirs. Each record has a text of its own that no request has.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, select

from crm.choices import standard_choices
from crm.entities import ENTITIES, Account, Annotation, Contact, ContactLeads, Entity, Lead, Opportunity, Task
from crm.roles import standard_roles
from crm.security import Caller, Depth, Privilege
from crm.store import records
from crm.store.database import Database
from crm.store.people.organisation import apply_choices, apply_directory, record_id
from crm.store.security.callers import load_caller
from crm.store.tables import TABLES
from leadflow.dataverse.answering import answer
from leadflow.dataverse.call import Answer, Services
from tests.activities.conftest import NOW
from tests.filling import fill
from tests.leadflow.dataverse import random_queries
from tests.leadflow.dataverse.conftest import BASE, in_loop
from tests.leadflow.dataverse.random_queries import IDS
from tests.leadflow.dataverse.random_requests import Asked
from tests.rulebook import small_rules

OWNERS = (("systemuser", "anna"), ("systemuser", "mia"), ("team", "desk"), ("systemuser", "dora"), ("team", "managers"),
          ("systemuser", "ben"))  # fmt: skip
KINDS = tuple(ENTITIES[name] for name in random_queries.KINDS)
BROUGHT = {1, 4}
"""The numbers of the owners whose lead was brought by the channel partner."""
_PEOPLE = {"systemuser": ("dora", "mia"), "team": ("partners",), "businessunit": ("north",)}
_NEXT_LINK = re.compile(rb'"@odata\.nextLink":"[^"]*"')


@dataclass(frozen=True)
class View:
    """Somebody who asks a database."""

    services: Services
    caller: Caller

    def ask(self, asked: Asked) -> Answer:
        return in_loop(
            answer(
                self.services,
                self.caller,
                asked.method,
                asked.path,
                base=BASE,
                query=asked.query,
                headers=asked.headers,
                body=asked.body,
            )
        )


def id_of(kind: type[Entity], number: int) -> UUID:
    return IDS[number * len(KINDS) + KINDS.index(kind)]


def mark_of(id: UUID) -> str:
    """The text that only this record has."""
    return f"zq{IDS.index(id)}qz"


def the_records() -> list[Entity]:
    """One of each kind for each owner; each lead's account is somebody else's."""
    found: list[Entity] = []
    for number, (kind, key) in enumerate(OWNERS):
        ids = {one: id_of(one, number) for one in KINDS}
        owned: dict[str, Any] = {"ownerid": record_id(kind, key), "owneridtype": kind}
        text = {one: f"Acme {mark_of(id)}" for one, id in ids.items()}
        found += [
            Account(accountid=ids[Account], name=text[Account], numberofemployees=number, **owned),
            Contact(contactid=ids[Contact], lastname=text[Contact], firstname="Ärger",
                    parentcustomerid=ids[Account], parentcustomeridtype="account", **owned),
            Lead(leadid=ids[Lead], lastname=text[Lead], companyname="Straße", numberofemployees=number,
                 leadsourcecode=8, parentaccountid=id_of(Account, (number + 1) % len(OWNERS)),
                 statecode=number % 2, statuscode=1 + number % 2 * 2,
                 lf_channelpartnerid=record_id("lf_channelpartner", "contoso") if number in BROUGHT else None, **owned),
            Opportunity(opportunityid=ids[Opportunity], name=text[Opportunity], originatingleadid=ids[Lead],
                        estimatedvalue=Decimal(100 + number), **owned),
            Task(activityid=ids[Task], subject=text[Task], regardingobjectid=ids[Lead],
                 regardingobjectidtype="lead", **owned),
            Annotation(annotationid=ids[Annotation], subject=text[Annotation], objectid=ids[Account],
                       objectidtype="account", **owned),
            ContactLeads(contactleadid=ids[ContactLeads], contactid=id_of(Contact, 3 if number == 4 else number),
                         leadid=ids[Lead], name=text[ContactLeads]),  # links go with either end
        ]  # fmt: skip
    return found


@dataclass(frozen=True)
class Reach:
    """What a user may see, in plain words: the records of these owners (by number); leads of `leads` beside them, with
    their opportunities where `sales`, their tasks and their links. `people` are the keys that are left, by entity."""

    user: str
    owners: frozenset[int]
    leads: frozenset[int] = frozenset()
    sales: bool = False
    depth: Depth | None = None
    people: Mapping[str, tuple[str, ...]] | None = None

    def sees(self, kind: type[Entity], number: int) -> bool:
        through_lead = kind in (Lead, Task, ContactLeads) or (kind is Opportunity and self.sales)
        return number in self.owners or (number in self.leads and through_lead)

    @property
    def hidden(self) -> set[UUID]:
        return {id_of(kind, number) for kind in KINDS for number in range(len(OWNERS)) if not self.sees(kind, number)}


REACHES = {
    "salesperson": Reach("anna", frozenset({0, 2, 3, 5})),  # the owners of her unit
    "own records": Reach("anna", frozenset({0, 2}), depth=Depth.USER),
    "partner": Reach("dora", frozenset({1, 3}), frozenset(BROUGHT), sales=True, people=_PEOPLE),
}


def views(reach: Reach, whole: Database, part: Database) -> tuple[View, View]:
    """The user on a database with everything, and one with all rights on what the user may see. Both are filled."""
    services = [Services(database, None, standard_choices, b"x" * 32) for database in (whole, part)]  # type: ignore[arg-type]
    for database in (whole, part):
        with database.transaction() as connection:
            fill(connection, _everything)
    with part.transaction() as connection:
        _remove_hidden(connection, reach)
    with whole.reading() as connection:
        caller = load_caller(connection, record_id("systemuser", reach.user), standard_roles())
    assert caller is not None
    caller = replace(caller, grants={name: _limited(name, caller, reach) for name in ENTITIES})
    reads = {name: {Privilege.READ: Depth.ORGANISATION} for name in ENTITIES if caller.depth(name, Privilege.READ)}
    return View(services[0], caller), View(services[1], replace(caller, grants=reads, partner_only=False))


def _everything(connection: Connection) -> None:
    """The small organisation, and the records: the same at the same time wherever it is done."""
    apply_choices(connection, standard_choices())
    apply_directory(connection, small_rules().current().directory, now=NOW)
    for record in the_records():
        records.insert(connection, record, now=NOW)


def _limited(entity: str, caller: Caller, reach: Reach) -> dict[Privilege, Depth]:
    """What the user's role grants; leads to be read only, since they have no runs here."""
    granted = dict(caller.grants.get(entity, {}))
    if entity == "lead":
        granted = {Privilege.READ: granted[Privilege.READ]}
    if reach.depth is not None and entity in random_queries.KINDS:
        granted = {privilege: min(depth, reach.depth) for privilege, depth in granted.items()}
    return granted


def _remove_hidden(connection: Connection, reach: Reach) -> None:
    for kind in KINDS:
        table = TABLES[kind.logical_name]
        connection.execute(delete(table).where(table.c[kind.primary_id].in_(reach.hidden)))
    for entity, keys in (reach.people or {}).items():
        table = TABLES[entity]
        connection.execute(delete(table).where(table.c.lf_key.not_in(keys)))
    members = TABLES["teammembership"]
    connection.execute(delete(members).where(members.c.teamid.not_in(select(TABLES["team"].c.teamid))))


def told(done: Answer) -> tuple[int, bytes]:
    """What two answers must agree in: all but the text of the link to the next page."""
    return done.status, _NEXT_LINK.sub(b"", done.content())


def leaks(done: Answer, asked: Asked, hidden: set[UUID]) -> list[str]:
    """What an answer holds of hidden records: their texts, and ids of leads that the request does not name itself.

    The id of another hidden record may be seen, as in Dataverse, where a record that the user sees has it in a lookup.
    """
    content = done.content().decode(errors="replace")
    known = f"{asked.url}{asked.body.decode(errors='replace')}"
    leads = {id_of(Lead, number) for number in range(len(OWNERS))} & hidden
    return [mark_of(id) for id in hidden if mark_of(id) in content] + [
        str(id) for id in leads if str(id) in content and str(id) not in known
    ]
