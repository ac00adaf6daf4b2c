"""Conditions that can never be true, overlaps, gaps of tables, expired rules, and teams without anybody."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.analysis.contradictions import check_contradictions
from rules.analysis.overlaps import check_overlaps
from rules.engine.check import check_rules
from rules.engine.conditions import Condition
from rules.engine.evaluator import predicate
from rules.engine.facts import NOW
from rules.engine.findings import Code, Findings
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.analysis.analysing import areas_of, meant, real_leads, rules_text, sound_conditions
from tests.rules.books import DEFAULT, DIRECTORY, rule_text, write_book


@settings(deadline=None, max_examples=100)
@given(sound_conditions, st.lists(real_leads, min_size=5, max_size=12))
def test_what_is_called_impossible_never_holds(when: Condition, facts: list[dict[str, Any]]) -> None:
    findings = Findings()
    check_contradictions(areas_of(when), findings)
    if any("can never match" in finding.message for finding in findings):
        assert not any(predicate(when)(lead) for lead in facts)


@pytest.mark.parametrize(
    ("when", "column", "message"),
    [
        (
            "{numberofemployees: {at_least: 10, below: 5}}", 56,
            "rule 'r-0' can never match: 'numberofemployees: at_least: 10' and 'numberofemployees: below: 5' exclude",
        ),
        ("{lastname: x, none: [{lastname: x}]}", 41, "'lastname: x' and none of 'lastname: x' exclude each other"),
        ("{is_duplicate: {is_empty: yes}}", 37, "no lead fits 'is_duplicate: is_empty: yes'"),
        (
            "{any: [{revenue: {above: 5, below: 4}}, {lastname: x}]}", 28,
            "in rule 'r-0', 'revenue: above: 5' with 'revenue: below: 4' can never be true",
        ),
        ("{address1_country: DE, any: [{address1_country: FR}, {lastname: x}]}", 69, "together with the rule's other"),
        (
            "{lastname: x, none: [{revenue: {above: 5, below: 4}}]}", 42,
            "in rule 'r-0', 'revenue: above: 5' with 'revenue: below: 4' can never be true",
        ),
        (
            "{address1_country: DE, revenue: 5, all: [{lastname: x}, {address1_country: AT}]}", 96,
            "'address1_country: DE' and 'address1_country: AT' exclude each other",
        ),
    ],
)  # fmt: skip
def test_what_can_never_be_true_is_named(tmp_path: Path, when: str, column: int, message: str) -> None:
    (finding,) = meant(tmp_path, {"default.yaml": rules_text(when)})
    assert (finding.code, finding.severity, finding.line) == (Code.NEVER_TRUE, "warning", 2)
    assert message in finding.message and finding.column == column


@pytest.mark.parametrize(
    "when",
    [
        "{numberofemployees: {above: 5, below: 7}}",
        "{any: [{address1_country: FR}, {lastname: x}], revenue: 5}",
        "{address1_country: [DE, FR], none: [{address1_country: FR}]}",
    ],
)
def test_nothing_is_said_of_what_can_be_true(tmp_path: Path, when: str) -> None:
    assert meant(tmp_path, {"default.yaml": rules_text(when)}) == []


def test_another_unit_never_comes_to_this_file(tmp_path: Path) -> None:
    text = "business_unit: uk\n" + rules_text("{business_unit: us}")
    (finding,) = meant(tmp_path, {"business_units/uk.yaml": text})
    assert finding.code == Code.NEVER_TRUE
    assert "no lead that comes to this file fits 'business_unit: us'" in finding.message


@settings(deadline=None, max_examples=80)
@given(st.lists(sound_conditions, min_size=2, max_size=5))
def test_an_overlap_is_said_only_of_rules_that_a_lead_matches_both(whens: list[Condition]) -> None:
    findings = Findings()
    areas = areas_of(*whens)
    check_overlaps(areas, frozenset(), findings)
    assert all(finding.code == Code.OVERLAP for finding in findings)
    if not any(one.boxes and other.boxes for one in areas.areas for other in areas.areas if one is not other):
        assert not list(findings)


def test_an_overlap_is_described(tmp_path: Path) -> None:
    unique = "business_unit: uk\nhit_policy: unique\n"
    text = unique + rules_text("{address1_country: [DE, AT]}", "{revenue: {above: 5}}", "{address1_country: CH}")
    first, second = meant(tmp_path, {"business_units/uk.yaml": text})
    assert (first.code, first.line, second.line) == (Code.OVERLAP, 5, 6)
    assert first.message == (
        "rule 'r-1' overlaps rule 'r-0' (line 4), and the file says `hit_policy: unique`: "
        "a lead matches both where revenue above 5; address1_country is AT or DE"
    )
    assert meant(tmp_path, {"business_units/uk.yaml": text.replace("unique\n", "first\n")}) == []


@pytest.mark.parametrize(
    "whens",
    [
        ["{revenue: {below: 5}}", "{revenue: {at_least: 5}}"],
        ["{emailaddress1: {is_empty: yes}}", "{email_domain: firm.example}"],
        ["{revenue: {below: 0}}", "{lastname: x}"],
        ["{jobtitle: {matches: 'a.*'}}", "{jobtitle: {matches: 'b.*'}}"],
    ],
)
def test_an_overlap_without_a_lead_is_not_told(tmp_path: Path, whens: list[str]) -> None:
    assert meant(tmp_path, {"default.yaml": rules_text(*whens, head="hit_policy: unique\n")}) == []


def test_a_rule_that_is_never_reached_is_not_told_twice(tmp_path: Path) -> None:
    text = rules_text("{lastname: {is_set: yes}}", "{lastname: x}", head="hit_policy: unique\n")
    assert [finding.code for finding in meant(tmp_path, {"default.yaml": text})] == [Code.UNREACHABLE]


def table(*rows: str, after: str = "") -> dict[str, str]:
    text = "id,address1_country,numberofemployees at_least,numberofemployees at_most,assign_to queue\n"
    rules = f"rules:\n  - table: default.size.csv\n{after}"
    return {"default.size.csv": text + "".join(f"{row},inbox\n" for row in rows), "default.yaml": rules + DEFAULT}


def test_a_gap_between_two_rows(tmp_path: Path) -> None:
    (finding,) = meant(tmp_path, table("small,DE,1,99", "large,DE,200,", "middle,DE,101,199"))
    assert (finding.code, finding.file, finding.line, finding.severity) == (
        Code.TABLE_GAP, "default.size.csv", 4, "warning",
    )  # fmt: skip
    assert finding.message == (
        "between rows 'small' (line 2) and 'middle' (line 4) is a gap: "
        "no row is for leads where address1_country is DE; numberofemployees is 100"
    )


@pytest.mark.parametrize(
    "files",
    [
        table("small,DE,1,99", "large,DE,100,"),
        table("small,DE,1,99", "large,AT,200,"),
        table("small,DE,1,99", "large,DE,200,", "any,DE,,"),
        table("small,DE,1,99", "large,DE,200,", "fair,,1,300"),
        table("a,DE,1,500", "b,DE,10,20", "c,DE,501,"),
        table("small,DE,1,99", "large,DE,200,", after="  - {id: more, when: {numberofemployees: {above: 50}}, then: "
              "{assign_to: {queue: inbox}}}\n"),
    ],
)  # fmt: skip
def test_no_gap(tmp_path: Path, files: dict[str, str]) -> None:
    assert meant(tmp_path, files, Code.UNREACHABLE) == []


def test_a_rule_for_what_is_left_over_does_not_hide_a_gap(tmp_path: Path) -> None:
    rest = "  - {id: rest, when: {address1_country: DE}, then: {assign_to: {queue: inbox}}}\n"
    findings = meant(tmp_path, table("small,DE,1,99", "large,DE,200,", after=rest))
    assert [finding.code for finding in findings] == [Code.TABLE_GAP]


VALID = rule_text("{lastname: x}").replace(
    "    when", "    valid_from: 2026-01-10\n    valid_until: 2026-01-31\n    when"
)


def checked_on(folder: Path, text: str, on: date) -> list[Code]:
    sources = RuleSources.from_folder(write_book(folder, {"default.yaml": text}))
    findings = check_rules(sources, on=on).findings
    return [finding.code for finding in findings if finding.code != Code.NO_EXAMPLE]


@pytest.mark.parametrize(
    ("text", "day", "codes"),
    [
        (VALID, date(2026, 1, 1), []),
        (VALID, date(2026, 1, 31), []),
        (VALID, date(2026, 2, 1), [Code.EXPIRED]),
        (VALID.replace("2026-01-31", "2026-01-31T12:00+14:00"), date(2026, 1, 31), [Code.EXPIRED]),
        (rule_text("{now: {before: 2026-01-31}}"), date(2026, 1, 31), [Code.EXPIRED]),
        (rule_text("{any: [{now: {before: 2026-01-31}}, {lastname: x}]}"), date(2026, 3, 1), []),
    ],
)
def test_a_rule_whose_time_is_over(tmp_path: Path, text: str, day: date, codes: list[Code]) -> None:
    assert checked_on(tmp_path, text, day) == codes


@pytest.mark.parametrize(
    ("now", "rule"),
    [
        ("2026-01-09T23:59:59", None),
        ("2026-01-10T00:00:00", 0),
        ("2026-01-31T23:59:59", 0),
        ("2026-02-01T00:00:00", None),
    ],
)
def test_a_rule_counts_on_both_its_days(tmp_path: Path, now: str, rule: int | None) -> None:
    engine = RulesEngine.load(write_book(tmp_path, {"default.yaml": VALID}))
    moment = int(datetime.fromisoformat(now).replace(tzinfo=UTC).timestamp())
    decision = engine.decide({NOW: moment, "lastname": "x"})
    assert decision.rule == ("otherwise" if rule is None else "one") and not decision.engine_disagreement
    assert [condition.expected for condition in decision.trace[0].conditions] == [
        "valid_from 2026-01-10", "valid_until 2026-01-31", "x",
    ]  # fmt: skip
    engine.close()


LEFT = DIRECTORY.replace("business_unit: us,", "business_unit: us, active: no,")
GONE = LEFT.replace("business_unit: uk}\n  bob", "business_unit: uk, active: no}\n  bob")


def test_a_member_who_has_left(tmp_path: Path) -> None:
    (finding,) = meant(tmp_path, {"directory.yaml": LEFT})
    assert (finding.code, finding.line) == (Code.INACTIVE_USER, 10) and "'bob' is a member" in finding.message


def test_a_team_in_which_nobody_is_left(tmp_path: Path) -> None:
    then = "{assign_to: {team: desk}, accept_within: 1 day, if_missed: [escalate: desk]}"
    text = rule_text("{lastname: x}", then)
    findings = meant(tmp_path, {"directory.yaml": GONE, "default.yaml": text}, Code.INACTIVE_USER)
    assert [(finding.code, finding.line, finding.column) for finding in findings] == [(Code.NOBODY_ELIGIBLE, 10, 3)]
    assert "by queue 'inbox', partner 'contoso', rule 'one'" in findings[0].message


def test_a_rule_for_somebody_who_has_left(tmp_path: Path) -> None:
    text = rule_text("{lastname: x}", "{assign_to: {user: bob}}")
    found = meant(tmp_path, {"directory.yaml": LEFT, "default.yaml": text})
    (finding,) = [finding for finding in found if finding.file == "default.yaml"]
    assert (finding.code, finding.line, finding.column) == (Code.INACTIVE_USER, 4, 24)
