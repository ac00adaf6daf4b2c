"""POST: what of a body is stored, with what it is created together, and what is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from crm.entities import (
    Account,
    Annotation,
    Appointment,
    Contact,
    Incident,
    Lead,
    Opportunity,
    Task,
    TransactionCurrency,
)
from crm.security import Privilege
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE, Api
from tests.leadflow.dataverse.requests import MISSING, created, everyone, make, refused, stored, without

EURO = TransactionCurrency(
    transactioncurrencyid=uuid4(),
    isocurrencycode="XEU",
    currencyname="Euro",
    currencysymbol="E",
    exchangerate=Decimal("0.5"),
)


def test_values_are_stored_as_they_come_and_the_caller_owns_the_record(api: Api) -> None:
    account = stored(
        api,
        Account,
        make(
            api,
            "accounts",
            name="  Acme\nGmbH ",
            revenue=1250.5,
            numberofemployees=12,
            creditonhold=True,
            industrycode=1,
            overriddencreatedon="2020-05-06T07:08:09+02:00",
            address1_latitude=48.13743,
            description=None,
        ),
    )
    assert account.name == "  Acme\nGmbH "
    assert account.revenue == Decimal("1250.5")
    assert (account.numberofemployees, account.creditonhold, account.industrycode) == (12, True, 1)
    assert account.createdon == datetime(2020, 5, 6, 5, 8, 9, tzinfo=UTC)
    assert account.address1_latitude == 48.13743
    assert (account.ownerid, account.owneridtype) == (ADMINISTRATOR.userid, "systemuser")
    assert (account.createdby, account.modifiedby) == (ADMINISTRATOR.userid, ADMINISTRATOR.userid)


def test_a_body_with_every_property_as_null_creates_a_record_with_its_defaults(api: Api) -> None:
    names = [name for name in Task.attributes() if name not in ("activityid", "regardingobjectidtype", "owneridtype")]
    lookups = [name for name in names if Task.attributes()[name].targets]
    body = dict.fromkeys(names) | {f"_{name}_value": None for name in lookups}
    id = created(api.ask("POST", "tasks", body | {"@odata.type": "Microsoft.Dynamics.CRM.task", "subject": "Call"}))
    task = stored(api, Task, id)
    assert (task.subject, task.statecode, task.statuscode, task.prioritycode) == ("Call", 0, 2, 1)


def test_the_client_may_choose_the_id_but_not_one_that_is_taken(api: Api) -> None:
    id = uuid4()
    assert make(api, "contacts", contactid=str(id), lastname="Lovelace") == id
    refused(api.ask("POST", "contacts", {"contactid": str(id)}), 412, "0x80040237")


def test_the_record_is_the_answer_where_the_client_prefers_it(api: Api) -> None:
    answer = api.ask("POST", "contacts?$select=lastname", {"lastname": "Lovelace"}, prefer="return=representation")
    assert answer.status == 201
    assert answer.headers["Preference-Applied"] == "return=representation"
    assert answer.body["lastname"] == "Lovelace"
    assert answer.headers["OData-EntityId"] == f"{BASE}contacts({answer.body['contactid']})"
    assert "firstname" not in answer.body


_REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"nmae": "x"},
        "0x80060888",
        "Could not find a property named 'nmae' on type 'Microsoft.Dynamics.CRM.account'",
    ),
    ({"nobody@odata.bind": "/contacts(1)"}, "0x80060888", "nobody"),
    ({"name": "x" * 161}, "0x80044331", "161 characters"),
    ({"name": 5}, "0x80048d19", "must be a text"),
    ({"name": "a\x00b"}, "0x80048d19", "NUL"),
    ({"numberofemployees": "12"}, "0x80048d19", "must be a whole number"),
    ({"numberofemployees": 1.5}, "0x80048d19", "must be a whole number"),
    ({"numberofemployees": True}, "0x80048d19", "must be a whole number"),
    ({"numberofemployees": 10**10}, "0x8004432f", "out of range"),
    ({"revenue": "12.5"}, "0x80048d19", "must be a number"),
    ({"revenue": -1}, "0x80044330", "out of range"),
    ({"revenue": 1e300}, "0x80044330", "out of range"),
    ({"creditonhold": "true"}, "0x80048d19", "true or false"),
    ({"industrycode": 4711}, "0x8004431a", "no option"),
    ({"industrycode": "Consulting"}, "0x80048d19", "must be a whole number"),
    ({"overriddencreatedon": "03/04/2026"}, "0x80048d19", "2026-04-03T14:30:00Z"),
    ({"accountid": "1"}, "0x80048d19", "no GUID"),
    ({"primarycontactid": "1"}, "0x80048d19", "primarycontactid@odata.bind"),
    ({"_primarycontactid_value": str(MISSING)}, "0x80060888", "primarycontactid@odata.bind"),
    ({"primarycontactid@odata.bind": 5}, "0x80048d19", "link to one record"),
    ({"primarycontactid@odata.bind": "/contacts"}, "0x80048d19", "link to one record"),
    ({"primarycontactid@odata.bind": f"/accounts({MISSING})"}, "0x80048d19", "record of contact"),
    ({"createdon": "2026-01-01T00:00:00Z"}, "0x80040203", "createdon cannot be set"),
    ({"revenue_base": 5}, "0x80040203", "revenue_base cannot be set"),
    ({"statuscode": 2}, "0x80048408", "not a valid status code"),
    ({"statecode": 9}, "0x8004431a", "statecode"),
    ({"@odata.type": "Microsoft.Dynamics.CRM.contact"}, "0x80048d19", "@odata.type"),
    ({"contact_customer_accounts": {"lastname": "x"}}, "0x80048d19", "must be a list"),
    ({"contact_customer_accounts": [5]}, "0x80048d19", "must hold objects"),
    ({"ownerid": {"lastname": "x"}}, "0x80048d19", "ownerid@odata.bind"),
]


def test_what_an_account_cannot_have_is_refused(api: Api) -> None:
    for body, code, words in _REFUSED:
        assert words in refused(api.ask("POST", "accounts", body), 400, code), body
    huge = b'{"numberofemployees": 1%s}' % (b"0" * 400)
    refused(api.ask("POST", "accounts", huge), 400, "0x80048d19")
    assert everyone(api, Account) == []


def test_a_body_that_is_no_json_object_is_refused(api: Api) -> None:
    for body in (b"", b"[]", b"{", b'"x"', b"\xff"):
        refused(api.ask("POST", "accounts", body), 400, "0x80048d19")


class TestLookups:
    def test_a_link_may_be_relative_or_absolute(self, api: Api) -> None:
        contact = make(api, "contacts", lastname="Lovelace")
        for root in ("/", "", BASE, "/api/data/v9.0/"):
            account = make(api, "accounts", **{"primarycontactid@odata.bind": f"{root}contacts({contact})"})
            assert stored(api, Account, account).primarycontactid == contact

    def test_the_type_of_a_polymorphic_lookup_is_that_of_its_navigation_property(self, api: Api) -> None:
        contact = make(api, "contacts", lastname="Lovelace")
        bind = {"customerid_contact@odata.bind": f"/contacts({contact})", "customerid_account@odata.bind": None}
        incident = stored(api, Incident, make(api, "incidents", title="Help", **bind))
        assert (incident.customerid, incident.customeridtype) == (contact, "contact")
        wrong = {"title": "Help", "customerid_account@odata.bind": f"/accounts({contact})"}
        refused(api.ask("POST", "incidents", wrong), 404, "0x80040217")

    def test_a_link_may_name_an_alternate_key(self, api: Api) -> None:
        api.store(EURO)
        bind = {"transactioncurrencyid@odata.bind": "/transactioncurrencies(isocurrencycode='XEU')"}
        account = stored(api, Account, make(api, "accounts", name="Acme", revenue=10, **bind))
        assert (account.transactioncurrencyid, account.revenue_base) == (EURO.transactioncurrencyid, Decimal(20))
        unknown = {"transactioncurrencyid@odata.bind": "/transactioncurrencies(isocurrencycode='XXX')"}
        refused(api.ask("POST", "accounts", unknown), 404, "0x80060891")

    def test_a_link_to_nothing_is_refused(self, api: Api) -> None:
        answer = api.ask("POST", "accounts", {"primarycontactid@odata.bind": f"/contacts({MISSING})"})
        assert f"contact With Id = {MISSING} Does Not Exist" in refused(answer, 404, "0x80040217")
        assert everyone(api, Account) == []

    def test_linking_needs_append_on_the_one_and_append_to_on_the_other(self, api: Api) -> None:
        contact = make(api, "contacts", lastname="Lovelace")
        body = {"name": "Acme", "primarycontactid@odata.bind": f"/contacts({contact})"}
        for entity, privilege in (("account", Privilege.APPEND), ("contact", Privilege.APPEND_TO)):
            caller = without(entity, privilege)
            refused(api.ask("POST", "accounts", body, caller), 403, "0x80040220")
            created(api.ask("POST", "accounts", {"name": "Acme"}, caller))


class TestStates:
    def test_a_state_brings_its_default_status(self, api: Api) -> None:
        won = stored(api, Opportunity, make(api, "opportunities", name="Sale", statecode=1))
        assert (won.statecode, won.statuscode) == (1, 3)
        held = stored(api, Opportunity, make(api, "opportunities", name="Sale", statecode=0, statuscode=2))
        assert (held.statecode, held.statuscode) == (0, 2)


class TestDeepInsert:
    def test_parents_children_and_links_are_created_with_the_record(self, api: Api) -> None:
        known = make(api, "contacts", lastname="Known")
        body = {
            "name": "Acme",
            "primarycontactid": {"lastname": "Lovelace", "contact_customer_contacts": [{"lastname": "Of hers"}]},
            "contact_customer_accounts": [{"lastname": "Byron"}, {"lastname": "Shelley"}],
            "contact_customer_accounts@odata.bind": [f"contacts({known})"],
            "Account_Tasks": [{"subject": "Call them", "Task_Annotation": [{"notetext": "soon"}]}],
        }
        account = stored(api, Account, created(api.ask("POST", "accounts", body)))
        primary = stored(api, Contact, UUID(str(account.primarycontactid)))
        assert primary.lastname == "Lovelace"
        contacts = {one.lastname: one for one in everyone(api, Contact)}
        assert contacts["Of hers"].parentcustomerid == primary.contactid
        for name in ("Byron", "Shelley", "Known"):
            assert (contacts[name].parentcustomerid, contacts[name].parentcustomeridtype) == (
                account.accountid,
                "account",
            )
        (task,) = everyone(api, Task)
        assert (task.regardingobjectid, task.regardingobjectidtype) == (account.accountid, "account")

    def test_a_fault_deep_in_the_body_leaves_nothing(self, api: Api) -> None:
        body = {
            "name": "Acme",
            "primarycontactid": {"lastname": "Lovelace"},
            "contact_customer_accounts": [{"lastname": "Byron", "ownerid@odata.bind": f"/systemusers({MISSING})"}],
        }
        refused(api.ask("POST", "accounts", body), 404, "0x80040217")
        assert (everyone(api, Account), everyone(api, Contact)) == ([], [])

    def test_a_body_may_not_nest_without_end(self, api: Api) -> None:
        body: dict[str, Any] = {"name": "x"}
        for _ in range(12):
            body = {"name": "x", "account_parent_account": [body]}
        assert "nests deeper" in refused(api.ask("POST", "accounts", body), 400, "0x80048d19")

    def test_a_post_to_a_collection_creates_a_record_in_it(self, api: Api) -> None:
        account = make(api, "accounts", name="Acme")
        contact = make(api, f"accounts({account})/contact_customer_accounts", lastname="Byron")
        assert stored(api, Contact, contact).parentcustomerid == account
        nowhere = api.ask("POST", f"accounts({MISSING})/contact_customer_accounts", {"lastname": "Byron"})
        refused(nowhere, 404, "0x80040217")


class TestKeptElsewhere:
    def test_records_that_nobody_writes_directly_say_how_they_come_about(self, api: Api) -> None:
        for path in ("contactleadscollection", "lf_assignments", "teammemberships"):
            assert "not written directly" in refused(api.ask("POST", path, {}), 405, "0x80060888")

    def test_a_caller_gives_no_key_of_the_directory(self, api: Api) -> None:
        assert "rules/directory.yaml" in refused(api.ask("POST", "teams", {"lf_key": "x"}), 400, "0x80040203")

    def test_a_unique_key_that_is_taken_is_refused(self, api: Api) -> None:
        body = {"isocurrencycode": "XTS", "currencyname": "Test", "currencysymbol": "T", "exchangerate": 2}
        make(api, "transactioncurrencies", **body)
        answer = api.ask("POST", "transactioncurrencies", body)
        assert "isocurrencycode" in refused(answer, 412, "0x80060892")


def test_who_may_not_create_is_refused(api: Api) -> None:
    refused(api.ask("POST", "accounts", {"name": "Acme"}, without("account", Privilege.CREATE)), 403, "0x80040220")


def test_a_lead_is_checked_before_its_workflow_hears_of_it(api: Api) -> None:
    for body, status, code in (
        ({"subject": "x" * 301}, 400, "0x80044331"),
        ({"leadsourcecode": 4711}, 400, "0x8004431a"),
        ({"revenue": "1"}, 400, "0x80048d19"),
        ({"parentaccountid@odata.bind": f"/accounts({MISSING})"}, 404, "0x80040217"),
        ({"lf_stage": "accepted"}, 400, "0x80040203"),
    ):
        refused(api.ask("POST", "leads", body), status, code)
    assert everyone(api, Lead) == []


def test_an_appointment_keeps_whole_seconds(api: Api) -> None:
    id = make(api, "appointments", subject="Meet", scheduledstart="2026-05-06T07:08:09.987Z", isalldayevent=False)
    assert stored(api, Appointment, id).scheduledstart == datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    day = make(api, "opportunities", name="Sale", estimatedclosedate="2026-05-06")
    assert stored(api, Opportunity, day).estimatedclosedate == date(2026, 5, 6)
    refused(api.ask("POST", "opportunities", {"estimatedclosedate": "2026-05-06T00:00:00Z"}), 400, "0x80048d19")


def test_the_size_of_an_attached_file_is_that_of_its_content(api: Api) -> None:
    account = make(api, "accounts", name="Acme")
    file = {"filename": "a.txt", "documentbody": "SGVsbG8=", "objectid_account@odata.bind": f"/accounts({account})"}
    note = stored(api, Annotation, make(api, "annotations", **file))
    assert (note.filesize, note.isdocument, note.objectidtype) == (5, True, "account")
    refused(api.ask("POST", "annotations", {"documentbody": "no Base64"}), 400, "0x80040203")
