"""What the crash tests look at: how far the leads are, and whether anything was lost or done twice."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from crm.lifecycle import LeadStage
from crm.store.database import Database, open_database
from crm.store.service_tables import lf_assignment, lf_journal, lf_pool, lf_routingdecision
from crm.store.tables import TABLES
from crm.store.upgrade import upgrade
from leadflow.organisation import apply_organisation
from rules.engine.rules_engine import RulesEngine
from tests.service import ROOT

LEAD = TABLES["lead"]
# Each lead goes to one of three units, by turns in their teams.
PLACES = (("uk", "GB"), ("dach", "DE"), ("us", "US"))


def submissions(source: str, number: int) -> list[dict[str, Any]]:
    """So many different people of different companies."""
    return [
        {
            "source": source,
            "external_id": f"{source}-{index}",
            "business_unit": PLACES[index % 3][0],
            "lead": {
                "lastname": f"Person{index}",
                "companyname": f"{source} company {index}",
                "emailaddress1": f"person@{source}-{index}.example",
                "address1_country": PLACES[index % 3][1],
                "estimatedamount": "5000",
            },
        }
        for index in range(number)
    ]


def prepared(url: str) -> Database:
    """The database at `url`, with its schema and the organisation of the rule book."""
    database = open_database(url)
    upgrade(database)
    apply_organisation(database, RulesEngine.load(ROOT / "rules"))
    return database


def count_in(database: Database, *stages: LeadStage) -> int:
    with database.reading() as connection:
        return int(connection.execute(select(func.count()).where(LEAD.c.lf_stage.in_(stages))).scalar_one())


def assert_each_lead_has_one_owner(database: Database, number: int) -> None:
    """After routing: one lead per submission, one owner, one decision, one open assignment, one journal row a step."""
    with database.reading() as connection:
        leads = connection.execute(select(LEAD.c.leadid, LEAD.c.ownerid, LEAD.c.lf_stage)).all()
        open_now = connection.execute(select(lf_assignment.c.leadid, lf_assignment.c.ownerid)
                                      .where(lf_assignment.c.endedon.is_(None))).all()  # fmt: skip
        decided = connection.execute(select(lf_routingdecision.c.leadid)).scalars().all()
    assert len(leads) == number
    assert {lead.lf_stage for lead in leads} == {"assigned"}
    assert sorted(open_now) == sorted((lead.leadid, lead.ownerid) for lead in leads)
    assert Counter(decided) == {lead.leadid: 1 for lead in leads}
    assert_steps(database, {"intake": number, "route": number})
    assert_turns(database)


def assert_each_lead_is_qualified_once(database: Database, number: int, answered: Iterable[Any]) -> None:
    """After qualification: one set of records per lead, all links, and whatever a caller was told is there."""
    with database.reading() as connection:
        leads = connection.execute(select(LEAD)).all()
        made = {
            name: connection.execute(select(TABLES[name])).all()
            for name in ("account", "contact", "opportunity", "accountleads", "contactleads")
        }
        still_open = connection.execute(select(lf_assignment).where(lf_assignment.c.endedon.is_(None))).all()
    ids = {lead.leadid for lead in leads}
    assert {(lead.statecode, lead.lf_stage) for lead in leads} == {(1, "qualified")}
    for name in ("account", "contact", "opportunity"):
        assert Counter(row.originatingleadid for row in made[name]) == Counter(ids), name
    for name in ("accountleads", "contactleads"):
        assert Counter(row.leadid for row in made[name]) == Counter(ids), name
    known = {
        (lead.leadid, "account", lead.parentaccountid) for lead in leads
    } | {(lead.leadid, "contact", lead.parentcontactid) for lead in leads} | {
        (lead.leadid, "opportunity", lead.qualifyingopportunityid) for lead in leads
    }  # fmt: skip
    told = {(answer.lead.leadid, record.logicalname, record.id) for answer in answered for record in answer.created}
    assert told == known
    assert not still_open
    assert_steps(database, {"intake": number, "route": number, "qualify": number})
    assert_turns(database)


def assert_steps(database: Database, expected: dict[str, int]) -> None:
    """So many steps of each kind, no lead with two of one."""
    with database.reading() as connection:
        rows = connection.execute(select(lf_journal.c.leadid, lf_journal.c.kind)).all()
    assert Counter(row.kind for row in rows) == expected
    assert len(set(rows)) == len(rows)


def assert_turns(database: Database) -> None:
    """In each team, every turn was given once, in the order of the pool's count, and none was lost."""
    with database.reading() as connection:
        pools = {pool.teamid: pool.turns for pool in connection.execute(select(lf_pool))}
        given = connection.execute(select(lf_assignment.c.teamid, lf_assignment.c.turn)
                                   .where(lf_assignment.c.turn.is_not(None))).all()  # fmt: skip
    for team, turns in pools.items():
        assert sorted(row.turn for row in given if row.teamid == team) == list(range(1, turns + 1))
