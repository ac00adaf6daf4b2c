"""Aggregation: exact on both databases, by groups that do not regard case."""

from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from crm.entities import Account, Lead
from leadflow.dataverse.query import aggregating
from tests.activities.conftest import NOW
from tests.leadflow.dataverse.conftest import Api

FORMATTED = "@OData.Community.Display.V1.FormattedValue"


def applied(api: Api, text: str, more: str = "", prefer: str = "") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get(f"leads?$apply={quote(text)}{more}", Prefer=prefer)["value"]
    return rows


def refused(api: Api, text: str, more: str = "") -> tuple[str, str]:
    answer: Any = api.ask("GET", f"leads?$apply={quote(text)}{more}")
    assert answer.status == 400
    return answer.body["error"]["code"], answer.body["error"]["message"]


def test_figures_of_all_rows(api: Api) -> None:
    api.store(
        Lead(lastname="a", revenue=Decimal("0.10"), numberofemployees=1, estimatedvalue=0.5, overriddencreatedon=NOW),
        Lead(lastname="b", revenue=Decimal("0.20"), numberofemployees=2, subject="X"),
        Lead(lastname="c", subject="x"),
    )
    text = (
        "aggregate($count as n,revenue with sum as total,revenue with average as mean,revenue with max as most,"
        "numberofemployees with average as staff,estimatedvalue with sum as value,createdon with min as first,"
        "subject with countdistinct as subjects)"
    )
    assert applied(api, text) == [
        {
            "n": 3, "total": 0.3, "mean": 0.15, "most": 0.2, "staff": 1.5, "value": 0.5,
            "first": "2026-03-02T09:00:00Z", "subjects": 1,
        }
    ]  # fmt: skip
    assert applied(api, "filter(lastname eq 'z')/aggregate(revenue with sum as total,$count as n)") == [
        {"total": None, "n": 0}
    ]


def test_sums_are_exact_beyond_what_64_bits_hold(api: Api) -> None:
    large = Decimal("99999999999999.99")
    api.store(*(Lead(lastname=str(number), revenue=large) for number in range(12)))
    body = api.ask("GET", "leads?$apply=aggregate(revenue with sum as s,versionnumber with sum as v)").content()
    assert b'"s":1199999999999999.88' in body
    assert b'"v":21269304000000000' in body


def test_groups(api: Api) -> None:
    account = Account(name="Acme")
    api.store(
        account,
        Lead(lastname="a", subject="Fair", leadsourcecode=8, parentaccountid=account.accountid),
        Lead(lastname="b", subject="fair", leadsourcecode=8),
        Lead(lastname="c", subject="ÄRGER", leadsourcecode=1),
        Lead(lastname="d", leadsourcecode=1),
    )
    assert applied(api, "groupby((subject),aggregate($count as n))") == [
        {"n": 1}, {"subject": "Fair", "n": 2}, {"subject": "ÄRGER", "n": 1}
    ]  # fmt: skip
    shown = applied(api, "groupby((leadsourcecode))", prefer='odata.include-annotations="*"')
    assert shown[0] == {"leadsourcecode": 1, f"leadsourcecode{FORMATTED}": "Advertisement"}
    named = applied(api, "groupby((_parentaccountid_value))", prefer='odata.include-annotations="*"')
    assert named[1][f"_parentaccountid_value{FORMATTED}"] == "Acme"
    filtered = applied(api, "filter(contains(subject,'r'))/groupby((leadsourcecode),aggregate($count as n))")
    assert filtered == [{"leadsourcecode": 1, "n": 1}, {"leadsourcecode": 8, "n": 2}]
    assert applied(api, "groupby((leadsourcecode))", "&$orderby=leadsourcecode desc&$top=1") == [{"leadsourcecode": 8}]


def test_more_rows_than_dataverse_takes_are_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregating, "MOST_ROWS", 3)
    api.store(*(Lead(lastname=str(number)) for number in range(4)))
    assert refused(api, "aggregate($count as n)")[0] == "0x8004e023"
    assert applied(api, "filter(lastname ne '0')/aggregate($count as n)") == [{"n": 3}]


def test_what_is_not_supported_is_said(api: Api) -> None:
    for text, more, says in (
        ("groupby((createdon))", "", "cannot be grouped by"),
        ("groupby((parentaccountid/name))", "", "paths to other records are not supported"),
        ("groupby((subject),topcount(1,revenue))", "", "is not supported"),
        ("aggregate(revenue with median as m)", "", "methods are sum"),
        ("aggregate(subject with sum as s)", "", "has no sum"),
        ("aggregate(revenue with sum as a,revenue with max as a)", "", "the same name"),
        ("groupby((subject),aggregate($count as n))", "&$orderby=n", "what is grouped by only"),
        ("groupby((subject))", "&$filter=subject eq 'x'", "'$filter' is not supported with $apply"),
        ("filter(subject eq 'x')", "", "one groupby or aggregate"),
        ("aggregate($count as n)/filter(n gt 1)", "", "one groupby or aggregate"),
        ("aggregate(nosuch with sum as s)", "", "Could not find a property named 'nosuch'"),
        ("compute(revenue mul 2 as r)", "", "is not supported"),
        ("", "", "is not supported"),
    ):
        code, message = refused(api, text, more)
        assert (code, says in message) == ("0x80060888", True), message
