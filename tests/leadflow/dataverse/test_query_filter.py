"""Filters: what the SQL finds is what the filter means, on both databases; and nothing makes it fall over."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from crm.entities import Account, BusinessUnit, Contact, Lead
from leadflow.dataverse.query.parsing import DEEPEST_FILTER
from tests.activities.conftest import NOW
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, Api
from tests.leadflow.dataverse.filters import Filter, comparison, filters, records

PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CRM = "Microsoft.Dynamics.CRM"
WORDS = (
    "subject", "eq", "'x'", "and", "or", "not", "(", ")", ",", "in", "null", "any", "o:", "/", "5", "-", "'", "[",
    "parentaccountid", "contactleads_association", "2026-01-01", "true", "contains(", "add", f"{CRM}.In(", "@p", "$it",
    "PropertyName='subject'", "PropertyValues=", '["x"]', "duration'P1D'", "1e400", "\x00", "ä",
)  # fmt: skip


def found(api: Api, text: str, entities: str = "leads", key: str = "leadid") -> set[str]:
    """The ids of the records that a filter finds."""
    return {row[key] for row in api.get(f"{entities}?$select={key}&$filter={quote(text)}")["value"]}


def names(api: Api, text: str) -> list[str]:
    """The last names of the leads that a filter finds."""
    return [
        row["lastname"] for row in api.get(f"leads?$select=lastname&$orderby=lastname&$filter={quote(text)}")["value"]
    ]


def refused(api: Api, text: str, entities: str = "leads") -> str:
    answer: Any = api.ask("GET", f"{entities}?$filter={quote(text)}")
    assert (answer.status, answer.body["error"]["code"]) == (400, "0x80060888")
    return str(answer.body["error"]["message"])


def test_a_filter_finds_what_it_means(api: Api) -> None:
    entities, rows = records()
    api.store(*entities)

    @PROPERTY
    @example(comparison("revenue", "ge", 12, False))
    @given(filters)
    def check(one: Filter) -> None:
        assert found(api, one.text) == {str(row["leadid"]) for row in rows if one.holds(row)}, one.text

    check()


def test_no_filter_makes_it_fall_over(api: Api) -> None:
    api.store(Lead(lastname="Lind", subject="x"))
    texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))

    @PROPERTY
    @example("not (" * DEEPEST_FILTER + "donotemail" + ")" * DEEPEST_FILTER)
    @example("(" * 5000)
    @example("'" * 4001)
    @example(" or ".join(f"subject eq '{number}'" for number in range(300)))
    @example("subject in (" + ",".join("'x'" for _ in range(1500)) + ")")
    @example("contains(subject,'" + "%a" * 45 + "')")
    @given(texts)
    def check(text: str) -> None:
        answer = api.ask("GET", f"leads?$select=leadid&$filter={quote(text, errors='replace')}")
        assert answer.status in (200, 400), text

    check()


def test_a_lookup_compares_with_a_guid_bare_or_quoted_or_by_path(api: Api) -> None:
    account = Account(name="Acme")
    api.store(account, Lead(lastname="Lind", parentaccountid=account.accountid), Lead(lastname="Berg"))
    for text in (
        f"_parentaccountid_value eq {account.accountid}",
        f"_parentaccountid_value eq '{account.accountid}'",
        f"parentaccountid/accountid eq {str(account.accountid).upper()}",
        f"{account.accountid} eq _parentaccountid_value",
        "parentaccountid ne null",
    ):
        assert names(api, text) == ["Lind"], text
    assert names(api, "parentaccountid eq null") == ["Berg"]


def test_a_path_goes_through_several_records_and_a_collection_inside_another(api: Api) -> None:
    top = Account(name="Top")
    below = Account(name="Below", parentaccountid=top.accountid)
    contact = Contact(lastname="Moe", parentcustomerid=below.accountid)
    api.store(top, below, contact, Lead(lastname="Lind", parentcontactid=contact.contactid), Lead(lastname="Berg"))
    assert names(api, "parentcontactid/parentcustomerid_account/parentaccountid/name eq 'top'") == ["Lind"]
    deep = "parentcontactid/parentcustomerid_account/contact_customer_accounts/any(c:c/lastname eq 'moe')"
    assert names(api, deep) == ["Lind"]
    inner = "contact_customer_accounts/any(c:c/lead_parent_contact/any(l:l/lastname eq 'LIND' and c/lastname eq 'moe'))"
    assert found(api, inner, "accounts", "accountid") == {str(below.accountid)}


def test_aliases_stand_for_values(api: Api) -> None:
    api.store(Lead(lastname="O'Brien"), Lead(lastname="Berg"))
    assert api.get("leads?$select=leadid&$filter=lastname eq @p1&@p1='o''brien'")["value"]
    listed = (
        f'leads?$select=leadid&$filter={CRM}.In(PropertyName=@p1,PropertyValues=@p2)&@p1=\'lastname\'&@p2=["Berg","x"]'
    )
    assert len(api.get(listed)["value"]) == 1
    assert "'@p1' has no value" in refused(api, "lastname eq @p1")


def test_functions_know_the_caller(api: Api) -> None:
    unit, team = BusinessUnit(name="Unit"), uuid4()
    mine = Lead(lastname="Mine", lf_businessunitid=unit.businessunitid, parentaccountid=ADMINISTRATOR.userid)
    api.store(unit, mine, Lead(lastname="Theirs", parentaccountid=team), Lead(lastname="Nobody"))
    assert names(api, f"{CRM}.EqualUserId(PropertyName='parentaccountid')") == ["Mine"]
    assert names(api, f"{CRM}.NotEqualUserId(PropertyName='_parentaccountid_value')") == ["Nobody", "Theirs"]
    assert names(api, f"{CRM}.EqualUserOrUserTeams(PropertyName='parentaccountid')") == ["Mine"]
    assert names(api, f"{CRM}.EqualUserTeams(PropertyName='parentaccountid')") == []
    assert names(api, f"{CRM}.EqualBusinessId(PropertyName='lf_businessunitid')") == []


def test_above_and_under_follow_the_hierarchy_and_end_in_a_circle(api: Api) -> None:
    top = Account(name="Top")
    middle = Account(name="Middle", parentaccountid=top.accountid)
    low = Account(name="Low", parentaccountid=middle.accountid)
    top.parentaccountid = None
    ring = Account(name="Ring")
    ring.parentaccountid = ring.accountid
    api.store(top, middle, low, ring)

    def accounts(function: str, of: Account, name: str = "accountid") -> set[str]:
        text = f"{CRM}.{function}(PropertyName='{name}',PropertyValue='{of.accountid}')"
        return {row["name"] for row in api.get(f"accounts?$select=name&$filter={quote(text)}")["value"]}

    assert accounts("Under", top) == {"Middle", "Low"}
    assert accounts("UnderOrEqual", middle) == {"Middle", "Low"}
    assert accounts("Above", low) == {"Middle", "Top"}
    assert accounts("AboveOrEqual", low) == {"Low", "Middle", "Top"}
    assert accounts("NotUnder", top) == {"Top", "Ring"}
    assert accounts("Under", ring) == {"Ring"}
    assert accounts("UnderOrEqual", top, "parentaccountid") == {"Middle", "Low"}


def test_times_compare_by_the_second_and_days_as_days(api: Api) -> None:
    api.store(Lead(lastname="Lind", overriddencreatedon=NOW.replace(microsecond=250_000)))
    shown = api.get("leads?$select=createdon")["value"][0]["createdon"]
    assert [names(api, f"createdon {operator} {shown}") for operator in ("eq", "ge", "le")] == [["Lind"]] * 3
    assert [names(api, f"createdon {operator} {shown}") for operator in ("ne", "gt", "lt")] == [[]] * 3
    for function, holds in (("On", True), ("OnOrAfter", True), ("OnOrBefore", True)):
        text = f"{CRM}.{function}(PropertyName='createdon',PropertyValue='2026-03-02')"
        assert names(api, text) == (["Lind"] if holds else [])
    assert names(api, f"{CRM}.On(PropertyName='createdon',PropertyValue='2026-03-01')") == []


REFUSED = [
    ("nosuch eq 1", "Could not find a property named 'nosuch' on type 'Microsoft.Dynamics.CRM.lead'."),
    ("owneridtype eq 'team'", "Could not find a property named 'owneridtype'"),
    ("numberofemployees eq 'many'", "'many' does not fit 'numberofemployees'"),
    ("revenue gt '5'", "a decimal number"),
    ("subject eq 5", "a text (in single quotes)"),
    ("tolower(subject) eq 'x'", "contains, startswith, endswith"),
    ("numberofemployees add 1 eq 2", "Arithmetic is not supported"),
    ("contactleads_association/lastname eq 'x'", "leads to several records"),
    ("ownerid/fullname eq 'x'", "Follow owninguser or owningteam"),
    ("subject eq numberofemployees", "cannot be compared with each other"),
    ("subject", "compare it with something"),
    ("contains(numberofemployees,'1')", "takes a property with text"),
    (f"{CRM}.EqualUserOrUserHierarchy(PropertyName='ownerid')", "no manager hierarchy"),
    (f"{CRM}.ContainValues(PropertyName='subject',PropertyValues=[\"1\"])", "no choices with several values"),
    (f"{CRM}.EqualUserLanguage(PropertyName='subject')", "not supported"),
    (f"{CRM}.Nonsense(PropertyName='subject')", "there is no such query function"),
    (f"{CRM}.LastXDays(PropertyName='createdon',PropertyValue='soon')", "a number from 0"),
    (f"{CRM}.Today(PropertyName='subject')", "is for dates and times"),
    (f"{CRM}.Under(PropertyName='subject',PropertyValue='x')", "is in no hierarchy"),
    (f'{CRM}.In(PropertyValues=["1"])', "needs the parameter PropertyName"),
]


def test_what_is_not_supported_is_said(api: Api) -> None:
    for text, says in REFUSED:
        assert says in refused(api, text)


def test_an_object_shown_as_text_cannot_be_filtered_by(api: Api) -> None:
    assert "cannot be filtered" in refused(api, "decision eq 'x'", "lf_routingdecisions")
