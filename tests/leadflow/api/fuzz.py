"""Random requests by the OpenAPI description against a running service: no server error, nothing that is not described.

`python -m tests.leadflow.api.fuzz --cases 2000 --seed 1` starts a service of its own, sends so many requests, and ends
with each kind of fault that it found, if any. Equal seeds give equal requests.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from leadflow.api.files import ApiFiles
from tests.service import SECRETS, run, running_service

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
# Records of these may be changed and deleted at random; without users and units, nobody could call any more.
FREE = ("accounts", "annotations", "campaigns", "contacts", "incidents", "leads", "opportunities", "tasks")
WEB_API = "/api/data/v9.2/"
OWN = ("/intake/", "/quarantine")
EACH = 3  # requests to an operation, of each kind
SOURCES = "fuzz: {api_key_env: WEBSITE_KEY, limit: 9999 per second, limit_per_address: 9999 per second%s}\n"
WORDS = {
    "$select": ["createdon", "createdon,modifiedon", "statecode"],
    "$filter": ["statecode eq 0", "createdon ne null and not (statecode gt 1)", "contains(name,'a')"],
    "$orderby": ["createdon desc", "modifiedon,createdon desc"],
    "$expand": ["createdby", "ownerid($select=createdon)", "parentaccountid"],
    "$apply": ["aggregate($count as n)", "groupby((statecode),aggregate($count as n))"],
    "Prefer": ["return=representation", "odata.maxpagesize=2", 'odata.include-annotations="*"'],
    "If-Match": ["*", 'W/"1"'],
    "If-None-Match": ["*", "null"],
}
RECORDS = (("leads", "leadid"), ("accounts", "accountid"), ("contacts", "contactid"))
FIELDS = ("lastname", "Email", "Company", "revenue", "received_on", "external_id", "urgency", "shoesize")
Json = dict[str, Any]


@dataclass
class Outcome:
    """How many requests were sent to how many operations, what they were answered with, and each kind of fault."""

    cases: int = 0
    operations: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """A running service, and an administrator's token for it."""

    origin: str
    token: str

    def headers(self, path: str) -> dict[str, str]:
        if path.startswith("/intake/"):
            return {"X-Api-Key": SECRETS["WEBSITE_KEY"]}
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def fuzzed_service(folder: Path) -> Iterator[Target]:
    """`leadflow up` with two sources without limits: one that refuses, and one that quarantines."""
    sources = folder / "intake.yaml"
    sources.write_text(SOURCES % "" + (SOURCES % ", invalid: quarantine").replace("fuzz:", "keep:"), encoding="utf-8")
    with running_service(folder / "state", intake_file=str(sources), limit_requests="1000000") as service:
        origin = ApiFiles.of(service.state).origin()
        assert origin is not None
        yield Target(origin, run("leadflow", "token", env=service.env).out.strip())


def fuzz(target: Target, cases: int, number: int, undescribed: Collection[str] = ()) -> Outcome:
    """Send `cases` random requests, half of them such that the description does not allow them.

    `undescribed` are statuses that are taken out of the description first, to see that they are then found.
    """
    document = _sharpened(target, httpx.get(f"{target.origin}/openapi.json", trust_env=False).json())
    outcome, random = Outcome(), Random(number)
    document["paths"] = {path: document["paths"][path] for path in _chosen(document, cases, random)}
    for described in (each for item in document["paths"].values() for each in item.values() if "responses" in each):
        for status in undescribed:
            described["responses"].pop(status, None)
    with requests.Session() as session:
        session.trust_env = False
        for result in schemathesis.openapi.from_dict(document).get_all_operations():
            if outcome.cases >= cases:
                break
            operation: Any = result.ok()  # type: ignore[union-attr]
            outcome.operations += 1
            for mode in GenerationMode:
                each = max(EACH, cases // 50) if operation.path.startswith(OWN) else EACH
                _try(operation, mode, each, number, target, session, outcome)
    return outcome


def _chosen(document: Json, cases: int, random: Random) -> list[str]:
    """Paths for so many cases: intake and quarantine, then sets and records that may be changed, then any."""
    own = [path for path in document["paths"] if path.startswith(OWN)]
    free = [path for path in document["paths"] if path.removeprefix(WEB_API).partition("(")[0] in FREE]
    few = [path for path in free if path.count("/") == WEB_API.count("/")]
    rest = [path for path in document["paths"] if path not in (*own, *few)]
    random.shuffle(few)
    random.shuffle(rest)
    count = cases // EACH // 8
    return [*own, *few[:count], *rest[: 4 * count]]


def _sharpened(target: Target, document: Json) -> Json:
    """The description with values that reach further than random ones: keys and links of records that there are,
    queries that parse, attributes that exist."""
    keys = _keys(target)
    links = [f"/{records}({id})" for records, key in RECORDS for id in keys[key][:2]]
    for each in document["components"]["parameters"].values():
        if each["name"] in WORDS:
            each["schema"] = {"enum": WORDS[each["name"]]}
    schemas = document["components"]["schemas"]
    schemas["link"]["properties"]["@odata.id"] = {"enum": [f"{target.origin}{WEB_API}{link[1:]}" for link in links]}
    schemas["Submission"] |= {
        "properties": {name: {"type": "string"} for name in FIELDS},
        "additionalProperties": False,
    }
    for name, schema in schemas.items():
        if name.endswith(("_create", "_update")):
            schema["additionalProperties"] = False
            for field in schema["properties"]:
                if field.endswith("@odata.bind"):
                    schema["properties"][field] = {"enum": links}
    for path, item in document["paths"].items():
        own = [
            each
            for operation in item.values()
            if isinstance(operation, dict)
            for each in operation.get("parameters", [])
        ]
        for each in (*item.get("parameters", []), *own):
            _sharpen_parameter(each, path, keys, links)
    return document


def _sharpen_parameter(each: Json, path: str, keys: dict[str, list[str]], links: list[str]) -> None:
    free = path.split("(")[0].removeprefix(WEB_API) in FREE or not path.startswith(WEB_API)
    name = each.get("name")
    if name == "source":
        each["schema"] = {"enum": ["fuzz", "keep"]}
    elif name == "$id":
        each["schema"] = {"enum": links}
    elif name in keys and free:
        each["schema"] = {"enum": keys[name]}


def _keys(target: Target) -> dict[str, list[str]]:
    """The ids of some records that there are, by the name of their key."""
    with httpx.Client(headers=target.headers(WEB_API), trust_env=False, base_url=target.origin) as client:
        for number in range(4):
            body = {"lastname": f"Fuzz {number}", "firstname": "A", "companyname": "Fuzz GmbH"}
            client.post(WEB_API + "leads", json=body).raise_for_status()
            client.post(WEB_API + "accounts", json={"name": "Fuzz GmbH"}).raise_for_status()
            client.post(WEB_API + "contacts", json={"lastname": f"Fuzz {number}"}).raise_for_status()
            wrong = {"lastname": "Q", "revenue": "much"}
            client.post("/intake/keep", json=wrong, headers=target.headers("/intake/")).raise_for_status()
        found = {
            key: [record[key] for record in client.get(f"{WEB_API}{records}?$select={key}&$top=20").json()["value"]]
            for records, key in RECORDS
        }
    return {**found, "lead": found["leadid"]}


def _try(
    operation: Any, mode: GenerationMode, each: int, number: int, target: Target, session: Any, outcome: Outcome
) -> None:
    @seed(number)
    @settings(
        max_examples=each,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def send(case: Case[Any]) -> None:
        case.headers.update(target.headers(operation.path))
        response = case.call(base_url=target.origin, session=session, timeout=60)
        outcome.cases += 1
        outcome.statuses[response.status_code] += 1
        if os.environ.get("SHOW"):
            print(
                operation.label,
                mode,
                response.status_code,
                response.text[:150],
                response.request.headers.get("authorization", "")[:20],
            )
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for fault in group.exceptions:
                kind = f"{operation.label}: {response.status_code}: {type(fault).__name__}"
                outcome.faults.setdefault(kind, f"{fault}\n{case.as_curl_command()}\n{response.text[:500]}")

    try:
        send()
    except schemathesis.errors.InvalidSchema as impossible:  # a part without any value that would be wrong
        outcome.faults.setdefault(f"{operation.label}: {mode}", str(impossible))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    wanted = parser.parse_args()
    print(f"{wanted.cases:,} requests, seed {wanted.seed}", flush=True)
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    with tempfile.TemporaryDirectory() as folder, fuzzed_service(Path(folder)) as target:
        outcome = fuzz(target, wanted.cases, wanted.seed)
    print(f"{outcome.cases:,} requests to {outcome.operations} operations: {dict(sorted(outcome.statuses.items()))}")
    for kind, fault in outcome.faults.items():
        print(f"\n{kind}\n{fault}")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
