"""Pages: each row on exactly one, in any order, whatever is added meanwhile; and tokens that only we can make."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.entities import Account, Contact, ContactLeads, Lead
from crm.errors import InvalidInput
from leadflow.dataverse.query.skiptokens import LIFETIME, seal, unseal
from tests.activities.conftest import NOW
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE, Api

ORDERS = (
    "subject", "subject desc", "revenue desc,subject", "numberofemployees asc", "estimatedclosedate desc",
    "donotemail,createdon desc", "_parentaccountid_value", "parentaccountid/name desc", "estimatedvalue desc",
    "leadsourcecode,lastname desc", "_ownerid_value desc", "leadid desc",
)  # fmt: skip
ACCOUNTS = (Account(name="Äb"), Account(name="ab"), Account(name=None))


def lead(number: int) -> Lead:
    return Lead(
        lastname=f"L{number:03}",
        subject=(None, "a", "B", "ä", "A")[number % 5],
        revenue=(None, Decimal("1.25"), Decimal("10"))[number % 3],
        numberofemployees=(None, 3, 20)[number % 3],
        estimatedvalue=(0.1, None, 2.5)[number % 3],
        estimatedclosedate=(None, NOW.date())[number % 2],
        donotemail=number % 3 == 0,
        leadsourcecode=(None, 8, 1)[number % 3],
        overriddencreatedon=NOW + timedelta(seconds=number % 4, microseconds=number),
        parentaccountid=(None, *(one.accountid for one in ACCOUNTS))[number % 4],
    )


def pages(api: Api, path: str, size: int) -> Iterator[list[dict[str, Any]]]:
    """The pages, one after the other, as a client turns them."""
    link: str | None = BASE + path
    while link:
        body = api.get(link.removeprefix(BASE), Prefer=f"odata.maxpagesize={size}")
        yield body["value"]
        link = body.get("@odata.nextLink")


def test_each_row_is_on_one_page_in_any_order_while_others_are_added(api: Api) -> None:
    api.store(*ACCOUNTS, *map(lead, range(17)))
    counter = iter(range(100, 10_000))

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(ORDERS), st.integers(1, 9), st.booleans())
    def check(order: str, size: int, adds: bool) -> None:
        path = f"leads?$select=leadid&$orderby={quote(order)}"
        whole = [row["leadid"] for row in api.get(path)["value"]]
        seen = []
        for page in pages(api, path, size):
            assert len(page) <= size
            seen += [row["leadid"] for row in page]
            if adds and len(seen) <= 2 * size:
                api.store(lead(next(counter)))
        assert [id for id in seen if id in set(whole)] == whole
        assert len(set(seen)) == len(seen)

    check()


def test_the_order_is_that_of_dataverse(api: Api) -> None:
    api.store(*ACCOUNTS, *map(lead, range(8)))

    def column(order: str, name: str) -> list[Any]:
        rows = api.get(f"leads?$select={name}&$orderby={quote(order)}")["value"]
        return [row[name] for row in rows]

    assert [text and text.lower() for text in column("subject", "subject")] == [
        None,
        None,
        "a",
        "a",
        "a",
        "b",
        "b",
        "ä",
    ]
    assert column("leadsourcecode desc", "leadsourcecode") == [8, 8, 8, 1, 1, None, None, None]
    by_name = [text and str(text) for text in column("_parentaccountid_value desc,lastname", "_parentaccountid_value")]
    first, second, nameless = (str(one.accountid) for one in ACCOUNTS)
    assert by_name[:4] == [first, first, second, second]
    assert set(by_name[4:]) == {None, nameless}


def test_expanded_collections_have_pages_of_their_own(api: Api) -> None:
    contact, leads = Contact(lastname="Moe"), [lead(number) for number in range(7)]
    api.store(
        *ACCOUNTS, contact, *leads, *(ContactLeads(contactid=contact.contactid, leadid=one.leadid) for one in leads)
    )
    path = "contacts?$select=lastname&$expand=contactleads_association($select=lastname;$orderby=lastname desc)"
    found = api.get(path, Prefer="odata.maxpagesize=3")["value"][0]
    rows = list(found["contactleads_association"])
    link = found["contactleads_association@odata.nextLink"]
    for page in pages(api, link.removeprefix(BASE), 3):
        rows += page
    assert [row["lastname"] for row in rows] == [f"L{number:03}" for number in reversed(range(7))]
    few = api.get(path.replace("desc)", "desc;$top=2)"))["value"][0]
    assert len(few["contactleads_association"]) == 2
    assert "contactleads_association@odata.nextLink" not in few


def test_top_ends_the_answer_and_gives_way_to_pages(api: Api) -> None:
    api.store(*map(lead, range(5)))
    top = api.get("leads?$select=leadid&$top=2")
    assert (len(top["value"]), "@odata.nextLink" in top) == (2, False)
    paged = api.get("leads?$select=leadid&$top=2", Prefer="odata.maxpagesize=4")
    assert (len(paged["value"]), "@odata.nextLink" in paged) == (4, True)
    assert api.get("leads?$top=0")["value"] == []
    assert api.ask("GET", "leads?$top=5001").status == 400


def test_counts_say_how_many_there_are_on_all_pages(api: Api) -> None:
    api.store(*map(lead, range(5)))
    asked = 'odata.maxpagesize=2,odata.include-annotations="*"'
    page = api.get("leads?$select=leadid&$count=true&$filter=donotemail eq false", Prefer=asked)
    assert page["@odata.count"] == page["@Microsoft.Dynamics.CRM.totalrecordcount"] == 3
    assert page["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is False
    assert api.get("leads?$select=leadid", Prefer=asked)["@Microsoft.Dynamics.CRM.totalrecordcount"] == -1
    assert "@Microsoft.Dynamics.CRM.totalrecordcount" not in api.get("leads?$count=true")
    answer = api.ask("GET", "leads/$count?$filter=donotemail eq false")
    assert (answer.content(), answer.content_type) == (b"3", "text/plain; charset=utf-8")


def test_a_token_is_for_its_query_and_its_caller_only(api: Api) -> None:
    api.store(*map(lead, range(5)))
    link = api.get("leads?$select=subject&$orderby=lastname", Prefer="odata.maxpagesize=2")["@odata.nextLink"]
    path = link.removeprefix(BASE)
    assert api.ask("GET", path).status == 200
    other = type(ADMINISTRATOR)(uuid4(), "other", "Other", None, grants=ADMINISTRATOR.grants)
    token = path.partition("$skiptoken=")[2]
    for refused, caller in (
        (path, other),
        (path.replace("subject", "lastname"), None),
        (path.replace("leads?", "contacts?"), None),
        (path.replace(token, token[:20] + ("A" if token[20] != "A" else "B") + token[21:]), None),
        ("leads?$skiptoken=x", None),
        ("leads?$skiptoken=%C3%A4", None),
    ):
        answer: Any = api.ask("GET", refused, caller=caller)
        assert answer.status == 400
        assert "$skiptoken is not valid" in answer.body["error"]["message"]


def test_a_token_hides_its_values_and_expires() -> None:
    values = ("lind", None, Decimal("1.50"), uuid4(), NOW, NOW.date(), 5, 2.5, True)
    token = seal(b"secret", "query", values, NOW)
    assert unseal(b"secret", "query", token, NOW + LIFETIME - timedelta(seconds=1)) == values
    assert "lind" not in token
    for purpose, secret, now in (
        ("other", b"secret", NOW),
        ("query", b"another", NOW),
        ("query", b"secret", NOW + LIFETIME + timedelta(seconds=1)),
        ("query", b"secret", datetime(2020, 1, 1, tzinfo=UTC)),
    ):
        with pytest.raises(InvalidInput, match="not valid"):
            unseal(secret, purpose, token, now)
