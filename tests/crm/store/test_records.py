"""Records are stored and read back exactly, and keep what Dataverse keeps by itself."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from crm.entities import (
    ENTITIES,
    Account,
    AccountLeads,
    Annotation,
    BusinessUnit,
    Contact,
    ContactLeads,
    Entity,
    Lead,
    Opportunity,
    SystemUser,
    Task,
    Team,
    TeamMembership,
    TransactionCurrency,
)
from crm.errors import ErrorCode, InvalidInput, NotFound, StateConflict
from crm.store import records
from crm.store.database import Database
from crm.store.tables import TABLES

NOW = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def store(database: Database, *entities: Entity, actor: UUID | None = None) -> None:
    with database.transaction() as connection:
        for entity in entities:
            records.insert(connection, entity, now=NOW, actor=actor)


def load(database: Database, entity: type[Any], id: UUID) -> Any:
    with database.reading() as connection:
        return records.fetch(connection, entity, id)


def change(database: Database, entity: type[Entity], id: UUID, **changes: Any) -> int:
    with database.transaction() as connection:
        return records.update(connection, entity, id, changes, now=LATER)


@pytest.mark.parametrize("name", [name for name, entity in ENTITIES.items() if not entity.read_only])
def test_every_entity_can_be_stored_fetched_changed_and_deleted(database: Database, name: str) -> None:
    entity = ENTITIES[name]
    record = entity()
    id = record.__dict__[entity.primary_id]
    store(database, record)
    found = load(database, entity, id)
    assert found.model_dump(exclude={"createdon", "modifiedon", "versionnumber"}) == record.model_dump(
        exclude={"createdon", "modifiedon", "versionnumber"}
    )
    version = change(database, entity, id, versionnumber=None)
    assert (version, load(database, entity, id).versionnumber) == (found.versionnumber + 1, version)
    with database.transaction() as connection:
        records.delete(connection, entity, id)
    assert load(database, entity, id) is None


def test_a_record_keeps_who_and_when(database: Database) -> None:
    actor, other = uuid4(), uuid4()
    lead = Lead(lastname="Berg")
    store(database, lead, actor=actor)
    with database.transaction() as connection:
        records.update(connection, Lead, lead.leadid, {"lastname": "Ode"}, now=LATER, actor=other)
    found = load(database, Lead, lead.leadid)
    assert (found.createdon, found.createdby, found.modifiedon, found.modifiedby) == (NOW, actor, LATER, other)


def test_an_imported_record_keeps_its_own_date(database: Database) -> None:
    long_ago = datetime(2019, 5, 5, tzinfo=UTC)
    lead = Lead(overriddencreatedon=long_ago)
    store(database, lead)
    found = load(database, Lead, lead.leadid)
    assert (found.createdon, found.modifiedon) == (long_ago, NOW)


def test_names_and_addresses_follow_their_parts(database: Database) -> None:
    lead = Lead(firstname="Anna", lastname="Berg", address1_line1="Ring 1", address1_city="Wien", address1_country="AT")
    store(database, lead)
    found = load(database, Lead, lead.leadid)
    assert (found.fullname, found.yomifullname) == ("Anna Berg", None)
    assert (found.address1_composite, found.address2_composite) == ("Ring 1\nWien\nAT", None)
    change(database, Lead, lead.leadid, lastname="Ode", address1_postalcode="1010", address1_stateorprovince="W")
    found = load(database, Lead, lead.leadid)
    assert (found.fullname, found.address1_composite) == ("Anna Ode", "Ring 1\nWien, W 1010\nAT")
    change(database, Lead, lead.leadid, firstname=None, lastname=None)
    assert load(database, Lead, lead.leadid).fullname is None


def test_the_owning_columns_follow_the_owner(database: Database) -> None:
    unit, other = BusinessUnit(name="DACH"), BusinessUnit(name="Nordics")
    user = SystemUser(lastname="Berg", businessunitid=unit.businessunitid)
    team = Team(name="Desk", businessunitid=other.businessunitid)
    lead = Lead(ownerid=user.systemuserid)
    store(database, unit, other, user, team, lead)

    def owning() -> tuple[Any, ...]:
        found = load(database, Lead, lead.leadid)
        return (found.owneridtype, found.owninguser, found.owningteam, found.owningbusinessunit)

    assert owning() == ("systemuser", user.systemuserid, None, unit.businessunitid)
    change(database, Lead, lead.leadid, ownerid=team.teamid)
    assert owning() == ("team", None, team.teamid, other.businessunitid)
    change(database, Lead, lead.leadid, ownerid=None)
    assert owning() == (None, None, None, None)
    with pytest.raises(InvalidInput, match=r"ownerid: no record .* in systemuser, team"):
        change(database, Lead, lead.leadid, ownerid=uuid4())


def test_a_lookup_of_several_entities_gets_its_type(database: Database) -> None:
    account, contact, lead = Account(name="Contoso"), Contact(lastname="Berg"), Lead()
    deal = Opportunity(customerid=account.accountid)
    note = Annotation(objectid=lead.leadid)
    task = Task(regardingobjectid=uuid4(), regardingobjectidtype="lead")  # said so: may be imported later
    store(database, account, contact, lead, deal, note, task)
    assert load(database, Opportunity, deal.opportunityid).customeridtype == "account"
    assert load(database, Annotation, note.annotationid).objectidtype == "lead"
    assert load(database, Task, task.activityid).regardingobjectidtype == "lead"
    change(database, Opportunity, deal.opportunityid, customerid=contact.contactid)
    assert load(database, Opportunity, deal.opportunityid).customeridtype == "contact"
    change(database, Opportunity, deal.opportunityid, customerid=None)
    assert load(database, Opportunity, deal.opportunityid).customeridtype is None
    with pytest.raises(InvalidInput, match="customerid"):
        change(database, Opportunity, deal.opportunityid, customerid=uuid4())


def test_money_has_its_value_in_the_base_currency(database: Database) -> None:
    dollar = TransactionCurrency(isocurrencycode="USD", exchangerate=Decimal("1.25"))
    yen = TransactionCurrency(isocurrencycode="JPY", exchangerate=Decimal("163.4"))
    lead = Lead(revenue=Decimal("100"), transactioncurrencyid=dollar.transactioncurrencyid)
    store(database, dollar, yen, lead)

    def money() -> tuple[Any, ...]:
        found = load(database, Lead, lead.leadid)
        return (found.exchangerate, found.revenue_base, found.budgetamount_base)

    assert money() == (Decimal("1.25"), Decimal("80"), None)
    change(database, Lead, lead.leadid, budgetamount=Decimal("10.01"))
    assert money() == (Decimal("1.25"), Decimal("80"), Decimal("8.008"))
    change(database, Lead, lead.leadid, transactioncurrencyid=yen.transactioncurrencyid)
    assert money() == (Decimal("163.4"), Decimal("0.6120"), Decimal("0.0613"))
    change(database, Lead, lead.leadid, revenue=None, transactioncurrencyid=None)
    assert money() == (Decimal(1), None, Decimal("10.01"))
    with pytest.raises(InvalidInput, match=r"currency .* does not exist"):
        change(database, Lead, lead.leadid, transactioncurrencyid=uuid4())


def test_a_value_too_large_in_the_base_currency_is_refused(database: Database) -> None:
    tiny = TransactionCurrency(isocurrencycode="XXX", exchangerate=Decimal("0.0000000001"))
    store(database, tiny)
    with pytest.raises(InvalidInput, match="revenue_base") as refused:
        store(database, Lead(revenue=Decimal(10**14), transactioncurrencyid=tiny.transactioncurrencyid))
    assert refused.value.code == ErrorCode.DECIMAL_OUT_OF_RANGE


def test_a_change_of_an_older_version_is_refused(database: Database) -> None:
    lead = Lead(subject="a")
    store(database, lead)
    first = load(database, Lead, lead.leadid).versionnumber
    with database.transaction() as connection:
        second = records.update(connection, Lead, lead.leadid, {"subject": "b"}, now=LATER, expected_version=first)
    assert second > first
    for act in (
        lambda c: records.update(c, Lead, lead.leadid, {"subject": "c"}, now=LATER, expected_version=first),
        lambda c: records.delete(c, Lead, lead.leadid, expected_version=first),
    ):
        with pytest.raises(StateConflict) as refused, database.transaction() as connection:
            act(connection)
        assert refused.value.code == ErrorCode.VERSION_MISMATCH
    assert load(database, Lead, lead.leadid).subject == "b"
    with database.transaction() as connection:
        records.delete(connection, Lead, lead.leadid, expected_version=second)
    assert load(database, Lead, lead.leadid) is None


@pytest.mark.parametrize(("entity", "code"), [(Lead, ErrorCode.LEAD_NOT_FOUND), (Account, ErrorCode.RECORD_NOT_FOUND)])
def test_a_missing_record_is_named(database: Database, entity: type[Entity], code: str) -> None:
    id = uuid4()
    assert load(database, entity, id) is None
    with pytest.raises(NotFound, match=f"{entity.logical_name} With Id = {id} Does Not Exist") as refused:
        change(database, entity, id, description="x")
    assert refused.value.code == code
    with pytest.raises(NotFound), database.transaction() as connection:
        records.delete(connection, entity, id)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Lead(leadid=UUID(int=1)), Lead(leadid=UUID(int=1))),
        (Lead(lf_source="web", lf_externalid="1"), Lead(lf_source="web", lf_externalid="1")),
        (Team(lf_key="desk"), Team(lf_key="desk")),
    ],
)
def test_a_taken_key_is_refused(database: Database, first: Entity, second: Entity) -> None:
    store(database, first)
    with pytest.raises(StateConflict) as refused:
        store(database, second)
    assert refused.value.code == ErrorCode.DUPLICATE_RECORD


def test_leads_without_an_external_id_are_no_duplicates(database: Database) -> None:
    store(database, Lead(lf_source="web"), Lead(lf_source="web"))


def test_links_and_memberships_end_with_either_end(database: Database) -> None:
    lead, contact, account = Lead(), Contact(), Account()
    user, team = SystemUser(), Team()
    links = [
        ContactLeads(leadid=lead.leadid, contactid=contact.contactid, name="Anna"),
        AccountLeads(leadid=lead.leadid, accountid=account.accountid),
        TeamMembership(teamid=team.teamid, systemuserid=user.systemuserid),
    ]
    store(database, lead, contact, account, user, team, *links)
    with pytest.raises(StateConflict):
        store(database, ContactLeads(leadid=lead.leadid, contactid=contact.contactid))
    with pytest.raises(InvalidInput, match="does not exist"):
        store(database, AccountLeads(leadid=uuid4(), accountid=account.accountid))
    with database.transaction() as connection:
        records.delete(connection, Lead, lead.leadid)
        records.delete(connection, SystemUser, user.systemuserid)
        left = {name: connection.scalar(select(func.count()).select_from(TABLES[name])) for name in TABLES}
    assert {name for name, number in left.items() if number} == {"contact", "account", "team"}


def test_dates_texts_and_attachments_come_back_as_they_were(database: Database) -> None:
    deal = Opportunity(name="Größe ✓ 'quoted' \\ % _", estimatedclosedate=date(2026, 12, 31), description="a\nb" * 500)
    note = Annotation(subject="Offer", documentbody="QUJD" * 100_000, filesize=300_000, isdocument=True)
    store(database, deal, note)
    found = load(database, Opportunity, deal.opportunityid)
    assert (found.name, found.estimatedclosedate, found.description) == (
        deal.name,
        date(2026, 12, 31),
        deal.description,
    )
    assert load(database, Annotation, note.annotationid).documentbody == note.documentbody
