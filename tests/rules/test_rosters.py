"""Examples that say when they take place and how the team stands, and who then gets the lead, and by when."""

from pathlib import Path

import pytest

from rules.engine.decision import Assign
from rules.engine.examples import ExampleResult, run_examples
from rules.engine.findings import Code
from rules.engine.rules_engine import RulesEngine
from tests.rules.books import DIRECTORY, checked, found, write_book

RULES = """
rules:
  - id: at-work
    when: {lastname: Work}
    then: {assign_to: {team: desk, during: working_hours}, accept_within: 4 hours}
  - id: clock
    when: {lastname: Clock}
    then: {assign_to: {team: desk, strategy: least_open}, accept_within: 15 minutes clock}
  - id: user
    when: {lastname: User}
    then: {assign_to: {user: bob}}
  - id: wait
    when: {lastname: Wait}
    then:
      assign_to: {team: desk, during: working_hours}
      accept_within: 4 hours
      contact_within: 1 day
      if_nobody: wait
  - id: next
    when: {lastname: Next}
    then: {assign_to: {team: desk}, contact_within: 2 hours clock, if_nobody: [next: night]}
  - id: queue
    when: {lastname: Queue}
    then: {assign_to: {team: desk}, accept_within: 1 hour, if_nobody: [queue: inbox]}
  - id: sticky
    when: {lastname: Sticky}
    then: {assign_to: {team: desk, strategy: sticky, fallback: least_open}}
  - id: offer
    when: {lastname: Offer}
    then: {offer_to: [contoso, fabrikam], accept_within: 4 hours, if_nobody: [next: night]}
  - id: shares
    when: {lastname: Shares}
    then: {offer_to: {contoso: 3, fabrikam: 1}, accept_within: 1 day clock}
  - id: hold
    when: {lastname: Hold}
    then: {hold: {reason: wait}}
otherwise: {assign_to: {queue: inbox}, accept_within: 1 day}
examples:
"""
HOURS = "working_hours: {days: mon-fri, from: 09:00, to: 17:00}"
NEXT_LINE = "\n    "
TIMED = (
    DIRECTORY.replace("manager: ann", f"manager: ann, {HOURS}, time_zone: Europe/London")
    .replace("teams:", "  cid: {name: Cid, email: cid@leadflow.example, business_unit: us}\nteams:")
    .replace("queues:", "  night: {name: Night, business_unit: us, members: [cid]}\nqueues:")
    .replace("campaigns:", "  fabrikam: {name: Fabrikam, team: night}\ncampaigns:")
)
SATURDAY = "context: {now: 2026-01-17T10:00Z}"
NOBODY = "roster: {absent: [ann], inactive: [bob]}"


def result_of(folder: Path, lead: str, more: str) -> ExampleResult:
    """The outcome of one example. Ann is in London by the team's zone, Bob in New York by his own."""
    text = f"{RULES}  - lead: {{lastname: {lead}}}\n    {more.replace(' / ', NEXT_LINE)}\n"
    (result,) = run_examples(RulesEngine.load(write_book(folder, {"default.yaml": text, "directory.yaml": TIMED})))
    return result


@pytest.mark.parametrize(
    ("lead", "more"),
    [
        ("Work", "expect: {owner: {team: desk}}"),
        ("Work", "expect: {owner: {user: ann}}"),
        ("Work", "expect: {owner: {team: desk, user: ann}}"),
        ("Work", "expect: {owner: {team: desk, user: ann, strategy: round_robin}, skipped: [bob]}"),  # 5 in New York
        ("Work", "expect: {accept_within: 4 hours, accept_by: 2026-01-15T14:00+00:00}"),
        ("Work", "expect: {accept_by: 2026-01-15T09:00-05:00}"),  # the same moment
        ("Work", "roster: {last: ann} / context: {now: 2026-01-15T15:00Z} / expect: {owner: {user: bob}, skipped: []}"),
        ("Work", "roster: {absent: [ann]} / expect: {owner: {team: desk}, skipped: [bob, ann]}"),
        ("Work", "context: {now: 2026-01-17T10:00Z} / expect: {accept_by: 2026-01-19T13:00Z, skipped: [ann, bob]}"),
        ("Clock", "expect: {owner: {user: ann}, accept_within: 15 minutes clock, accept_by: 2026-01-15T10:15+00:00}"),
        ("Clock", "roster: {open_leads: {ann: 2, bob: 1}} / expect: {owner: {user: bob}}"),
        ("Clock", "roster: {inactive: [ann]} / expect: {owner: {user: bob}}"),
        ("Clock", "roster: {declined: [ann]} / expect: {owner: {user: bob}, skipped: [ann]}"),
        ("Clock", "roster: {turns: [bob, ann]} / expect: {owner: {user: bob}}"),
        ("Clock", "roster: {turns: [ann, bob, ann]} / expect: {owner: {user: bob}}"),
        ("Clock", "roster: {last: bob} / expect: {owner: {user: ann}}"),
        ("User", "expect: {owner: {user: bob}, skipped: []}"),
        ("Other", "expect: {owner: {queue: inbox}, accept_within: 1 day, accept_by: 2026-01-20T10:00+00:00}"),
        ("Wait", "expect: {owner: {user: ann}, waits: no, contact_within: 1 day, contact_by: 2026-01-20T10:00Z}"),
        ("Wait", f"{SATURDAY} / expect: {{owner: {{team: desk}}, waits: yes, waits_until: 2026-01-19T09:00Z}}"),
        ("Wait", "roster: {absent: [ann]} / expect: {waits_until: 2026-01-15T09:00-05:00, skipped: [ann, bob]}"),
        ("Next", "expect: {owner: {team: desk, user: ann}, contact_by: 2026-01-15T12:00Z, waits: no}"),
        ("Next", f"{NOBODY} / expect: {{owner: {{team: night, user: cid}}, skipped: [ann, bob]}}"),
        ("Next", "roster: {inactive: [ann, bob, cid]} / expect: {owner: {team: desk}, skipped: [ann, bob, cid]}"),
        ("Queue", f"{NOBODY} / expect: {{owner: {{queue: inbox}}, accept_by: 2026-01-15T11:00Z}}"),
        ("Sticky", "roster: {known_to: [bob, ann]} / expect: {owner: {user: bob, strategy: sticky}}"),
        ("Sticky", "roster: {known_to: [bob, ann], absent: [bob]} / expect: {owner: {user: ann}}"),
        ("Sticky", "roster: {open_leads: {ann: 3}} / expect: {owner: {user: bob}}"),
        ("Offer", "expect: {owner: {partner: contoso}, accept_within: 4 hours, accept_by: 2026-01-15T14:00Z}"),
        ("Offer", "roster: {declined: [contoso]} / expect: {owner: {partner: fabrikam}}"),
        ("Offer", "roster: {declined: [contoso, fabrikam]} / expect: {owner: {team: night, user: cid}}"),
        ("Shares", "expect: {owner: {partner: contoso}, accept_within: 1 day clock}"),
        ("Shares", "roster: {offers: {contoso: 3}} / expect: {owner: {partner: fabrikam}}"),
        ("Shares", "roster: {declined: [contoso, fabrikam]} / expect: {owner: {team: night}}"),
    ],
)
def test_what_comes_out(tmp_path: Path, lead: str, more: str) -> None:
    assert result_of(tmp_path, lead, more).differences == ()


@pytest.mark.parametrize(
    ("lead", "expect", "difference"),
    [
        ("Work", "owner: {user: bob}", "owner: expected user bob, got user ann"),
        ("Work", "owner: {team: desk, user: bob}", "owner: expected team desk, user bob, got team desk, user ann"),
        ("Work", "owner: {queue: inbox}", "owner: expected queue inbox, got team desk, user ann, strategy round_robin"),
        ("User", "owner: {team: desk}", "owner: expected team desk, got user bob"),
        ("Hold", "owner: {team: desk}", "owner: expected team desk, got nobody"),
        ("Hold", "accept_by: 2026-01-15T14:00Z", "accept_by: expected 2026-01-15T14:00:00+00:00, got none"),
        ("Work", "skipped: [ann]", "skipped: expected ann, got bob"),
        ("Work", "skipped: []", "skipped: expected nobody, got bob"),
        ("Clock", "accept_within: 15 minutes", "accept_within: expected 15 minutes, got 15 minutes clock"),
        (
            "Work", "accept_by: 2026-01-15T14:00+01:00",
            "accept_by: expected 2026-01-15T14:00:00+01:00, got 2026-01-15T15:00:00+01:00",
        ),
    ],
)  # fmt: skip
def test_what_differs(tmp_path: Path, lead: str, expect: str, difference: str) -> None:
    assert result_of(tmp_path, lead, f"expect: {{{expect}}}").differences == (difference,)


def test_the_result_holds_the_assignment(tmp_path: Path) -> None:
    assignment = result_of(tmp_path, "Work", "expect: {owner: {user: ann}}").assignment
    assert assignment is not None
    assert assignment.skipped == ("bob: outside working hours until Thu 09:00 America/New_York",)
    assert result_of(tmp_path, "Hold", "expect: {hold: yes}").assignment is None


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        ("roster: {absent: [an]}", Code.UNKNOWN_NAME, "unknown user 'an'. Did you mean 'ann'?"),
        ("roster: {inactive: [an]}", Code.UNKNOWN_NAME, "unknown user 'an'"),
        ("roster: {declined: [an]}", Code.UNKNOWN_NAME, "unknown user or partner 'an'"),
        ("roster: {offers: {contso: 1}}", Code.UNKNOWN_NAME, "unknown partner 'contso'"),
        ("roster: {turns: [bob, an]}", Code.UNKNOWN_NAME, "unknown user 'an'"),
        ("roster: {last: an}", Code.UNKNOWN_NAME, "unknown user 'an'"),
        ("roster: {open_leads: {an: 2}}", Code.UNKNOWN_NAME, "unknown user 'an'"),
        ("roster: {open_leads: {ann: many}}", Code.WRONG_SHAPE, "valid integer"),
        ("roster: {open_leads: {ann: -1}}", Code.WRONG_SHAPE, "greater than or equal to 0"),
        ("roster: {last: ann, turns: [bob]}", Code.WRONG_SHAPE, "keep one of them"),
        ("roster: {absnt: [ann]}", Code.UNKNOWN_KEY, "Did you mean 'absent'?"),
        ("expect: {owner: {user: an}}", Code.UNKNOWN_NAME, "unknown user 'an'"),
        ("expect: {owner: {team: dsk}}", Code.UNKNOWN_NAME, "unknown team 'dsk'. Did you mean 'desk'?"),
        ("expect: {skipped: [an]}", Code.UNKNOWN_NAME, "unknown user 'an'"),
        ("expect: {accept_by: 2026-01-15T14:00}", Code.WRONG_SHAPE, "accept_by: '2026-01-15T14:00' has no offset"),
        ("expect: {accept_by: 2pm}", Code.WRONG_SHAPE, "accept_by: '2pm' is no time. Write day, time and offset"),
    ],
)
def test_findings(tmp_path: Path, more: str, code: Code, says: str) -> None:
    expect = "" if more.startswith("expect") else "    expect: {rule: clock}\n"
    text = f"{RULES}  - lead: {{lastname: Clock}}\n    {more}\n{expect}"
    (finding,) = found(tmp_path, {"default.yaml": text, "directory.yaml": TIMED})
    assert (finding.code, finding.line) == (code, text.splitlines().index(f"    {more}") + 1)
    assert says in str(finding)


@pytest.mark.parametrize(
    ("then", "code", "says"),
    [
        ("{assign_to: {queue: inbox, during: working_hours}}", Code.WRONG_PLACE, "a queue takes no during"),
        ("{assign_to: {user: ann, during: working_hours}}", Code.WRONG_PLACE, "a user takes no during"),
        ("{assign_to: {team: desk, during: night}}", Code.WRONG_SHAPE, "working_hours"),
        ("{assign_to: {team: desk}, accept_within: 4 hours clck}", Code.WRONG_SHAPE, "such as 15 minutes"),
        ("{assign_to: {team: desk}, accept_within: clock}", Code.WRONG_SHAPE, "such as 15 minutes"),
    ],
)
def test_options_of_a_rule_in_the_wrong_place(tmp_path: Path, then: str, code: Code, says: str) -> None:
    (finding,) = found(tmp_path, {"default.yaml": f"otherwise: {then}\n"})
    assert finding.code is code
    assert says in str(finding)


def test_options_of_a_rule(tmp_path: Path) -> None:
    files = {"default.yaml": RULES.replace("examples:\n", ""), "directory.yaml": TIMED}
    book = checked(tmp_path, files).book
    assert book is not None
    outcomes = [rule.outcome for rule in book.files["default.yaml"].rules]
    timed = [(o.during, str(o.accept_within), o.sla_clock) for o in outcomes if isinstance(o, Assign)]
    assert timed[:3] == [("working_hours", "4:00:00", False), (None, "0:15:00", True), (None, "None", False)]
