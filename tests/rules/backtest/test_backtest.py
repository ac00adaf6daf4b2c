"""Past leads through two rule books: what is counted, and that every lead is counted once."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.backtest.comparison import Change, compared
from rules.backtest.promises import Kept
from rules.backtest.replay import Side, backtest, decided_by, recorded
from rules.backtest.result import EXAMPLES, Backtest, Pair
from rules.engine.decision import Assign, Disqualify, Hold, Outcome, Qualify, RoutingDecision
from rules.engine.directory import Directory
from tests.rules.backtest.past import DESK, at, decision, engine, lead_number, past

INBOX = Assign(to="queue", key="inbox")
LOST = Disqualify(status=4, status_label="Lost")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = DESK.model_copy(update={"accept_within": HOUR})
OTHER_CLOCK = SOON.model_copy(update={"sla_clock": True})
ONE = Change


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        (DESK, DESK, set()),
        (DESK, INBOX, {ONE.MOVED}),
        (DESK, Assign(to="user", key="desk"), {ONE.MOVED}),
        (DESK, LOST, {ONE.MOVED, ONE.NEWLY_DISQUALIFIED}),
        (LOST, DESK, {ONE.MOVED, ONE.NO_LONGER_DISQUALIFIED}),
        (DESK, Hold(reason="look"), {ONE.MOVED, ONE.NEWLY_HELD}),
        (Hold(reason="look"), Qualify(), {ONE.MOVED, ONE.NO_LONGER_HELD, ONE.NEWLY_QUALIFIED}),
        (Qualify(), LOST, {ONE.MOVED, ONE.NO_LONGER_QUALIFIED, ONE.NEWLY_DISQUALIFIED}),
        (Hold(reason="look"), Hold(reason="wait"), {ONE.OTHER_DETAILS}),
        (Qualify(), Qualify(create_contact=False), {ONE.OTHER_DETAILS}),
        (LOST, Disqualify(status=5, status_label="Cannot Contact"), {ONE.OTHER_DETAILS}),
        (LOST, Disqualify(status=4, status_label="Given up"), set()),
        (DESK, DESK.model_copy(update={"strategy": "least_open"}), {ONE.OTHER_DETAILS}),
        (DESK, DESK.model_copy(update={"priority": "hot"}), {ONE.OTHER_PRIORITY}),
        (DESK, SOON, {ONE.OTHER_PROMISE}),
        (SOON, OTHER_CLOCK, {ONE.OTHER_PROMISE}),
        (SOON, LOST, {ONE.MOVED, ONE.NEWLY_DISQUALIFIED, ONE.OTHER_PROMISE}),
    ],
)
def test_what_differs(old: Outcome, new: Outcome, changes: set[Change]) -> None:
    assert compared(decision(old), decision(new)).changes == changes


def test_rules_and_unmatched_leads() -> None:
    by_rule, by_none = decision(DESK, "one"), decision(DESK, "otherwise")
    assert compared(by_rule, by_none).changes == {Change.NEWLY_UNMATCHED, Change.OTHER_RULE}
    assert compared(by_none, by_rule).changes == {Change.NO_LONGER_UNMATCHED, Change.OTHER_RULE}
    assert compared(by_none, by_rule).old_rule == "otherwise of default.yaml"
    elsewhere = decision(DESK, "otherwise", file="business_units/uk.yaml")
    assert compared(by_none, elsewhere).changes == {Change.OTHER_RULE}
    assert compared(by_rule, decision(INBOX, "two")).changes == {Change.MOVED}, "a moved lead's rule says nothing"


OUTCOMES = (
    "{assign_to: {team: desk}}",
    "{assign_to: {team: desk, strategy: least_open}, priority: hot, accept_within: 2 hours}",
    "{assign_to: {user: ann}, accept_within: 1 hour}",
    "{assign_to: {queue: inbox}, priority: bulk}",
    "{assign_to: {partner: contoso}}",
    "{qualify: {}}",
    "{hold: {reason: look}}",
    "{disqualify: {status: Lost}}",
)
TITLES = ("buyer", "cfo", "intern")
books = st.dictionaries(st.sampled_from(TITLES), st.sampled_from(OUTCOMES))
titles = st.lists(st.sampled_from([*TITLES, "unknown"]), max_size=30)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as place:
        yield Path(place)


def sides(folder: Path, *rules: dict[str, str]) -> list[Side]:
    return [decided_by(engine(folder, outcomes)) for outcomes in rules]


@settings(max_examples=40, deadline=None)
@given(rules=books, jobs=titles)
def test_the_same_rules_move_nothing(folder: Path, rules: dict[str, str], jobs: list[str]) -> None:
    (old,) = sides(folder, rules)
    first = [past(number, minute=number, jobtitle=job) for number, job in enumerate(jobs)]
    kept = [past(n, old.decide(lead), n, jobtitle=job) for n, (lead, job) in enumerate(zip(first, jobs, strict=True))]
    for other in (old, recorded(old.directory)):
        result = backtest(kept, other, old)
        assert {change: count.leads for change, count in result.changes.items()} == dict.fromkeys(Change, 0)
        assert all(pair.old == pair.new for pair in result.destinations) and not result.rules
        assert all(load.difference == 0 for load in (*result.load, *result.arrivals))
        assert all(effect.leads == effect.same + effect.without for effect in result.promises)
        assert result.leads == len(jobs) and result.disagreements.leads == 0


@settings(max_examples=40, deadline=None)
@given(before=books, after=books, jobs=titles)
def test_every_lead_is_counted_once(
    folder: Path, before: dict[str, str], after: dict[str, str], jobs: list[str]
) -> None:
    old, new = sides(folder, before, after)
    leads = [past(number, minute=number, jobtitle=job) for number, job in enumerate(jobs)]
    result = backtest(leads, old, new)
    assert result.leads == len(leads) == sum(pair.leads for pair in result.destinations)
    assert result.moved == sum(pair.leads for pair in result.destinations if pair.old != pair.new)
    assert len({(pair.old, pair.new) for pair in result.destinations}) == len(result.destinations)
    assert sum(load.old for load in result.arrivals) == sum(load.new for load in result.arrivals) == len(leads)
    assert sum(load.new for load in result.load) == sum(
        load.new for load in result.arrivals if load.name not in ("qualified", "disqualified", "held")
    )
    for effect in result.promises:
        parts = (effect.same, effect.shorter, effect.longer, effect.added, effect.dropped, effect.without)
        assert effect.leads == sum(parts)
    assert sum(effect.leads for effect in result.promises) == len(leads)
    assert result.changes[Change.OTHER_RULE].leads == sum(pair.leads for pair in result.rules)
    wanted = Counter(expected(before, after, job) for job in jobs)
    assert {(pair.old, pair.new): pair.leads for pair in result.destinations} == wanted


def expected(before: dict[str, str], after: dict[str, str], job: str) -> tuple[str, str]:
    """Where a job title goes, read from the books' text."""
    names = {
        "team: desk": "team desk", "user: ann": "user ann", "queue: inbox": "queue inbox", "partner": "partner contoso",
        "qualify": "qualified", "hold": "held", "disqualify": "disqualified",
    }  # fmt: skip

    def place(book: dict[str, str]) -> str:
        outcome = book.get(job, "queue: inbox")
        return next(name for words, name in reversed(names.items()) if words in outcome)

    return place(before), place(after)


def by_facts(directory: Directory, **outcomes: Outcome) -> Side:
    """Decides by job title, without an engine."""
    return Side(lambda lead: decision(outcomes[lead.facts["jobtitle"]], lead.facts["jobtitle"]), directory)


def test_examples_are_the_first_leads_and_lists_begin_with_the_largest(folder: Path) -> None:
    directory = engine(folder, {}).directory
    old = by_facts(directory, one=DESK, two=DESK)
    new = by_facts(directory, one=INBOX, two=LOST)
    leads = [past(number, minute=number, jobtitle="one" if number in (0, 3) else "two") for number in range(8)]
    result = backtest(leads, old, new)
    firsts = [lead_number(number) for number in (1, 2, 4)]
    assert result.destinations == [
        Pair(6, firsts, "team desk", "disqualified"),
        Pair(2, [lead_number(0), lead_number(3)], "team desk", "queue inbox"),
    ]
    assert len(firsts) == EXAMPLES and result.changes[Change.NEWLY_DISQUALIFIED].examples == firsts
    assert [load.name for load in result.arrivals] == ["team desk", "disqualified", "queue inbox"]


def test_a_renamed_rule_is_no_move(folder: Path) -> None:
    directory = engine(folder, {}).directory
    old = Side(lambda lead: decision(DESK, "before"), directory)
    new = Side(lambda lead: decision(DESK, "after"), directory)
    result = backtest([past(1), past(2)], old, new)
    assert result.moved == 0
    assert result.rules == [Pair(2, [lead_number(1), lead_number(2)], "before", "after")]


def test_what_became_of_moved_leads(folder: Path) -> None:
    directory = engine(folder, {}).directory
    old, new = by_facts(directory, a=DESK, b=DESK), by_facts(directory, a=INBOX, b=DESK)
    leads = [
        past(1, jobtitle="a", acceptedon=at(5), breached=True),
        past(2, jobtitle="a", acceptedon=at(5), respondedon=at(6)),
        past(3, jobtitle="a"),
        past(4, jobtitle="b", acceptedon=at(5), respondedon=at(6), breached=True),
    ]
    then = backtest(leads, old, new).moved_then
    assert (then.accepted, then.responded, then.breached) == (2, 1, 1)


def test_promises_by_the_new_priority(folder: Path) -> None:
    directory = engine(folder, {}).directory
    long = DESK.model_copy(update={"accept_within": DAY})
    hot = SOON.model_copy(update={"priority": "hot"})
    old = by_facts(directory, same=SOON, shorter=long, longer=SOON, added=LOST, dropped=SOON, without=DESK, clock=SOON)
    new = by_facts(
        directory, same=hot, shorter=hot, longer=long, added=long, dropped=LOST, without=INBOX, clock=OTHER_CLOCK
    )
    late = at(90)
    leads = [past(n, jobtitle=job, acceptedon=late) for n, job in enumerate(["same", "shorter", "shorter"])]
    leads += [past(5 + n, jobtitle=job, acceptedon=late) for n, job in enumerate(["longer", "added", "dropped"])]
    leads += [past(9, jobtitle="without", acceptedon=late), past(10, jobtitle="clock")]
    hot_ones, others = backtest(leads, old, new).promises
    assert (hot_ones.priority, hot_ones.leads, hot_ones.same, hot_ones.shorter) == ("hot", 3, 1, 2)
    assert (hot_ones.old, hot_ones.new) == (Kept(in_time=2, late=1), Kept(in_time=0, late=3))
    counts = (others.shorter, others.longer, others.added, others.dropped, others.without)
    assert (others.priority, others.leads, *counts) == ("normal", 5, 1, 1, 1, 1, 1)
    assert (others.old, others.new) == (Kept(in_time=0, late=2), Kept(in_time=2, late=0))


def test_a_disagreement_of_the_engines_is_counted(folder: Path) -> None:
    good = decided_by(engine(folder, {"cfo": OUTCOMES[0]}))

    def doubtful(lead: object) -> RoutingDecision:
        return decision(DESK, engine_disagreement=True)

    bad = Side(doubtful, good.directory)
    lead = past(1, decision(DESK, engine_disagreement=True))
    assert backtest([lead], good, bad).disagreements.examples == [lead_number(1)]
    assert backtest([lead], recorded(good.directory), good).disagreements.leads == 0, "that was then"


def test_recorded_decisions_are_read_word_for_word(folder: Path) -> None:
    side = recorded(Directory())
    one, other = decision(SOON, "one"), decision(LOST, "otherwise", file="business_units/uk.yaml")
    changed = decision(INBOX, "one", digest="e" * 64)
    for kept in (one, other, changed, one):
        assert side.decide(past(1, kept)) == kept


def test_nothing_at_all(folder: Path) -> None:
    side = decided_by(engine(folder, {}))
    result = backtest([], side, side)
    assert isinstance(result, Backtest)
    assert (result.leads, result.moved, result.destinations, result.load, result.promises) == (0, 0, [], [], [])
