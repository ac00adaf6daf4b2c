"""What batches are answered with, and that a change set happens as a whole or not at all."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.store.database import Database
from tests.leadflow.dataverse.batches import (
    NOBODY,
    PIECES,
    Part,
    alone,
    change_set,
    parts_of,
    request,
    send,
    together,
)
from tests.leadflow.dataverse.conftest import BASE, Api, services_on


@pytest.fixture
def sqlite_api(sqlite_database: Database) -> Api:
    return Api(services_on(sqlite_database))


def test_requests_are_answered_in_order(api: Api) -> None:
    answer, parts = send(
        api,
        request("GET /api/data/v9.2/accounts?$select=name&$filter=name eq 'O''Neil' and statecode eq 0"),
        request("POST accounts", {"name": "Nord"}, content_id="7"),
        request("GET accounts/$count"),
        request("POST accounts", {"name": "Ost"}, Prefer="return=representation"),
    )
    assert answer.status == 200
    empty, created, count, returned = map(alone, parts)
    assert (empty.status, empty.body["value"]) == (200, [])
    assert (created.status, created.content_id, created.body) == (204, "7", "")
    assert re.fullmatch(re.escape(BASE) + r"accounts\([0-9a-f-]{36}\)", created.headers["OData-EntityId"])
    assert (count.headers["Content-Type"].partition(";")[0], count.body.lstrip("\ufeff")) == ("text/plain", "1")
    assert (returned.status, returned.body["name"]) == (201, "Ost")


def names(api: Api) -> list[str]:
    return sorted(row["name"] for row in api.get("accounts?$select=name")["value"])


def test_a_batch_ends_at_the_first_failure(sqlite_api: Api) -> None:
    parts = [
        request("POST accounts", {"name": "Nord"}),
        request(f"GET accounts({NOBODY})"),
        request("POST accounts", {"name": "Ost"}),
    ]
    answer, told = send(sqlite_api, *parts)
    assert answer.status == 404
    assert [alone(part).status for part in told] == [204, 404]
    assert alone(told[1]).body["error"]["code"] == "0x80040217"
    assert names(sqlite_api) == ["Nord"]
    answer, told = send(sqlite_api, *parts, prefer="odata.continue-on-error")
    assert answer.status == 200
    assert [alone(part).status for part in told] == [204, 404, 204]


def test_a_request_that_cannot_be_answered_fails_alone(sqlite_api: Api) -> None:
    expected = {
        "GET http://elsewhere.example/leads": 404,
        "GET nosuchset": 404,
        "GET $1": 404,
        "BREW leads": 405,
        "POST $batch": 400,
        "POST /api/data/v9.2/%24batch": 400,
        "GET leads?$top=x": 400,
        "GET WhoAmI": 200,
    }
    answer, parts = send(sqlite_api, *map(request, expected), prefer="odata.continue-on-error")
    assert answer.status == 200
    assert dict(zip(expected, [alone(part).status for part in parts], strict=True)) == expected
    assert all(alone(part).body["error"]["message"] for part in parts[:-1])


def test_other_batches_and_methods_are_refused(sqlite_api: Api) -> None:
    assert sqlite_api.ask("GET", "$batch").status == 405
    refused = sqlite_api.ask("POST", "$batch", {"requests": []}, content_type="application/json")
    assert (refused.status, refused.body["error"]["code"]) == (400, "0x80048d19")


# --- change sets


def test_requests_of_a_change_set_refer_to_each_other(api: Api) -> None:
    answer, (parts,) = send(
        api,
        change_set(
            request("POST accounts", {"name": "Nord"}, content_id="1"),
            request("POST contacts", {"lastname": "Lind", "parentcustomerid_account@odata.bind": "$1"}, content_id="c"),
            request("PATCH $1", {"primarycontactid@odata.bind": "/$c"}, content_id="3"),
            request("PUT /api/data/v9.2/$1/telephone1", {"value": "555-0160"}, content_id="4"),
            request("POST $1/contact_customer_accounts/$ref", {"@odata.id": "$c"}, content_id="5"),
        ),
        newline="\n",
    )
    assert answer.status == 200, answer.body
    made = together(parts)
    assert [(part.status, part.content_id) for part in made] == [(204, name) for name in ("1", "c", "3", "4", "5")]
    (account,) = api.get("accounts?$select=telephone1&$expand=primarycontactid($select=lastname)")["value"]
    assert made[0].headers["OData-EntityId"].endswith(f"accounts({account['accountid']})")
    assert (account["telephone1"], account["primarycontactid"]["lastname"]) == ("555-0160", "Lind")


def second(line: str, body: Any = None, **headers: str) -> str:
    return request(line, body, content_id="2", **headers)


FAILING = [
    second(f"DELETE accounts({NOBODY})"),
    second(f"PATCH accounts({NOBODY})", {"name": "x"}, If_Match="*"),
    second("POST contacts", {"lastname": "Lind", "nosuchcolumn": 1}),
    second("POST contacts", {"lastname": "Lind", "parentcustomerid_account@odata.bind": f"accounts({NOBODY})"}),
    second("POST contacts", {"lastname": "Lind", "parentcustomerid_account@odata.bind": "$9"}),
    second("PATCH $9", {"name": "x"}),
    second("PATCH $1", {"name": "x"}, If_Match='W/"123456789"'),
    second("PATCH $1", {"name": "x"}, MSCRMCallerID=NOBODY),
    second("GET accounts"),
    second("POST $batch"),
    second("BREW accounts"),
    second("POST nosuchset", {}),
]


def test_a_change_set_of_which_one_request_fails_leaves_nothing(api: Api) -> None:
    for number, failing in enumerate(FAILING):
        broken = change_set(request("POST accounts", {"name": "Nord"}, content_id="1"), failing)
        after = request("POST accounts", {"name": f"Ost {number:02}"})
        answer, (part, last) = send(api, broken, after, prefer="odata.continue-on-error")
        assert answer.status == 200
        assert 400 <= alone(part).status < 500, (failing, part)
        assert alone(part).body["error"]["message"]
        assert alone(last).status == 204
        assert send(api, broken, after)[0].status == alone(part).status, failing
    assert names(api) == [f"Ost {number:02}" for number in range(len(FAILING))]


def test_the_request_that_failed_is_named(sqlite_api: Api) -> None:
    _, (part,) = send(
        sqlite_api,
        change_set(
            request("POST accounts", {"name": "Nord"}, content_id="first"),
            request("POST accounts", {"nosuchcolumn": 1}, content_id="second"),
        ),
    )
    assert alone(part).content_id == "second"


def test_a_body_that_is_nested_too_deeply_is_refused(sqlite_api: Api) -> None:
    deep = request("POST accounts", {"name": "Ost", "description": "deep"}, content_id="2")
    deep = deep.replace('"deep"', "[" * 900 + '"$1"' + "]" * 900)
    _, (part,) = send(sqlite_api, change_set(request("POST accounts", {"name": "Nord"}, content_id="1"), deep))
    assert (alone(part).status, alone(part).content_id) == (400, "2")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=40))
def test_any_bytes_are_answered(sqlite_api: Api, pieces: list[bytes]) -> None:
    answer = sqlite_api.ask("POST", "$batch", b"".join(pieces), content_type="multipart/mixed; boundary=b")
    assert answer.status < 500
    if answer.content_type.startswith("multipart/mixed"):
        flat = [one for part in parts_of(answer) for one in ([part] if isinstance(part, Part) else part)]
        assert all(part.status < 500 for part in flat)
    else:
        assert answer.body["error"]["message"]
