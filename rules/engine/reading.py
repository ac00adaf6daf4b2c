"""One rule file: from its YAML to a checked `RuleFile`, with findings for all that is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from crm.entities.lead import Lead
from rules.engine.conditions import ConditionReader, Group
from rules.engine.decision import Outcome
from rules.engine.fields import readable_fields
from rules.engine.findings import Code, Findings, Place
from rules.engine.limits import Size
from rules.engine.loader import Items, Table, Text, YamlNode
from rules.engine.outcomes import OutcomeReader
from rules.engine.periods import first_second, last_second, period_tests
from rules.engine.policy import Policy
from rules.engine.roster import EITHER
from rules.engine.schema import (
    RAW_KEYS,
    Example,
    ExampleSpec,
    Rule,
    RuleFile,
    RuleFileSpec,
    RuleSpec,
)
from rules.engine.shape import place_of, read_as
from rules.engine.sources import FileKind
from rules.engine.tables import TableReader
from rules.engine.values import NUMERIC, Names, Unfit, misread, typed_value


@dataclass(frozen=True)
class FileReader:
    """Reads the file at `path`, which must be of this kind and key (None for default.yaml)."""

    path: str
    kind: FileKind
    key: str | None
    names: Names
    tables: TableReader
    size: Size
    findings: Findings

    def read(self, table: Table) -> RuleFile | None:
        """The rule file, or None when any part of it is wrong."""
        nodes = [*self._rule_nodes(table)]
        if not self.size.admits(nodes, place_of(table, ["rules"])):
            return None
        rules = [self._rule(node) if node else None for node in nodes]
        examples = [self._example(node) for node in self._items(table, "examples")]
        spec = read_as(RuleFileSpec, table, self.findings, RAW_KEYS)
        if spec is None:
            return None
        self._check_key(spec, table)
        otherwise = self._otherwise(spec, table)
        sound = [rule for rule in rules if rule is not None]
        if len(sound) != len(rules) or None in examples:
            return None
        return RuleFile(
            path=self.path, kind=self.kind, key=self.key, description=spec.description, hit_policy=spec.hit_policy,
            rules=self._ordered(spec, sound), otherwise=otherwise, otherwise_at=place_of(table, ["otherwise"]),
            examples=tuple(example for example in examples if example is not None),
            policy={name: value for name in Policy.model_fields if (value := getattr(spec, name)) is not None},
        )  # fmt: skip

    def _rule_nodes(self, table: Table) -> Iterator[YamlNode | None]:
        """What stands under `rules`, with the rows of a table in its place; None for each that cannot be read."""
        for node in self._items(table, "rules"):
            if isinstance(node, Table) and "table" in node.entries:
                yield from self.tables.rules(node, self.path)
            else:
                yield node

    def _items(self, table: Table, key: str) -> tuple[YamlNode, ...]:
        node = table.entries.get(key)
        return node.items if isinstance(node, Items) else ()

    def _check_key(self, spec: RuleFileSpec, table: Table) -> None:
        """The file's name is its key, and the file says so itself."""
        given = {"business_unit": spec.business_unit, "channel_partner": spec.channel_partner}
        for kind, key in given.items():
            wanted = self.key if kind == self.kind else None
            if key == wanted:
                continue
            at = place_of(table, [kind]) if key is not None else Place(self.path)
            message = f"{kind} is '{key}' but must be '{wanted}'" if wanted else f"{kind} does not belong here"
            remedy = f"Write `{kind}: {wanted}`, the file's name" if wanted else "Remove it, or move the file"
            self.findings.error(Code.WRONG_PLACE, at, message, remedy)
        directory = self.names.directory
        known = directory.business_units if self.kind == "business_unit" else directory.channel_partners
        if self.key is not None and self.key not in known:
            self.findings.unknown(Code.UNKNOWN_NAME, Place(self.path), self.kind.replace("_", " "), self.key, known)

    def _otherwise(self, spec: RuleFileSpec, table: Table) -> Outcome | None:
        node = table.entries["otherwise"]
        if spec.otherwise.use is None:
            return OutcomeReader(self.names, self.findings).read(spec.otherwise, node)
        allowed = {"channel_partner": "business_unit", "business_unit": "parent", "default": None}[self.kind]
        if spec.otherwise.use != allowed:
            message = f"`use: {spec.otherwise.use}` does not apply to this file"
            remedy = (
                f"Write `use: {allowed}`, or an outcome" if allowed else "Give an outcome; no file comes after this one"
            )
            self.findings.error(Code.NO_NEXT_FILE, node.at, message, remedy)
        elif isinstance(node, Table) and len(node.entries) > 1:
            self.findings.error(Code.WRONG_SHAPE, node.at, "`use` beside an outcome", "Keep one of the two")
        return None

    def _ordered(self, spec: RuleFileSpec, rules: list[tuple[RuleSpec, Rule]]) -> tuple[Rule, ...]:
        by_rank = spec.hit_policy == "priority"
        wrong = [rule for given, rule in rules if (given.rank is None) == by_rank]
        for rule in _one_of_a_table(wrong, self.path):
            if by_rank:
                remedy = "Add `rank: 1` or higher; for a table, beside its name or as a column"
                self.findings.error(Code.MISSING_KEY, rule.at, f"rule '{rule.id}' has no rank", remedy)
            else:
                message, remedy = f"rule '{rule.id}' has a rank", "Remove it, or set `hit_policy: priority`"
                self.findings.error(Code.WRONG_PLACE, rule.at, message, remedy)
        ordered = sorted(rules, key=lambda pair: pair[0].rank or 0) if by_rank else rules
        return tuple(rule for _, rule in ordered)

    def _rule(self, node: YamlNode) -> tuple[RuleSpec, Rule] | None:
        spec = read_as(RuleSpec, node, self.findings, RAW_KEYS)
        when = self._part(node, "when")
        condition = ConditionReader(self.names, self.findings).read(when) if when else None
        if spec is None or not isinstance(node, Table):
            return None
        self._check_number(node.entries.get("rank"))
        outcome = OutcomeReader(self.names, self.findings).read(spec.then, node.entries["then"])
        if condition is None or outcome is None:
            return None
        return spec, Rule(spec.id, spec.description, self._valid(spec, condition, node), outcome, node.at)

    def _valid(self, spec: RuleSpec, condition: Group, node: Table) -> Group:
        """The condition, and beside it that the rule is valid at the time of the decision."""
        start, end = spec.valid_from, spec.valid_until
        start_at, end_at = (place_of(node, [key]) for key in ("valid_from", "valid_until"))
        if start is not None and end is not None and last_second(end) < first_second(start):
            message = f"rule '{spec.id}' is valid until {end}, which is before {start}"
            self.findings.error(Code.WRONG_PERIOD, end_at, message, "Write the earlier date as valid_from")
        tests = period_tests(start, end, start_at, end_at)
        return Group(condition.kind, (*tests, *condition.parts), condition.at)

    def _check_number(self, node: YamlNode | None) -> None:
        if isinstance(node, Text) and (mistakable := misread(node.text)):
            self.findings.warning(Code.MISREAD_NUMBER, node.at, *mistakable)

    def _part(self, node: YamlNode, key: str) -> Table | None:
        part = node.entries.get(key) if isinstance(node, Table) else None
        return part if isinstance(part, Table) else None

    def _example(self, node: YamlNode) -> Example | None:
        spec = read_as(ExampleSpec, node, self.findings, RAW_KEYS)
        table = self._part(node, "lead")
        values = self._lead_values(table) if table else None
        if spec is None or table is None or values is None:
            return None
        try:
            lead = Lead.model_validate(values)
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                name = {"lf_source": "source"}.get(str(problem["loc"][0]), str(problem["loc"][0]))
                at = place_of(table, [name])
                self.findings.error(
                    Code.WRONG_VALUE, at, f"{name}: {problem['msg']}", "Write what the attribute allows"
                )
            return None
        self._check_people(spec, node)
        return Example(spec.name, lead, spec.context, spec.roster, spec.expect, node.at)

    def _check_people(self, spec: ExampleSpec, node: YamlNode) -> None:
        """The users, teams, queues and partners that an example names are in the directory."""
        known = self.names.directory.owners()
        owners = {**known, EITHER: {**known["user"], **known["partner"]}}
        named: list[tuple[tuple[str | int, ...], str, str]] = []
        named += [(("roster", *path), kind, key) for path, kind, key in spec.roster.named()]
        named += [(("expect", "skipped", index), "user", user) for index, user in enumerate(spec.expect.skipped or ())]
        for kind, key in spec.expect.owner or ():
            if key is not None and kind in owners:
                named.append((("expect", "owner", kind), kind, key))
        for path, kind, key in named:
            if key not in owners[kind]:
                self.findings.unknown(Code.UNKNOWN_NAME, place_of(node, path), kind, key, owners[kind])

    def _lead_values(self, table: Table) -> dict[str, Any] | None:
        """The lead's attributes, typed; None after a finding."""
        values: dict[str, Any] = {}
        given = {name: spec for name, spec in readable_fields().items() if name == "source" or not spec.derived}
        for name, node in table.entries.items():
            at = table.keys[name]
            if name not in given:
                self.findings.unknown(Code.UNKNOWN_FIELD, at, "lead attribute", name, given)
            elif not isinstance(node, Text):
                self.findings.error(Code.WRONG_SHAPE, node.at, f"{name} is no plain value", "Write one value")
            else:
                try:
                    values["lf_source" if name == "source" else name] = typed_value(given[name], node.text, self.names)
                except Unfit as unfit:
                    self.findings.error(unfit.code, node.at, unfit.message, unfit.remedy)
                if given[name].type in NUMERIC:
                    self._check_number(node)
        return values if len(values) == len(table.entries) else None


def _one_of_a_table(rules: list[Rule], file: str) -> list[Rule]:
    """The rules of the file itself, and the first row of each table: what is wrong with one is so with all."""
    firsts = {rule.at.file: rule for rule in reversed(rules)}
    return [rule for rule in rules if rule.at.file == file or rule is firsts[rule.at.file]]
