"""Rules are edited and loaded again five hundred times: `python -m tests.rules.reloads engine|live <folder>`.

Prints the process's memory in KB after WARM_UP reloads and at the end.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from rules.engine.live import LiveRules
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources
from tests.rules.books import write_book
from tests.rules.malformed import many_rules

RELOADS, WARM_UP, RULES, LEADS = 500, 100, 5, 8
CONDITIONS = "lastname: [kK, wN, xN], jobtitle: {contains: kK}, companyname: {matches: 'N.*'}"


def resident() -> int:
    """Memory of this process in KB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def edited(number: int) -> RuleSources:
    """The book after so many edits; each tenth one is broken."""
    text = many_rules(RULES, CONDITIONS.replace("K", str(number)))
    if number % 10 == 5:
        text = text.replace("queue", "quee")
    return RuleSources.from_files({**RuleSources.from_folder(Path(sys.argv[2])).files, "default.yaml": text.encode()})


def decide(engine: RulesEngine, number: int) -> None:
    for lead in range(LEADS):
        facts = {"now": 0, "lastname": f"w{lead}", "jobtitle": f"k{number} {lead}", "companyname": f"{lead} ltd"}
        decision = engine.decide(facts, trace=lead % 5 == 0)
        assert decision.rule == (f"r-{lead}" if lead < RULES else "otherwise") and not decision.engine_disagreement


def by_engine() -> Callable[[int], None]:
    """Each engine is dropped when the next one is there; every other one is closed first."""

    def reload(number: int) -> None:
        if number % 10 == 5:
            return
        engine = RulesEngine.of(edited(number), "the edited rules")
        decide(engine, number)
        if number % 2:
            engine.close()

    return reload


def by_live_rules() -> Callable[[int], None]:
    """A worker's rules: the old engine works on for whoever holds it, and is dropped then."""
    live = LiveRules(Path(sys.argv[2]))
    last = -1

    def reload(number: int) -> None:
        nonlocal last
        old = live.current()
        if live.take_up(edited(number)):
            if last >= 0:
                decide(old, last)
            last = number
        decide(live.current(), last)

    return reload


def main() -> None:
    write_book(Path(sys.argv[2]), {})
    reload = {"engine": by_engine, "live": by_live_rules}[sys.argv[1]]()
    for number in range(RELOADS):
        reload(number)
        if number + 1 in (WARM_UP, RELOADS):
            print(resident(), flush=True)


if __name__ == "__main__":
    main()
