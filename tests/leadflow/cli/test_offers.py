"""leadflow offers list | show | registrations, and what leads show says of offers."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from crm.entities.lead import Lead
from crm.store import records
from crm.store.database import Database
from crm.store.partners import offers, registrations
from crm.store.partners.offers import OfferEvent
from crm.store.people.organisation import apply_directory, record_id
from tests.command import Cli, enter
from tests.rulebook.partners import partner_rules

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
ACME, BOLT = (record_id("lf_channelpartner", key) for key in ("acme", "bolt"))
FIRST, SECOND = uuid4(), uuid4()


@pytest.fixture
def cli(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line, and a lead that Bolt accepted after Acme declined, beside one that Acme is offered."""
    with sqlite_database.transaction() as connection:
        apply_directory(connection, partner_rules().current().directory, now=NOW)

        def happened(lead: UUID, partner: UUID, event: OfferEvent, hours: int, **more: object) -> None:
            offers.record(connection, lead, partner, event, NOW - 9 * DAY + timedelta(hours=hours), **more)  # type: ignore[arg-type]

        for lead, more in (
            (FIRST, {"lf_stage": "accepted"}),
            (SECOND, {"lf_stage": "offered", "lf_offeredtoid": ACME}),
        ):
            records.insert(connection, Lead.model_validate({"leadid": lead, "lf_companykey": "firm", **more}), now=NOW)
        happened(FIRST, ACME, OfferEvent.OFFERED, 0, until=NOW)
        happened(FIRST, ACME, OfferEvent.DECLINED, 1, actor="alma", reason="too small")
        happened(FIRST, BOLT, OfferEvent.OFFERED, 1, until=NOW)
        happened(FIRST, BOLT, OfferEvent.ACCEPTED, 2, actor="bea", until=NOW + 90 * DAY)
        happened(SECOND, BOLT, OfferEvent.CONFLICT, 3, until=NOW + 90 * DAY)
        happened(SECOND, ACME, OfferEvent.OFFERED, 3, until=NOW + DAY)
        registrations.register(connection, "firm", BOLT, FIRST, NOW, NOW + 90 * DAY)
    enter({"LEADFLOW_DATABASE_URL": sqlite_database.url}, monkeypatch)
    return Cli(monkeypatch)


def test_each_offer_is_listed_once_as_it_stands(cli: Cli) -> None:
    def listed(*options: str) -> list[tuple[str, str]]:
        return [(row["partner"], row["event"]) for row in cli.json("offers", "list", *options)]

    assert listed() == [("acme", "offered"), ("bolt", "accepted"), ("acme", "declined")]
    assert listed("--open") == [("acme", "offered")]
    assert listed("--partner", "bolt") == [("bolt", "accepted")]
    assert listed("--partner", "bolt", "--open") == []
    assert cli.text("offers", "list", "--partner", "crane") == "No offers.\n"


def test_the_trail_of_a_lead(cli: Cli) -> None:
    said = cli.text("offers", "show", FIRST)
    assert [word in said for word in ("declined", "too small", "alma", "accepted")] == [True] * 4
    rows = list(csv.DictReader(io.StringIO(cli.text("offers", "show", FIRST, "--format", "csv"))))
    assert [row["event"] for row in rows] == ["offered", "declined", "offered", "accepted"]
    assert rows[0]["on"].endswith("Z")


def test_registrations(cli: Cli) -> None:
    (row,) = cli.json("offers", "registrations")
    assert (row["companykey"], row["partner"], row["leadid"]) == ("firm", "bolt", str(FIRST))
    assert cli.json("offers", "registrations", "--partner", "acme") == []
    assert cli.text("offers", "registrations", "--partner", "acme") == "No registrations.\n"
    assert str(FIRST)[:8] in cli.text("offers", "registrations", "--ended")


def test_leads_show_tells_of_offer_registration_and_conflict(cli: Cli) -> None:
    labels = ("Offered to", "Registered", "Conflict")

    def shown(lead: UUID) -> list[str]:
        return [line.split()[0] for line in cli.text("leads", "show", lead).splitlines() if line.startswith(labels)]

    assert shown(FIRST) == ["Registered"]
    assert shown(SECOND) == ["Offered", "Conflict"]
    assert "the company is registered for partner bolt" in cli.text("leads", "show", SECOND)
