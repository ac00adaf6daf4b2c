"""What people do with a lead, from the command line: every command, its answers, and what it refuses."""

import base64
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from crm.entities import Account, Campaign, Contact, Opportunity, TransactionCurrency
from crm.entities.activities import Annotation
from crm.entities.base import Entity
from crm.store.database import Database, open_database
from crm.store.people.organisation import record_id
from crm.store.tables import TABLES
from tests.command import Cli
from tests.service import Service

OPEN_REQUESTS = {
    "accept": [],
    "decline": ["--reason", "busy"],
    "assign": ["--user", "niamh.doyle"],
    "reroute": [],
    "edit": ["jobtitle=CFO"],
    "log": ["email", "--subject", "Hello"],
    "note": ["a note"],
    "qualify": [],
    "disqualify": ["--status", "Lost"],
}


@pytest.fixture
def lead(cli: Cli) -> str:
    """A new lead of niamh.doyle's."""
    submitted = cli.submit()
    assert submitted["owner"]["key"] == "niamh.doyle"
    return str(submitted["leadid"])


@pytest.fixture
def store(service: Service) -> Any:
    database = open_database(f"sqlite:///{service.state}/leadflow.db")
    yield database
    database.close()


def records_of(store: Database, entity: type[Entity], **equal: Any) -> list[Any]:
    table = TABLES[entity.logical_name]
    with store.reading() as connection:
        query = table.select().where(*(table.c[name] == value for name, value in equal.items()))
        return list(connection.execute(query))


def events(cli: Cli, lead: str) -> list[str]:
    return [event["summary"] for event in cli.json("leads", "show", lead)["timeline"]]


def test_accept(cli: Cli, lead: str) -> None:
    said = cli.text("leads", "accept", lead, "--user", "niamh.doyle")
    assert said == "Accepted by niamh.doyle\nThe lead is accepted, owned by Niamh Doyle.\n"
    assert cli.json("leads", "accept", lead)["event"] == "Accepted already"


def test_only_the_owner_accepts(cli: Cli, lead: str) -> None:
    assert "belongs to niamh.doyle, not to callum.reid" in cli.refused("leads", "accept", lead, "--user", "callum.reid")


def test_a_team_names_who_accepts(cli: Cli, lead: str) -> None:
    cli.text("leads", "assign", lead, "--team", "uk-sales")
    assert "name the member who accepts it" in cli.refused("leads", "accept", lead)
    assert cli.json("leads", "accept", lead, "--user", "callum.reid")["owner"]["key"] == "callum.reid"


def test_decline_gives_it_to_somebody_else(cli: Cli) -> None:
    lead = cli.submit("address1_country=GB")
    first = lead["owner"]["key"]
    said = cli.text("leads", "decline", lead["leadid"], "--reason", "on holiday", "--actor", first)
    assert "declined: on holiday" in said and f"skipped {first}: had this lead and gave it back" in said
    assert cli.json("leads", "show", lead["leadid"])["status"]["owner"]["key"] != first
    assert "Missing option '--reason'" in cli.misused("leads", "decline", lead["leadid"])


def test_assign_to_each_kind_of_owner(cli: Cli, lead: str) -> None:
    assert cli.json("leads", "assign", lead, "--user", "callum.reid")["owner"]["key"] == "callum.reid"
    assert cli.json("leads", "assign", lead, "--team", "uk-sales")["owner"]["key"] == "uk-sales"
    queued = cli.json("leads", "assign", lead, "--queue", "uk-inbox", "--reason", "nobody is in")
    assert (queued["queue"], queued["event"]) == ("uk-inbox", "Assigned to queue UK Inbox: nobody is in")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "name exactly one of user, team, queue"),
        (["--user", "a", "--team", "b"], "name exactly one of user, team, queue"),
        (["--user", "nobody"], "systemuser 'nobody' does not exist"),
        (["--team", "niamh.doyle"], "team 'niamh.doyle' does not exist"),
    ],
)
def test_assign_refuses(cli: Cli, lead: str, options: list[str], reason: str) -> None:
    assert reason in cli.refused("leads", "assign", lead, *options)


def test_reroute_follows_the_attributes(cli: Cli, lead: str) -> None:
    assert "Rule uk-enterprise" in cli.text("leads", "edit", lead, "numberofemployees=5000")
    assert events(cli, lead)[-2] == "Edited: numberofemployees"
    assert "Rule uk-enterprise" in cli.text("leads", "reroute", lead, "--reason", "grew")
    assert events(cli, lead)[-1].endswith("grew")


def test_edit_sets_clears_and_refuses(cli: Cli, lead: str) -> None:
    cli.text("leads", "edit", lead, "jobtitle=CFO", "description=a=b", "telephone1=+353 1 234 5678")
    attributes = cli.json("leads", "show", lead)["attributes"]
    assert (attributes["jobtitle"], attributes["description"]) == ("CFO", "a=b")
    cli.text("leads", "edit", lead, "jobtitle=")
    assert "jobtitle" not in cli.json("leads", "show", lead)["attributes"]
    reason = cli.refused("leads", "edit", lead, "jobtitl=CFO", "numberofemployees=many", "ownerid=me")
    for part in ("did you mean 'jobtitle'", "numberofemployees is not one number", "use assign to change it"):
        assert part in reason


@pytest.mark.parametrize("kind", ["email", "phonecall", "appointment", "task"])
def test_log(cli: Cli, lead: str, kind: str) -> None:
    incoming = cli.json("leads", "log", lead, kind, "--subject", "Their turn", "--incoming")
    assert (incoming["first_response_on"], incoming["stage"]) == (None, "assigned")
    said = cli.text(
        "leads", "log", lead, kind, "--subject", "Our turn", "--description", "long", "--actor", "niamh.doyle"
    )
    assert said == f"Made {kind}: Our turn (first response)\nThe lead is accepted, owned by Niamh Doyle.\n"


def test_log_knows_four_kinds(cli: Cli, lead: str) -> None:
    reason = cli.refused("leads", "log", lead, "fax", "--subject", "x")
    assert "kind: Input should be 'email', 'phonecall', 'appointment' or 'task'" in reason


def test_note_with_an_attachment(cli: Cli, lead: str, tmp_path: Path, store: Database) -> None:
    (tmp_path / "offer.pdf").write_bytes(b"%PDF-1.7 \x00\xff")
    assert "Added attachment offer.pdf: Our offer" in cli.text(
        "leads", "note", lead, "see there", "--subject", "Our offer", "--attach", "offer.pdf"
    )
    [note] = records_of(store, Annotation, filename="offer.pdf")
    assert base64.b64decode(note.documentbody) == b"%PDF-1.7 \x00\xff"
    assert (note.mimetype, note.filesize, note.notetext) == ("application/pdf", 11, "see there")


def test_note_refuses_nothing_and_a_missing_file(cli: Cli, lead: str) -> None:
    assert "give a subject, a notetext or a filename" in cli.refused("leads", "note", lead)
    assert "none.pdf" in cli.misused("leads", "note", lead, "--attach", "none.pdf")


def test_qualify_names_what_it_created(cli: Cli, lead: str, store: Database) -> None:
    cli.text("leads", "edit", lead, "companyname=Firm Ltd", "estimatedamount=5000")
    said = cli.text("leads", "qualify", lead, "--actor", "niamh.doyle").splitlines()
    assert said[0] == "Qualified: account, contact, opportunity created"
    assert [line.split()[0] for line in said[1:4]] == ["account", "contact", "opportunity"]
    assert said[4] == "The lead is qualified, owned by Niamh Doyle."
    [sale] = records_of(store, Opportunity, originatingleadid=UUID(lead))
    assert str(sale.opportunityid) == said[3].split()[1]


def test_qualify_creates_only_what_is_wanted(cli: Cli, lead: str) -> None:
    answer = cli.json("leads", "qualify", lead, "--no-account", "--no-opportunity")
    assert [record["logicalname"] for record in answer["created"]] == ["contact"]


def test_qualify_takes_every_parameter(cli: Cli, lead: str, store: Database) -> None:
    other = cli.json("leads", "qualify", cli.submit()["leadid"])
    account = next(record["id"] for record in other["created"] if record["logicalname"] == "account")
    [euro] = records_of(store, TransactionCurrency, isocurrencycode="EUR")
    process = uuid4()
    cli.json(
        "leads", "qualify", lead, "--account", "--contact", "--opportunity", "--status", "3", "--detect-duplicates",
        "--currency", euro.transactioncurrencyid, "--customer", f"account:{account}",
        "--campaign", record_id("campaign", "automation-webinar"), "--process", f"newprocess:{process}",
    )  # fmt: skip
    [sale] = records_of(store, Opportunity, originatingleadid=UUID(lead))
    assert str(sale.customerid) == account and sale.transactioncurrencyid == euro.transactioncurrencyid
    assert sale.campaignid == record_id("campaign", "automation-webinar") and sale.lf_processinstanceid == process
    assert records_of(store, Campaign, campaignid=sale.campaignid)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--status", "4"], "4 is not a valid status code for state Qualified. Valid are: 3 Qualified."),
        (["--customer", "lead:6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "can either be an account or contact, not lead"),
        (["--customer", "account"], "'account' is not of the form entity:id"),
        (["--customer", "account:6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "OpportunityCustomerId"),
        (["--currency", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "OpportunityCurrencyId"),
        (["--campaign", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"], "SourceCampaignId"),
    ],
)
def test_qualify_refuses(cli: Cli, lead: str, store: Database, options: list[str], reason: str) -> None:
    assert reason in cli.refused("leads", "qualify", lead, *options)
    assert not records_of(store, Account, originatingleadid=UUID(lead))
    assert cli.json("leads", "show", lead)["status"]["stage"] == "assigned"


def test_qualify_can_look_for_duplicates(cli: Cli, lead: str, store: Database) -> None:
    cli.text("leads", "edit", lead, "companyname=Twice Ltd")
    cli.text("leads", "qualify", lead)
    second = cli.submit("companyname=Twice Ltd")["leadid"]
    assert "A matching account exist already" in cli.refused("leads", "qualify", second, "--detect-duplicates")
    cli.text("leads", "qualify", second)
    assert len(records_of(store, Contact, originatingleadid=UUID(second))) == 1


def test_disqualify_by_label_and_number_and_reactivate(cli: Cli, lead: str) -> None:
    reason = cli.refused("leads", "disqualify", lead, "--status", "Nope")
    assert "Nope is not a valid status code for state Disqualified. Valid are: 4 Lost, 5 Cannot Contact" in reason
    said = cli.text("leads", "disqualify", lead, "--status", "cannot contact", "--reason", "moved away")
    assert said == "Disqualified as Cannot Contact: moved away\nThe lead is disqualified, owned by Niamh Doyle.\n"

    said = cli.text("leads", "reactivate", lead, "--reason", "came back")
    assert said == "Reactivated: came back\nThe lead is accepted, owned by Niamh Doyle.\n"
    assert cli.json("leads", "disqualify", lead, "--status", "4")["event"] == "Disqualified as Lost"
    assert "Assigned to Niamh Doyle: Rule uk-ireland" in cli.text("leads", "reactivate", lead, "--route")


def test_an_open_lead_is_not_reactivated(cli: Cli, lead: str) -> None:
    assert "already in the open state" in cli.refused("leads", "reactivate", lead)


@pytest.mark.parametrize("close", [None, "Lost"])
def test_a_lead_is_deleted_for_good_if_that_is_meant(cli: Cli, lead: str, close: str | None) -> None:
    if close:
        cli.text("leads", "disqualify", lead, "--status", close)
    assert "for good?" in cli.answer("leads", "delete", lead, stdin="n\n").out
    assert cli.text("leads", "delete", lead, "--yes") == "Deleted\nThe lead is deleted.\n"
    assert "no lead" in cli.refused("leads", "show", lead)


@pytest.mark.parametrize("close", [["qualify"], ["disqualify", "--status", "Lost"]])
def test_a_closed_lead_refuses_every_request(cli: Cli, lead: str, close: list[str]) -> None:
    cli.text("leads", close[0], lead, *close[1:])
    before = events(cli, lead)
    for command, options in OPEN_REQUESTS.items():
        assert "The lead is already closed" in cli.refused("leads", command, lead, *options), command
    assert events(cli, lead) == before


@pytest.mark.parametrize("command", [*OPEN_REQUESTS, "reactivate"])
def test_an_unknown_lead(cli: Cli, command: str) -> None:
    options = OPEN_REQUESTS.get(command, [])
    assert "no lead 'nowhere'" in cli.refused("leads", command, "nowhere", *options)


@pytest.mark.parametrize("command", OPEN_REQUESTS)
def test_json_answers_hold_the_lead(cli: Cli, lead: str, command: str) -> None:
    answer = cli.json("leads", command, lead, *OPEN_REQUESTS[command])
    assert answer.get("lead", answer)["leadid"] == lead


def test_the_same_request_id_changes_nothing_again(cli: Cli, lead: str) -> None:
    for _ in range(2):
        said = cli.text("leads", "log", lead, "email", "--subject", "Once", "--request-id", "mail-1")
    assert said.startswith("Made email: Once")
    assert len(events(cli, lead)) == 3
    first, again = (cli.json("leads", "qualify", lead, "--request-id", "close-1") for _ in range(2))
    assert first["created"] == again["created"]


def test_the_record_says_who_asked(cli: Cli, lead: str) -> None:
    cli.text("leads", "note", lead, "hello", "--actor", "callum.reid")
    assert cli.json("leads", "show", lead)["timeline"][-1]["actor"] == "callum.reid"
    assert "callum.reid" in cli.text("leads", "show", lead)


def test_merge(cli: Cli, lead: str) -> None:
    other = cli.submit(source="fair", **{"external-id": f"merge-{lead}"})["leadid"]
    said = cli.text("leads", "merge", other, "--into", lead, "--reason", "the same person")
    assert said.startswith(f"Merged into lead {lead}\nThe lead is disqualified")
    assert f"Merged {other[:8]} from fair merge-{lead}" in " ".join(cli.text("leads", "show", lead).split())
    assert f"Merged into {lead}" in " ".join(cli.text("leads", "show", other).split())
    assert cli.json("leads", "show", lead)["merged"][0]["leadid"] == other
    assert "closed" in cli.refused("leads", "merge", other, "--into", lead)
