"""leadflow rules explain: leads that wait, go on to another team, or are offered to partners."""

from pathlib import Path

import pytest

from crm.entities.lead import Lead
from leadflow.cli.rules.explain_destination import Tense, facts, headline
from leadflow.cli.rules.explanation import Explained, explained
from rules.engine.facts import RoutingContext, lead_facts
from rules.engine.rules_engine import RulesEngine
from rules.strategies.simulation import Roster
from tests.rules.books import DIRECTORY, write_book
from tests.rules.strategies.teams import at

SATURDAY = at("2026-01-17T10:00+00:00")
TEAMS = (
    DIRECTORY.replace("manager: ann", "working_hours: {days: mon-fri, from: 09:00, to: 17:00}, time_zone: UTC")
    .replace("members: [ann, {user: bob, weight: 2}]", "members: [ann]")
    .replace("queues:", "  night: {name: Night, business_unit: us, members: [bob], capacity: 2}\nqueues:")
    .replace("campaigns:", "  fabrikam: {name: Fabrikam, team: desk}\ncampaigns:")
)
OPEN = "{team: desk, during: working_hours}"


def explain(folder: Path, then: str, roster: Roster | None = None) -> Explained:
    """A lead that comes on a Saturday: the desk is closed, Bob of the night team is there."""
    files = {"directory.yaml": TEAMS, "default.yaml": f"otherwise: {then}\n"}
    engine = RulesEngine.load(write_book(folder, files))
    lead = lead_facts(Lead(lastname="Lind"), RoutingContext(now=SATURDAY))
    return explained(engine, lead, SATURDAY, roster or Roster())


@pytest.mark.parametrize(
    ("then", "sentence"),
    [
        (f"{{assign_to: {OPEN}}}", "The lead goes to Desk (team desk), for nobody in it could get it."),
        (f"{{assign_to: {OPEN}, if_nobody: wait}}",
         "The lead waits with Desk (team desk) until Mon 2026-01-19 09:00 UTC, for nobody may get it before."),
        (f"{{assign_to: {OPEN}, if_nobody: [queue: inbox]}}",
         "The lead goes to queue inbox, there to Desk (team desk), for nobody in team desk could get it."),
        ("{assign_to: {team: desk, requires: {skills: x}}, if_nobody: [next: night, queue: inbox]}",
         "The lead goes to queue inbox, there to Desk (team desk), for nobody in team desk or team night could get it."
         ),
        (f"{{assign_to: {OPEN.replace('desk', 'night')}}}", "The lead goes to team night, there to Bob (user bob)."),
        ("{assign_to: {team: desk, strategy: all}}",
         "The lead goes to Desk (team desk), to whoever in it accepts first."),
        ("{offer_to: [fabrikam, contoso], accept_within: 1 day}", "The lead is offered to partner fabrikam."),
    ],
)  # fmt: skip
def test_what_becomes_of_it_in_one_sentence(tmp_path: Path, then: str, sentence: str) -> None:
    assert headline(explain(tmp_path, then), Tense.TRIAL) == sentence


def test_a_team_without_room(tmp_path: Path) -> None:
    then = "{assign_to: {team: night, strategy: capacity}, if_nobody: wait}"
    found = explain(tmp_path, then, Roster(open_leads={"bob": 2}))
    assert "would wait with Night (team night) until somebody has room for it" in headline(found, Tense.NOW)
    assert dict(facts(found, Tense.NOW))["Skipped"].startswith("bob: at capacity")


def test_the_rest_says_what_was_required_promised_and_offered(tmp_path: Path) -> None:
    to = "assign_to: {team: night, requires: {languages: de}}"
    then = f"{{{to}, contact_within: 2 hours, if_nobody: [next: desk, wait]}}"
    said = dict(facts(explain(tmp_path, then), Tense.TRIAL))
    assert (said["Requires"], said["If nobody"]) == ("languages de", "next desk, then wait")
    assert said["Skipped"] == "bob: lacks language de; ann: lacks language de"
    assert said["Contact"].startswith("within 2 hours of working time, by Sat 2026-01-17 12:00 UTC")

    then = "{offer_to: [contoso, fabrikam], accept_within: 1 day clock, registered_for: 90 days}"
    said = dict(facts(explain(tmp_path, then), Tense.TRIAL))
    assert said["Offered"] == "contoso, then fabrikam"
    assert said["Registered"] == "90 days for the partner who accepts"
    assert said["Accept"] == "within 1 day by the clock, by Sun 2026-01-18 10:00 UTC" and "If missed" not in said
    weighted = explain(tmp_path, "{offer_to: {contoso: 3, fabrikam: 1}, accept_within: 1 day}")
    assert dict(facts(weighted, Tense.TRIAL))["Offered"] == "by weight: contoso 3, fabrikam 1"


def test_partners_who_declined(tmp_path: Path) -> None:
    then = "{offer_to: [contoso, fabrikam], accept_within: 1 day, if_nobody: [next: night]}"
    one, both = frozenset({"contoso"}), frozenset({"contoso", "fabrikam"})
    found = explain(tmp_path, then, Roster(gave_back=one))
    assert headline(found, Tense.NOW) == "The lead would be offered to partner fabrikam."
    found = explain(tmp_path, then, Roster(gave_back=both))
    assert headline(found, Tense.NOW) == "The lead would go to team night, there to Bob (user bob)."
