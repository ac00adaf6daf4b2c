"""The long form of the chaos tests: `python -m tests.chaos.run --leads 2000 --seed 1`, as `make chaos` does.

So many leads on SQLite and on PostgreSQL, each with processes that call the activities and with Temporal's workers.
Equal seeds kill at equal moments; what the processes do in between is never twice the same.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random

from tests import postgres
from tests.chaos import crew, fleet
from tests.chaos.plan import plan

LEADS_PER_KILL = 40
SECONDS_PER_LEAD = 1.0
LEVELS = {"activities": crew.run, "Temporal": fleet.run}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--leads", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    kills = max(given.leads // LEADS_PER_KILL, 1)
    print(f"{given.leads:,} leads, {kills} kills, seed {given.seed}", flush=True)
    sound = True
    for level, run in LEVELS.items():
        for kind, databases in {"SQLite": _sqlite, "PostgreSQL": _postgres}.items():
            with databases() as url:
                database, began = crew.prepared(url), time.monotonic()
                within = timedelta(seconds=60 + given.leads * SECONDS_PER_LEAD)
                problems = run(database, plan(given.leads), kills, Random(given.seed), within)
                database.close()
            print(f"{level} on {kind}: {len(problems)} problems, {time.monotonic() - began:.0f} s", flush=True)
            print("".join(f"  {problem}\n" for problem in problems), end="", flush=True)
            sound = sound and not problems
    return 0 if sound else 1


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/leadflow.db"


@contextmanager
def _postgres() -> Iterator[str]:
    with postgres.postgres_server() as server, postgres.new_database(server) as url:
        yield url


if __name__ == "__main__":
    sys.exit(main())
