"""How long does an editor of rules wait?

What `leadflow rules check`, `test` and `fmt` do, without starting Python and printing, for books of 10, 100 and 1,000
rules with as many examples. The floor parses the same YAML with libyaml and does nothing with it. All take turns, the
best of several rounds counts. Run it with `python -m benchmarks.editing [--json] [--rounds N]`.
"""

import argparse
import json
import random
import time
from collections.abc import Callable
from typing import Any

import yaml

from benchmarks.decision import COUNTRIES, DIRECTORY, DOMAINS, SIZES, random_rule
from rules.analysis.coverage import coverage_of
from rules.editing.formatting import layouts
from rules.engine.check import check_rules
from rules.engine.examples import run_examples
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources

ROUNDS = 3


def random_lead(chance: random.Random) -> dict[str, Any]:
    """A lead as an example holds it."""
    return {
        "lastname": "Smith",
        "address1_country": chance.choice(COUNTRIES),
        "industrycode": chance.randint(1, 33),
        "numberofemployees": int(10 ** chance.uniform(0, 5)),
        "leadsourcecode": chance.randint(1, 10),
        "revenue": round(10 ** chance.uniform(2, 8), 2),
        "emailaddress1": f"jane@{chance.choice(DOMAINS)}",
    }


def to_inbox() -> dict[str, Any]:
    """A new one each time, or YAML would be written with references."""
    return {"assign_to": {"queue": "inbox"}}


def book(size: int) -> RuleSources:
    """A book of one file with this many rules and examples; every example comes out."""
    chance = random.Random(size)
    rules = [{"id": f"r-{number}", "when": random_rule(chance), "then": to_inbox()} for number in range(size)]
    examples = [
        {"name": f"example {number}", "lead": random_lead(chance), "expect": {"owner": {"queue": "inbox"}}}
        for number in range(size)
    ]
    file = {"rules": rules, "otherwise": to_inbox(), "examples": examples}
    text = yaml.safe_dump(file, sort_keys=False, default_flow_style=None, width=120)
    return RuleSources.from_texts({"directory.yaml": DIRECTORY, "default.yaml": text})


def parse(sources: RuleSources) -> None:
    """The floor."""
    for content in sources.files.values():
        yaml.load(content, Loader=yaml.CBaseLoader)


def check(sources: RuleSources) -> None:
    if check_rules(sources).book is None:
        raise SystemExit("the book has an error")


def test(sources: RuleSources) -> None:
    _tested(sources)


def test_with_coverage(sources: RuleSources) -> None:
    engine, decided = _tested(sources)
    coverage_of(engine.book, decided)


def _tested(sources: RuleSources) -> tuple[RulesEngine, list[Any]]:
    engine = RulesEngine.of(sources, "the benchmark's rules")
    results = run_examples(engine)
    if not all(result.passed for result in results):
        raise SystemExit("an example does not come out")
    engine.close()
    return engine, [(result.facts, result.decision) for result in results]


def fmt(sources: RuleSources) -> None:
    if any(layout.text is None for layout in layouts(sources)):
        raise SystemExit("a file cannot be formatted")


TASKS: dict[str, Callable[[RuleSources], None]] = {
    "parse the YAML": parse,
    "check": check,
    "test": test,
    "test --coverage": test_with_coverage,
    "fmt": fmt,
}


def measured(size: int, rounds: int) -> list[dict[str, Any]]:
    """One row a task, in milliseconds and as a multiple of the floor."""
    sources = book(size)
    best = dict.fromkeys(TASKS, float("inf"))
    for _ in range(rounds):
        for name, task in TASKS.items():
            start = time.perf_counter()
            task(sources)
            best[name] = min(best[name], time.perf_counter() - start)
    floor = best["parse the YAML"]
    return [
        {"rules": size, "task": name, "ms": round(seconds * 1000, 1), "times_parsing": round(seconds / floor, 1)}
        for name, seconds in best.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = [row for size in SIZES for row in measured(size, given.rounds)]
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{'rules':>5}  {'task':16} {'ms':>9} {'x parsing':>10}")
    for row in rows:
        print(f"{row['rules']:5}  {row['task']:16} {row['ms']:9} {row['times_parsing']:10}")


if __name__ == "__main__":
    main()
