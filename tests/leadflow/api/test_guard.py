"""Over HTTP: who is let in, what holds for every request, and what the log has of it."""

import logging
from uuid import uuid4

import pytest
from sqlalchemy import update

from crm.store.people.organisation import record_id
from crm.store.tables import TABLES
from leadflow.api.app import LARGEST_BODY
from leadflow.api.guard import KEEP_SECONDS
from leadflow.api.limits import REFUSALS
from leadflow.api.request_log import shape_of_path
from tests.leadflow.api.conftest import ROOT, Site

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE")
PATHS = ("", "$metadata", "WhoAmI", "leads", "leads(1)", "nowhere", "$batch", "EntityDefinitions", "leads/$count")


async def test_nothing_answers_without_a_token(site: Site) -> None:
    for path in (*(ROOT + path for path in PATHS), "/api/data/v1.0/leads", "/api/data/v9.2"):
        for method in METHODS:
            answer = await site.ask(method, path, user=None)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    answer = await site.ask("GET", ROOT + "WhoAmI", user=None, headers={"Authorization": "Bearer abc"})
    assert answer.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token", error_description="')


async def test_a_token_is_for_an_active_user_by_any_name(site: Site) -> None:
    mia = record_id("systemuser", "mia")
    for name in ("mia", str(mia), "MIA@ours.example"):
        answer = await site.ask("GET", ROOT + "WhoAmI", name)
        assert answer.status_code == 200 and answer.json()["UserId"] == str(mia)
    for name, code in (("nobody", "0x80072560"), (str(uuid4()), "0x80072560"), ("cleo", "0x80040225")):
        answer = await site.ask("GET", ROOT + "WhoAmI", name)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, code)
        assert name not in answer.text and 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_a_user_who_is_disabled_is_out_within_seconds(site: Site) -> None:
    assert (await site.ask("GET", ROOT + "WhoAmI", "ben")).status_code == 200
    users = TABLES["systemuser"]
    with site.database.transaction() as connection:
        connection.execute(update(users).values(isdisabled=True).where(users.c.lf_key == "ben"))
    site.now += KEEP_SECONDS + 0.1
    assert (await site.ask("GET", ROOT + "WhoAmI", "ben")).status_code == 401


async def test_a_new_role_counts_within_seconds(site: Site) -> None:
    assert (await site.ask("DELETE", f"{ROOT}accounts({uuid4()})", "ben")).status_code == 403
    users = TABLES["systemuser"]
    with site.database.transaction() as connection:
        connection.execute(update(users).values(lf_roles="system-administrator").where(users.c.lf_key == "ben"))
    site.now += KEEP_SECONDS + 0.1
    assert (await site.ask("DELETE", f"{ROOT}accounts({uuid4()})", "ben")).status_code == 404


async def test_acting_for_another_user_is_refused(site: Site) -> None:
    for header in ("MSCRMCallerID", "CallerObjectId"):
        answer = await site.ask("GET", ROOT + "WhoAmI", headers={header: str(uuid4())})
        assert answer.status_code == 400 and "not supported" in answer.text


async def test_limits_are_told_and_kept(site: Site) -> None:
    left = [
        (await site.ask("GET", ROOT + "WhoAmI", "anna")).headers["x-ms-ratelimit-burst-remaining-xrm-requests"]
        for _ in range(3)
    ]
    assert left == ["39", "38", "37"]
    batch = b"--b\r\nContent-Type: application/http\r\n\r\nGET WhoAmI HTTP/1.1\r\n\r\n" * 36 + b"--b--\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    answer = await site.ask("POST", ROOT + "$batch", "anna", content=batch, headers=headers)
    assert answer.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "0"
    answer = await site.ask("GET", ROOT + "WhoAmI", "anna")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "0x80072322")
    assert 1 <= int(answer.headers["Retry-After"]) <= 300
    assert (await site.ask("GET", ROOT + "WhoAmI", "ben")).status_code == 200


async def test_bad_tokens_are_answered_only_so_often(site: Site) -> None:
    headers = {"Authorization": "Bearer abc"}
    answers = [(await site.ask("GET", ROOT, user=None, headers=headers)).status_code for _ in range(REFUSALS + 1)]
    assert (answers[-2], answers[-1]) == (401, 429)
    assert (await site.ask("GET", ROOT + "WhoAmI")).status_code == 200  # who has a token is not kept out


async def test_methods_that_a_path_does_not_take_are_named(site: Site) -> None:
    for method, path, allowed in (("POST", "WhoAmI", "GET, HEAD"), ("PURGE", "$metadata", "GET, HEAD")):
        answer = await site.ask(method, ROOT + path)
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert (await site.ask("OPTIONS", ROOT + "leads")).status_code == 405
    answer = await site.ask("DELETE", "/health", user=None)
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"GET", "HEAD"})


async def test_head_is_get_without_a_body(site: Site) -> None:
    get, head = await site.ask("GET", ROOT + "WhoAmI"), await site.ask("HEAD", ROOT + "WhoAmI")
    assert head.status_code == 200 and head.headers["content-type"] == get.headers["content-type"]


async def test_what_is_too_large_is_not_read(site: Site) -> None:
    answer = await site.ask("POST", ROOT + "leads", content=b" " * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    answer = await site.ask("GET", ROOT + "leads?$filter=" + "a" * 33_000)
    assert answer.status_code == 414


async def test_links_are_made_of_the_host_that_was_asked(site: Site) -> None:
    answer = await site.ask("GET", ROOT + "WhoAmI", headers={"Host": "other.example:8443"})
    assert answer.json()["@odata.context"].startswith("http://other.example:8443/api/data/v9.2/")
    for host in ("evil.example/path", "a b", '"', "x@y", ""):
        assert (await site.ask("GET", ROOT + "WhoAmI", headers={"Host": host})).status_code == 400


async def test_each_answer_has_a_number_and_the_client_gets_its_own_back(site: Site) -> None:
    given = {"x-ms-client-request-id": str(uuid4()), "x-ms-correlation-id": "not\x09safe"}
    answer = await site.ask("GET", ROOT + "WhoAmI", headers=given)
    assert answer.headers["x-ms-client-request-id"] == given["x-ms-client-request-id"]
    assert "x-ms-correlation-id" not in answer.headers
    other = await site.ask("GET", ROOT + "nowhere", user=None)
    numbers = {each.headers["x-ms-service-request-id"] for each in (answer, other)}
    assert len(numbers) == 2 and answer.headers["OData-Version"] == "4.0"


async def test_whoever_runs_it_can_ask_how_it_is(site: Site) -> None:
    for path, state in (("/health", "alive"), ("/ready", "ready")):
        answer = await site.ask("GET", path, user=None)
        assert (answer.status_code, answer.json()) == (200, {"status": state})
    assert (await site.ask("GET", "/elsewhere", user=None)).status_code == 404
    assert (await site.ask("GET", "/health/", user=None)).status_code == 404


async def test_the_log_has_one_line_without_personal_data(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    private = ("Weber", "0301234567", "a.weber", "secret-id", "eyJ")
    asked = (
        ("GET", "leads?$filter=lastname eq 'Weber'&$select=lastname"),
        ("GET", "contacts(emailaddress1='a.weber@firm.example')/parentcustomerid_account"),
        ("GET", "leads(0301234567)/Weber/$value"),
        ("POST", "Weber"),
        ("PATCH", f"leads({uuid4()})"),
    )
    with caplog.at_level(logging.INFO, "leadflow.api"):
        for method, path in asked:
            await site.ask(method, ROOT + path, headers={"x-ms-client-request-id": "secret-id"}, json={"a": "Weber"})
        await site.ask("GET", ROOT + "leads", user=None, headers={"Authorization": "Bearer eyJ.Weber.x"})
    lines = [record.getMessage() for record in caplog.records if record.name == "leadflow.api"]
    assert len(lines) == len(asked) + 1
    for line in lines:
        assert not [word for word in private if word in line], line
    assert lines[0].split(" ms ")[0].rpartition(" ")[0] == f"GET {ROOT}leads 200" and "user=mia" in lines[0]
    assert f"GET {ROOT}contacts(…)/parentcustomerid_account " in lines[1]
    assert f"GET {ROOT}leads(…)/…/$value 400 " in lines[2] and f"POST {ROOT}… 404" in lines[3]
    assert "user=-" in lines[-1] and " 401 " in lines[-1]


def test_a_path_keeps_only_words_of_ours() -> None:
    assert shape_of_path("/api/data/v9.2/leads/Microsoft.Dynamics.CRM.CreateMultiple") == (
        "/api/data/v9.2/leads/Microsoft.Dynamics.CRM.CreateMultiple"
    )
    assert shape_of_path("/api/data/v9.2/leads(a/b)/x") == "/api/data/v9.2/leads(…)/…/…"
    assert shape_of_path("/wp-admin/max.muster@example.com") == "/…/…"
    assert shape_of_path("") == ""
