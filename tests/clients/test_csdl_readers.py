"""`$metadata` in the hands of readers that nobody here wrote: npm odata-csdl and PyPI python-odata."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests
from odata import ODataService
from requests.adapters import BaseAdapter

from crm.entities import ENTITIES
from crm.relationships import navigations
from leadflow.dataverse.csdl import metadata_document
from tests.service import BIN

ROOT = "http://crm.example/api/data/v9.2/"


class Document(BaseAdapter):
    """Answers every request with the metadata document."""

    def send(self, request: requests.PreparedRequest, *more: Any, **named: Any) -> requests.Response:
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url or "", request
        answer._content = metadata_document()
        return answer

    def close(self) -> None:
        """There is nothing to close."""


@pytest.mark.parametrize("descriptions", [False, True])
def test_odata_csdl_makes_valid_json_of_it(node_packages: Path, tmp_path: Path, descriptions: bool) -> None:
    document = tmp_path / "metadata.xml"
    document.write_bytes(metadata_document(descriptions=descriptions))
    package = node_packages / "node_modules" / "odata-csdl"
    command = [BIN / "node", package / "lib" / "cli.js", document]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads((tmp_path / "metadata.json").read_text())
    jsonschema.validate(found, json.loads(_for_python((package / "schemas" / "csdl.schema.json").read_text())))
    schema = found["Microsoft.Dynamics.CRM"]
    assert found["$EntityContainer"] == "Microsoft.Dynamics.CRM.System"
    for name, entity in ENTITIES.items():
        assert schema[name]["$Key"] == [entity.primary_id]
        assert set(navigations(name)) <= set(schema[name])
    assert schema["lead"]["contactleads_association"]["$Partner"] == "contactleads_association"


def _for_python(schema: str) -> str:
    """A JSON schema whose patterns know no classes of Unicode; our names are of ASCII."""
    classes = {"L": "[A-Za-z]", "Nd": "[0-9]"}
    return re.sub(r"\\\\p\{(\w+)\}", lambda match: classes.get(match[1], "(?!)"), schema)


def test_python_odata_makes_a_class_of_each_entity() -> None:
    session = requests.Session()
    session.mount(ROOT, Document())
    service = ODataService(ROOT, session=session, reflect_entities=True, quiet_progress=True)
    assert set(service.entities) == {entity.entity_set for entity in ENTITIES.values()}
    for entity in ENTITIES.values():
        known: Mapping[str, Any] = vars(service.types[f"Microsoft.Dynamics.CRM.{entity.logical_name}"])
        assert known[entity.primary_id].primary_key
        assert {name for name in navigations(entity.logical_name) if name in known} >= {
            name for name, one in navigations(entity.logical_name).items() if not one.targets
        }
    lead = service.entities["leads"]
    assert lead.fullname.is_computed_value and lead._ownerid_value.is_computed_value
    assert not lead.subject.is_computed_value
    assert {"WhoAmI", "RetrieveVersion"} <= set(service.functions)
