"""How long does one routing decision take?

Ours with and without a trace, beside a raw durable-rules call on the same rulesets (the lead's message to JSON and the
C calls: no flags, no check, no lock, no decision record) and a zen-engine decision table with the same rules. Same
leads, one thread, best of several rounds. Run it with `python -m benchmarks.decision [--json]`.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import durable_rules_engine
import orjson
import zen

from rules.engine.compiler import compiled
from rules.engine.decision import RoutingDecision
from rules.engine.rules_engine import RulesEngine

SIZES = (10, 100, 1000)
LEADS = 1000
ROUNDS = 5
COUNTRIES = ["GB", "US", "DE", "AT", "CH", "FR", "ES", "IT", "NL", "SE", "DK", "PL", "JP", "BR"]
DOMAINS = ["gmail.com", "initech.example", "globex.example", "uni.edu", "hooli.example", "city.gov"]
TABLE_FIELDS = ["address1_country", "industrycode", "numberofemployees", "leadsourcecode", "revenue", "email_domain"]
DIRECTORY = """
business_units: {all: {name: All}}
users: {ann: {name: Ann, email: ann@leadflow.example, business_unit: all}}
teams: {desk: {name: Desk, business_unit: all, members: [ann]}}
queues: {inbox: {name: Inbox, team: desk}}
"""

Conditions = dict[str, Any]
Facts = dict[str, Any]


def random_rule(chance: random.Random) -> Conditions:
    """Two to five conditions, as they stand under `when`."""
    low = chance.choice([1, 10, 50, 200, 1000])
    possible: Conditions = {
        "address1_country": chance.sample(COUNTRIES, chance.choice([1, 1, 2, 3])),
        "industrycode": [chance.randint(1, 33)],
        "numberofemployees": {"between": [low, low * 20]},
        "leadsourcecode": chance.sample(range(1, 11), 3),
        "revenue": {"at_least": chance.choice([1000, 50000, 1000000])},
        "email_domain": {"ends_with": chance.choice([".edu", ".gov", ".example", ".com"])},
    }
    return {name: possible[name] for name in chance.sample(TABLE_FIELDS, chance.randint(2, 5))}


def random_facts(chance: random.Random) -> Facts:
    """A lead in canonical form; each field is missing in one lead of twenty."""
    facts: Facts = {
        "address1_country": chance.choice(COUNTRIES).lower(),
        "industrycode": chance.randint(1, 33),
        "numberofemployees": int(10 ** chance.uniform(0, 5)),
        "leadsourcecode": chance.randint(1, 10),
        "revenue": round(10 ** chance.uniform(2, 8), 2),
        "email_domain": chance.choice(DOMAINS),
        "jobtitle": "vp engineering", "companyname": "initech ltd", "lastname": "smith", "existing_account": False,
        "is_duplicate": False, "source": "website", "age_hours": 1.5, "emailaddress1": "jane@initech.example",
    }  # fmt: skip
    return {name: value for name, value in facts.items() if chance.random() > 0.05}


def our_engine(rules: list[Conditions], folder: Path) -> RulesEngine:
    book = {
        "rules": [
            {"id": f"r-{number}", "when": when, "then": {"assign_to": {"queue": "inbox"}}}
            for number, when in enumerate(rules)
        ],
        "otherwise": {"assign_to": {"queue": "inbox"}},
    }
    (folder / "default.yaml").write_text(json.dumps(book, indent=1))
    (folder / "directory.yaml").write_text(DIRECTORY)
    return RulesEngine.load(folder)


class RawCalls:
    """durable-rules' C calls on our shards, and nothing else."""

    def __init__(self, engine: RulesEngine) -> None:
        self.shards = compiled(engine.book.files["default.yaml"]).shards
        self.handles = [
            durable_rules_engine.create_ruleset(f"raw-{id(self)}-{number}", shard.definition)
            for number, shard in enumerate(self.shards)
        ]

    def messages(self, facts: Facts) -> list[Facts]:
        return [shard.message(facts) for shard in self.shards]

    def first(self, messages: list[Facts]) -> str | None:
        for handle, message in zip(self.handles, messages, strict=True):
            code, offset = durable_rules_engine.assert_event(handle, orjson.dumps(message).decode())
            if code == 0:
                answer: tuple[str, str] = durable_rules_engine.start_action_for_state(handle, offset)
                durable_rules_engine.complete_and_start_action(handle, offset)
                return answer[1]
        return None


def zen_decision(rules: list[Conditions]) -> Any:
    """The same rules as a decision table, first match."""
    inputs = [{"id": name, "name": name, "field": name} for name in TABLE_FIELDS]
    rows = [
        {"_id": str(number), **{name: _cell(when.get(name)) for name in TABLE_FIELDS}, "rule": f'"r-{number}"'}
        for number, when in enumerate(rules)
    ]
    output = [{"id": "rule", "name": "rule", "field": "rule"}]
    table = {"hitPolicy": "first", "inputs": inputs, "outputs": output, "rules": rows}
    model = {
        "nodes": [
            {"id": "in", "name": "in", "type": "inputNode"},
            {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
            {"id": "out", "name": "out", "type": "outputNode"},
        ],
        "edges": [
            {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
            {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
        ],
    }
    return zen.ZenEngine().create_decision(json.dumps(model))


def _cell(condition: Any) -> str:
    """A condition in zen's unary language; an empty cell holds for anything."""
    if condition is None:
        return ""
    if isinstance(condition, list):
        return ", ".join(json.dumps(value).lower() for value in condition)
    if "between" in condition:
        return "[{}..{}]".format(*condition["between"])
    if "at_least" in condition:
        return f">= {condition['at_least']}"
    return f"endsWith($, {json.dumps(condition['ends_with'])})"


def timed(call: Callable[[Any], object], arguments: list[Any]) -> tuple[float, float]:
    """p50 and p99 in microseconds."""
    taken = []
    for argument in arguments:
        start = time.perf_counter_ns()
        call(argument)
        taken.append((time.perf_counter_ns() - start) / 1000)
    cuts = quantiles(taken, n=100)
    return cuts[49], cuts[98]


def measured(size: int) -> Iterator[dict[str, Any]]:
    """One row per engine for a book of this many rules. The engines take turns, so that a busy machine hits all."""
    chance = random.Random(size)
    rules = [random_rule(chance) for _ in range(size)]
    leads = [random_facts(chance) for _ in range(LEADS)]
    with TemporaryDirectory() as folder:
        engine = our_engine(rules, Path(folder))
    raw, table = RawCalls(engine), zen_decision(rules)
    tabled = [{name: lead.get(name) for name in TABLE_FIELDS} for lead in leads]
    decide = partial(engine.decide, trace=False)
    traced = partial(engine.decide, trace=True)
    _same_answers(decide, table, leads, tabled)
    calls: list[tuple[str, Callable[[Any], object], list[Any]]] = [
        ("durable-rules, raw call", raw.first, [raw.messages(lead) for lead in leads]),
        ("leadflow", decide, leads),
        ("leadflow with trace", traced, leads[: LEADS // 20]),
        ("zen-engine, decision table", table.evaluate, tabled[: LEADS // 5]),
    ]
    rounds = [[timed(call, arguments) for _, call, arguments in calls] for _ in range(ROUNDS)]
    best = [min(times) for times in zip(*rounds, strict=True)]
    for (name, _, _), (p50, p99) in zip(calls, best, strict=True):
        yield {"rules": size, "engine": name, "p50_us": round(p50, 1), "p99_us": round(p99, 1),
               "times_raw": round(p50 / best[0][0], 2)}  # fmt: skip


def _same_answers(
    decide: Callable[[Facts], RoutingDecision], table: Any, leads: list[Facts], tabled: list[Facts]
) -> None:
    """A race between engines that answer differently would say nothing."""
    for lead, row in list(zip(leads, tabled, strict=True))[:200]:
        if None in row.values():
            continue  # zen compares null in its own way
        other = (table.evaluate(row)["result"] or {}).get("rule", "otherwise")
        if decide(lead).rule != other:
            raise SystemExit(f"leadflow says {decide(lead).rule}, zen-engine {other} for {lead}")


def main() -> None:
    rows = [row for size in SIZES for row in measured(size)]
    if "--json" in sys.argv:
        print(json.dumps(rows, indent=1))
        return
    print(f"{'rules':>5}  {'engine':28} {'p50 us':>8} {'p99 us':>8} {'x raw':>7}")
    for row in rows:
        print(f"{row['rules']:5}  {row['engine']:28} {row['p50_us']:8} {row['p99_us']:8} {row['times_raw']:7}")


if __name__ == "__main__":
    main()
