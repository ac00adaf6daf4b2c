"""Rule books that are broken, huge or hostile, each checked in a process that may use a gigabyte.

`python -m tests.rules.malformed` checks them all and prints one line of JSON for each: what the check said, how many
seconds of CPU time it took and how many MB the process has needed so far.
"""

import faulthandler
import json
import random
import resource
import time
from collections.abc import Callable, Iterator, Mapping

from rules.engine.check import check_rules
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import MAX_BYTES, TOP_FILES, RuleSources
from tests.rules.books import DEFAULT, DIRECTORY, SHIPPED

MEMORY = 1 << 30
DECIDED = "decided by 5,000 rules"
Files = dict[str, bytes]


def shipped() -> Files:
    return dict(RuleSources.from_folder(SHIPPED).files)


def changed(change: Callable[[bytes], Iterator[bytes]]) -> Iterator[Files]:
    """Each file of the shipped book with those that it needs, changed in each way that `change` yields."""
    files = shipped()
    for name, content in files.items():
        owner = name.partition(".")[0] + ".yaml"  # of a table; of a rule file, itself
        needed = {path: files[path] for path in (*TOP_FILES, owner)}
        for other in change(content):
            yield needed | {name: other}


def truncated(content: bytes) -> Iterator[bytes]:
    step = max(1, len(content) // 12)
    return (content[:end] for end in range(0, len(content), step))


def with_flipped_bits(content: bytes) -> Iterator[bytes]:
    chance = random.Random(len(content))
    for count in (1, 1, 1, 1, 3, 10, 100):
        flipped = bytearray(content)
        for _ in range(count):
            flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        yield bytes(flipped)


def with_random_bytes(content: bytes) -> Iterator[bytes]:
    chance = random.Random(len(content))
    yield chance.randbytes(len(content))
    yield bytes(chance.choices(b"abc:-[]{},&*!|>'\"#%@?\n\t 019", k=len(content)))
    for _ in range(4):
        place = chance.randrange(len(content))
        yield content[:place] + chance.randbytes(8) + content[place:]
        yield content[:place] + bytes(chance.choices(b":-[]{},&*!|>'\"#\n\t ", k=4)) + content[place:]


def book(default: str, directory: str = DIRECTORY, **tables: str) -> Files:
    texts = {"directory.yaml": directory, "default.yaml": default}
    return {name: text.encode() for name, text in texts.items()} | {
        f"default.{name}.csv": text.encode() for name, text in tables.items()
    }


def one_rule(when: str) -> Files:
    return book(f"rules:\n- id: r\n  when: {when}\n  then: {{hold: {{reason: x}}}}\n{DEFAULT}")


def any_of(condition: str, count: int) -> Files:
    return one_rule("{any: [" + ", ".join(f"{{{condition.replace('N', str(n))}}}" for n in range(count)) + "]}")


def many_rules(count: int, when: str = "lastname: wN", examples: int = 0) -> str:
    rules = "".join(
        f"- id: r-{i}\n  when: {{{when.replace('N', str(i))}}}\n  then: {{assign_to: {{queue: inbox}}}}\n"
        for i in range(count)
    )
    shown = "".join(f"- {{lead: {{lastname: w{i}}}, expect: {{rule: r-{i}}}}}\n" for i in range(examples))
    return f"rules:\n{rules}{DEFAULT}" + (f"examples:\n{shown}" if shown else "")


def laughs() -> str:
    lines = ["a0: &a0 [lol, lol]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))]
    return "\n".join(lines)


def users(count: int) -> str:
    people = "".join(
        f"  u{i}: {{name: User {i}, email: u{i}@leadflow.example, business_unit: uk}}\n" for i in range(count)
    )
    members = ", ".join(f"u{i}" for i in range(count))
    all_of_them = f"  all: {{name: All, business_unit: uk, members: [{members}]}}\n"
    return DIRECTORY.replace("users:\n", f"users:\n{people}").replace("teams:\n", f"teams:\n{all_of_them}")


def chain_of_units(count: int) -> str:
    units = "".join(f"  c{i}: {{name: x, parent: c{i + 1}}}\n" for i in range(count))
    return DIRECTORY.replace("business_units:\n", f"business_units:\n{units}  c{count}: {{name: x}}\n")


def values(count: int) -> str:
    return ", ".join(f"v{number}" for number in range(count))


ACCEPTED = ""
GROUP = "{any: [{lastname: a}, {lastname: b}]}"
CASES: Mapping[str, tuple[str, Callable[[], Files]]] = {
    "nothing": ("LF001", dict),
    "10 MB": ("LF001", lambda: book(many_rules(60_000)[:10_000_000])),
    "many files": ("LF501", lambda: book(DEFAULT) | {
        f"business_units/u{n}.yaml": b"a: [" + b"a," * 450_000 for n in range(9)}),
    "one line of 900 KB": ("LF103", lambda: book("x" * 900_000)),
    "one value of 900 KB": ("LF103", lambda: book(f"description: {'x' * 900_000}\n{DEFAULT}")),
    "one key of 900 KB": ("LF101", lambda: book(f"? {'x' * 900_000}\n: y\n{DEFAULT}")),
    "one word of 900 KB as a field": ("LF201", lambda: one_rule(f"{{? {'x' * 900_000} : y}}")),
    "one number of 900 KB": ("LF204", lambda: one_rule(f"{{revenue: {'9' * 900_000}}}")),
    "one list of 900 KB": ("LF501", lambda: one_rule(f"{{lastname: [{'a,' * 400_000}]}}")),
    "one regular expression of 900 KB": ("LF204", lambda: one_rule(f"{{jobtitle: {{matches: '{'a' * 900_000}'}}}}")),
    "a regular expression that never ends": ("LF204", lambda: one_rule("{jobtitle: {matches: '(a*)*b'}}")),
    "a regular expression with 120 brackets": (
        ACCEPTED, lambda: one_rule(f"{{jobtitle: {{matches: '{'(' * 120}a*{')' * 120}'}}}}")),
    "3,000 regular expressions": ("LF501", lambda: book(many_rules(3_000, "jobtitle: {matches: 'aN.*bN.*'}"))),
    "only quotation marks": ("LF002", lambda: book('"' * 900_000)),
    "only line ends": ("LF103", lambda: book("\n" * 900_000)),
    "only NUL": ("LF001", lambda: book("\0" * 900_000)),
    "only tabs": ("LF002", lambda: book("\t" * 900_000)),
    "only documents": ("LF004", lambda: book("---\n" * 200_000)),
    "100,000 brackets": ("LF004", lambda: book("[" * 100_000)),
    "100,000 nested mappings": ("LF004", lambda: one_rule("{any: [" * 100_000)),
    "100,000 dashes": ("LF004", lambda: book("- " * 100_000)),
    "billion laughs": ("LF004", lambda: book(laughs())),
    "100,000 keys": ("LF502", lambda: book("".join(f"k{n}:\n" for n in range(100_000)) + DEFAULT)),
    "20,000 equal keys": ("LF502", lambda: book("key: v\n" * 20_000)),
    "20,000 fields": ("LF502", lambda: one_rule("{" + ", ".join(f"f{n}: v" for n in range(20_000)) + "}")),
    "20,000 sections": ("LF502", lambda: book(DEFAULT, "".join(f"k{n}: v\n" for n in range(20_000)))),
    "10,000 unknown options": ("LF502", lambda: any_of("industrycode: oN", 10_000)),
    "10,000 doubtful countries": ("LF501", lambda: any_of("address1_country: oN", 10_000)),
    "5,000 values in each of 10 conditions": (ACCEPTED, lambda: book(
        many_rules(10, f"lastname: [xN, {values(4_999)}]"))),
    "5,001 values": ("LF103", lambda: one_rule(f"{{lastname: [{values(5_001)}]}}")),
    "thousands of groups": ("LF501", lambda: one_rule(f"{{all: [{', '.join([GROUP] * 16_000)}]}}")),
    "500 rules with three groups": (ACCEPTED, lambda: book(many_rules(500, f"all: [{GROUP}, {GROUP}]"))),
    "5,000 rules": (ACCEPTED, lambda: book(many_rules(5_000))),
    "1,000 rules with examples": (ACCEPTED, lambda: book(many_rules(1_000, examples=1_000))),
    "5,001 rules": ("LF501", lambda: book(many_rules(5_001))),
    "1,000 rules for unknown teams": ("LF502", lambda: book(
        many_rules(1_000).replace("queue: inbox", "team: u99999"), users(4_000))),
    "800 rules that overlap": (ACCEPTED, lambda: book(
        "hit_policy: unique\n" + many_rules(800, "revenue: {between: [N, 999999]}, lastname: {not: wN}"))),
    "150 rules of many fields that overlap": (ACCEPTED, lambda: book("hit_policy: unique\n" + many_rules(
        150, "revenue: {above: N}, none: [{any: [{lastname: wN}, {firstname: wN}]}], jobtitle: {contains: N}"))),
    "2,000 equal rules": ("LF401", lambda: book(many_rules(2_000).replace("r-1", "r-0"))),
    "10,000 users": (ACCEPTED, lambda: book(DEFAULT, users(10_000))),
    "2,000 users of unknown units": ("LF502", lambda: book(DEFAULT, users(2_000).replace("unit: uk", "unit: ku"))),
    "5,000 units above each other": ("LF501", lambda: book(DEFAULT, chain_of_units(5_000))),
    "a table of random bytes": ("LF001", lambda: book(
        "rules: [{table: default.a.csv}]\n" + DEFAULT) | {"default.a.csv": random.Random(1).randbytes(100_000)}),
    "a table that no file names, of random bytes": ("LF001", lambda: book(DEFAULT) | {
        "default.a.csv": random.Random(1).randbytes(100_000)}),
    "a table of one cell": ("LF005", lambda: book("rules: [{table: default.a.csv}]\n" + DEFAULT, a="x" * 900_000)),
    "a table of separators": ("LF102", lambda: book(
        "rules: [{table: default.a.csv}]\n" + DEFAULT, a="id;lastname\n" + ";" * 900_000)),
}  # fmt: skip
SERIES: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "truncated": truncated,
    "flipped bits": with_flipped_bits,
    "random bytes": with_random_bytes,
}
"""The shipped files, broken in many ways: each is refused, or still a rule book."""


def said(name: str, files: Files) -> str:
    """One line about one case."""
    start = time.process_time()
    result = check_rules(RuleSources.from_files({name: content[: MAX_BYTES + 1] for name, content in files.items()}))
    seconds = time.process_time() - start
    errors = [finding for finding in result.findings if finding.severity == "error"]
    return json.dumps({
        "case": name, "accepted": result.book is not None, "codes": sorted({finding.code for finding in errors}),
        "findings": len(result.findings), "longest": max((len(str(finding)) for finding in result.findings), default=0),
        "placed": all(finding.line > 0 and finding.column > 0 and finding.remedy for finding in result.findings),
        "seconds": round(seconds, 2), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    })  # fmt: skip


def decided() -> str:
    """One line about the largest file that is possible, and what it decides."""
    sources = RuleSources.from_files(book(many_rules(5_000, "lastname: [wN, xN], jobtitle: {contains: c}")))
    start = time.process_time()
    engine = RulesEngine.of(sources, "5,000 rules")
    loaded = time.process_time() - start
    names = [f"{letter}{number}" for letter in "wx" for number in (0, 59, 60, 2_500, 4_999, 5_000)]
    decisions = [engine.decide({"now": 0, "lastname": name, "jobtitle": "cto"}, trace=name == "w60") for name in names]
    return json.dumps({
        "case": DECIDED, "rules": [decision.rule for decision in decisions], "seconds": round(loaded, 2),
        "disagreements": sum(decision.engine_disagreement for decision in decisions),
        "traced": [len(decision.trace) for decision in decisions if decision.trace],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    })  # fmt: skip


def main() -> None:
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for series, change in SERIES.items():
        for number, files in enumerate(changed(change)):
            print(said(f"{series} {number}", files), flush=True)
    for name, (_, files_of) in CASES.items():
        print(said(name, files_of()), flush=True)
    print(decided(), flush=True)


if __name__ == "__main__":
    main()
