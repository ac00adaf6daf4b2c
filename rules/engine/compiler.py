"""From checked rule files to durable-rules' rulesets, cut into shards that stay inside its limits.

durable-rules compares exact values, ranges and presence itself. Everything else (text operators, long lists, durations)
becomes a flag that is computed in Python for each lead; so do lists and negations of a rule that would grow too wide.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import orjson

from crm.errors import Misconfigured
from rules.engine.conditions import Condition
from rules.engine.fields import readable_fields
from rules.engine.native import NativeTest, native_test
from rules.engine.normal_form import Atom, Junction, Normal, atoms, conjunctions, junctions, normalised
from rules.engine.schema import RuleFile
from rules.engine.source import FunctionWriter

MAX_CONJUNCTIONS = 60
MAX_WIDTH = 240
MAX_GROUPS = 12
MAX_CONDITIONS = 100
MAX_PROPERTIES = 200
RESERVED = ("id", "sid", "$s", "$forward", "_t", "_n", "_prime")


@dataclass(frozen=True, slots=True)
class Shard:
    """One ruleset for durable-rules: rule `r<i>` is rule `first + i` of the file.

    `definition` is its JSON; `message` makes what is sent of a lead: the fields that the rules use, as far as they are
    set, and a 1 for each flag that holds.
    """

    definition: str
    first: int
    count: int
    message: Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class CompiledRuleSet:
    """A rule file, ready to be matched. Shards stand in the order in which they decide."""

    file: RuleFile
    shards: tuple[Shard, ...]


def compiled(file: RuleFile) -> CompiledRuleSet:
    """Compile a checked file."""
    _check_names()
    plans = [_planned(normalised(rule.when)) for rule in file.rules]
    shards: list[Shard] = []
    for first, members in _cut(plans):
        shards.append(_shard(first, members))
    return CompiledRuleSet(file, tuple(shards))


def limit_problem(when: Condition) -> str | None:
    """Why a condition cannot be compiled, or None."""
    node = normalised(when)
    if (combined := conjunctions(node)) > MAX_CONJUNCTIONS:
        count = f"{combined:,}" if combined < 10**9 else "thousands of millions of"
        return f"its `any` groups make {count} combinations, at most {MAX_CONJUNCTIONS} are possible"
    if (groups := 1 + junctions(node)) > MAX_GROUPS:
        return f"it has {groups} groups, at most {MAX_GROUPS} are possible"
    if sum(1 for _ in atoms(node)) > MAX_CONDITIONS:
        return f"it has more than {MAX_CONDITIONS} conditions"
    return None


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one rule is to be written: which of its tests durable-rules answers itself, the others being flags.

    `width` is the number of paths that the rule takes in durable-rules' network.
    """

    node: Normal
    native: Mapping[Atom, NativeTest]
    conjunctions: int
    width: int
    properties: frozenset[object]


def _planned(node: Normal) -> _Plan:
    """All native where possible; then the widest tests become flags until the rule fits."""
    native = {atom: test for atom in atoms(node) if (test := native_test(atom)) is not None}
    groups = 1 + junctions(node) + sum(test.groups for test in native.values())
    widest = sorted(native, key=lambda atom: (native[atom].alternatives, native[atom].groups))
    while (width := _width(node, native)) > MAX_CONJUNCTIONS or groups > MAX_GROUPS:
        if not widest:
            break
        groups -= native.pop(widest.pop()).groups
    properties = frozenset(atom.test.field if atom in native else _meaning(atom) for atom in atoms(node))
    return _Plan(node, native, conjunctions(node), width, properties)


def _width(node: Normal, native: Mapping[Atom, NativeTest]) -> int:
    if isinstance(node, Atom):
        return native[node].alternatives if node in native else 1
    widths = [_width(part, native) for part in node.parts]
    return prod(widths) if node.kind == "$and" else sum(widths)


def _cut(plans: list[_Plan]) -> Iterator[tuple[int, list[_Plan]]]:
    """Neighbours that fit into one shard together, with the index of the first."""
    members: list[_Plan] = []
    conjunctions, width, properties = 0, 0, frozenset[object]()
    for index, plan in enumerate(plans):
        conjunctions, width = conjunctions + plan.conjunctions, width + plan.width
        properties |= plan.properties
        if members and (conjunctions > MAX_CONJUNCTIONS or width > MAX_WIDTH or len(properties) > MAX_PROPERTIES):
            yield index - len(members), members
            members = []
            conjunctions, width, properties = plan.conjunctions, plan.width, plan.properties
        members.append(plan)
    if members:
        yield len(plans) - len(members), members


def _shard(first: int, plans: list[_Plan]) -> Shard:
    flags: dict[object, tuple[str, Atom]] = {}
    rules: dict[str, Any] = {"$prime": {"all": [{"m": {"_prime": 1}}], "pri": 0}}
    for index, plan in enumerate(plans):
        parts = plan.node.parts if isinstance(plan.node, Junction) and plan.node.kind == "$and" else (plan.node,)
        conditions = [{"_t": 1}, *_written(parts, plan.native, flags)]
        rules[f"r{index}"] = {"all": [{"m": {"$and": conditions}}], "pri": index + 1}
    fields = {atom.test.field for plan in plans for atom in plan.native}
    return Shard(orjson.dumps(rules).decode(), first, len(plans), _message(sorted(fields), [*flags.values()]))


def _message(fields: list[str], flags: list[tuple[str, Atom]]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A whitelist: whatever else the facts hold never reaches C, where `id`, `sid` and the like would be commands."""
    writer = FunctionWriter((atom.test for _, atom in flags), fields)
    lines = ["message = {'_t': 1}"]
    lines += [f"if {writer.variable(name)} is not None: message[{name!r}] = {writer.variable(name)}" for name in fields]
    lines += [f"if {writer.test(atom.test, atom.negated)}: message[{name!r}] = 1" for name, atom in flags]
    return writer.function([*lines, "return message"])


def _written(
    parts: Iterable[Normal], native: Mapping[Atom, NativeTest], flags: dict[object, tuple[str, Atom]]
) -> list[dict[str, Any]]:
    """The JSON of each part, the most selective comparisons first."""
    written: list[tuple[int, dict[str, Any]]] = []
    for part in parts:
        if isinstance(part, Junction):
            written.append((4, {part.kind: _written(part.parts, native, flags)}))
        elif part in native:
            written.append((native[part].cost, native[part].definition))
        else:
            name, _ = flags.setdefault(_meaning(part), (f"_f{len(flags)}", part))
            written.append((1, {name: 1}))
    return [definition for _, definition in sorted(written, key=lambda pair: pair[0])]


def _meaning(atom: Atom) -> object:
    """Equal for tests that mean the same, wherever they stand."""
    return (atom.test.field, atom.test.row.meaning, atom.test.operand, atom.negated)


def fnv32(name: str) -> int:
    """The hash by which durable-rules tells field names apart (FNV-1a, 32 bits)."""
    value = 2166136261
    for byte in name.encode():
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


@cache
def _check_names() -> None:
    """durable-rules cannot tell two names of equal hash apart. Raises Misconfigured."""
    flags = (f"_f{number}" for number in range(MAX_PROPERTIES + 1))
    seen: dict[int, str] = {}
    for name in (*readable_fields(), *RESERVED, *flags):
        other = seen.setdefault(fnv32(name), name)
        if other != name:
            raise Misconfigured(f"fields '{name}' and '{other}' look the same to durable-rules; rename one of them")
