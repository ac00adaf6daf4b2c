"""Leads in quarantine, and the keys that submissions name, on both databases."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import false

from crm.entities.lead import Lead
from crm.lifecycle import LeadStage
from crm.store import records
from crm.store.database import Database
from crm.store.life import quarantine
from crm.store.people import named
from crm.store.tables import TABLES
from leadflow.organisation import apply_organisation
from tests.rulebook import small_rules

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def put(database: Database, minutes: int, source: str = "web", stage: LeadStage = LeadStage.QUARANTINED) -> UUID:
    """A lead that came in so many minutes after the others."""
    lead = Lead(leadid=uuid4(), lf_source=source, lf_stage=stage)
    on = NOW + timedelta(minutes=minutes)
    with database.transaction() as connection:
        records.insert(connection, lead, now=NOW)
        quarantine.put(connection, lead.leadid, {"lead": {"a\0b": "c"}}, ["a b is not an attribute"], on)
    return lead.leadid


def test_those_that_wait_longest_come_first_and_pages_go_on(database: Database) -> None:
    last, *first = put(database, 9), put(database, 1), put(database, 5), put(database, 5)
    put(database, 2, source="other")
    put(database, 3, stage=LeadStage.ASSIGNED)  # released
    put(database, 4, stage=LeadStage.DISQUALIFIED)  # discarded
    found: list[UUID] = []
    after = None
    with database.reading() as connection:
        while page := quarantine.waiting(connection, source="web", limit=2, after=after):
            found += [each.leadid for each in page]
            after = (page[-1].received_on, page[-1].leadid)
        assert quarantine.waiting(connection, visible=false(), limit=9) == []
    assert (found[0], set(found[1:3]), found[3:]) == (first[0], set(first[1:]), [last])


def test_one_is_found_with_what_came_in(database: Database) -> None:
    lead, released = put(database, 1), put(database, 2, stage=LeadStage.ASSIGNED)
    with database.reading() as connection:
        found = quarantine.find(connection, lead)
        assert quarantine.find(connection, released) is None
        assert quarantine.find(connection, uuid4()) is None
    assert found is not None
    assert (found.submission, found.problems) == ({"lead": {"a\0b": "c"}}, ("a b is not an attribute",))
    assert found.received_on == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("keys", "unknown"),
    [
        ({"business_unit": "north", "channel_partner": "contoso", "campaign": "spring"}, []),
        ({"business_unit": "contoso", "campaign": "spring"}, ["business_unit"]),
        ({"business_unit": "europe", "channel_partner": "retired"}, ["channel_partner"]),
    ],
)
def test_keys_that_the_organisation_does_not_have(database: Database, keys: dict[str, str], unknown: list[str]) -> None:
    apply_organisation(database, small_rules().current())
    with database.reading() as connection:
        assert named.unknown(connection, keys) == unknown


def test_what_left_the_directory_is_not_known_any_more(database: Database) -> None:
    apply_organisation(database, small_rules().current())
    with database.transaction() as connection:
        for entity, field, value in (("businessunit", "isdisabled", True), ("campaign", "statecode", 1)):
            table = TABLES[entity]
            connection.execute(table.update().values({field: value}))
        assert named.unknown(connection, {"business_unit": "north", "campaign": "spring"}) == [
            "business_unit",
            "campaign",
        ]
