"""Rule tables: rows are rules in every respect."""

import csv
import io
from typing import Any

import pytest

from rules.engine.check import check_rules
from rules.engine.columns import columns
from rules.engine.decision import Assign, Disqualify, Hold, Qualify
from rules.engine.facts import NOW
from rules.engine.rules_engine import RulesEngine
from tests.rules.books import DEFAULT
from tests.rules.tables import NAMED, TABLE, book, digest, errors, rules


def test_rows_mean_what_the_same_rules_in_yaml_mean() -> None:
    table = (
        "ID;Description; address1_country;numberofemployees at_least;numberofemployees below;revenue between;"
        "companyname is_empty;jobtitle contains;jobtitle matches;createdon within_last;decisionmaker;"
        "assign_to team;assign_to strategy;assign_to user;priority;accept_within;if_missed;disqualify status;"
        "disqualify reason;hold reason;qualify;qualify create_contact;valid_from;valid_until\n"
        "one;The first;DE | AT;50;500;1000 | 2.000,50;yes;head | chief;(a|b).*;30 days;TRUE;"
        "desk;least_open;;hot;4 hours;remind | re-route | escalate: desk;;;;;;1.2.2026;31.12.2026 17:00Z\n"
        "two;;NO;;;;;;;;;;;ann;;;;;;;;\n"
        "three;;;;;;FALSE;;;;;;;;;;;Lost;too late;;;\n"
        "four;;;;;;;;;;no;;;;;;;;;no consent;;\n"
        "five;;;;;;;intern;;;;;;;;;;;;;yes;no\n"
        "six;;SE;;;;;;;;;;;;;;;;;;YES;\n"
    )
    written = f"""
rules:
  - id: one
    description: The first
    valid_from: 2026-02-01
    valid_until: 2026-12-31T17:00Z
    when:
      address1_country: [DE, AT]
      numberofemployees: {{at_least: 50, below: 500}}
      revenue: {{between: [1000, 2000.5]}}
      companyname: {{is_empty: yes}}
      jobtitle: {{contains: [head, chief], matches: (a|b).*}}
      createdon: {{within_last: 30 days}}
      decisionmaker: yes
    then:
      assign_to: {{team: desk, strategy: least_open}}
      priority: hot
      accept_within: 4 hours
      if_missed: [remind, re-route, escalate: desk]
  - {{id: two, when: {{address1_country: NO}}, then: {{assign_to: {{user: ann}}}}}}
  - {{id: three, when: {{companyname: {{is_empty: no}}}}, then: {{disqualify: {{status: Lost, reason: too late}}}}}}
  - {{id: four, when: {{decisionmaker: no}}, then: {{hold: {{reason: no consent}}}}}}
  - {{id: five, when: {{jobtitle: {{contains: intern}}}}, then: {{qualify: {{create_contact: no}}}}}}
  - {{id: six, when: {{address1_country: SE}}, then: {{qualify: {{}}}}}}
{DEFAULT}"""
    assert digest(NAMED, a=table) == digest(written)
    read = rules(table)
    assert [type(rule.outcome) for rule in read] == [Assign, Assign, Disqualify, Hold, Qualify, Qualify]
    assert read[0].description == "The first"
    assert (str(read[1].at), read[0].when.parts[3].at.heading) == (f"{TABLE}:3:1", "numberofemployees at_least")


def test_rows_give_leads_out_as_rules_in_yaml_do() -> None:
    table = (
        "id;revenue;assign_to team;assign_to strategy;assign_to fallback;assign_to during;assign_to requires languages;"
        "assign_to requires skills;contact_within;offer_to;accept_within;registered_for;if_nobody\n"
        "one;1;desk;sticky;weighted;working_hours;DE | fr;cloud;2 days;;1 day;;wait | queue: inbox\n"
        "two;2;;;;;;;;contoso;1 day clock;90 days;next: desk\n"
        "three;3;;;;;;;;contoso: 3;4 hours;;\n"
    )
    written = f"""
rules:
  - id: one
    when: {{revenue: 1}}
    then:
      assign_to:
        team: desk
        strategy: sticky
        fallback: weighted
        during: working_hours
        requires: {{languages: [de, fr], skills: cloud}}
      accept_within: 1 day
      contact_within: 2 days
      if_nobody: [wait, queue: inbox]
  - id: two
    when: {{revenue: 2}}
    then: {{offer_to: [contoso], accept_within: 1 day clock, registered_for: 90 days, if_nobody: [next: desk]}}
  - {{id: three, when: {{revenue: 3}}, then: {{offer_to: {{contoso: 3}}, accept_within: 4 hours}}}}
{DEFAULT}"""
    assert digest(NAMED, a=table) == digest(written)


@pytest.mark.parametrize("cell", ["contoso: 3 | fabrikam", "contoso: 3 | contoso: 1", "contoso: many", "contoso |"])
def test_partners_have_all_a_weight_or_none(cell: str) -> None:
    ((_, line, column), *_) = errors(f"id,revenue,accept_within,offer_to\none,1,1 day,{cell}\n")
    assert (line, column) == (2, 4)


def test_rows_stand_where_the_file_names_their_table() -> None:
    rule = "  - {{id: {0}, when: {{revenue: 1}}, then: {{assign_to: {{queue: inbox}}}}}}\n"
    text = f"rules:\n{rule.format('first')}  - table: default.a.csv\n{rule.format('between')}  - table: default.b.csv\n"
    row = "id,revenue,qualify\n{0}-1,1,yes\n{0}-2,1,yes\n"
    result = check_rules(book(text + DEFAULT, a=row.format("a"), b=row.format("b")))
    assert result.book is not None
    order = [rule.id for rule in result.book.files["default.yaml"].rules]
    assert order == ["first", "a-1", "a-2", "between", "b-1", "b-2"]


def test_a_decision_names_the_row() -> None:
    table = 'id,description,address1_country,qualify\none,"with a\nline break",DE,yes\ntwo,Norway,NO,yes\n'
    with_engine = RulesEngine.of(book(NAMED, a=table), "the test")
    decision = with_engine.decide({"address1_country": "no", NOW: 1})
    assert (decision.rule, decision.file, decision.table, decision.line) == ("two", "default.yaml", TABLE, 4)
    assert decision.reason == "Rule two of default.yaml (default.a.csv, line 4) matched: Norway."
    assert [(rule.file, rule.line, rule.matched) for rule in decision.trace] == [(TABLE, 2, False), (TABLE, 4, True)]
    otherwise = with_engine.decide({"address1_country": "fr", NOW: 1})
    assert otherwise.table is None and "table" not in otherwise.model_dump()
    assert type(decision).model_validate_json(decision.model_dump_json()) == decision
    with_engine.close()


@pytest.mark.parametrize(
    ("rank", "own", "order"),
    [(5, 3, "low b a c high"), (1, 1, "a b c low high"), (20, 4, "low b high a c"), (10, 10, "low high a b c")],
)
def test_rows_have_a_rank_of_their_own_or_that_of_their_table(rank: int, own: int, order: str) -> None:
    text = f"""hit_policy: priority
rules:
  - {{id: high, rank: 10, when: {{revenue: 1}}, then: {{qualify: {{}}}}}}
  - {{table: {TABLE}, rank: {rank}}}
  - {{id: low, rank: 2, when: {{revenue: 1}}, then: {{qualify: {{}}}}}}
{DEFAULT}"""
    table = f"id,rank,revenue,qualify\na,,1,yes\nb,{own},1,yes\nc,,1,yes\n"
    assert [rule.id for rule in rules(table, text)] == order.split()


def test_numbers_and_dates_as_spreadsheets_write_them() -> None:
    numbers = ["1 000", "1\u00a0000", "1'000", "1.000,50", "1,000.50", "1.234.567", "0,5", "0.500", "-3", "1,5"]
    values = [1000, 1000, 1000, 1000.5, 1000.5, 1234567, 0.5, 0.5, -3, 1.5]
    assert operands("revenue at_least", *numbers) == values
    assert operands("numberofemployees", "1 000 | 2,000,000") == [(1000, 2000000)]
    days = ["2026-01-31", "31.01.2026", "31.1.2026", "31/01/2026", "01/31/2026", "31-01-2026", "2026/01/31"]
    assert set(operands("createdon before", *days)) == {1769817600}
    assert operands("createdon after", "31.01.2026 9:30", "2026-01-31 09:30:00+01:00", "05/05/2026") == [
        1769851800, 1769848200, 1777939200,
    ]  # fmt: skip
    assert operands("createdon between", "31.01.2026 | 01.02.2026") == [(1769817600, 1769904000)]


def test_text_stays_as_it_is() -> None:
    texts = ["=SUM(A1)", "012", "NO", "1.000", "31.01.2026", "TRUE", 'the "best", really; yes', "#1"]
    assert operands("companyname", *texts) == [(text.casefold(),) for text in texts]
    assert operands("companyname matches", "a|b", "#+!") == ["a|b", "#+!"]
    assert operands("companyname", "a | b|c") == [("a", "b", "c")]


def test_every_field_operator_and_word_of_a_rule_is_a_column() -> None:
    known = set(columns())
    assert {"rank", "description", "address1_country", "address1_country not", "emailaddress1 domain_in"} < known
    assert {"assign_to partner", "qualify create_opportunity", "if_missed", "accept_within"} < known
    assert {"offer_to", "if_nobody", "assign_to fallback", "assign_to requires territories"} < known
    assert not {"when", "then", "any", "assign_to", "assign_to requires", "createdon", "createdon equals"} & known
    assert columns()["description"].path == ("description",)
    assert columns()["description contains"].path == ("when", "description", "contains")


def operands(heading: str, *cells: str) -> list[Any]:
    """What a cell under this heading means, for each of the cells."""
    out = io.StringIO()
    csv.writer(out).writerows([["id", heading, "qualify"], *([f"r-{n}", cell, "yes"] for n, cell in enumerate(cells))])
    return [rule.when.parts[0].operand for rule in rules(out.getvalue())]  # type: ignore[union-attr]
