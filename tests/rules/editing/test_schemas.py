"""The schemas that editors use: they accept what the check accepts, and say what everything means."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import jsonschema
import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from crm.entities.lead import Lead
from crm.entities.lead_descriptions import LEAD_DESCRIPTIONS
from rules.editing.schemas import SCHEMAS, schema_texts, stale_schemas
from rules.editing.schemas.words import WORDS, strategies
from rules.engine.check import read_names
from rules.engine.conditions import GROUPS
from rules.engine.decision import Priority
from rules.engine.directory import Directory, Team, TeamMember
from rules.engine.findings import Findings
from rules.engine.outcome_specs import (
    AssignSpec,
    DisqualifySpec,
    HoldSpec,
    OtherwiseSpec,
    QualifySpec,
    RequirementsSpec,
)
from rules.engine.policy import DuplicateAction, DuplicatesSpec, RerouteOnEdit
from rules.engine.roster import RosterSpec
from rules.engine.schema import (
    ContextSpec,
    ExampleSpec,
    ExpectSpec,
    HitPolicy,
    OwnerSpec,
    RuleFileSpec,
    RuleSpec,
    TableSpec,
)
from rules.engine.sources import RuleSources
from rules.engine.values import Names
from rules.strategies import STRATEGIES
from tests.rules.books import DIRECTORY, SHIPPED, write_book

RULE_SCHEMA, DIRECTORY_SCHEMA = SCHEMAS
FILES = [*SHIPPED.glob("*_*/*.yaml"), SHIPPED / "default.yaml", SHIPPED / "_template.yaml", SHIPPED / "directory.yaml"]


def names_of(folder: Path) -> Names:
    names = read_names(RuleSources.from_folder(folder), Findings())
    assert names is not None
    return names


def shipped(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SHIPPED / file).read_text(encoding="utf-8"))
    return loaded


def document(text: str) -> Any:
    """The values that an editor sees."""
    return json.loads(json.dumps(YAML(typ="safe").load(text), default=str))


def test_the_schema_files_are_fresh() -> None:
    assert list(stale_schemas(SHIPPED, names_of(SHIPPED))) == [], "run `leadflow rules schema`"
    assert all((SHIPPED / file).stat().st_size < 1_000_000 for file in SCHEMAS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_files_fit_the_schema_that_they_name(path: Path) -> None:
    first, *_ = text = path.read_text(encoding="utf-8").splitlines()
    name = DIRECTORY_SCHEMA if path.name == "directory.yaml" else RULE_SCHEMA
    assert first == f"# yaml-language-server: $schema={'' if path.parent == SHIPPED else '../'}{name}"
    schema = shipped(name)
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator(schema).validate(document("\n".join(text)))


SOUND: dict[str, Any] = {
    "id": "one",
    "when": {"revenue": {"at_least": 5}, "industrycode": "Insurance", "address1_country": ["DE", "NO"]},
    "then": {"assign_to": {"team": "uk-sales"}, "accept_within": "4 hours clock", "if_missed": ["remind"]},
}


TO_TEAM: dict[str, Any] = {"assign_to": {"team": "uk-sales"}}
OFFER: dict[str, Any] = {"offer_to": ["contoso", "fabrikam"], "accept_within": "1 day clock"}


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({}, True),
        ({"when": {"adress1_country": "DE"}}, False),
        ({"when": {"revenue": {"contains": "5"}}}, False),
        ({"when": {"industrycode": "Insurence"}}, False),
        ({"when": {"industrycode": {"not": ["Insurance", 16]}}}, True),
        ({"when": {"campaign": "none-of-ours"}}, False),
        ({"when": {"campaign": "hannover-fair"}}, True),
        ({"when": {"business_unit": ["uk", "us"]}}, True),
        ({"when": {"email_is_free": "maybe"}}, False),
        ({"when": {"email_is_free": "Yes"}}, True),
        ({"when": {"createdon": "2025-01-31"}}, False),
        ({"when": {"createdon": {"within_last": "2 weeks"}}}, False),
        ({"when": {"any": [{"revenue": 5}, {"none": [{"lastname": "x"}]}]}}, True),
        ({"when": {"any": []}}, False),
        ({"when": {}}, False),
        ({"then": {"assign_to": {"team": "uk-sales", "strategy": "random"}}}, False),
        ({"then": {"assign_to": {"team": "uk-slaes"}}}, False),
        ({"then": {"assign_to": {"partner": "contoso"}}}, True),
        ({"then": {"assign_to": {"user": "nobody"}}}, False),
        ({"then": {"assing_to": {"queue": "inbox"}}}, False),
        ({"then": {"disqualify": {"status": "Competitor"}}}, True),
        ({"then": {"disqualify": {"status": "New"}}}, False),
        ({"then": {"hold": {}}}, False),
        ({"then": {"assign_to": {"queue": "inbox"}, "accept_within": "soon"}}, False),
        ({"then": {"assign_to": {"queue": "inbox"}, "if_missed": [{"escalate": "uk-managers"}, "re-route"]}}, True),
        ({"then": {"assign_to": {"queue": "inbox"}, "if_missed": [{"escalate": "nobody"}]}}, False),
        ({"then": TO_TEAM | {"if_missed": "remind", "if_nobody": "wait", "contact_within": "1 day"}}, True),
        ({"then": TO_TEAM | {"if_nobody": [{"next": "uk-enterprise"}, {"queue": "inbox"}]}}, True),
        ({"then": TO_TEAM | {"if_nobody": [{"next": "uk-enterprise", "queue": "inbox"}]}}, False),
        ({"then": TO_TEAM | {"if_nobody": ["wiat"]}}, False),
        ({"then": {"assign_to": {"team": "uk-sales", "strategy": "sticky", "fallback": "weighted"}}}, True),
        ({"then": {"assign_to": {"team": "uk-sales", "strategy": "sticky", "fallback": "sticky"}}}, False),
        ({"then": {"assign_to": {"team": "uk-sales", "requires": {"languages": "de", "skills": ["x"]}}}}, True),
        ({"then": {"assign_to": {"team": "uk-sales", "requires": {"langages": "de"}}}}, False),
        ({"then": OFFER | {"registered_for": "90 days"}}, True),
        ({"then": OFFER | {"offer_to": "contoso"}}, True),
        ({"then": OFFER | {"offer_to": {"contoso": 3, "fabrikam": 1}}}, True),
        ({"then": OFFER | {"offer_to": {"contoso": 0}}}, False),
        ({"then": OFFER | {"offer_to": ["contso"]}}, False),
        ({"id": "Not An Id"}, False),
        ({"rank": "high"}, False),
    ],
)
def test_it_refuses_what_the_check_refuses(rule: dict[str, Any], fits: bool) -> None:
    validator = jsonschema.Draft7Validator(shipped(RULE_SCHEMA))
    file = {"rules": [SOUND | rule, {"table": "uk.territories.csv"}], "otherwise": {"use": "parent"}}
    assert validator.is_valid(file) == fits


@pytest.mark.parametrize(
    ("policy", "fits"),
    [
        ({"duplicates": "merge", "max_reroutes": 3, "reroute_on_edit": "never"}, True),
        ({"duplicates": {"same": "merge", "similar": "link"}}, True),
        ({"duplicates": {"same": "mrge"}}, False),
        ({"reroute_on_edit": "sometimes"}, False),
        ({"max_reroutes": 0}, False),
    ],
)
def test_what_a_file_says_of_all_its_leads(policy: dict[str, Any], fits: bool) -> None:
    assert jsonschema.Draft7Validator(shipped(RULE_SCHEMA)).is_valid({"otherwise": {"use": "parent"}} | policy) == fits


@pytest.mark.parametrize(
    ("old", "new", "fits"),
    [
        ("", "", True),
        ("{name: Europe}", "{nam: Europe}", False),
        ("parent: emea", "parent: a-new-one", True),
        ("time_zone: America/New_York", "active: perhaps", False),
        ("time_zone: America/New_York", "working_hours: {days: mon-fri, from: '09:00', to: '17:30'}", True),
        ("time_zone: America/New_York", "absences: [{from: 2026-12-21, to: 2027-01-02}]", True),
        ("weight: 2", "weight: 0", False),
        ("time_zone: America/New_York", "languages: [en, de], skills: cloud, capacity: 20", True),
        ("manager: ann", "manager: ann, missed_turns: pay_back, capacity: 0", True),
        ("manager: ann", "missed_turns: forget", False),
        ("manager: ann", "capacity: -1", False),
    ],
)
def test_the_directory(tmp_path: Path, old: str, new: str, fits: bool) -> None:
    schema = json.loads(schema_texts(names_of(write_book(tmp_path, {})))[DIRECTORY_SCHEMA])
    assert old in DIRECTORY
    assert jsonschema.Draft7Validator(schema).is_valid(document(DIRECTORY.replace(old, new))) == fits


def test_names_of_the_book_are_explained(tmp_path: Path) -> None:
    choices = "leadsourcecode: {192350000: Billboard}\n"
    schema = json.loads(schema_texts(names_of(write_book(tmp_path, {"choices.yaml": choices})))[RULE_SCHEMA])
    words = {
        word["const"]: word["description"]
        for name, definition in schema["definitions"].items()
        if name != "lead_statuscode"
        for word in definition.get("anyOf", [])
        if "description" in word
    }
    assert words["desk"] == "Desk: Ann, Bob"
    assert words["uk"] == "United Kingdom, part of emea"
    assert words["bob"] == "Bob, us"
    assert words["inbox"] == "Inbox, worked on by desk"
    assert words["contoso"] == "Contoso, looked after by desk"
    assert words["spring"] == "Spring"
    assert words["Billboard"] == "Option 192350000 of leadsourcecode"
    assert words["Lost"] == "Status reason 4, state disqualified"
    assert words["NO"] == "Norway"


MODELS: tuple[type[BaseModel], ...] = (
    RuleFileSpec, RuleSpec, TableSpec, ExampleSpec, ContextSpec, ExpectSpec, OwnerSpec, RosterSpec, AssignSpec,
    QualifySpec, DisqualifySpec, HoldSpec, OtherwiseSpec, Directory, TeamMember, RequirementsSpec, DuplicatesSpec,
    *(get_args(part.annotation)[1] for part in Directory.model_fields.values() if get_origin(part.annotation) is dict),
)  # fmt: skip


def keys_without_a_word(schema: Any, path: str = "") -> Iterator[str]:
    if isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            if not value.get("description"):
                yield f"{path}/{name}"
        for key, part in schema.items():
            yield from keys_without_a_word(part, f"{path}/{key}")
    elif isinstance(schema, list):
        for part in schema:
            yield from keys_without_a_word(part, path)


def test_every_key_is_explained() -> None:
    missing = [f"{model.__name__}.{n}" for model in MODELS for n, f in model.model_fields.items() if not f.description]
    assert missing == [], "give each field a description"
    for file in SCHEMAS:
        assert list(keys_without_a_word({"top": shipped(file)})) == []


def test_every_attribute_and_every_word_is_explained() -> None:
    assert set(LEAD_DESCRIPTIONS) == set(Lead.attributes())
    assert set(WORDS["hit_policy"]) == set(get_args(HitPolicy))
    assert set(WORDS["priority"]) == set(get_args(Priority))
    assert set(WORDS["group"]) == set(GROUPS)
    assert set(WORDS["duplicates"]) == set(get_args(DuplicateAction))
    assert set(WORDS["reroute_on_edit"]) == set(get_args(RerouteOnEdit))
    assert set(WORDS["missed_turns"]) == set(get_args(Team.model_fields["missed_turns"].annotation))
    assert set(strategies()) == set(STRATEGIES) and all(strategies().values())
