"""How long does a back test of many past leads take?

The real command, `leadflow rules backtest`, as a process of its own, on a SQLite database of past leads, at 100 rules
with teams that have working hours. The floor, a process as well, reads the same rows and makes one raw durable-rules
call for each. Both take turns; medians count. Run it with `python -m benchmarks.backtest [--leads N] [--rounds N]
[--json]`.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from benchmarks.decision import RawCalls, random_facts, random_rule
from crm.entities.lead import Lead
from crm.store import records
from crm.store.database import open_database
from crm.store.life import journal
from crm.store.life.journal import Entry
from crm.store.rules import decisions, rulesets
from crm.store.service_tables import lf_routingdecision
from crm.store.upgrade import upgrade
from rules.engine.facts import NOW
from rules.engine.rules_engine import RulesEngine

RULES = 100
CHANGED = 10
"""So many rules of the candidate send their leads to another team."""
TEAMS, MEMBERS = 8, 6
START = datetime(2026, 1, 5, tzinfo=UTC)
NAMES = UUID(int=0)


def directory() -> dict[str, Any]:
    """Teams of people in three time zones, with hours and holidays."""
    people = [f"person-{number}" for number in range(TEAMS * MEMBERS)]
    zones = ["Europe/Berlin", "Europe/London", "America/New_York"]
    return {
        "business_units": {"all": {"name": "All"}},
        "users": {
            key: {"name": key, "email": f"{key}@ours.example", "business_unit": "all", "time_zone": zones[place % 3]}
            for place, key in enumerate(people)
        },
        "teams": {
            f"team-{number}": {
                "name": f"Team {number}", "business_unit": "all", "holidays": "DE",
                "working_hours": [{"days": "mon-fri", "from": "09:00", "to": "17:30"}],
                "members": people[number * MEMBERS : (number + 1) * MEMBERS],
            }
            for number in range(TEAMS)
        },
        "queues": {"inbox": {"name": "Inbox", "team": "team-0"}},
    }  # fmt: skip


def write_rules(folder: Path, changed: int) -> RulesEngine:
    """The rule book; the first `changed` rules send their leads to the next team."""
    chance = random.Random(RULES)
    rules = []
    for number in range(RULES):
        team = (number + (number < changed)) % TEAMS
        strategy = "least_open" if number % 4 == 0 else "round_robin"
        then = {"assign_to": {"team": f"team-{team}", "strategy": strategy}, "accept_within": f"{1 + number % 8} hours"}
        rules.append({"id": f"r-{number}", "when": random_rule(chance), "then": then})
    folder.mkdir()
    (folder / "default.yaml").write_text(json.dumps({"rules": rules, "otherwise": {"assign_to": {"queue": "inbox"}}}))
    (folder / "directory.yaml").write_text(json.dumps(directory()))
    return RulesEngine.load(folder)


def write_past(url: str, engine: RulesEngine, number: int) -> None:
    """Leads with their decision, some minutes apart; most of them accepted, many closed since."""
    chance = random.Random(number)
    database = open_database(url)
    upgrade(database)
    with database.transaction() as connection:
        rulesets.keep(connection, engine.digest, engine.book.texts, START)
        for count in range(number):
            leadid, on = uuid5(NAMES, str(count)), START + timedelta(minutes=9 * count)
            accepted = on + timedelta(minutes=chance.expovariate(1 / 300))
            closed = accepted + timedelta(days=chance.expovariate(1 / 10)) if chance.random() < 0.6 else None
            facts = random_facts(chance) | {NOW: int(on.timestamp())}
            decision = engine.decide(facts, trace=False).model_dump(mode="json", exclude={"trace"})
            lead = Lead(leadid=leadid, lastname="Past", lf_closedon=closed)
            records.insert(connection, lead, now=on)
            decisions.put(connection, leadid, "intake", decision, facts, on)
            steps = {"intake": Entry(on, "intake", "Received", None)}
            if chance.random() < 0.8:
                steps["accept"] = Entry(accepted, "accept", "Accepted", None)
            journal.write(connection, leadid, steps)
    database.close()


def floor(url: str, folder: Path) -> None:
    """What cannot be saved: every row read, one raw call of durable-rules for each."""
    raw = RawCalls(RulesEngine.load(folder))
    kept = lf_routingdecision.c
    database = open_database(url)
    with database.reading() as connection:
        rows = connection.execute(select(kept.leadid, kept.decision, kept.facts).order_by(kept.decidedon))
        print(sum(raw.first(raw.messages(row.facts)) is not None for row in rows))
    database.close()


def seconds(command: list[str], env: dict[str, str]) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    return time.perf_counter() - start, done.stdout


def measured(leads: int, rounds: int) -> dict[str, Any]:
    """Seconds of the command and of the floor, and what the command found."""
    with TemporaryDirectory() as place:
        root = Path(place)
        url = f"sqlite:///{root}/leadflow.db"
        write_rules(root / "candidate", CHANGED)
        write_past(url, write_rules(root / "rules", 0), leads)
        env = {**os.environ, "LEADFLOW_STATE_DIR": place, "LEADFLOW_RULES_DIR": str(root / "rules")}
        program = str(Path(sys.executable).with_name("leadflow"))
        command = [program, "rules", "backtest", "--rules", str(root / "candidate"), "--format", "json"]
        bare = [sys.executable, "-m", "benchmarks.backtest", "--floor", url, str(root / "candidate")]
        pairs = [(seconds(command, env), seconds(bare, env)) for _ in range(rounds)]
    found = json.loads(pairs[0][0][1])
    if found["leads"] != leads or found["disagreements"]["leads"]:
        raise SystemExit(f"{found['leads']} of {leads} leads, {found['disagreements']} disagreements")
    ours, least = median(taken for (taken, _), _ in pairs), median(taken for _, (taken, _) in pairs)
    return {
        "leads": leads, "rules": RULES, "moved": found["moved"], "backtest_s": round(ours, 2),
        "floor_s": round(least, 2), "ratio": round(ours / least, 2), "leads_per_second": round(leads / ours),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--floor", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.floor:
        floor(given.floor[0], Path(given.floor[1]))
        return
    found = measured(given.leads, given.rounds)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    print(f"{found['leads']:,} leads, {found['rules']} rules, {found['moved']:,} moved")
    print(f"back test {found['backtest_s']} s ({found['leads_per_second']:,} leads a second)")
    print(f"floor     {found['floor_s']} s; ratio {found['ratio']}")


if __name__ == "__main__":
    main()
