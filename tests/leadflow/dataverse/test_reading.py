"""Reading records: by key, by property, by navigation, with what is shown beside them."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from crm.entities import (
    ENTITIES,
    Account,
    Annotation,
    Contact,
    ContactLeads,
    Lead,
    SystemUser,
    TransactionCurrency,
)
from crm.security import Caller, Depth, Privilege
from crm.store import records
from tests.activities.conftest import NOW
from tests.leadflow.dataverse.conftest import BASE, Api

FORMATTED = "@OData.Community.Display.V1.FormattedValue"
EVERYTHING = 'odata.include-annotations="*"'
REFUSED = (
    "$skip=1", "$search=x", "$format=xml", "$Filter=statecode eq 0", "savedQuery=x", "fetchXml=x", "sql=x", "$top=-1",
    "$top=1&$top=2", "$count=yes", "$orderby=lastname up", "$select=nosuch", "$filter=%00", "$orderby=", "$expand=",
)  # fmt: skip


def error(api: Api, path: str, status: int, caller: Caller | None = None, **headers: str) -> tuple[str, str]:
    answer: Any = api.ask("GET", path, caller=caller, **headers)
    assert answer.status == status, answer.body
    return answer.body["error"]["code"], answer.body["error"]["message"]


def test_a_record_is_found_by_its_id_in_each_form_and_by_other_keys(api: Api) -> None:
    lead = Lead(lastname="Lind", lf_source="web", lf_externalid="a'/b")
    link = ContactLeads(contactid=uuid4(), leadid=lead.leadid)
    api.store(lead, Contact(contactid=link.contactid or uuid4(), lastname="Moe"), link)
    id = str(lead.leadid)
    for key in (id, id.upper(), f"{{{id}}}", f"leadid={id}", "lf_source='web',lf_externalid='a''%2Fb'"):
        body = api.get(f"leads({key})?$select=lastname")
        assert (body["lastname"], body["leadid"]) == ("Lind", id)
    assert api.get(f"contactleadscollection(contactid={link.contactid},leadid={id})")["leadid"] == id
    assert error(api, f"leads({uuid4()})", 404)[0] == "0x80040217"
    assert error(api, "leads(lf_source='web',lf_externalid='z')", 404)[0] == "0x80060891"
    assert "(lf_externalid, lf_source)" in error(api, "leads(subject='x')", 400)[1]
    assert error(api, "leads(lf_source='web',lf_externalid=5)", 400)[0] == "0x80060888"


def test_a_record_shows_its_types_as_json_has_them(api: Api) -> None:
    lead = Lead(
        lastname="Lind",
        revenue=Decimal("1250.5"),
        estimatedvalue=2.5,
        estimatedclosedate=NOW.date(),
        overriddencreatedon=NOW,
        address1_city="Köln",
        parentaccountid=uuid4(),
    )
    api.store(lead)
    names = "revenue,estimatedvalue,estimatedclosedate,createdon,donotemail,leadqualitycode,address1_city,jobtitle"
    body = api.get(f"leads({lead.leadid})?$select={names},_parentaccountid_value")
    assert body == {
        "@odata.context": f"{BASE}$metadata#leads({names},_parentaccountid_value)/$entity",
        "@odata.etag": body["@odata.etag"],
        "revenue": 1250.5,
        "estimatedvalue": 2.5,
        "estimatedclosedate": "2026-03-02",
        "createdon": "2026-03-02T09:00:00Z",
        "donotemail": False,
        "leadqualitycode": 2,
        "address1_city": "Köln",
        "jobtitle": None,
        "_parentaccountid_value": str(lead.parentaccountid),
        "_transactioncurrencyid_value": None,
        "address1_composite": "Köln",
        "leadid": str(lead.leadid),
    }
    assert b'"revenue":1250.50' in api.ask("GET", f"leads({lead.leadid})?$select=revenue").content()


def test_annotations_say_what_people_read(api: Api) -> None:
    dollar = TransactionCurrency(currencyname="Dollar", isocurrencycode="XXD", currencysymbol="$")
    contact = Contact(lastname="Moe", firstname="Max")
    lead = Lead(
        lastname="Lind",
        leadsourcecode=8,
        revenue=Decimal("1250.5"),
        transactioncurrencyid=dollar.transactioncurrencyid,
        customerid=contact.contactid,
        overriddencreatedon=NOW,
        numberofemployees=1200,
    )
    dollar.exchangerate = Decimal(1)
    api.store(dollar, contact, lead)
    names = "leadsourcecode,statecode,revenue,_customerid_value,createdon,donotemail,numberofemployees,lastname"
    body = api.get(f"leads({lead.leadid})?$select={names}", Prefer=EVERYTHING)
    shown = {name.removesuffix(FORMATTED): text for name, text in body.items() if name.endswith(FORMATTED)}
    assert shown == {
        "leadsourcecode": "Web",
        "statecode": "Open",
        "revenue": "$1,250.50",
        "_customerid_value": "Max Moe",
        "createdon": "3/2/2026 9:00 AM",
        "donotemail": "Allow",
        "numberofemployees": "1,200",
        "_transactioncurrencyid_value": "Dollar",
    }
    assert body["_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "contact"
    assert body["_customerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"] == "customerid_contact"
    some = api.get(f"leads({lead.leadid})?$select={names}", Prefer=f'odata.include-annotations="{FORMATTED[1:]}"')
    assert shown.keys() == {name.removesuffix(FORMATTED) for name in some if "@" in name[1:]}
    assert not any("@" in name[1:] for name in api.get(f"leads({lead.leadid})?$select={names}"))


def test_every_entity_can_be_read_with_all_annotations(api: Api) -> None:
    for entity in ENTITIES.values():
        for prefer in ("", EVERYTHING):
            assert isinstance(api.get(entity.entity_set, Prefer=prefer)["value"], list)


def test_an_etag_saves_sending_what_the_client_has(api: Api) -> None:
    lead = Lead(lastname="Lind")
    api.store(lead)
    path = f"leads({lead.leadid})?$select=lastname"
    first = api.ask("GET", path)
    etag = first.headers["ETag"]
    assert etag == api.get(path)["@odata.etag"]
    again = api.ask("GET", path, If_None_Match=etag)
    assert (again.status, again.content(), again.headers["ETag"]) == (304, b"", etag)
    assert api.ask("GET", path, If_None_Match="null").status == 200
    assert api.ask("GET", path, If_None_Match=etag, Prefer=EVERYTHING).status == 200
    assert api.ask("GET", f"{path}&$expand=parentaccountid", If_None_Match=etag).status == 200
    with api.services.database.transaction() as connection:
        records.update(connection, Lead, lead.leadid, {"subject": "new"}, now=NOW)
    assert api.ask("GET", path, If_None_Match=etag).status == 200


def test_a_property_is_read_alone(api: Api) -> None:
    lead = Lead(lastname="Lind", donotemail=True, revenue=Decimal(5), overriddencreatedon=NOW)
    api.store(lead)
    path = f"leads({lead.leadid})"
    assert api.get(f"{path}/lastname") == {"@odata.context": f"{BASE}$metadata#{path}/lastname", "value": "Lind"}
    assert api.ask("GET", f"{path}/subject").status == 204
    assert api.ask("GET", f"{path}/subject/$value").status == 204
    texts = {name: api.ask("GET", f"{path}/{name}/$value").content() for name in ("donotemail", "revenue", "createdon")}
    assert texts == {"donotemail": b"true", "revenue": b"5.00", "createdon": b"2026-03-02T09:00:00Z"}
    assert error(api, f"{path}/owneridtype", 400)[0] == "0x80060888"
    assert error(api, f"leads({uuid4()})/lastname", 404)[0] == "0x80040217"


def test_navigation_leads_to_related_records(api: Api) -> None:
    account, contact = Account(name="Acme"), Contact(lastname="Moe")
    leads = [Lead(lastname=name, parentaccountid=account.accountid) for name in ("Berg", "Lind")]
    api.store(account, contact, *leads, ContactLeads(contactid=contact.contactid, leadid=leads[0].leadid))
    lead, links = f"leads({leads[0].leadid})", f"contacts({contact.contactid})/contactleads_association"
    body = api.get(f"{lead}/parentaccountid?$select=name")
    assert (body["name"], body["@odata.context"]) == ("Acme", f"{BASE}$metadata#accounts(name)/$entity")
    assert api.get(f"{lead}/parentaccountid/$ref")["@odata.id"] == f"{BASE}accounts({account.accountid})"
    assert api.ask("GET", f"{lead}/campaignid").status == 204
    assert api.ask("GET", f"{lead}/campaignid/$ref").status == 204
    assert [row["lastname"] for row in api.get(f"{links}?$select=lastname")["value"]] == ["Berg"]
    assert api.get(f"{links}/$ref")["value"] == [{"@odata.id": BASE + lead}]
    assert api.get(f"{links}({leads[0].leadid})?$select=lastname")["lastname"] == "Berg"
    assert error(api, f"{links}({leads[1].leadid})", 404)[0] == "0x80040217"
    assert api.ask("GET", f"{links}/$count").content() == b"1"
    many = f"accounts({account.accountid})/lead_parent_account"
    assert api.ask("GET", f"{many}/$count?$filter=lastname eq 'lind'").content() == b"1"
    found = api.get(f"{many}?$select=lastname&$filter=contactleads_association/any()&$count=true")
    assert (found["@odata.count"], found["value"][0]["lastname"]) == (1, "Berg")
    assert error(api, f"accounts({uuid4()})/lead_parent_account", 404)[0] == "0x80040217"


def test_owners_expand_to_what_they_are(api: Api) -> None:
    user = api.get("systemusers?$top=1&$select=fullname")["value"][0]
    lead = Lead(lastname="Lind", ownerid=UUID(user["systemuserid"]))
    api.store(lead)
    owner = api.get(f"leads({lead.leadid})?$expand=ownerid($select=fullname)")["ownerid"]
    assert (owner["@odata.type"], owner["fullname"]) == ("#Microsoft.Dynamics.CRM.systemuser", user["fullname"])
    assert owner["ownerid"] == user["systemuserid"]
    link = api.get(f"leads({lead.leadid})/ownerid/$ref")
    assert link["@odata.id"] == f"{BASE}systemusers({user['systemuserid']})"
    assert error(api, f"leads({lead.leadid})?$expand=ownerid($select=nosuch)", 400)[0] == "0x80060888"


def test_expansions_nest_as_far_as_dataverse_lets_them(api: Api) -> None:
    top = Account(name="Top")
    below = Account(name="Below", parentaccountid=top.accountid)
    lead = Lead(lastname="Lind", parentaccountid=below.accountid)
    contact = Contact(lastname="Moe")
    note = Annotation(subject="Called", objectid=lead.leadid)
    api.store(top, below, lead, contact, note, ContactLeads(contactid=contact.contactid, leadid=lead.leadid))
    inner = "parentaccountid($select=name;$expand=parentaccountid($select=name))"
    body = api.get(f"leads({lead.leadid})?$select=lastname&$expand={inner},Lead_Annotation($select=subject)")
    assert body["parentaccountid"]["parentaccountid"]["name"] == "Top"
    assert [one["subject"] for one in body["Lead_Annotation"]] == ["Called"]
    assert body["@odata.context"].endswith(
        "#leads(lastname,parentaccountid(name,parentaccountid(name)),Lead_Annotation(subject))/$entity"
    )
    links = "contacts?$expand=contactleads_association"
    found = api.get(f"{links}($select=lastname;$expand=parentaccountid($select=name))")["value"][0]
    assert found["contactleads_association"][0]["parentaccountid"]["name"] == "Below"
    for path, says in (
        (f"{links}($expand=Lead_Annotation)", "Only many-to-one relationships are supported for nested expansion."),
        ("accounts?$expand=lead_parent_account($expand=Lead_Annotation($top=1))", "'$top' is not supported"),
        ("leads?$expand=parentaccountid($filter=name eq 'x')", "'$filter' is not supported"),
        ("leads?$expand=nosuch", "Could not find a property named 'nosuch'"),
        ("leads?$expand=parentaccountid,parentaccountid", "more than once"),
        ("leads?$expand=parentaccountid($nosuch=1)", "cannot stand in $expand"),
        ("leads?$expand=" + ",".join(f"x{number}" for number in range(16)), "at most 15"),
    ):
        code, message = error(api, path, 400)
        assert (code, says in message) == ("0x80060888", True), message


def test_options_that_are_not_supported_are_refused_by_name(api: Api) -> None:
    for query in REFUSED:
        assert error(api, f"leads?{query}", 400)[0] in ("0x80060888", "0x80040203"), query
    assert "'$filter' is not supported on a single record" in error(api, f"leads({uuid4()})?$filter=x", 400)[1]
    api.store(Lead(lastname="Lind Berg"))
    for query in ("$format=json", "unknown=1", "%24select=lastname&%24filter=lastname+eq+%27lind+berg%27", "$select=*"):
        assert len(api.get(f"leads?{query}")["value"]) == 1, query


def test_nobody_sees_or_counts_what_is_not_theirs(api: Api) -> None:
    mine, theirs = SystemUser(firstname="A", lastname="Mine"), SystemUser(firstname="B", lastname="Theirs")
    hidden, account = (
        Account(name="Hidden", ownerid=theirs.systemuserid),
        Account(name="Own", ownerid=mine.systemuserid),
    )
    contact = Contact(lastname="Moe", ownerid=mine.systemuserid)
    leads = [
        Lead(lastname="1", ownerid=mine.systemuserid, parentaccountid=hidden.accountid),
        Lead(lastname="2", ownerid=mine.systemuserid, parentaccountid=account.accountid),
        Lead(lastname="3", ownerid=theirs.systemuserid, parentaccountid=account.accountid),
    ]
    api.store(mine, theirs)
    api.store(hidden, account, contact, *leads)
    api.store(*(ContactLeads(contactid=contact.contactid, leadid=lead.leadid) for lead in leads))
    own = dict.fromkeys(Privilege, Depth.USER)
    granted = dict.fromkeys(("lead", "account", "contact", "contactleads"), own)
    caller = Caller(mine.systemuserid, "mine", "A Mine", None, grants=granted)

    def names(path: str) -> list[Any]:
        return [row["lastname"] for row in api.get(path, caller)["value"]]

    def number(path: str) -> int:
        return int(api.ask("GET", path, caller=caller).content())

    assert names("leads?$select=lastname&$orderby=lastname") == ["1", "2"]
    assert number("leads/$count") == api.get("leads?$count=true", caller)["@odata.count"] == 2
    assert names("leads?$select=lastname&$filter=parentaccountid/name eq null") == ["1"]
    assert names("leads?$select=lastname&$filter=parentaccountid/name eq 'hidden'") == []
    assert number("accounts/$count?$filter=lead_parent_account/any(o:o/lastname eq '3')") == 0
    assert number("contacts/$count?$filter=contactleads_association/all(o:o/lastname ne '3')") == 1
    assert number(f"contacts({contact.contactid})/contactleads_association/$count") == 2
    assert number(f"accounts({account.accountid})/lead_parent_account/$count") == 1
    assert number("contactleadscollection/$count") == 2
    expanded = api.get("leads?$orderby=lastname&$expand=parentaccountid($select=name)", caller, Prefer=EVERYTHING)[
        "value"
    ]
    assert [row["parentaccountid"] and row["parentaccountid"]["name"] for row in expanded] == [None, "Own"]
    assert f"_parentaccountid_value{FORMATTED}" not in expanded[0]
    linked = api.get("contacts?$expand=contactleads_association($select=lastname)", caller)["value"][0]
    assert sorted(row["lastname"] for row in linked["contactleads_association"]) == ["1", "2"]
    figures = api.get("leads?$apply=aggregate($count as n)", caller)["value"]
    assert figures == [{"n": 2}]
    assert api.ask("GET", f"leads({leads[0].leadid})/parentaccountid", caller=caller).status == 204
    for path in (f"leads({leads[2].leadid})", f"accounts({hidden.accountid})/lead_parent_account"):
        assert error(api, path, 404, caller)[0] == "0x80040217"
    assert error(api, "campaigns", 403, caller)[0] == "0x80040220"
    # Not even when somebody else has asked the same before: plans are kept, but never between callers.
    assert len(api.get("leads?$select=lastname&$orderby=lastname")["value"]) == 3
    assert names("leads?$select=lastname&$orderby=lastname") == ["1", "2"]
