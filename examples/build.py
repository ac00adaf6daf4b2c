"""Build the example files: `python -m examples.build --data DIR`, where DIR holds the source data (see README.md).

The leads of the source data are shared out by their number: 1-390 become leads.csv and outcomes.csv, 391-410
leads.jsonl, 411 lead.json, and the partner referrals from 412 to 560 the partner's feed.
"""

import argparse
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from examples import words
from examples.people import Record, Source, country_of, draw, person, received

HERE = Path(__file__).parent
# Columns of leads.csv, and what each holds: an attribute, or a field of the submission.
COLUMNS = {
    "Lead Id": "external_id", "Received On": "received_on", "Source": "source", "Lead Source": "leadsourcecode",
    "Business Unit": "business_unit", "Channel Partner": "channel_partner", "Campaign": "campaign",
    "First Name": "firstname", "Last Name": "lastname", "Job Title": "jobtitle", "Company": "companyname",
    "Email": "emailaddress1", "Phone": "telephone1", "Country": "address1_country", "Industry": "industrycode",
    "Employees": "numberofemployees", "Annual Revenue": "revenue", "Topic": "subject",
}  # fmt: skip
PARTNER_COLUMNS = {
    "Vorgang": "external_id", "Eingang": "received_on", "Firma": "companyname", "Vorname": "firstname",
    "Nachname": "lastname", "Funktion": "jobtitle", "E-Mail-Adresse": "emailaddress1", "Rufnummer": "telephone1",
    "Land": "address1_country", "Branche": "industrycode", "Mitarbeiter": "numberofemployees", "Umsatz EUR": "revenue",
}  # fmt: skip
SUBMISSION_FIELDS = ("external_id", "received_on", "source", "business_unit", "channel_partner", "campaign")
NUMBERS = ("numberofemployees", "revenue")
LOST_REASONS = ("Lost", "Cannot Contact", "No Longer Interested", "Canceled")


@dataclass(frozen=True)
class SourceData:
    """The leads of the source data by number, and the opportunity of each that has one by lead id."""

    leads: dict[int, Source]
    opportunities: dict[str, Record]

    def between(self, first: int, last: int) -> list[Source]:
        return [source for number, source in sorted(self.leads.items()) if first <= number <= last]


def load(folder: Path) -> SourceData:
    names = list(_read(folder / "datablist_leads-100.csv"))
    first_names = sorted({row["First Name"] for row in names})
    last_names = sorted({row["Last Name"] for row in names})
    accounts = {row["account_id"]: row for row in _read(folder / "leadforge" / "accounts.csv")}
    contacts = {row["contact_id"]: row for row in _read(folder / "leadforge" / "contacts.csv")}
    sources = [
        Source(lead, accounts[lead["account_id"]], contacts[lead["contact_id"]], first_names, last_names)
        for lead in _read(folder / "leadforge" / "leads.csv")
    ]
    opportunities = {row["lead_id"]: row for row in _read(folder / "leadforge" / "opportunities.csv")}
    return SourceData({source.number: source for source in sources}, opportunities)


def submission(source: Source) -> dict[str, str]:
    """The lead's attributes and the fields of its submission, all as text, in one mapping."""
    lead_id, kind = source.lead["lead_id"], source.lead["lead_source"]
    partner = draw(source.account["account_id"] + "partner", ("contoso", "fabrikam"))
    feed, label = {
        "inbound_marketing": ("website", "Web"),
        "partner_referral": ("partner-feed", "Partner"),
        "sdr_outbound": ("sdr", draw(lead_id + "label", ("Advertisement", "Other"))),
    }[kind]
    has_campaign = kind == "inbound_marketing" and draw(lead_id + "campaign", range(4)) == 0
    return {
        **person(source),
        "external_id": lead_id,
        "received_on": received(source),
        "source": feed,
        "leadsourcecode": label,
        "business_unit": words.BUSINESS_UNITS[country_of(source)],
        "channel_partner": partner if kind == "partner_referral" else "",
        "campaign": draw(lead_id + "which", words.CAMPAIGNS) if has_campaign else "",
    }


def is_faulty(source: Source) -> bool:
    return source.number % 80 == 33


def faulty(source: Source) -> dict[str, str]:
    """A submission with the kind of mistake that lists have, which intake must find."""
    fields = submission(source)
    mistakes = (
        {"emailaddress1": f"{fields['firstname']} at {fields['companyname']}"},
        {"revenue": source.account["estimated_revenue_band"]},
        {"numberofemployees": source.account["employee_band"]},
    )
    return {**fields, **mistakes[source.number // 80 % len(mistakes)]}


def sent_again(source: Source) -> dict[str, str]:
    """The same person two days later through the web form, under another id."""
    fields = submission(source)
    return {
        **fields,
        "external_id": f"web_{source.number:06}",
        "received_on": received(source, timedelta(days=2)),
        "source": "website",
        "leadsourcecode": "Web",
        "channel_partner": "",
        "campaign": "",
        "emailaddress1": fields["emailaddress1"].upper(),
    }


def main_leads(data: SourceData) -> list[dict[str, str]]:
    rows = []
    for source in data.between(1, 390):
        rows.append(faulty(source) if is_faulty(source) else submission(source))
        if source.number % 40 == 17:
            rows.append(sent_again(source))
    return sorted(rows, key=lambda row: (row["received_on"], row["external_id"]))


def outcomes(data: SourceData) -> Iterator[dict[str, str]]:
    """What became of each good lead. `amount` is the opportunity's, `close` is won, lost or open."""
    for source in data.between(1, 390):
        lead_id = source.lead["lead_id"]
        if is_faulty(source):
            continue
        opportunity = data.opportunities.get(lead_id)
        close = {"closed_won": "won", "closed_lost": "lost"}.get(opportunity["stage"] if opportunity else "", "open")
        row = {"externalid": lead_id, "outcome": "qualified", "amount": "", "close": "", "reason": ""}
        if opportunity is None:
            yield row | {"outcome": "disqualified", "reason": draw(lead_id + "reason", LOST_REASONS)}
        elif close == "open" and draw(lead_id + "open", range(2)):
            yield row | {"outcome": "open"}
        else:
            yield row | {"amount": opportunity["estimated_acv"], "close": close}


def typed(fields: dict[str, str]) -> tuple[dict[str, object], dict[str, object]]:
    """What is given of a submission's fields, and of its lead's attributes with numbers as numbers."""
    given = {name: int(value) if name in NUMBERS else value for name, value in fields.items() if value}
    outer: dict[str, object] = {name: value for name, value in given.items() if name in SUBMISSION_FIELDS}
    return outer, {name: value for name, value in given.items() if name not in SUBMISSION_FIELDS}


def partner_row(fields: dict[str, str]) -> dict[str, str]:
    """The partner's own case numbers, and amounts as they are written on the continent."""
    revenue = f"{int(fields['revenue']):,}".replace(",", ".") + ",00"
    return {**fields, "external_id": fields["external_id"].replace("lead_", "CT-"), "revenue": revenue}


def build(folder: Path, out: Path) -> None:
    data = load(folder)
    referrals = [source for source in data.between(412, 560) if source.lead["lead_source"] == "partner_referral"]
    _write_csv(out / "leads.csv", COLUMNS, main_leads(data))
    _write_csv(out / "outcomes.csv", _same(("externalid", "outcome", "amount", "close", "reason")), outcomes(data))
    with (out / "leads.jsonl").open("w", encoding="utf-8") as stream:
        for source in data.between(391, 410):
            outer, lead = typed(submission(source))
            stream.write(json.dumps({**outer, **lead}, ensure_ascii=False) + "\n")
    outer, lead = typed(submission(data.leads[411]))
    text = json.dumps({**outer, "lead": lead}, ensure_ascii=False, indent=2) + "\n"
    (out / "lead.json").write_text(text, encoding="utf-8")
    rows = [partner_row(submission(source)) for source in referrals[:25]]
    _write_csv(out / "partner-feed.csv", PARTNER_COLUMNS, rows, encoding="utf-8-sig", delimiter=";")


def _same(columns: Sequence[str]) -> dict[str, str]:
    return {column: column for column in columns}


def _read(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _write_csv(
    path: Path, columns: dict[str, str], rows: Iterable[Record], *, encoding: str = "utf-8", delimiter: str = ","
) -> None:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([row[field] for field in columns.values()] for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the example files from the source data.")
    parser.add_argument("--data", type=Path, required=True, help="folder with leadforge/ and datablist_leads-100.csv")
    parser.add_argument("--out", type=Path, default=HERE, help="where to write (default: beside this script)")
    arguments = parser.parse_args()
    build(arguments.data, arguments.out)


if __name__ == "__main__":
    main()
