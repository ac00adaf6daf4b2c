"""Who had leads of the same person or company before, the latest first."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from crm.entities import Account
from crm.entities.duplicaterecord import DuplicateRecord
from crm.entities.lead import Lead
from crm.store import records
from crm.store.database import Database
from crm.store.distribution import rotation
from crm.store.distribution.earlier_owners import earlier_owners
from crm.store.people.organisation import apply_directory, record_id
from tests.crm.store.organisations import directory
from tests.crm.store.people.test_organisation import NOW

ANNA, BEN, DORA = (record_id("systemuser", key) for key in ("anna", "ben", "dora"))


def given(connection: Connection, hour: int, *owners: UUID, ended: str | None = "reassigned", **lead: Any) -> Lead:
    """A lead that these users had one after the other; the last has it still if `ended` is None."""
    made = records.insert(connection, Lead(ownerid=owners[-1], **lead), now=NOW)
    for number, owner in enumerate(owners):
        on = NOW + timedelta(hours=hour, minutes=number)
        if number:
            rotation.end_assignment(connection, made.leadid, on, "reassigned")
        rotation.start_assignment(
            connection, made.leadid, str(number), ownerid=owner, owneridtype="systemuser", assignedon=on, breaches=0
        )
    if ended:
        rotation.end_assignment(connection, made.leadid, NOW + timedelta(hours=hour + 1), ended)
    return made


def pair(connection: Connection, base: Lead, other: Lead) -> None:
    ids: dict[str, Any] = {"baserecordid": base.leadid, "duplicaterecordid": other.leadid}
    made = DuplicateRecord(duplicateid=uuid4(), baserecordidtype="lead", duplicaterecordidtype="lead", **ids)
    records.insert(connection, made, now=NOW)


def test_of_the_same_person_whoever_has_a_lead_comes_before_who_had_one(database: Database) -> None:
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
        this = records.insert(connection, Lead(lastname="Lind"), now=NOW)
        pair(connection, this, given(connection, 5, BEN, ANNA))
        pair(connection, given(connection, 1, DORA, ended=None), this)
        given(connection, 9, BEN, ended=None)  # somebody else's
        assert earlier_owners(connection, this) == [DORA, ANNA, BEN]


def test_who_gave_a_lead_of_the_person_back_does_not_count_for_it(database: Database) -> None:
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
        this = records.insert(connection, Lead(lastname="Lind"), now=NOW)
        for ended in ("declined", "SLA missed", "left"):
            pair(connection, this, given(connection, 1, BEN, ended=ended))
        assert earlier_owners(connection, this) == []


def test_then_come_the_owners_of_the_account_and_of_its_open_leads(database: Database) -> None:
    with database.transaction() as connection:
        apply_directory(connection, directory(), now=NOW)
        account = records.insert(connection, Account(name="Muster AG", ownerid=BEN), now=NOW)
        records.insert(connection, Account(name="Closed AG", ownerid=BEN, statecode=1), now=NOW)
        given(connection, 1, ANNA, ended=None, parentaccountid=account.accountid)
        person = given(connection, 1, DORA)

        def of(**lead: Any) -> list[UUID]:
            this = records.insert(connection, Lead(lastname="Lind", **lead), now=NOW)
            if "middlename" in lead:
                pair(connection, this, person)
            return list(earlier_owners(connection, this))

        assert of(companyname="Muster AG") == [BEN, ANNA]
        assert of(companyname="Muster AG", middlename="D.") == [DORA, BEN, ANNA]
        assert of(parentaccountid=account.accountid) == [BEN, ANNA]
        assert of(companyname="Closed AG") == of() == []
