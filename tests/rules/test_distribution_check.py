"""What the check says of options of distribution: its code, its column in the rule's line, and what to do."""

from pathlib import Path

import pytest

from rules.engine.findings import Code, Finding
from tests.rules.books import DIRECTORY, checked, rule_text

TEAMS = DIRECTORY.replace("queues:", "  two: {name: Two, business_unit: uk, members: [ann]}\nqueues:").replace(
    "time_zone: America", "languages: [en, de], skills: cloud, time_zone: America"
)
LADDER = "{assign_to: {team: desk}, if_nobody: "
OFFER = "{offer_to: [contoso], accept_within: 1 day"


def findings_of(folder: Path, then: str, head: str = "") -> list[Finding]:
    """All findings but that the rule has no example."""
    files = {"directory.yaml": TEAMS, "default.yaml": head + rule_text("{revenue: 1}", then)}
    return [finding for finding in checked(folder, files).findings if finding.code != Code.NO_EXAMPLE]


@pytest.mark.parametrize(
    "then",
    [
        LADDER + "wait}",
        LADDER + "[next: two, queue: inbox]}",
        LADDER + "[next: two, wait, queue: inbox]}",
        "{assign_to: {user: ann}, if_nobody: wait}",
        "{assign_to: {user: ann}, if_nobody: [next: desk, wait]}",
        "{assign_to: {team: desk, strategy: sticky, fallback: weighted}}",
        "{assign_to: {team: desk, requires: {languages: [DE, en], skills: Cloud}, during: working_hours}}",
        "{assign_to: {team: desk}, accept_within: 1 hour, contact_within: 4 hours, if_missed: [remind]}",
        "{assign_to: {team: desk}, accept_within: 1 hour, contact_within: 30 minutes clock}",
        "{assign_to: {queue: inbox}, contact_within: 1 day, if_missed: remind}",
        "{offer_to: contoso, accept_within: 24 hours clock, registered_for: 90 days, if_nobody: [next: two, wait]}",
        "{offer_to: {contoso: 3}, accept_within: 1 day, priority: hot}",
    ],
)
def test_what_is_right(tmp_path: Path, then: str) -> None:
    assert findings_of(tmp_path, then) == []


@pytest.mark.parametrize(
    ("then", "code", "at", "says"),
    [
        (LADDER + "[next: twoo]}", Code.UNKNOWN_NAME, "next: twoo", "'two'"),
        (LADDER + "[queue: inbx]}", Code.UNKNOWN_NAME, "queue: inbx", "'inbox'"),
        (LADDER + "[wiat]}", Code.UNKNOWN_KEY, "wiat", "'wait'"),
        (LADDER + "{next: two, queue: inbox}}", Code.WRONG_SHAPE, "if_nobody", "[next: two, queue: inbox]"),
        (LADDER + "[[wait]]}", Code.WRONG_SHAPE, "if_nobody", "[next: desk, wait]"),
        (LADDER + "[wait, wait]}", Code.WRONG_PLACE, "wait]", "Remove one"),
        (LADDER + "[queue: inbox, next: two]}", Code.WRONG_PLACE, "next: two]", "queue 'inbox' takes every lead"),
        (LADDER + "[next: desk]}", Code.WRONG_PLACE, "next: desk", "asked already"),
        (LADDER + "[next: two, next: two]}", Code.WRONG_PLACE, "next: two]", "asked already"),
        ("{assign_to: {queue: inbox}, if_nobody: wait}", Code.WRONG_PLACE, "if_nobody", "a queue takes every lead"),
        (
            "{assign_to: {queue: inbox, requires: {skills: x}}}",
            Code.WRONG_PLACE,
            "requires",
            "a queue takes no requires",
        ),
        ("{assign_to: {team: desk, requires: cloud}}", Code.WRONG_SHAPE, "requires", "languages, skills, territories"),
        ("{assign_to: {team: desk, requires: {skils: x}}}", Code.UNKNOWN_KEY, "skils", "'skills'"),
        ("{assign_to: {team: desk, fallback: least_open}}", Code.WRONG_PLACE, "fallback", "strategy: sticky"),
        ("{assign_to: {team: desk, strategy: sticky, fallback: sticky}}", Code.UNKNOWN_NAME, "fallback", "weighted"),
        (
            "{assign_to: {team: desk, strategy: sticky, fallback: leastopen}}",
            Code.UNKNOWN_NAME,
            "fallback",
            "'least_open'",
        ),
        ("{hold: {reason: x}, if_nobody: wait}", Code.WRONG_PLACE, "if_nobody", "assign_to or offer_to"),
        ("{hold: {reason: x}, contact_within: 1 day}", Code.WRONG_PLACE, "contact_within", "assign_to"),
        ("{assign_to: {team: desk}, registered_for: 1 day}", Code.WRONG_PLACE, "registered_for", "offer_to"),
        (OFFER + ", if_nobody: wait}", Code.WRONG_PLACE, "if_nobody", "nobody to wait for"),
        (OFFER + ", if_missed: remind}", Code.WRONG_PLACE, "if_missed", "assign_to"),
        ("{offer_to: [contoso]}", Code.MISSING_KEY, "offer_to", "accept_within: 24 hours"),
        ("{offer_to: [contso], accept_within: 1 day}", Code.UNKNOWN_NAME, "contso", "'contoso'"),
        ("{offer_to: {contso: 2}, accept_within: 1 day}", Code.UNKNOWN_NAME, "contso", "'contoso'"),
        ("{offer_to: {contoso: 0}, accept_within: 1 day}", Code.WRONG_SHAPE, "offer_to", "1 to 1000"),
        ("{offer_to: [], accept_within: 1 day}", Code.WRONG_SHAPE, "offer_to", "at least one"),
        ("{offer_to: [contoso, contoso], accept_within: 1 day}", Code.WRONG_SHAPE, "offer_to", "twice"),
        ("{offer_to: [[contoso]], accept_within: 1 day}", Code.WRONG_SHAPE, "offer_to", "{contoso: 3, fabrikam: 1}"),
        (OFFER + ", registered_for: 1 year}", Code.WRONG_SHAPE, "registered_for", "minutes, hours or days"),
    ],
)
def test_mistakes(tmp_path: Path, then: str, code: Code, at: str, says: str) -> None:
    finding = findings_of(tmp_path, then)[0]
    assert (finding.severity, finding.code, finding.line) == ("error", code, 4)
    assert says in str(finding)
    assert f"    then: {then}"[finding.column - 1 :].startswith(at)


@pytest.mark.parametrize(
    ("then", "code", "says"),
    [
        ("{assign_to: {team: desk, strategy: capacity}}", Code.WRONG_PLACE, "capacity: 30"),
        ("{assign_to: {team: desk, requires: {languages: [dee]}}}", Code.NOBODY_ELIGIBLE, "Did you mean 'de'"),
        ("{assign_to: {team: desk, requires: {languages: japanese}}}", Code.NOBODY_ELIGIBLE, "Use one of: de, en"),
        ("{assign_to: {team: desk, requires: {territories: x}}}", Code.NOBODY_ELIGIBLE, "directory.yaml"),
        ("{assign_to: {team: desk, requires: {skills: cloud}}, if_nobody: [next: two]}", Code.NOBODY_ELIGIBLE, "'two'"),
        ("{assign_to: {team: desk}, accept_within: 1 day, contact_within: 24 hours}", Code.DOUBTFUL_TIMES, "1 day"),
        (OFFER + ", registered_for: 2 hours}", Code.DOUBTFUL_TIMES, "90 days"),
    ],
)
def test_doubts(tmp_path: Path, then: str, code: Code, says: str) -> None:
    (finding,) = findings_of(tmp_path, then)
    assert (finding.severity, finding.code, finding.line) == ("warning", code, 4)
    assert says in str(finding)


def test_that_nobody_has_all_of_it_together(tmp_path: Path) -> None:
    apart = TEAMS.replace("ann@leadflow.example,", "ann@leadflow.example, languages: fr,")
    then = "{assign_to: {team: desk, requires: {languages: [fr, de]}}}"
    files = {"directory.yaml": apart, "default.yaml": rule_text("{revenue: 1}", then)}
    messages = [finding.message for finding in checked(tmp_path, files).findings]
    assert "nobody in team 'desk' has all of fr, de" in messages


@pytest.mark.parametrize(
    ("head", "says"),
    [
        ("duplicates: mrge\n", "duplicates: input should be 'link', 'merge' or 'route'"),
        ("duplicates: {similar: mrge}\n", "similar: input should be 'link', 'merge' or 'route'"),
        ("duplicates: {simlar: merge}\n", "Did you mean 'similar'"),
        ("duplicates: [merge]\n", "Write one of: same, similar"),
        ("max_reroutes: 0\n", "greater than or equal to 1"),
        ("reroute_on_edit: yes\n", "'until_accepted', 'always' or 'never'"),
    ],
)
def test_what_a_file_says_of_all_its_leads(tmp_path: Path, head: str, says: str) -> None:
    (finding,) = findings_of(tmp_path, "{assign_to: {team: desk}}", head)
    assert (finding.severity, finding.line) == ("error", 1) and says in str(finding)


def test_teams_behind_if_nobody_and_offers_need_somebody_and_a_manager(tmp_path: Path) -> None:
    left = TEAMS.replace("ann@leadflow.example,", "ann@leadflow.example, active: no,")
    for then in (LADDER + "[next: two]}", OFFER + ", if_nobody: [next: two]}"):
        files = {"directory.yaml": left, "default.yaml": "max_reroutes: 3\n" + rule_text("{revenue: 1}", then)}
        found = {finding.code: finding.message for finding in checked(tmp_path, files).findings}
        assert "nobody in team 'two' is active, but leads go to it by rule 'one'" in found[Code.NOBODY_ELIGIBLE]
        assert "there is none of two" in found[Code.NO_MANAGER]
