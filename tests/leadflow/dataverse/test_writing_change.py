"""PATCH, PUT and DELETE: what changes, under which conditions, and what deletion takes along."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID, uuid4

from crm.entities import (
    Account,
    AccountLeads,
    Annotation,
    BusinessUnit,
    Contact,
    Lead,
    Opportunity,
    Queue,
    SystemUser,
    Task,
    Team,
    TransactionCurrency,
)
from crm.security import Privilege
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE, Api
from tests.leadflow.dataverse.requests import MISSING, clerk, done, everyone, found, make, refused, stored, without


def _tag(api: Api, id: UUID) -> str:
    return f'W/"{stored(api, Account, id).versionnumber}"'


class TestPatch:
    def test_what_the_body_names_changes_and_null_clears(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme", revenue=10, telephone1="123", creditonhold=True)
        before = stored(api, Account, id)
        answer = api.ask("PATCH", f"accounts({id})", {"name": "Acme II", "telephone1": None})
        assert answer.status == 204
        assert answer.headers["OData-EntityId"] == f"{BASE}accounts({id})"
        after = stored(api, Account, id)
        assert (after.name, after.telephone1, after.creditonhold) == ("Acme II", None, True)
        assert after.revenue == before.revenue
        assert after.versionnumber == (before.versionnumber or 0) + 1

    def test_what_was_read_may_be_sent_back(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme", revenue=10)
        read = api.get(f"accounts({id})")
        assert api.ask("PATCH", f"accounts({id})", {**read, "name": "Acme II"}).status == 204
        assert stored(api, Account, id).name == "Acme II"

    def test_what_a_caller_cannot_change_is_refused(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme", revenue=10)
        for body, code in (
            ({"createdon": "2020-01-01T00:00:00Z"}, "0x80040203"),
            ({"accountid": str(MISSING)}, "0x80040203"),
            ({"_ownerid_value": str(MISSING)}, "0x80060888"),
            ({"creditonhold": None}, "0x80040203"),
            ({"ownerid@odata.bind": None}, "0x80040203"),
            ({"statuscode": 2}, "0x80048408"),
            ({"contact_customer_accounts": []}, "0x80048d19"),
            ({"contact_customer_accounts@odata.bind": []}, "0x80048d19"),
            ({"primarycontactid": {"lastname": "x"}}, "0x80048d19"),
        ):
            refused(api.ask("PATCH", f"accounts({id})", body), 400, code)
        assert stored(api, Account, id).modifiedon == stored(api, Account, id).createdon

    def test_a_lookup_is_cleared_with_null(self, api: Api) -> None:
        contact = make(api, "contacts", lastname="Lovelace")
        bind = {"primarycontactid@odata.bind": f"/contacts({contact})"}
        for cleared in ({"primarycontactid@odata.bind": None}, {"primarycontactid": None}):
            id = make(api, "accounts", name="Acme", **bind)
            assert api.ask("PATCH", f"accounts({id})", cleared).status == 204
            assert stored(api, Account, id).primarycontactid is None

    def test_a_state_brings_its_default_status_and_a_status_must_belong(self, api: Api) -> None:
        id = make(api, "opportunities", name="Sale")
        assert api.ask("PATCH", f"opportunities({id})", {"statecode": 2}).status == 204
        assert stored(api, Opportunity, id).statuscode == 4
        assert api.ask("PATCH", f"opportunities({id})", {"statecode": 0, "statuscode": 2}).status == 204
        refused(api.ask("PATCH", f"opportunities({id})", {"statuscode": 4}), 400, "0x80048408")
        assert (stored(api, Opportunity, id).statecode, stored(api, Opportunity, id).statuscode) == (0, 2)

    def test_a_record_that_does_not_exist_is_created(self, api: Api) -> None:
        id = uuid4()
        answer = api.ask("PATCH", f"accounts({id})", {"name": "Acme", "Account_Tasks": [{"subject": "Call"}]})
        assert answer.status == 204
        assert stored(api, Account, id).name == "Acme"
        assert [task.regardingobjectid for task in everyone(api, Task)] == [id]

    def test_upsert_by_an_alternate_key(self, api: Api) -> None:
        path = "transactioncurrencies(isocurrencycode='XTS')"
        body = {"currencyname": "Test", "currencysymbol": "T", "exchangerate": 2}
        assert api.ask("PATCH", path, body).status == 204
        assert api.ask("PATCH", path, {"currencyname": "Test II"}).status == 204
        (currency,) = [one for one in everyone(api, TransactionCurrency) if one.isocurrencycode == "XTS"]
        assert (currency.currencyname, currency.exchangerate) == ("Test II", Decimal(2))

    def test_the_record_is_the_answer_where_the_client_prefers_it(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme")
        path = f"accounts({id})?$select=name"
        assert api.ask("PATCH", path, {"name": "II"}, prefer="return=representation").status == 200
        new = api.ask("PATCH", f"accounts({uuid4()})?$select=name", {"name": "III"}, prefer="return=representation")
        assert (new.status, new.body["name"]) == (201, "III")

    def test_put_is_not_for_records(self, api: Api) -> None:
        refused(api.ask("PUT", f"accounts({make(api, 'accounts', name='Acme')})", {"name": "x"}), 405, "0x80060888")


class TestConditions:
    def test_if_match_any_updates_only(self, api: Api) -> None:
        answer = api.ask("PATCH", f"accounts({MISSING})", {"name": "x"}, if_match="*")
        assert "account With Id = " in refused(answer, 404, "0x80040217")
        by_key = api.ask("PATCH", "transactioncurrencies(isocurrencycode='XTS')", {}, if_match="*")
        refused(by_key, 404, "0x80060891")
        assert found(api, Account, MISSING) is None

    def test_if_none_match_any_creates_only(self, api: Api) -> None:
        id = uuid4()
        assert api.ask("PATCH", f"accounts({id})", {"name": "Acme"}, if_none_match="*").status == 204
        answer = api.ask("PATCH", f"accounts({id})", {"name": "II"}, if_none_match="*")
        assert "matching key values already exists" in refused(answer, 412, "0x80060892")
        assert api.ask("PATCH", f"accounts({id})", {"name": "III"}, if_none_match="null").status == 204
        assert stored(api, Account, id).name == "III"

    def test_a_version_that_has_passed_is_refused(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme")
        old = _tag(api, id)
        assert api.ask("PATCH", f"accounts({id})", {"name": "II"}, if_match=old).status == 204
        for tag in (old, '"x"', 'W/"-1"'):
            answer = api.ask("PATCH", f"accounts({id})", {"name": "III"}, if_match=tag)
            assert "RowVersion" in refused(answer, 412, "0x80060882")
            refused(api.ask("DELETE", f"accounts({id})", if_match=tag), 412, "0x80060882")
            refused(api.ask("PUT", f"accounts({id})/name", {"value": "IV"}, if_match=tag), 412, "0x80060882")
        assert stored(api, Account, id).name == "II"
        done(api.ask("DELETE", f"accounts({id})", if_match=_tag(api, id)))

    def test_of_two_changes_of_one_version_exactly_one_wins(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme")
        for _ in range(5):
            tag = _tag(api, id)
            with ThreadPoolExecutor(2) as both:
                asked = [
                    both.submit(api.ask, "PATCH", f"accounts({id})", {"name": name}, if_match=tag) for name in "ab"
                ]
            assert sorted(one.result().status for one in asked) == [204, 412]


class TestProperties:
    def test_a_property_is_set_and_cleared(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme")
        for method, value in (("PUT", "123"), ("PATCH", "456")):
            done(api.ask(method, f"accounts({id})/telephone1", {"value": value}))
            assert stored(api, Account, id).telephone1 == value
        done(api.ask("DELETE", f"accounts({id})/telephone1"))
        assert stored(api, Account, id).telephone1 is None

    def test_what_cannot_be_set_is_refused(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme")
        refused(api.ask("PUT", f"accounts({id})/name", {"name": "x"}), 400, "0x80048d19")
        refused(api.ask("PUT", f"accounts({id})/name", {"value": 5}), 400, "0x80048d19")
        refused(api.ask("PUT", f"accounts({id})/createdon", {"value": None}), 400, "0x80040203")
        refused(api.ask("PUT", f"accounts({id})/_primarycontactid_value", {"value": None}), 400, "0x80060888")
        refused(api.ask("PUT", f"accounts({MISSING})/name", {"value": "x"}), 404, "0x80040217")


class TestOwners:
    def test_assigning_needs_the_privilege(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme")
        team = make(api, "teams", name="Ours")
        body = {"ownerid@odata.bind": f"/teams({team})"}
        refused(api.ask("PATCH", f"accounts({id})", body, without("account", Privilege.ASSIGN)), 403, "0x80040220")
        assert api.ask("PATCH", f"accounts({id})", body).status == 204
        account = stored(api, Account, id)
        assert (account.ownerid, account.owneridtype, account.owningteam) == (team, "team", team)
        same = api.ask("PATCH", f"accounts({id})", body, without("account", Privilege.ASSIGN))
        assert same.status == 204

    def test_who_may_not_write_delete_or_see_is_refused(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme")
        for method, privilege in (("PATCH", Privilege.WRITE), ("DELETE", Privilege.DELETE)):
            refused(api.ask(method, f"accounts({id})", {}, without("account", privilege)), 403, "0x80040220")
            unseen = api.ask(method, f"accounts({id})", {}, without("account", Privilege.READ))
            refused(unseen, 404, "0x80040217")


class TestReach:
    def test_records_beyond_the_reach_of_a_caller_do_not_exist_for_them(self, api: Api) -> None:
        caller, id, own = clerk(api), make(api, "accounts", name="Acme"), uuid4()
        before = stored(api, Account, id)
        for answer in (
            api.ask("PATCH", f"accounts({id})", {"name": "Mine"}, caller),
            api.ask("PUT", f"accounts({id})/name", {"value": "Mine"}, caller),
            api.ask("DELETE", f"accounts({id})", caller=caller),
            api.ask("PATCH", f"accounts({own})", {"parentaccountid@odata.bind": f"/accounts({id})"}, caller),
        ):
            refused(answer, 404, "0x80040217")
        assert stored(api, Account, id) == before
        assert api.ask("PATCH", f"accounts({own})", {"name": "Mine"}, caller).status == 204
        assert stored(api, Account, own).ownerid == caller.userid

    def test_who_creates_for_themselves_creates_for_nobody_else(self, api: Api) -> None:
        caller = clerk(api)
        body = {"name": "Theirs", "ownerid@odata.bind": f"/systemusers({ADMINISTRATOR.userid})"}
        refused(api.ask("POST", "accounts", body, caller), 403, "0x80048306")
        assert everyone(api, Account) == []

    def test_what_may_be_seen_may_not_be_changed_or_linked(self, api: Api) -> None:
        caller, contact = clerk(api), make(api, "contacts", lastname="Byron")
        refused(api.ask("PATCH", f"contacts({contact})", {"lastname": "x"}, caller), 403, "0x80040220")
        body = {"name": "Mine", "primarycontactid@odata.bind": f"/contacts({contact})"}
        refused(api.ask("POST", "accounts", body, caller), 403, "0x80040220")


class TestDelete:
    def test_a_record_goes_once(self, api: Api) -> None:
        id = make(api, "accounts", name="Acme")
        done(api.ask("DELETE", f"accounts({id})", if_match="*"))
        assert found(api, Account, id) is None
        refused(api.ask("DELETE", f"accounts({id})"), 404, "0x80040217")
        refused(api.ask("DELETE", "transactioncurrencies(isocurrencycode='XXX')"), 404, "0x80060891")

    def test_what_is_part_of_a_record_goes_with_it_and_lookups_to_it_are_cleared(self, api: Api) -> None:
        account = make(api, "accounts", name="Acme")
        child = make(api, "accounts", **{"name": "Child", "parentaccountid@odata.bind": f"accounts({account})"})
        contact = make(api, f"accounts({account})/contact_customer_accounts", lastname="Byron")
        task = make(api, f"accounts({account})/Account_Tasks", subject="Call")
        make(api, f"tasks({task})/Task_Annotation", notetext="soon")
        other = make(api, f"contacts({contact})/Contact_Annotation", notetext="stays")
        lead = Lead(lastname="Lovelace", parentaccountid=account, customerid=account, customeridtype="account")
        api.store(lead)
        done(
            api.ask(
                "POST", f"accounts({account})/accountleads_association/$ref", {"@odata.id": f"leads({lead.leadid})"}
            )
        )
        before = stored(api, Contact, contact)

        done(api.ask("DELETE", f"accounts({account})"))

        assert everyone(api, Task) == []
        assert everyone(api, AccountLeads) == []
        assert [note.annotationid for note in everyone(api, Annotation)] == [other]
        assert stored(api, Account, child).parentaccountid is None
        after = stored(api, Contact, contact)
        assert (after.parentcustomerid, after.parentcustomeridtype) == (None, None)
        assert after.versionnumber == (before.versionnumber or 0) + 1
        assert after.modifiedby == ADMINISTRATOR.userid
        lead = stored(api, Lead, lead.leadid)
        assert (lead.parentaccountid, lead.customerid, lead.customeridtype) == (None, None, None)

    def test_what_others_belong_to_cannot_be_deleted(self, api: Api) -> None:
        team = make(api, "teams", name="Ours")
        account = make(api, "accounts", **{"name": "Acme", "ownerid@odata.bind": f"/teams({team})"})
        assert "owningteam" in refused(api.ask("DELETE", f"teams({team})"), 405, "0x80040227")
        done(api.ask("DELETE", f"accounts({account})"))
        done(api.ask("DELETE", f"teams({team})"))

    def test_the_directory_keeps_its_records(self, api: Api) -> None:
        for entity in (SystemUser, Team, BusinessUnit, Queue):
            kept = next(one for one in everyone(api, entity) if vars(one)["lf_key"] is not None)
            path = f"{entity.entity_set}({getattr(kept, entity.primary_id)})"
            for answer in (api.ask("PATCH", path, {"lf_key": None}), api.ask("DELETE", path)):
                refused(answer, 403, "0x80048306")
            assert stored(api, entity, getattr(kept, entity.primary_id)) == kept

    def test_users_are_never_deleted(self, api: Api) -> None:
        user = make(api, "systemusers", firstname="Ada", lastname="Lovelace")
        assert "isdisabled" in refused(api.ask("DELETE", f"systemusers({user})"), 403, "0x80048306")
        assert api.ask("PATCH", f"systemusers({user})", {"isdisabled": True}).status == 204
        assert stored(api, SystemUser, user).isdisabled
