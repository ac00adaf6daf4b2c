"""The schema of a rule file. All of it derives from the tables and models that the check itself works with."""

from typing import Any

from rules.editing.schemas.parts import (
    DRAFT,
    SWITCH,
    Schema,
    described,
    list_of,
    object_of,
    object_with,
    one_of,
    one_of_few,
    one_or_list,
    reference,
)
from rules.editing.schemas.values import SECTIONS, abilities, disqualified, has_names, key_of, kind_of, value_of
from rules.editing.schemas.words import SNIPPETS, WORDS, strategies
from rules.engine.conditions import GROUPS
from rules.engine.fields import FieldSpec, FieldType, readable_fields
from rules.engine.operators import OPERATORS, Operator, Shape
from rules.engine.outcome_specs import (
    MAX_WEIGHT,
    AssignSpec,
    DisqualifySpec,
    OtherwiseSpec,
    OutcomeSpec,
    RequirementsSpec,
)
from rules.engine.policy import DuplicatesSpec
from rules.engine.roster import RosterSpec
from rules.engine.schema import (
    ContextSpec,
    ExampleSpec,
    ExpectSpec,
    OwnerSpec,
    RuleFileSpec,
    RuleSpec,
    TableSpec,
)
from rules.engine.values import Names
from rules.strategies import STICKY

_PARTNERS = reference("channel_partners")
_LENGTH = "^[0-9]{1,6}\\s+([mM]inute|[hH]our|[dD]ay)s?"
_DURATION: Schema = {
    "type": "string",
    "pattern": f"{_LENGTH}$",
    "patternErrorMessage": "Write a number and minutes, hours or days, such as 30 days",
    "examples": ["24 hours", "30 days"],
}
_WITHIN: Schema = {
    "type": "string",
    "pattern": f"{_LENGTH}(\\s+[cC]lock)?$",
    "patternErrorMessage": "Write a number and minutes, hours or days, such as 4 hours",
    "examples": ["15 minutes", "4 hours", "1 day"],
}


def rule_file_schema(names: Names) -> dict[str, Any]:
    """The schema, with the option labels and the directory's keys of this rule book."""
    top = object_of(
        RuleFileSpec,
        {
            "business_unit": reference("business_units"),
            "channel_partner": reference("channel_partners"),
            "hit_policy": one_of_few(WORDS["hit_policy"]),
            "duplicates": {"anyOf": [reference("duplicates"), _duplicates()]},
            "reroute_on_edit": one_of_few(WORDS["reroute_on_edit"]),
            "rules": list_of({"anyOf": [reference("rule"), reference("table")]}, defaultSnippets=[SNIPPETS["rule"]]),
            "otherwise": reference("otherwise"),
            "examples": list_of(reference("example"), defaultSnippets=[SNIPPETS["example"]]),
        },
    )
    return {"$schema": DRAFT, **top, "definitions": _definitions(names)}


def _definitions(names: Names) -> dict[str, Schema]:
    kinds = {kind_of(spec): spec for spec in readable_fields().values()}
    return {
        "rule": _rule(),
        "table": object_of(TableSpec, {}),
        "example": _example(),
        "when": _when(),
        "lead": object_with(
            {spec.name: _field(spec, kind_of(spec)) for spec in readable_fields().values() if _in_example(spec)}
        ),
        "then": object_of(OutcomeSpec, _outcomes(), minProperties=1),
        "otherwise": object_of(OtherwiseSpec, _outcomes(), minProperties=1),
        "owner": object_of(AssignSpec, _owners(), minProperties=1),
        "disqualified": disqualified(names.choices),
        "priority": one_of_few(WORDS["priority"]),
        "strategy": one_of_few(strategies()),
        "duplicates": one_of_few(WORDS["duplicates"]),
        "requirements": _requirements(names),
        **{f"when_{kind}": _condition(spec) for kind, spec in kinds.items()},
        **{kind: value_of(spec, names) for kind, spec in kinds.items()},
        **{section: key_of(names.directory, section) for section in SECTIONS},
    }


def _rule() -> Schema:
    values = {"when": reference("when"), "then": reference("then")}
    return object_of(RuleSpec, values, defaultSnippets=[SNIPPETS["rule"]])


def _example() -> Schema:
    context = {
        "business_unit": reference("business_units"),
        "channel_partner": reference("channel_partners"),
        "registered_partner": reference("channel_partners"),
        "campaign": reference("campaigns"),
    }
    expect = {
        "owner": object_of(OwnerSpec, _owners(), minProperties=1),
        "priority": reference("priority"),
        "accept_within": _WITHIN,
        "contact_within": _WITHIN,
        "disqualify": reference("disqualified"),
        "skipped": list_of(reference("users")),
    }
    values = {
        "lead": reference("lead"),
        "context": object_of(ContextSpec, context),
        "roster": object_of(RosterSpec, _roster()),
        "expect": object_of(ExpectSpec, expect, minProperties=1),
    }
    return object_of(ExampleSpec, values, defaultSnippets=[SNIPPETS["example"]])


def _roster() -> dict[str, Schema]:
    users = {name: list_of(reference("users")) for name in ("absent", "inactive", "turns", "known_to")}
    partners = {"type": "object", "additionalProperties": {"type": "integer"}, "propertyNames": _PARTNERS}
    either = {"anyOf": [reference("users"), _PARTNERS]}
    return users | {"last": reference("users"), "declined": list_of(either), "offers": partners}


def _owners() -> dict[str, Schema]:
    return {
        "user": reference("users"),
        "team": reference("teams"),
        "queue": reference("queues"),
        "partner": reference("channel_partners"),
        "strategy": reference("strategy"),
        "fallback": one_of_few({name: words for name, words in strategies().items() if name != STICKY}),
        "during": one_of_few(WORDS["during"]),
        "requires": reference("requirements"),
    }


def _duplicates() -> Schema:
    return object_of(DuplicatesSpec, dict.fromkeys(DuplicatesSpec.model_fields, reference("duplicates")))


def _requirements(names: Names) -> Schema:
    """What members have is offered; what nobody has, the check reports."""
    words = {
        kind: one_or_list(one_of(abilities(names.directory, kind), {"type": "string"}))
        for kind in RequirementsSpec.model_fields
    }
    return object_of(RequirementsSpec, words, minProperties=1)


def _offered() -> Schema:
    """Partners in order, or each with its weight."""
    weight = {"type": "integer", "minimum": 1, "maximum": MAX_WEIGHT}
    by_weight = {"type": "object", "additionalProperties": weight, "propertyNames": _PARTNERS, "minProperties": 1}
    return {"anyOf": [*one_or_list(_PARTNERS)["anyOf"], by_weight]}


def _if_nobody() -> Schema:
    """A step, or several."""
    following = described(reference("teams"), "The team that is asked next, by key")
    queue = described(reference("queues"), "The queue that the lead waits in, by key")
    words = object_with({"next": following, "queue": queue}, minProperties=1, maxProperties=1)
    return one_or_list({"anyOf": [one_of_few(WORDS["if_nobody"]), words]})


def _outcomes() -> dict[str, Schema]:
    escalate = described(reference("teams"), "The team that the lead goes to, by key")
    return {
        "assign_to": reference("owner"),
        "disqualify": object_of(DisqualifySpec, {"status": reference("disqualified")}),
        "priority": reference("priority"),
        "offer_to": _offered(),
        "accept_within": _WITHIN,
        "contact_within": _WITHIN,
        "registered_for": _DURATION,
        "if_missed": one_or_list({"anyOf": [one_of_few(WORDS["if_missed"]), object_with({"escalate": escalate})]}),
        "if_nobody": _if_nobody(),
        "use": one_of_few(WORDS["use"]),
    }


def _when() -> Schema:
    """Conditions by field, and groups of them."""
    groups = {kind: described(list_of(reference("when"), minItems=1), WORDS["group"][kind]) for kind in GROUPS}
    fields = {spec.name: _field(spec, f"when_{kind_of(spec)}") for spec in readable_fields().values()}
    return object_with(groups | fields, minProperties=1)


def _in_example(spec: FieldSpec) -> bool:
    """Whether an example's `lead` may say it: `source` is stored under another name."""
    return spec.name == "source" or not spec.derived


def _field(spec: FieldSpec, definition: str) -> Schema:
    """Whoever points at a named value reads the value's meaning; the title says what the field is."""
    title = {"title": spec.description.partition(". ")[0]} if has_names(spec) else {}
    return described({**reference(definition), **title}, spec.description)


def _condition(spec: FieldSpec) -> Schema:
    """A value, a list of values, or operators. For a mistake, an editor explains what would fit the first of them."""
    value = reference(kind_of(spec))
    allowed = [operator for operator in OPERATORS.values() if spec.type in operator.types]
    operators = object_with({operator.name: _operand(operator, value) for operator in allowed}, minProperties=1)
    bare = one_or_list(value)["anyOf"] if "equals" in operators["properties"] else []
    named = has_names(spec) or spec.type is FieldType.BOOLEAN
    return {"anyOf": [*bare, operators] if named else [operators, *bare]}


def _operand(operator: Operator, value: Schema) -> Schema:
    shapes: dict[Shape, Schema] = {
        Shape.VALUES: one_or_list(value),
        Shape.VALUE: value,
        Shape.PAIR: list_of(value, minItems=2, maxItems=2),
        Shape.PATTERN: {"type": "string", "minLength": 1},
        Shape.DURATION: _DURATION,
        Shape.SWITCH: SWITCH,
    }
    return described(shapes[operator.shape], operator.description)
