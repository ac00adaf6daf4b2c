"""What durable-rules gets: only what it answers rightly, in portions that it can take."""

import json
from typing import Any

import pytest

from crm.errors import Misconfigured
from rules.engine import compiler
from rules.engine.compiler import MAX_CONJUNCTIONS, MAX_WIDTH, RESERVED, compiled, fnv32, limit_problem
from rules.engine.conditions import Group
from rules.engine.fields import readable_fields
from rules.engine.normal_form import Atom, Junction, conjunctions, normalised
from tests.rules.books import condition, rule_file


def written(text: str) -> list[dict[str, Any]]:
    """The conditions of the one rule, without the positive one that each rule has."""
    (shard,) = compiled(rule_file(condition(text))).shards
    conditions: list[dict[str, Any]] = json.loads(shard.definition)["r0"]["all"][0]["m"]["$and"]
    assert conditions[0] == {"_t": 1}
    return conditions[1:]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lastname: Smith", [{"lastname": "smith"}]),
        ("lastname: {not: Smith}", [{"$or": [{"$neq": {"lastname": "smith"}}, {"$nex": {"lastname": 1}}]}]),
        ("lastname: [A, B]", [{"$or": [{"lastname": "a"}, {"lastname": "b"}]}]),
        ("revenue: {above: 5}", [{"$gt": {"revenue": 5.0}}]),
        ("none: [{revenue: {above: 5}}]", [{"$or": [{"$lte": {"revenue": 5.0}}, {"$nex": {"revenue": 1}}]}]),
        ("revenue: {between: [1, 2]}", [{"$and": [{"$gte": {"revenue": 1.0}}, {"$lte": {"revenue": 2.0}}]}]),
        ("lastname: {is_set: yes}", [{"$ex": {"lastname": 1}}]),
        ("lastname: {is_empty: yes}", [{"$nex": {"lastname": 1}}]),
        ("lastname: {contains: x}", [{"_f0": 1}]),
        ("lastname: [a, b, c, d, e, f, g, h, i, j, k]", [{"_f0": 1}]),
        ("revenue: {above: 5}\nlastname: x", [{"lastname": "x"}, {"$gt": {"revenue": 5.0}}]),
    ],
)
def test_native_conditions(text: str, expected: list[dict[str, Any]]) -> None:
    assert written(text) == expected


def test_equal_flags_are_computed_once() -> None:
    two = [condition("lastname: {contains: x}"), condition("lastname: {contains: X}\nfirstname: a")]
    (shard,) = compiled(rule_file(*two)).shards
    assert "_f1" not in shard.definition
    assert shard.message({"lastname": "xy", "id": 1, "sid": "2"}) == {"_t": 1, "_f0": 1}


def test_negations_reach_the_tests() -> None:
    node = normalised(condition("none: [{lastname: a, firstname: b}, {any: [{jobtitle: c}]}]"))
    assert isinstance(node, Junction) and node.kind == "$and"
    either, single = node.parts
    assert isinstance(either, Junction) and either.kind == "$or" and isinstance(single, Atom) and single.negated


def any_of(count: int) -> str:
    return "any: [" + ", ".join(f"{{lastname: a{number}}}" for number in range(count)) + "]"


def test_conjunctions_are_counted() -> None:
    assert conjunctions(normalised(condition(any_of(3)))) == 3
    assert conjunctions(normalised(condition(f"all: [{{{any_of(3)}}}, {{{any_of(4)}}}]"))) == 12
    assert limit_problem(condition(any_of(60))) is None
    assert "61 combinations" in str(limit_problem(condition(any_of(61))))


def test_too_many_groups_and_conditions() -> None:
    pairs = [f"{{lastname: a{number}, firstname: b}}" for number in range(12)]
    assert limit_problem(condition(f"any: [{', '.join(pairs[:10])}]")) is None
    assert "14 groups" in str(limit_problem(condition(f"any: [{', '.join(pairs)}]")))
    parts = [condition(f"lastname: {{contains: a{number}}}").parts[0] for number in range(101)]
    assert "conditions" in str(limit_problem(Group("all", tuple(parts), parts[0].at)))


def shard_sizes(*texts: str) -> list[int]:
    return [shard.count for shard in compiled(rule_file(*map(condition, texts))).shards]


def test_shards_hold_at_most_sixty_conjunctions() -> None:
    assert shard_sizes(*[f"lastname: a{n}" for n in range(130)]) == [60, 60, 10]
    assert shard_sizes(any_of(40), any_of(20), any_of(1)) == [2, 1]


def test_shards_stay_narrow_where_lists_would_hang_durable_rules() -> None:
    lists = [f"lastname: [{', '.join(f'a{n}x{m}' for m in range(10))}]" for n in range(60)]
    assert shard_sizes(*lists) == [MAX_WIDTH // 10] * 2 + [60 - 2 * (MAX_WIDTH // 10)]


def test_shards_hold_at_most_two_hundred_properties() -> None:
    rules = [
        "\n".join(f"{name}: {{contains: x{n}}}" for name in ("lastname", "firstname", "jobtitle", "companyname"))
        for n in range(60)
    ]
    assert max(shard_sizes(*rules)) == 50


def test_wide_lists_and_negations_become_flags() -> None:
    names = ["lastname", "firstname", "jobtitle", "companyname", "emailaddress1", "telephone1"]
    text = "\n".join(f"{name}: [a, b, c, d]" for name in names)
    (shard,) = compiled(rule_file(condition(text))).shards
    assert shard.definition.count("$or") <= 2 and "_f0" in shard.definition
    negations = "\n".join(f"{name}: {{not: a}}" for name in [*names, "telephone2", "address1_city"])
    (shard,) = compiled(rule_file(condition(negations))).shards
    assert 2 ** shard.definition.count("$or") <= MAX_CONJUNCTIONS


def test_field_names_differ_in_durable_rules_hash() -> None:
    assert fnv32("costarring") == fnv32("liquid")
    names = [*readable_fields(), *RESERVED]
    assert len({fnv32(name) for name in names}) == len(names)


def test_names_that_durable_rules_cannot_tell_apart_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "RESERVED", ("costarring", "liquid"))
    compiler._check_names.cache_clear()
    with pytest.raises(Misconfigured, match="'liquid' and 'costarring'"):
        compiled(rule_file(condition("lastname: a")))
    compiler._check_names.cache_clear()
