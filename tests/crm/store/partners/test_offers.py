"""The trail of offers, which nobody can change, and the registrations of companies."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from crm.entities.lead import Lead
from crm.errors import InvalidInput, StateConflict
from crm.store import records
from crm.store.database import Database
from crm.store.life import leads
from crm.store.partners import offers, registrations
from crm.store.partners.offers import OfferEvent
from crm.store.people.organisation import apply_directory, record_id
from crm.store.service_tables import lf_offer
from rules.engine.directory import Directory
from tests.crm.store.organisations import SMALL

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LEAD, OTHER = UUID(int=1), UUID(int=2)
CONTOSO, FABRIKAM = (record_id("lf_channelpartner", key) for key in ("contoso", "fabrikam"))
PARTNERS = {"contoso": {"name": "Contoso Ltd", "team": "contoso"}, "fabrikam": {"name": "Fabrikam", "team": "contoso"}}


@pytest.fixture
def store(database: Database) -> Database:
    """A database with two partners and two leads of one company."""
    apply(database, PARTNERS)
    with database.transaction() as connection:
        for leadid in (LEAD, OTHER):
            records.insert(connection, Lead(leadid=leadid, lf_stage="held", lf_companykey="firm"), now=NOW)
    return database


def apply(database: Database, partners: dict[str, dict[str, str]]) -> None:
    with database.transaction() as connection:
        apply_directory(connection, Directory.model_validate({**SMALL, "channel_partners": partners}), now=NOW)


def record(store: Database, event: OfferEvent, partner: UUID = CONTOSO, lead: UUID = LEAD, hours: int = 0) -> None:
    with store.transaction() as connection:
        on = NOW + timedelta(hours=hours)
        offers.record(connection, lead, partner, event, on, until=on + DAY, registered_for=90 * DAY, actor="dora")


def register(store: Database, partner: UUID, lead: UUID, until: datetime) -> registrations.Registration | None:
    with store.transaction() as connection:
        return registrations.register(connection, "firm", partner, lead, NOW, until)


def holder(store: Database, now: datetime = NOW) -> str | None:
    with store.reading() as connection:
        found = registrations.holder(connection, "firm", now)
    return found.partner if found else None


def test_the_trail_is_numbered_by_lead_and_tells_everything_in_utc(store: Database) -> None:
    record(store, OfferEvent.OFFERED)
    record(store, OfferEvent.OFFERED, lead=OTHER)
    record(store, OfferEvent.DECLINED, hours=1)
    with store.reading() as connection:
        offered, declined = offers.trail(connection, LEAD)
    assert (offered.number, offered.partner, offered.partner_name) == (1, "contoso", "Contoso Ltd")
    assert (offered.event, offered.on, offered.until) == (OfferEvent.OFFERED, NOW, NOW + DAY)
    assert (offered.registered_for, offered.actor, offered.on.tzinfo) == (90 * DAY, "dora", UTC)
    assert (declined.number, declined.event) == (2, OfferEvent.DECLINED)


@pytest.mark.parametrize("change", ["UPDATE lf_offer SET event = 'accepted'", "DELETE FROM lf_offer"])
def test_the_database_refuses_to_change_the_trail(store: Database, change: str) -> None:
    record(store, OfferEvent.OFFERED)
    with pytest.raises(InvalidInput, match="the trail of offers is only added to"), store.transaction() as connection:
        connection.execute(text(change))
    with store.reading() as connection:
        assert [entry.event for entry in offers.trail(connection, LEAD)] == [OfferEvent.OFFERED]


def test_postgresql_refuses_to_empty_the_trail(postgres_database: Database) -> None:
    with pytest.raises(InvalidInput, match="only added to"), postgres_database.transaction() as connection:
        connection.execute(text("TRUNCATE lf_offer"))


def test_sqlite_refuses_to_replace_a_row_of_the_trail(sqlite_database: Database) -> None:
    apply(sqlite_database, PARTNERS)
    record(sqlite_database, OfferEvent.OFFERED)
    with pytest.raises(InvalidInput, match="only added to"), sqlite_database.transaction() as connection:
        connection.execute(text("REPLACE INTO lf_offer SELECT * FROM lf_offer"))


@pytest.mark.parametrize("ending", ["declined", "expired", "withdrawn"])
def test_an_offer_is_open_until_it_ends(store: Database, ending: str) -> None:
    record(store, OfferEvent.OFFERED)
    with store.reading() as connection:
        assert offers.present(connection, LEAD) == offers.trail(connection, LEAD)[0]
        assert [entry.leadid for entry in offers.listed(connection, only_open=True)] == [LEAD]
    record(store, OfferEvent(ending), hours=1)
    with store.reading() as connection:
        assert offers.present(connection, LEAD) is None
        assert offers.listed(connection, only_open=True) == []
        assert [entry.event for entry in offers.listed(connection, partner="contoso")] == [ending]
        assert offers.listed(connection, partner="fabrikam") == []


def test_what_is_accepted_stays_with_the_partner_whatever_conflicts_there_are(store: Database) -> None:
    for event in (OfferEvent.OFFERED, OfferEvent.ACCEPTED):
        record(store, event)
    record(store, OfferEvent.CONFLICT, FABRIKAM)
    with store.reading() as connection:
        present = offers.present(connection, LEAD)
    assert present is not None
    assert (present.partner, present.event) == ("contoso", OfferEvent.ACCEPTED)


def test_a_company_is_registered_until_the_last_moment_of_its_time(store: Database) -> None:
    assert holder(store) is None
    assert register(store, CONTOSO, LEAD, NOW + DAY) is None
    last = NOW + DAY - timedelta(microseconds=1)
    assert [holder(store, now) for now in (NOW, last, NOW + DAY)] == ["contoso", "contoso", None]


def test_a_company_is_registered_for_one_partner_only(store: Database) -> None:
    register(store, CONTOSO, LEAD, NOW + DAY)
    other = register(store, FABRIKAM, OTHER, NOW + 9 * DAY)
    assert other is not None
    assert (other.partner, other.leadid) == ("contoso", LEAD)
    assert register(store, CONTOSO, OTHER, NOW + 2 * DAY) is None  # its own partner may register it by another lead
    with store.transaction() as connection:
        registrations.end(connection, LEAD, NOW)
    assert [holder(store, now) for now in (NOW, NOW + DAY, NOW + 2 * DAY)] == ["contoso", "contoso", None]


def test_what_was_ended_or_belongs_to_an_inactive_partner_protects_nobody(store: Database) -> None:
    register(store, CONTOSO, LEAD, NOW + DAY)
    apply(store, {"fabrikam": PARTNERS["fabrikam"]})
    assert holder(store) is None
    apply(store, PARTNERS)
    assert holder(store) == "contoso"
    with store.transaction() as connection:
        registrations.end(connection, LEAD, NOW)
    assert holder(store) is None
    with store.reading() as connection:
        assert registrations.listed(connection, NOW) == []
        (ended,) = registrations.listed(connection, NOW, ended=True)
    assert (ended.partner, ended.endedon, ended.until) == ("contoso", NOW, NOW + DAY)


def test_the_view_shows_registration_and_conflict_while_they_last(store: Database) -> None:
    register(store, CONTOSO, LEAD, NOW + DAY)
    record(store, OfferEvent.CONFLICT, lead=OTHER)

    def shown(lead: UUID, now: datetime) -> tuple[datetime | None, str | None]:
        with store.reading() as connection:
            view = leads.view(connection, lead, now=now)
        return view.registered_until, view.conflict

    assert [shown(LEAD, now) for now in (NOW, NOW + DAY)] == [(NOW + DAY, None), (None, None)]
    assert [shown(OTHER, now) for now in (NOW, NOW + DAY)] == [(None, "contoso"), (None, None)]
    record(store, OfferEvent.RESOLVED, lead=OTHER, hours=1)
    assert shown(OTHER, NOW) == (None, None)


def test_two_events_with_one_number_are_refused(store: Database) -> None:
    record(store, OfferEvent.OFFERED)
    with pytest.raises((StateConflict, InvalidInput)), store.transaction() as connection:
        connection.execute(lf_offer.insert().from_select(list(lf_offer.c.keys()), lf_offer.select()))
