"""Who may send leads, from which pages and how many: keys, signatures, origins and limits."""

import hashlib
import hmac
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from standardwebhooks import Webhook

from tests.leadflow.intake.web.conftest import (
    API_KEY,
    ORIGIN,
    SHARED_SECRET,
    SIGNING_SECRET,
    Web,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADA = {"lastname": "Lovelace", "firstname": "Ada"}


def signed(body: bytes, key: str | None = None, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(at or time.time()))
    text = b".".join([timestamp.encode(), *([key.encode()] if key else []), body])
    signature = hmac.new(SHARED_SECRET.encode(), text, hashlib.sha256).hexdigest()
    headers = {"x-timestamp": timestamp, "x-signature": f"sha256={signature}", "content-type": "application/json"}
    return headers | ({"idempotency-key": key} if key else {})


def hook(body: bytes, id: str, at: datetime | None = None) -> dict[str, str]:
    moment = at or datetime.now(UTC)
    signature = Webhook(SIGNING_SECRET).sign(id, moment, body.decode())
    times = {"webhook-timestamp": str(int(moment.timestamp()))}
    return {"webhook-id": id, "webhook-signature": signature, "content-type": "application/json", **times}


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}, {"authorization": "Bearer wrong"},
    {"authorization": f"Basic {API_KEY}"}, {"x-api-key": API_KEY + "x"}, {"x-api-key": "ä"}])  # fmt: skip
async def test_a_wrong_key_is_refused(web: Web, headers: dict[str, str]) -> None:
    answer = await web.post("website", json=ADA, headers={n: v.encode() for n, v in headers.items()})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert API_KEY not in answer.text


async def test_the_key_may_be_a_bearer_token(web: Web) -> None:
    assert (await web.post("website", json=ADA, headers={"authorization": f"bearer {API_KEY}"})).status_code == 202


async def test_standard_webhooks(web: Web) -> None:
    body = b'{"lastname": "Hopper"}'
    headers = hook(body, id := f"msg_{uuid4()}")
    answer = await web.post("hooks", content=body, headers=headers)
    assert answer.status_code == 202
    view = await web.stored(answer)
    assert (view.external_id, view.business_unit) == (id, "north")
    again = await web.post("hooks", content=body, headers=headers)
    assert (again.status_code, again.json()) == (200, answer.json())
    old = hook(body, id, datetime.now(UTC) - timedelta(minutes=6))
    for bad in (old, hook(b"{}", id), headers | {"webhook-id": "other"}, headers | {"webhook-signature": "v1"},
        headers | {"webhook-signature": "v1,=a"}, {"content-type": "application/json"}):  # fmt: skip
        assert (await web.post("hooks", content=body, headers=bad)).status_code == 401


async def test_a_plain_signature(web: Web) -> None:
    body = b'{"lastname": "Hamilton"}'
    headers = signed(body)
    answer = await web.post("signed", content=body, headers=headers)
    assert answer.status_code == 202
    replayed = await web.post("signed", content=body, headers=headers)
    assert (replayed.status_code, replayed.json()["leadid"]) == (200, answer.json()["leadid"])
    keyed = signed(body, "k1")
    assert (await web.post("signed", content=body, headers=keyed)).status_code == 202
    for bad in (signed(body, at=time.time() - 301), signed(body, at=time.time() + 301), signed(b"{}"),
        headers | {"idempotency-key": "another"}, keyed | {"idempotency-key": "k2"}, {**headers, "x-timestamp": "now"},
        {**headers, "x-signature": ""}, {"content-type": "application/json"}):  # fmt: skip
        assert (await web.post("signed", content=body, headers=bad)).status_code == 401
    assert (await web.post("signed", content=body, headers=signed(body, "a.b"))).status_code == 400


async def test_a_public_form_comes_from_its_own_pages(web: Web) -> None:
    answer = await web.post("form", data=ADA, headers={"origin": ORIGIN})
    assert (answer.status_code, answer.headers["location"]) == (303, "https://www.ours.example/thanks")
    assert (await web.post("form", json=ADA, headers={"origin": ORIGIN})).status_code == 202
    for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        assert (await web.post("form", data=ADA, headers=headers)).status_code == 403


async def test_only_pages_of_the_source_may_call_it_from_scripts(web: Web) -> None:
    async def preflight(path: str, origin: str, method: str = "POST", headers: str = "x-api-key") -> Any:
        asked = {"access-control-request-method": method, "access-control-request-headers": headers, "origin": origin}
        return await web.client.options(path, headers=asked)

    good = await preflight("/intake/website", ORIGIN)
    assert (good.status_code, good.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "access-control-allow-credentials" not in good.headers
    assert (await preflight("/intake/website/x", ORIGIN, "GET")).status_code == 200
    for path, origin, method in (("/intake/website", "https://evil.example", "POST"),
        ("/intake/website", ORIGIN, "DELETE")):  # fmt: skip
        assert (await preflight(path, origin, method)).status_code == 400
    assert (await preflight("/intake/partner", ORIGIN)).status_code == 405  # has no pages
    answer = await web.post("website", json={}, headers={"x-api-key": API_KEY, "origin": ORIGIN})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (422, ORIGIN)
    other = await web.post("website", json=ADA, headers={"x-api-key": API_KEY, "origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


# Paths, methods, limits


async def test_unknown_paths_and_methods_are_told(web: Web) -> None:
    nowhere = await web.post("nowhere", json=ADA)
    assert (nowhere.status_code, "LEADFLOW_INTAKE_FILE" in nowhere.json()["detail"]) == (404, True)
    assert (await web.get("nowhere", uuid4())).status_code == 404
    wrong = await web.client.put("/intake/website", json=ADA)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    wrong = await web.client.delete(f"/intake/website/{uuid4()}")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(("source", "says"), [("slow", "the source 'slow'"), ("crowded", "this address")])
async def test_a_source_and_an_address_have_limits(web: Web, source: str, says: str) -> None:
    statuses = [(await web.post(source, json={})).status_code for _ in range(2)]
    assert statuses == [422, 422]
    over = await web.post(source, json={})
    assert (over.status_code, says in over.json()["detail"]) == (429, True)
    assert 0 < int(over.headers["retry-after"]) <= 7200


async def test_wrong_keys_do_not_use_up_the_limit_of_the_source(web: Web) -> None:
    for _ in range(3):
        assert (await web.post("slow", json=ADA, headers={"x-api-key": "wrong"})).status_code == 401
    assert (await web.post("slow", json=ADA)).status_code == 202
