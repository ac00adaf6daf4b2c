"""The OpenAPI description: valid, derived from entities and routes, and true of what the service answers."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31

from crm.choices import standard_choices
from crm.entities import ENTITIES
from crm.relationships import navigations
from leadflow.api.openapi.document import openapi
from leadflow.dataverse.path import parse_path
from leadflow.dataverse.routes import ROUTES
from leadflow.dataverse.shapes import shape_of
from leadflow.dataverse.target import resolve
from tests.leadflow.api.fuzz import Target, fuzz, fuzzed_service

DOCUMENT = openapi(standard_choices())
ROOT = "/api/data/v9.2/"
ID = "11111111-1111-5111-8111-111111111111"


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with fuzzed_service(tmp_path_factory.mktemp("fuzzed")) as running:
        yield running


def described() -> Iterator[tuple[str, str, Any]]:
    """Path, method and operation of everything in the description."""
    for path, item in DOCUMENT["paths"].items():
        yield from ((path, method.upper(), each) for method, each in item.items() if method != "parameters")


def test_the_description_is_valid() -> None:
    jsonschema_rs.validator_for(OPENAPI_31).validate(DOCUMENT)
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    text = str(DOCUMENT)
    used = set(re.findall(r"#/components/(\w+)/([\w-]+)'", text))
    there = {(kind, name) for kind in ("schemas", "parameters", "responses") for name in DOCUMENT["components"][kind]}
    assert used <= there
    assert {(kind, name) for kind, name in there - used if kind != "responses"} == set()


def test_operations_have_ids_of_their_own() -> None:
    ids = [each["operationId"] for _, _, each in described()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", ENTITIES)
def test_every_entity_is_described(name: str) -> None:
    entity, schemas = ENTITIES[name], DOCUMENT["components"]["schemas"]
    lookups = {f"_{each}_value" for each in entity.attributes()}
    assert set(schemas[name]["properties"]) - lookups - {"@odata.etag"} <= set(entity.attributes())
    key = f"{ROOT}{entity.entity_set}({{{entity.primary_id}}})"
    assert {"get"} | (set() if entity.read_only else {"patch", "delete"}) == DOCUMENT["paths"][key].keys() - {
        "parameters"
    }
    for navigation in navigations(name):
        assert f"{key}/{navigation}/$ref" in DOCUMENT["paths"]


def test_lengths_limits_and_options_are_those_of_the_attributes() -> None:
    lead = DOCUMENT["components"]["schemas"]["lead_create"]["properties"]
    assert lead["lastname"] == {"type": ["string", "null"], "maxLength": 50}
    assert (lead["numberofemployees"]["minimum"], lead["numberofemployees"]["maximum"]) == (0, 1_000_000)
    assert {1, 8, None} <= set(lead["leadsourcecode"]["enum"])
    assert "lf_stage" not in lead and "campaignid@odata.bind" in lead and "ownerid" not in lead


def shapes() -> set[tuple[str, str]]:
    """The shape and the method of each operation of the Web API, with keys and properties filled in."""
    found = set()
    for path, method, _ in described():
        if path.startswith(ROOT):
            named = re.sub(r"\(\{(\w+)\}\)/\{property\}", r"({\1})/\1", path.removeprefix(ROOT))
            filled = re.sub(r"\{\w+\}", ID, named)
            found.add((shape_of(resolve(parse_path(filled))), method))
    return found


def test_the_description_has_what_the_routes_know_and_nothing_else() -> None:
    known = {(shape, method) for shape, methods in ROUTES.items() for method in methods}
    assert shapes() == known | {("unbound $batch", "POST")}


def test_random_requests_are_answered_as_described(target: Target) -> None:
    outcome = fuzz(target, 60, 1)
    assert outcome.faults == {}
    assert outcome.cases >= 60
    assert outcome.statuses.keys() & {200, 201, 202, 204}, "no request was a good one"  # how many is chance


def test_what_is_not_described_would_be_found(target: Target) -> None:
    outcome = fuzz(target, 12, 1, undescribed=("400", "401", "404", "422"))
    assert any("UndefinedStatusCode" in kind for kind in outcome.faults)
