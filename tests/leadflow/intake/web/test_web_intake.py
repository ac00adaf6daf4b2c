"""Leads over HTTP, from the request to the routed lead: bodies, fields, keys, and where a lead stands."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from crm.entities.lead import Lead
from crm.lifecycle import LeadStage
from crm.store import records
from crm.store.life import quarantine
from crm.store.tables import TABLES
from tests.leadflow.intake.web.conftest import (
    API_KEY,
    SOURCES,
    Sources,
    Web,
    web_on,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

ADA = {"lastname": "Lovelace", "firstname": "Ada"}


def lead_of(web: Web, leadid: Any) -> Lead:
    with web.service.deps.database.reading() as connection:
        found = records.fetch(connection, Lead, leadid)
    assert found is not None
    return found


def problems_of(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return {each["field"]: each["problem"] for each in answer.json()["errors"]}


async def test_json_becomes_a_lead(web: Web) -> None:
    id = str(uuid4())
    answer = await web.post("website", json={**ADA, "Mail": "ada@analytical.example", "csrf": "x", "external_id": id})
    assert answer.status_code == 202
    leadid = answer.json()["leadid"]
    assert answer.json()["status"] == answer.headers["location"] == f"https://api.example/intake/website/{leadid}"
    view = await web.stored(answer)
    assert (view.source, view.external_id) == ("website", id)
    assert lead_of(web, view.leadid).emailaddress1 == "ada@analytical.example"
    assert (await web.get("website", leadid)).json()["stage"] == view.stage


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("application/x-www-form-urlencoded", "lastname=M%C3%BCller", "Müller"),
        ("application/x-www-form-urlencoded", "lastname=M\u00fcller", "Müller"),
        ("application/x-www-form-urlencoded;charset=iso-8859-1", "lastname=M%FCller", "Müller"),
        ("application/x-www-form-urlencoded", "_charset_=windows-1252&lastname=M%FCller+%80", "Müller €"),
        ("application/json; charset=utf-8", '{"lead": {"lastname": "Müller"}}', "Müller"),
        ("multipart/form-data; boundary=b", "--b\r\ncontent-disposition: form-data; name=lastname\r\n\r\nMüller\r\n--b"
            "\r\ncontent-disposition: form-data; name=cv; filename=\"\"\r\n\r\n\r\n--b--\r\n", "Müller"),
    ],
)  # fmt: skip
async def test_forms_and_character_sets(web: Web, content_type: str, body: str, said: str) -> None:
    headers = {"x-api-key": API_KEY, "content-type": content_type}
    answer = await web.post("website", content=body.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    view = await web.stored(answer)
    assert lead_of(web, view.leadid).lastname == said


@pytest.mark.parametrize(
    ("content_type", "body", "status", "says"),
    [
        ("text/plain", b"lastname=Weber", 415, "application/json"),
        ("", b"{}", 415, "application/json"),
        ("application/json", b"{", 400, "not valid JSON"),
        ("application/json", b"[" * 100_000, 400, "not valid JSON"),
        ("application/json", b"[]", 400, "must be a JSON object"),
        ("application/json", b"{" + b",".join(b'"%d":1' % n for n in range(501)) + b"}", 400, "more than 500 fields"),
        ("application/json", b'{"lastname": "M\xfcller"}', 400, "not utf-8 (byte 0xFC at position 16)"),
        ("application/json; charset=klingon", b"{}", 400, "no character encoding 'klingon'"),
        ("application/json", b'{"lastname": "' + b"x" * 140_000 + b'"}', 413, "larger than"),
        ("application/x-www-form-urlencoded", b"lastname=M%FCller", 400, "not UTF-8 (byte 0xFC"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 600), 400, "more than 500 fields"),
        ("application/x-www-form-urlencoded; charset=klingon", b"a=1", 400, "character encoding"),
        ("multipart/form-data", b"x", 400, "multipart/form-data"),
        ("multipart/form-data; boundary=b", b"nothing", 400, "multipart/form-data"),
    ],
)  # fmt: skip
async def test_bodies_that_cannot_be_read(web: Web, content_type: str, body: bytes, status: int, says: str) -> None:
    headers = {"x-api-key": API_KEY} | ({"content-type": content_type} if content_type else {})
    answer = await web.post("website", content=body, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert says in answer.json()["detail"]


async def test_each_bad_field_is_named_as_the_sender_named_it(web: Web) -> None:
    fields = {"Mail": "nobody", "revenue": "much", "shoesize": "43", "lastnam": "L", "source": "mine", "ownerid": "x",
        "parentaccountid": str(uuid4()), "business_unit": "nowhere", "fullname": "Ada", "statecode": 2,
        "urgency": "soon", "received_on": "one day"}  # fmt: skip
    found = problems_of(await web.post("website", json=fields | ADA))
    assert found.keys() == fields.keys()
    assert "did you mean 'lastname'" in found["lastnam"]
    assert (
        found["source"]
        == found["parentaccountid"]
        == found["statecode"]
        == "is not for the sender to set; leave it out"
    )
    assert "hot" in found["urgency"]
    assert "north" not in found["business_unit"]  # the organisation is nobody else's business


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({}, "lead", "has no attribute"),
        ({"csrf": "x", "lastname": " "}, "lead", "has no attribute"),
        ({"Email": "a@b.example", "Mail": "c@d.example"}, "Email", "is not an attribute"),
        ({"Last Name": "A", "Surname": "B"}, "Surname", "says the same as 'Last Name'"),
        ({"lastname": "A", "external_id": "1\0"}, "external_id", "cannot be printed"),
        ({"lastname": "A", "business_unit": "north\0"}, "business_unit", "cannot be printed"),
        ({"lastname": "A", "external_id": ["1"]}, "external_id", "is a text"),
        ({"lastname": "A", "external_id": "1" * 201}, "external_id", "at most 200 characters"),
        ({"lastname": {"a": 1}}, "lastname", "is a text"),
    ],
)  # fmt: skip
async def test_fields_that_make_no_submission(web: Web, fields: Any, field: str, says: str) -> None:
    assert says in problems_of(await web.post("website", json=fields))[field]


async def test_files_and_repeated_fields_are_refused(web: Web) -> None:
    files = {"cv": ("cv.pdf", b"%PDF"), "lastname": (None, b"L")}
    assert "files are not taken" in problems_of(await web.post("website", files=files))["cv"]
    headers = {"x-api-key": API_KEY, "content-type": "application/x-www-form-urlencoded"}
    answer = await web.post("website", content=b"lastname=A&lastname=B", headers=headers)
    assert "more than once" in problems_of(answer)["lastname"]


async def test_what_a_source_fixes_is_not_for_the_sender(web: Web) -> None:
    found = problems_of(await web.post("partner", json={**ADA, "Partner": "fabrikam"}))
    assert found == {"Partner": "is not for the sender to set; leave it out"}
    view = await web.stored(await web.post("partner", json={**ADA, "Vorgang": str(uuid4())}))
    assert view.channel_partner == "contoso"


async def test_a_source_may_quarantine_instead(web: Web) -> None:
    given = {**ADA, "revenue": "much", "shoesize": "43", "business_unit": "nowhere", "Vorgang": str(uuid4())}
    answer = await web.post("partner", json=given)
    assert answer.status_code == 202
    assert (await web.stored(answer)).stage is LeadStage.QUARANTINED
    told = (await web.get("partner", answer.json()["leadid"])).json()
    assert told["stage"] == "quarantined"
    assert [problem.split()[0] for problem in told["problems"]] == ["business_unit", "revenue", "shoesize"]


async def test_a_filled_honeypot_is_answered_as_ever_and_quarantined(web: Web) -> None:
    answer = await web.post("website", json={**ADA, "nickname": "robot"})
    assert answer.status_code == 202
    view = await web.stored(answer)
    assert view.stage is LeadStage.QUARANTINED
    assert [problem.split()[0] for problem in view.problems] == ["honeypot"]
    with web.service.deps.database.reading() as connection:
        assert quarantine.get(connection, view.leadid)["lead"]["honeypot"] == "robot"


# Keys


async def test_ten_at_once_with_one_key_are_one_lead(web: Web) -> None:
    key = str(uuid4())
    headers = {"x-api-key": API_KEY, "idempotency-key": key}
    answers = await asyncio.gather(*(web.post("website", json=ADA, headers=headers) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [202]
    assert len({answer.json()["leadid"] for answer in answers}) == 1
    await web.stored(answers[0])
    table = TABLES["lead"]
    with web.service.deps.database.reading() as connection:
        query = select(func.count()).select_from(table).where(table.c.lf_externalid == key)
        assert connection.execute(query).scalar_one() == 1


async def test_a_key_stands_for_one_body(web: Web) -> None:
    headers = {"x-api-key": API_KEY, "idempotency-key": str(uuid4())}
    first = await web.post("website", json=ADA, headers=headers)
    form = await web.post("website", data={"csrf": "new", **dict(reversed(ADA.items()))}, headers=headers)
    assert (form.status_code, form.json()) == (
        200,
        first.json(),
    )  # the same fields, in another form and order; a token is left out
    other = await web.post("website", json={**ADA, "lastname": "Byron"}, headers=headers)
    assert other.status_code == 409
    assert first.json()["leadid"] in other.json()["detail"]
    assert lead_of(web, (await web.stored(first)).leadid).lastname == "Lovelace"
    elsewhere = await web.post("partner", json=ADA, headers=headers)
    assert (elsewhere.status_code, elsewhere.json()["leadid"] != first.json()["leadid"]) == (202, True)


async def test_a_body_without_a_key_is_a_lead_each_time(web: Web) -> None:
    answers = [await web.post("website", json=ADA) for _ in range(2)]
    assert len({answer.json()["leadid"] for answer in answers}) == 2


@pytest.mark.parametrize("key", ["", "a b", "k" * 201, "ä"])
async def test_a_key_that_is_none_is_refused(web: Web, key: str) -> None:
    headers = {"x-api-key": API_KEY.encode(), "idempotency-key": key.encode()}
    answer = await web.post("website", json=ADA, headers=headers)
    assert (answer.status_code, "Idempotency-Key must be" in answer.json()["detail"]) == (400, True)


# Where a lead stands


async def test_a_source_sees_its_own_leads_only(web: Web) -> None:
    answer = await web.post("website", json=ADA)
    lead = answer.json()["leadid"]
    await web.stored(answer)
    assert (await web.get("website", lead)).status_code == 200
    assert (await web.get("website", lead, **{"x-api-key": "wrong"})).status_code == 401
    for source, id in (("partner", lead), ("website", uuid4()), ("website", "12"), ("website", "%27")):
        answer = await web.get(source, id)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_a_lead_that_no_worker_has_stored_yet_is_received(web: Web, sources_of: Callable[[str], Sources]) -> None:
    idle = replace(web.service, task_queue="nobody-works-here")
    async with web_on(idle, sources_of(SOURCES)) as unattended:
        lead = (await unattended.post("website", json=ADA)).json()["leadid"]
    told = await web.get("website", lead)
    assert told.json() == {"leadid": lead, "stage": "received", "state": "open", "problems": []}
    assert (await web.get("partner", lead)).status_code == 404
    await web.service.handle(UUID(lead)).terminate()


async def test_nothing_personal_is_told_about_a_lead(web: Web) -> None:
    answer = await web.post("partner", json={**ADA, "emailaddress1": "not-an-address", "revenue": "a lot"})
    await web.stored(answer)
    text = (await web.get("partner", answer.json()["leadid"])).text
    assert [word for word in ("Lovelace", "Ada", "not-an-address", "a lot") if word in text] == []
