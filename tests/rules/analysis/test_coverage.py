"""What the examples of a rule book cover, point by point."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.choices import standard_choices
from rules.analysis.coverage import Count, Coverage, coverage_of
from rules.engine.compiler import limit_problem
from rules.engine.conditions import Condition
from rules.engine.decision import OTHERWISE
from rules.engine.directory import Directory
from rules.engine.examples import run_examples
from rules.engine.rules_engine import RulesEngine
from rules.engine.schema import HitPolicy, RuleBook
from tests.rules.books import rule_file, write_book
from tests.rules.random_rules import conditions, leads

RULES = """\
rules:
  - id: large
    when:
      address1_country: [DE, AT]
      numberofemployees: {at_least: 500}
    then: {assign_to: {queue: inbox}}
  - id: bare
    when: {companyname: {is_empty: yes}}
    then: {assign_to: {queue: inbox}}
otherwise: {assign_to: {queue: inbox}}
"""
LARGE = "  - {lead: {address1_country: DE, numberofemployees: 500}, expect: {rule: large}}\n"
SMALL = "  - {lead: {address1_country: AT, numberofemployees: 499}, expect: {rule: bare}}\n"
ABROAD = "  - {lead: {address1_country: FR, companyname: Lyon SA}, expect: {rule: otherwise}}\n"
UNTRIED = {
    "large": "default.yaml:2: no example gets as far as rule large",
    "bare": "default.yaml:7: no example gets as far as rule bare",
    "otherwise": "default.yaml:10: no example gets past all rules, to otherwise",
}


def covered(folder: Path, files: dict[str, str]) -> Coverage:
    engine = RulesEngine.load(write_book(folder, files))
    results = run_examples(engine)
    engine.close()
    return coverage_of(engine.book, [(result.facts, result.decision) for result in results])


def text_with(examples: str) -> str:
    return f"{RULES}examples:\n{examples}" if examples else RULES


def gaps(coverage: Coverage) -> list[str]:
    """As a person reads them: what stands in a rule that no example gets as far as, goes without saying."""
    every = [gap for file in coverage.files for gap in file.gaps]
    return [f"{gap.at.file}:{gap.at.line}: {gap.message}" for gap in every if gap.tried or gap.condition is None]


@pytest.mark.parametrize(
    ("examples", "counts", "missing"),
    [
        ("", ("0/2", "0/6", "0/1"), list(UNTRIED.values())),
        (
            LARGE,
            ("1/2", "2/6", "0/1"),
            [
                "default.yaml:4: no example where address1_country equals one of [DE, AT] is false in rule large",
                "default.yaml:5: no example where numberofemployees at_least 500 is false in rule large",
                UNTRIED["bare"],
                UNTRIED["otherwise"],
            ],
        ),
        (
            SMALL,
            ("1/2", "3/6", "0/1"),
            [
                "default.yaml:2: no example ends in rule large",
                "default.yaml:4: no example where address1_country equals one of [DE, AT] is false in rule large",
                "default.yaml:5: no example where numberofemployees at_least 500 is true in rule large",
                "default.yaml:8: no example where companyname is_empty yes is false in rule bare",
                UNTRIED["otherwise"],
            ],
        ),
        (
            LARGE + ABROAD,
            ("1/2", "5/6", "1/1"),
            [
                "default.yaml:7: no example ends in rule bare",
                "default.yaml:8: no example where companyname is_empty yes is true in rule bare",
            ],
        ),
        (LARGE + SMALL + ABROAD, ("2/2", "6/6", "1/1"), []),
        (LARGE + LARGE.replace("DE", "AT"), ("1/2", "2/6", "0/1"), None),
    ],
)
def test_points_and_gaps(
    tmp_path: Path, examples: str, counts: tuple[str, str, str], missing: list[str] | None
) -> None:
    coverage = covered(tmp_path, {"default.yaml": text_with(examples)})
    (file,) = coverage.files
    assert (str(file.rules), str(file.conditions), str(file.otherwise)) == counts
    assert missing is None or gaps(coverage) == missing
    assert file.total.points - file.total.covered == len(file.gaps)


def test_an_example_that_fails_counts_where_it_ended(tmp_path: Path) -> None:
    wrong = SMALL.replace("rule: bare", "rule: large")
    books = (covered(tmp_path, {"default.yaml": text_with(example)}) for example in (wrong, SMALL))
    assert next(books) == next(books)


def test_examples_count_for_every_file_that_they_touch(tmp_path: Path) -> None:
    rule = "rules:\n  - {{id: {0}, when: {{lastname: {0}}}, then: {{assign_to: {{queue: inbox}}}}}}\n"
    unit = rule.format("uk-one") + "business_unit: uk\notherwise: {use: parent}\n"
    partner = (
        rule.format("partner-one") + "channel_partner: contoso\notherwise: {use: business_unit}\nexamples:\n"
        "  - {lead: {lastname: uk-one}, context: {business_unit: uk}, expect: {rule: uk-one}}\n"
        "  - {lead: {lastname: other}, expect: {rule: otherwise}}\n"
    )
    coverage = covered(tmp_path, {"business_units/uk.yaml": unit, "channel_partners/contoso.yaml": partner})
    assert {file.file: (str(file.rules), str(file.conditions), str(file.otherwise)) for file in coverage.files} == {
        "default.yaml": ("0/0", "0/0", "1/1"),
        "business_units/uk.yaml": ("1/1", "1/2", "0/1"),
        "channel_partners/contoso.yaml": ("0/1", "1/2", "1/1"),
    }
    assert str(coverage.total) == "5/9"


@pytest.mark.parametrize(
    ("policy", "ranks", "missing"),
    [
        ("first", (None, None), ["default.yaml:4: no example gets as far as rule two"]),
        ("priority", (2, 1), ["default.yaml:3: no example gets as far as rule one"]),
        ("priority", (1, 2), ["default.yaml:4: no example gets as far as rule two"]),
        (
            "unique",
            (None, None),
            [
                "default.yaml:4: no example ends in rule two",
                "default.yaml:4: no example where lastname equals Weber is false in rule two",
            ],
        ),
    ],
)
def test_the_hit_policy_says_which_rules_are_tried(
    tmp_path: Path, policy: str, ranks: tuple[int | None, int | None], missing: list[str]
) -> None:
    rules = [
        f"  - {{id: {name}, {f'rank: {rank}, ' if rank else ''}when: {{lastname: Weber}}, then: {{qualify: {{}}}}}}"
        for name, rank in zip(("one", "two"), ranks, strict=True)
    ]
    text = "\n".join(
        [
            f"hit_policy: {policy}",
            "rules:",
            *rules,
            "otherwise: {assign_to: {queue: inbox}}",
            "examples: [{lead: {lastname: Weber}, expect: {qualify: yes}}]",
        ]
    )
    coverage = covered(tmp_path, {"default.yaml": text})
    assert [gap for gap in gaps(coverage) if gap in missing] == missing


def test_groups_and_negations_are_covered_condition_by_condition(tmp_path: Path) -> None:
    text = """\
rules:
  - id: one
    when:
      any:
        - numberofemployees: {at_least: 10}
        - companyname: {not: Acme}
      none:
        - lastname: Weber
    then: {assign_to: {queue: inbox}}
otherwise: {assign_to: {queue: inbox}}
examples:
  - {lead: {numberofemployees: 10, companyname: Acme, lastname: Weber}, expect: {rule: otherwise}}
  - {lead: {numberofemployees: 10}, expect: {rule: one}}
"""
    coverage = covered(tmp_path, {"default.yaml": text})
    assert gaps(coverage) == ["default.yaml:5: no example where numberofemployees at_least 10 is false in rule one"]


@pytest.mark.parametrize(
    ("count", "percent", "reached"),
    [(Count(0, 0), 100.0, 100), (Count(1999, 2000), 99.9, 99), (Count(19, 20), 95.0, 95)],
)
def test_percentages_never_say_more_than_is_covered(count: Count, percent: float, reached: int) -> None:
    assert count.percent == percent
    assert count.reaches(reached) and (reached == 100 or not count.reaches(reached + 1))


def book_of(drawn: list[Condition], policy: HitPolicy) -> RuleBook:
    sound = (condition for condition in drawn if limit_problem(condition) is None)
    return RuleBook({"default.yaml": rule_file(*sound, hit_policy=policy)}, Directory(), standard_choices())


def by_the_traces(engine: RulesEngine, examples: list[dict[str, Any]]) -> Counter[str]:
    """The points that examples cover, counted from the traces of their decisions."""
    points: set[tuple[str, object]] = set()
    for facts in examples:
        decision = engine.decide(facts)
        points.add(("otherwise" if decision.rule == OTHERWISE else "rule", decision.rule))
        for rule in decision.trace:
            points |= {
                ("condition", (rule.rule, number, condition.holds)) for number, condition in enumerate(rule.conditions)
            }
            if rule.matched and engine.book.files["default.yaml"].hit_policy != "unique":
                break
    return Counter(kind for kind, _ in points)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.lists(conditions, min_size=1, max_size=6),
    st.sampled_from(["first", "unique", "priority"]),
    st.lists(leads, min_size=1, max_size=8),
)
def test_coverage_is_what_the_traces_show_and_never_falls(
    drawn: list[Condition], policy: HitPolicy, examples: list[dict[str, Any]]
) -> None:
    engine = RulesEngine(book_of(drawn, policy))
    before = 0
    for number in range(1, len(examples) + 1):
        some = examples[:number]
        coverage = coverage_of(engine.book, [(facts, engine.decide(facts, trace=False)) for facts in some])
        (file,) = coverage.files
        counts = by_the_traces(engine, some)
        assert (file.rules.covered, file.conditions.covered, file.otherwise.covered) == (
            counts["rule"], counts["condition"], counts["otherwise"],
        )  # fmt: skip
        assert file.total.covered >= before
        assert file.total.points - file.total.covered == len(file.gaps)
        before = file.total.covered
    engine.close()


TABLE = """\
id,address1_country,numberofemployees at_least,assign_to team
north,SE | NO,,desk
large,,500,desk
small,FR,,desk
"""
NORTH = "  - {lead: {address1_country: SE}, expect: {rule: north}}\n"
OTHER = "  - {lead: {address1_country: IT, numberofemployees: 5}, expect: {rule: otherwise}}\n"
BIG = "  - {lead: {address1_country: IT, numberofemployees: 900}, expect: {rule: large}}\n"


@pytest.mark.parametrize(
    ("examples", "counts", "missing"),
    [
        (OTHER, ("0/1", "2/4", "1/1"), [
            "default.north.csv:2: no example ends in a row of default.north.csv",
            "default.north.csv:2: no example where address1_country equals one of [SE, NO] is true in rule north",
            "default.north.csv:3: no example where numberofemployees at_least 500 is true in rule large",
        ]),
        (OTHER + NORTH + BIG, ("1/1", "4/4", "1/1"), []),
    ],
)  # fmt: skip
def test_the_rows_of_a_table_are_one_rule_and_its_columns_conditions(
    tmp_path: Path, examples: str, counts: tuple[str, ...], missing: list[str]
) -> None:
    text = f"rules:\n  - table: default.north.csv\notherwise: {{assign_to: {{queue: inbox}}}}\nexamples:\n{examples}"
    coverage = covered(tmp_path, {"default.yaml": text, "default.north.csv": TABLE})
    (file,) = coverage.files
    assert (str(file.rules), str(file.conditions), str(file.otherwise)) == counts
    assert gaps(coverage) == missing
