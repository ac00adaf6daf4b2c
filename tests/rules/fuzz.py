"""Random rule books decide random leads: durable-rules, the evaluator and the oracle must say the same.

`python -m tests.rules.fuzz --pairs 200000 --seed 1` tries so many pairs of a rule book and a lead on all cores, prints
how far it is, and ends with the smallest example of what it finds, if anything. Equal seeds give equal pairs.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

from crm.choices import standard_choices
from crm.errors import Misconfigured
from rules.engine.durable_engine import EngineFault
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.oracle import Seen, matching, verdict
from tests.rules.random_books import Book, random_book, smaller, texts
from tests.rules.random_values import random_facts

LEADS_PER_BOOK = 100
TRACED = 10
MAX_TRIES = 3000
Facts = dict[str, Any]


@dataclass
class Tried:
    """The pairs of one seed; `problem` describes the first that went wrong."""

    pairs: int = 0
    seen: Seen = field(default_factory=set)
    problem: str = ""


def try_seed(seed: str) -> Tried:
    """One rule book and LEADS_PER_BOOK leads."""
    chance = Random(seed)
    book = random_book(chance)
    try:
        engine = engine_of(book)
    except Misconfigured as error:
        return Tried() if "LF501" in str(error) else Tried(problem=f"seed {seed}: {error}")
    choices = standard_choices()
    tried = Tried()
    for number in range(LEADS_PER_BOOK):
        facts = random_facts(chance, choices)
        tried.pairs += 1
        if wrong := difference(engine, facts, tried.seen, traced=number % TRACED == 0):
            tried.problem = f"seed {seed}: {wrong}\n{smallest(book, facts)}"
            break
    engine.close()
    return tried


def engine_of(book: Book) -> RulesEngine:
    """The engine, its rules in the order in which they were meant to decide. Raises Misconfigured."""
    engine = RulesEngine.of(RuleSources.from_texts(texts(book)), "random rules")
    for file in book:
        assert [rule.id for rule in engine.book.files[file.path].rules] == file.order
    return engine


def difference(engine: RulesEngine, facts: Facts, seen: Seen | None = None, *, traced: bool = True) -> str:
    """What the three do not agree about; empty where they do."""
    matches: dict[str, list[int]] = {}
    for path, file in engine.book.files.items():
        step = engine._steps[path]
        expected = matches[path] = matching(file, facts, seen)
        first = expected[0] if expected else None
        try:
            answers = {"durable-rules": step.matcher.first(facts), "evaluator": step.evaluator.first(facts)}
        except EngineFault as fault:
            return f"{path}: {fault}"
        for who, answer in answers.items():
            if answer != first:
                return f"{path}: {who} finds {answer}, the oracle {first}"
        if (every := step.evaluator.every(facts)) != expected:
            return f"{path}: the evaluator finds {every}, the oracle {expected}"
    return _decided_otherwise(engine, facts, matches, traced)


def _decided_otherwise(engine: RulesEngine, facts: Facts, matches: dict[str, list[int]], traced: bool) -> str:
    decision = engine.decide(facts, trace=traced)
    wanted = verdict(engine.book, facts, matches)
    if (decision.files, decision.rule) != (wanted.files, wanted.rule) or decision.engine_disagreement:
        return f"decided {decision.rule} of {decision.files}, the oracle {wanted}"
    unique = f"Not unique: {', '.join(wanted.others)} match" if wanted.others else "Not unique"
    if (unique in decision.reason) != bool(wanted.others):
        return f"the reason is '{decision.reason}', the oracle says {wanted.others} match as well"
    trace = [rule.rule for rule in decision.trace if rule.matched]
    ids = [engine.book.files[path].rules[number].id for path in wanted.files for number in matches[path]]
    return f"the trace says {trace} match, the oracle {ids}" if traced and trace != ids else ""


def smallest(book: Book, facts: Facts) -> str:
    """The same mistake with as little as possible, to be tried by hand."""
    book, facts = reduced(book, facts, _is_wrong)
    files = "\n".join(f"--- {name}\n{text}" for name, text in texts(book).items() if name != "directory.yaml")
    return f"facts = {facts!r}\n{files}"


def reduced(book: Book, facts: Facts, is_wrong: Callable[[Book, Facts], bool]) -> tuple[Book, Facts]:
    """The first smaller pair that is still wrong, and so on, as long as there is one."""
    tries = 0
    while tries < MAX_TRIES:
        for less in _less(book, facts):
            tries += 1
            if is_wrong(*less):
                book, facts = less
                break
        else:
            break
    return book, facts


def _less(book: Book, facts: Facts) -> Iterator[tuple[Book, Facts]]:
    for name in [name for name in facts if name != "now"]:
        yield book, {other: value for other, value in facts.items() if other != name}
    for less in smaller(book):
        yield less, facts


def _is_wrong(book: Book, facts: Facts) -> bool:
    try:
        engine = engine_of(book)
    except Misconfigured:
        return False
    wrong = bool(difference(engine, facts))
    engine.close()
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    print(f"{given.pairs:,} pairs of a rule book and a lead, seed {given.seed}, {given.workers} workers", flush=True)
    start = told = time.monotonic()
    pairs = books = 0
    seen: Seen = set()
    with ProcessPoolExecutor(given.workers) as pool:
        while pairs < given.pairs:
            seeds = [f"{given.seed}-{books + number}" for number in range(16 * given.workers)]
            for tried in pool.map(try_seed, seeds):
                books += 1
                pairs += tried.pairs
                seen |= tried.seen
                if tried.problem:
                    print(tried.problem)
                    return 1
            if time.monotonic() - told > 5 or pairs >= given.pairs:
                told = time.monotonic()
                rate = pairs / (told - start)
                print(f"{pairs:,} pairs, {books:,} rule books, {rate:,.0f} pairs a second, all agree", flush=True)
    print(f"{len(seen)} combinations of type, operator and answer were met")
    return 0


if __name__ == "__main__":
    sys.exit(main())
