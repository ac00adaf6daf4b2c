"""leadflow leads submit | import, against a running service."""

import asyncio
import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from crm.identity import workflow_id
from leadflow.settings import Settings
from leadflow.temporal import connect
from tests.command import Cli
from tests.service import EXAMPLES, Service

PARTNER_FEED = EXAMPLES / "partner-feed.csv"
PARTNER_MAPPING = EXAMPLES / "partner-feed.mapping.yaml"


def people(number: int) -> list[dict[str, str]]:
    """Rows of new people, whom the unit `uk` gives to its Irish desk."""
    ids = [uuid4().hex for _ in range(number)]
    return [
        {"Lead Id": id, "Last Name": f"L{id}", "Email": f"{id}@firm.example", "Country": "Ireland", "Employees": "20"}
        for id in ids
    ]


def write_csv(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def listed(cli: Cli, source: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli.json("leads", "list", "--source", source)
    return found


def settled(cli: Cli, source: str, external_ids: list[str]) -> list[Any]:
    """The imported leads, each once it is stored and routed: a resend of a lead waits for that."""
    return [
        cli.json("leads", "submit", "lastname=again", "--source", source, "--external-id", id) for id in external_ids
    ]


def test_submit_says_where_the_lead_went_why_and_where_to_look(cli: Cli) -> None:
    name = uuid4().hex
    said = cli.text(
        "leads", "submit", "lastname=Byrne", f"emailaddress1={name}@firm.example", "address1_country=Ireland",
        "--business-unit", "uk", "--source", "web", "--external-id", name,
    )  # fmt: skip
    first, event, run = said.splitlines()
    assert first.startswith("Lead ") and first.endswith(" is assigned.")
    assert "Assigned to Niamh Doyle: Rule uk-ireland of business_units/uk.yaml matched" in event
    assert run.startswith("Run: http://127.0.0.1:") and f"lead-{first.split()[1]}" in run


def test_a_resend_is_the_same_lead_and_changes_nothing(cli: Cli) -> None:
    first = cli.submit(source="web", **{"external-id": "resent-1"})
    again = cli.json("leads", "submit", "lastname=Other", "--source", "web", "--external-id", "resent-1")
    assert (again["leadid"], again["owner"]) == (first["leadid"], first["owner"])
    assert len(cli.json("leads", "show", first["leadid"])["timeline"]) == 2


def test_without_an_external_id_every_submission_is_a_lead_of_its_own(cli: Cli) -> None:
    one, two = (cli.json("leads", "submit", "lastname=Twin") for _ in range(2))
    assert one["leadid"] != two["leadid"]


def test_submit_a_json_file_whose_attributes_the_command_line_overrides(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "lead.json"
    file.write_text((EXAMPLES / "lead.json").read_text())
    lead = cli.json("leads", "submit", "jobtitle=Chief of Tests", "--file", file)
    story = cli.json("leads", "show", lead["leadid"])
    assert (lead["source"], lead["external_id"], lead["business_unit"]) == ("website", "lead_000411", "dach")
    assert (story["attributes"]["jobtitle"], story["attributes"]["lastname"]) == ("Chief of Tests", "Huber")


def test_submit_from_stdin(cli: Cli) -> None:
    leadid = str(uuid4())
    lead = cli.json(
        "leads", "submit", "--file", "-", stdin=json.dumps({"lead": {"lastname": "Pipe"}, "leadid": leadid})
    )
    assert lead["leadid"] == leadid


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "missing.json: is not JSON"),
        ("[]", "must hold one JSON object"),
        ('{"lead": {"lastname": "X"}, "sauce": "web"}', "sauce: Extra inputs are not permitted"),
        ('{"lead": {}}', "lead: Dictionary should have at least 1 item"),
        ('{"lead": {"lastname": "X"}, "leadid": "42"}', "leadid: Input should be a valid UUID"),
    ],
)
def test_a_file_that_is_no_submission(cli: Cli, tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "missing.json"
    assert "missing.json: No such file" in cli.refused("leads", "submit", "--file", file)
    file.write_text(text)
    assert reason in cli.refused("leads", "submit", "--file", file)


def test_submit_refuses_what_is_no_pair(cli: Cli) -> None:
    assert "'lastname' is not of the form attribute=value" in cli.refused("leads", "submit", "lastname")


@pytest.mark.parametrize(
    ("words", "problem", "corrections"),
    [
        (["lastnam=Byrne"], "lastnam is not an attribute; did you mean 'lastname'?", ["lastname=Byrne", "lastnam="]),
        (["numberofemployees=many"], "numberofemployees is not one number", ["numberofemployees=20"]),
        (["emailaddress1=nobody"], "emailaddress1", ["emailaddress1=nobody@firm.example"]),
        (
            ["lastname=X", "--business-unit", "mars"],
            "business_unit 'mars' is not in the directory",
            ["business_unit=uk"],
        ),
        (["statecode=1"], "statecode is not set here; use qualify", ["statecode=", "lastname=X"]),
    ],
)
def test_what_does_not_validate_waits_in_quarantine_for_a_correction(
    cli: Cli, words: list[str], problem: str, corrections: list[str]
) -> None:
    name = uuid4().hex
    said = cli.text("leads", "submit", *words, "--external-id", name)
    leadid = said.split()[1]
    assert f"Lead {leadid} is quarantined." in said and problem in said
    assert f"Correct it: leadflow leads edit {leadid} ATTRIBUTE=VALUE... (ATTRIBUTE= takes one away)" in said
    assert "The lead is in quarantine" in cli.refused("leads", "qualify", leadid)

    lead = cli.json("leads", "edit", leadid, *corrections)
    assert lead["problems"] == [] and lead["stage"] in ("assigned", "held")


def test_import_once_and_again(cli: Cli, tmp_path: Path) -> None:
    rows = people(12)
    file = write_csv(tmp_path / "people.csv", rows)
    said = cli.text("leads", "import", file, "--source", "fair", "--business-unit", "uk")
    assert said == "12 new, 0 known already, 0 rejected\n"
    leads = settled(cli, "fair", [row["Lead Id"] for row in rows])
    assert {lead["owner"]["key"] for lead in leads} == {"niamh.doyle"}

    before = listed(cli, "fair")
    assert cli.text("leads", "import", file, "--source", "fair") == "0 new, 12 known already, 0 rejected\n"
    assert listed(cli, "fair") == before
    assert not list(tmp_path.glob("*.rejects.csv"))


def test_an_import_lets_single_leads_go_first_unless_told_otherwise(cli: Cli, service: Service, tmp_path: Path) -> None:
    [usual, urgent] = people(2)
    cli.text("leads", "import", write_csv(tmp_path / "usual.csv", [usual]), "--source", "waits")
    cli.text("leads", "import", write_csv(tmp_path / "urgent.csv", [urgent]), "--source", "waits", "--urgency", "hot")
    imported = [lead["leadid"] for lead in settled(cli, "waits", [usual["Lead Id"], urgent["Lead Id"]])]
    single = [cli.submit()["leadid"], cli.submit(urgency="hot")["leadid"]]
    assert asyncio.run(priorities(service, imported + single)) == [5, 1, 3, 1]


async def priorities(service: Service, leads: list[str]) -> list[int]:
    """Temporal's priority of each lead's run."""
    client = await connect(Settings.model_validate({"temporal_address": service.server.address}))
    runs = [await client.get_workflow_handle(workflow_id(UUID(lead))).describe() for lead in leads]
    return [run.raw_description.workflow_execution_info.priority.priority_key for run in runs]


def test_import_a_part_of_the_examples(cli: Cli, tmp_path: Path) -> None:
    part = tmp_path / "leads.csv"
    part.write_text("".join((EXAMPLES / "leads.csv").read_text().splitlines(keepends=True)[:21]))
    assert cli.json("leads", "import", part) == {
        "started": 20, "known": 0, "rejected": 0, "unmapped_columns": [], "rejects_file": None,
    }  # fmt: skip


def test_import_json_lines_a_json_list_and_stdin(cli: Cli, tmp_path: Path) -> None:
    rows = [json.dumps({"external_id": uuid4().hex, "lastname": f"J{number}"}) for number in range(5)]
    (tmp_path / "two.jsonl").write_text("\n".join(rows[:2]))
    (tmp_path / "two.json").write_text(f"[{','.join(rows[2:4])}]")
    for file in ("two.jsonl", "two.json"):
        assert cli.json("leads", "import", file)["started"] == 2
    assert cli.json("leads", "import", "-", stdin=rows[4])["started"] == 1
    assert cli.json("leads", "import", "-", "--input-format", "jsonl", stdin="\n".join(rows))["known"] == 5


def test_import_a_partners_own_columns(cli: Cli, tmp_path: Path) -> None:
    options = ("--source", "contoso", "--channel-partner", "contoso")
    unknown = cli.answer("leads", "import", PARTNER_FEED, *options)
    assert unknown.code == 1 and "Columns without an attribute: Vorgang, Eingang, Firma" in unknown.out

    assert cli.json("leads", "import", PARTNER_FEED, "--mapping", PARTNER_MAPPING, *options)["started"] == 25
    [burke] = settled(cli, "contoso", ["CT-000414"])
    attributes = cli.json("leads", "show", burke["leadid"])["attributes"]
    assert Decimal(attributes["revenue"]) == 126_450_000 and attributes["address1_country"] == "GB"
    assert burke["channel_partner"] == "contoso"


def test_map_wins_over_the_mapping_file_and_says_what_is_left(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Nr;Wer;Was;Warum\n1;Kern;chef;darum\n")
    (tmp_path / "map.yaml").write_text("Nr: externalid\nWer: firstname\n")
    maps = ("--mapping", "map.yaml", "--map", "Wer=lastname", "--map", "Was=")
    counts = cli.json("leads", "import", "people.csv", *maps, "--source", "mapped", "--keep-unmapped")
    assert (counts["started"], counts["unmapped_columns"]) == (1, ["Warum"])
    [lead] = settled(cli, "mapped", ["1"])
    attributes = cli.json("leads", "show", lead["leadid"])["attributes"]
    assert (attributes["lastname"], attributes["description"]) == ("Kern", "Warum: darum")


def test_rejects_are_told_with_line_and_reason_and_can_be_corrected_and_imported(cli: Cli, tmp_path: Path) -> None:
    rows = people(4)
    rows[1]["Employees"] = "500-999"
    rows[3]["Email"] = "nobody"
    file = write_csv(tmp_path / "people.csv", rows)
    answer = cli.answer("leads", "import", file, "--source", "rejected")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "2 new, 0 known already, 2 rejected",
        "Rejected rows, with line and reason: people.csv.rejects.csv. Correct them and import that file.",
    ]
    with (tmp_path / "people.csv.rejects.csv").open(encoding="utf-8-sig", newline="") as rejects:
        bad = list(csv.DictReader(rejects))
    assert [(row["reject_line"], row["Lead Id"]) for row in bad] == [
        ("3", rows[1]["Lead Id"]),
        ("5", rows[3]["Lead Id"]),
    ]
    assert "numberofemployees is not one number" in bad[0]["reject_reason"]
    assert "emailaddress1" in bad[1]["reject_reason"]

    bad[0]["Employees"], bad[1]["Email"] = "700", f"{rows[3]['Lead Id']}@firm.example"
    corrected = write_csv(tmp_path / "corrected.csv", bad)
    assert cli.json("leads", "import", corrected, "--source", "rejected")["started"] == 2
    assert cli.json("leads", "import", corrected, "--source", "rejected")["known"] == 2


def test_the_rejects_file_has_the_columns_even_when_a_broken_line_comes_first(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Lead Id,Last Name,Employees\n1,Kern,5,6\n2,Kern,many\n")
    counts = cli.answer("leads", "import", "people.csv", "--rejects", "bad.csv", "--format", "json")
    assert (counts.code, counts.json()["rejects_file"]) == (1, "bad.csv")
    with (tmp_path / "bad.csv").open(encoding="utf-8-sig", newline="") as rejects:
        broken, wrong = csv.DictReader(rejects)
    assert "has 4 fields where the header has 3" in broken["reject_reason"] and broken["reject_text"] == "1,Kern,5,6"
    assert (wrong["Lead Id"], wrong["Employees"]) == ("2", "many")


def test_quarantine_takes_the_rows_that_do_not_validate(cli: Cli, tmp_path: Path) -> None:
    rows = people(2)
    rows[0]["Employees"] = "many"
    file = write_csv(tmp_path / "people.csv", rows)
    assert cli.json("leads", "import", file, "--source", "kept", "--quarantine")["started"] == 2
    bad, good = settled(cli, "kept", [row["Lead Id"] for row in rows])
    assert (bad["stage"], good["stage"]) == ("quarantined", "assigned")
    assert bad["problems"] == ["numberofemployees is not one number; write it in digits, such as 1250"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["none.csv"], "none.csv: No such file or directory"),
        (["empty.csv"], "the file is empty"),
        (["some.csv", "--mapping", "none.yaml"], "none.yaml"),
        (["some.csv", "--map", "Name"], "Name"),
        (["some.csv", "--map", "Name=lastnam"], "lastname"),
        (["some.csv", "--rejects", "some.csv"], "some.csv would be overwritten while it is read"),
    ],
)
def test_an_import_that_cannot_begin(cli: Cli, tmp_path: Path, arguments: list[str], reason: str) -> None:
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "some.csv").write_text("Name\nKern\n")
    assert reason in cli.refused("leads", "import", *arguments)


def test_square_brackets_in_a_name_are_no_markup(cli: Cli) -> None:
    lead = cli.submit("companyname=Odd [/x] Ltd", "firstname=[red]")
    assert "Odd [/x] Ltd" in cli.text("leads", "show", lead["leadid"])
    assert "Odd [/x] Ltd" in cli.text("leads", "list", "--limit", "5")
    assert UUID(lead["leadid"])
