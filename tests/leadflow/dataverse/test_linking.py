"""$ref: lookups, the records that name this one, and associations, from both sides."""

from uuid import UUID, uuid4

import pytest

from crm.entities import Account, AccountLeads, Contact, ContactLeads, Incident, Lead, Team
from crm.entities.links import Link
from crm.security import Privilege
from tests.leadflow.dataverse.conftest import BASE, Api
from tests.leadflow.dataverse.requests import MISSING, done, everyone, make, refused, stored, without


@pytest.fixture
def lead(api: Api) -> UUID:
    lead = Lead(firstname="Ada", lastname="Lovelace")
    api.store(lead)
    return lead.leadid


def _links(api: Api) -> list[Link]:
    found: list[Link] = []
    for entity in (ContactLeads, AccountLeads):
        found += everyone(api, entity)
    return found


class TestLookups:
    def test_a_lookup_is_set_and_cleared(self, api: Api) -> None:
        account, contact = make(api, "accounts", name="Acme"), make(api, "contacts", lastname="Byron")
        path = f"accounts({account})/primarycontactid/$ref"
        for link in (f"{BASE}contacts({contact})", f"contacts({contact})"):
            done(api.ask("PUT", path, {"@odata.id": link}))
            assert stored(api, Account, account).primarycontactid == contact
            done(api.ask("DELETE", path))
            assert stored(api, Account, account).primarycontactid is None
        refused(api.ask("PUT", path, {"@odata.id": f"contacts({MISSING})"}), 404, "0x80040217")
        refused(api.ask("PUT", path, {"@odata.id": f"accounts({account})"}), 400, "0x80048d19")
        refused(api.ask("PUT", path, {"@odata.id": [f"contacts({contact})"]}), 400, "0x80048d19")

    def test_a_polymorphic_lookup_has_a_property_for_each_target(self, api: Api) -> None:
        account, contact = make(api, "accounts", name="Acme"), make(api, "contacts", lastname="Byron")
        done(
            api.ask("PUT", f"contacts({contact})/parentcustomerid_account/$ref", {"@odata.id": f"accounts({account})"})
        )
        assert stored(api, Contact, contact).parentcustomeridtype == "account"
        refused(api.ask("DELETE", f"contacts({contact})/parentcustomerid_contact/$ref"), 404, "0x80040217")
        assert stored(api, Contact, contact).parentcustomerid == account
        done(api.ask("DELETE", f"contacts({contact})/parentcustomerid_account/$ref"))
        assert stored(api, Contact, contact).parentcustomerid is None
        whole = api.ask("PUT", f"contacts({contact})/parentcustomerid/$ref", {"@odata.id": f"accounts({account})"})
        refused(whole, 404, "0x8006088a")

    def test_a_lookup_that_no_caller_writes_is_refused(self, api: Api) -> None:
        account = make(api, "accounts", name="Acme")
        path = f"accounts({account})/masterid/$ref"
        refused(api.ask("PUT", path, {"@odata.id": f"accounts({account})"}), 400, "0x80040203")
        refused(api.ask("DELETE", f"accounts({account})/ownerid/$ref"), 400, "0x80040203")


class TestCollections:
    def test_a_record_is_added_to_those_that_name_this_one_and_removed(self, api: Api) -> None:
        account, contact = make(api, "accounts", name="Acme"), make(api, "contacts", lastname="Byron")
        path = f"accounts({account})/contact_customer_accounts"
        for removal in (f"{path}({contact})/$ref", f"{path}/$ref?$id={BASE}contacts({contact})"):
            done(api.ask("POST", f"{path}/$ref", {"@odata.id": f"contacts({contact})"}))
            assert stored(api, Contact, contact).parentcustomerid == account
            done(api.ask("DELETE", removal))
            assert stored(api, Contact, contact).parentcustomerid is None
            refused(api.ask("DELETE", removal), 404, "0x80040217")
        refused(api.ask("POST", f"{path}/$ref", {"@odata.id": f"contacts({MISSING})"}), 404, "0x80040217")
        refused(api.ask("DELETE", f"{path}/$ref"), 400, "0x80060888")

    def test_a_lookup_that_must_name_something_is_not_cleared(self, api: Api) -> None:
        account = make(api, "accounts", name="Acme")
        incident = make(api, f"accounts({account})/incident_customer_accounts", title="Help")
        removal = api.ask("DELETE", f"accounts({account})/incident_customer_accounts({incident})/$ref")
        refused(removal, 400, "0x80040203")
        assert stored(api, Incident, incident).customerid == account


class TestAssociations:
    def test_a_link_is_made_and_removed_from_either_side(self, api: Api, lead: UUID) -> None:
        contact, account = make(api, "contacts", lastname="Byron"), make(api, "accounts", name="Acme")
        for path, other in (
            (f"contacts({contact})/contactleads_association", f"leads({lead})"),
            (f"leads({lead})/contactleads_association", f"contacts({contact})"),
            (f"accounts({account})/accountleads_association", f"leads({lead})"),
            (f"leads({lead})/accountleads_association", f"accounts({account})"),
        ):
            for removal in (f"{path}({other[-37:-1]})/$ref", f"{path}/$ref?$id={BASE}{other}"):
                done(api.ask("POST", f"{path}/$ref", {"@odata.id": BASE + other}))
                again = api.ask("POST", f"{path}/$ref", {"@odata.id": other})
                assert "Cannot insert duplicate key" in refused(again, 412, "0x80040237")
                (link,) = _links(api)
                assert (link.leadid, link.name) == (lead, "Ada Lovelace")
                assert link.versionnumber is not None
                done(api.ask("DELETE", removal))
                assert _links(api) == []
                refused(api.ask("DELETE", removal), 404, "0x80040217")

    def test_a_link_to_or_from_nothing_is_refused(self, api: Api, lead: UUID) -> None:
        contact = make(api, "contacts", lastname="Byron")
        for path, other in (
            (f"contacts({contact})", f"leads({MISSING})"),
            (f"contacts({MISSING})", f"leads({lead})"),
        ):
            answer = api.ask("POST", f"{path}/contactleads_association/$ref", {"@odata.id": other})
            refused(answer, 404, "0x80040217")
        assert everyone(api, ContactLeads) == []

    def test_linking_needs_append_on_the_one_and_append_to_on_the_other(self, api: Api, lead: UUID) -> None:
        contact = make(api, "contacts", lastname="Byron")
        path = f"contacts({contact})/contactleads_association/$ref"
        for caller in (without("contact", Privilege.APPEND), without("lead", Privilege.APPEND_TO)):
            refused(api.ask("POST", path, {"@odata.id": f"leads({lead})"}, caller), 403, "0x80040220")
        unseen = api.ask("POST", path, {"@odata.id": f"leads({lead})"}, without("lead", Privilege.READ))
        refused(unseen, 404, "0x80040217")
        only_these = without("contact", Privilege.APPEND_TO, Privilege.WRITE)
        done(api.ask("POST", path, {"@odata.id": f"leads({lead})"}, only_these))

    def test_a_new_record_is_associated_at_once(self, api: Api, lead: UUID) -> None:
        bind = {"contactleads_association@odata.bind": [f"/leads({lead})"]}
        contact = make(api, "contacts", lastname="Byron", **bind)
        assert [link.contactid for link in everyone(api, ContactLeads)] == [contact]

    def test_who_is_in_a_team_is_kept_in_the_directory(self, api: Api) -> None:
        team = everyone(api, Team)[0].teamid
        user = make(api, "systemusers", firstname="Ada", lastname="Lovelace")
        answer = api.ask(
            "POST", f"teams({team})/teammembership_association/$ref", {"@odata.id": f"systemusers({user})"}
        )
        assert "rules/directory.yaml" in refused(answer, 400, "0x80040203")

    def test_one_request_links_one_record(self, api: Api, lead: UUID) -> None:
        contact = make(api, "contacts", lastname="Byron")
        path = f"contacts({contact})/contactleads_association/$ref"
        answer = api.ask("POST", path, {"value": [{"@odata.id": f"leads({lead})"}, {"@odata.id": f"leads({uuid4()})"}]})
        assert "several requests" in refused(answer, 400, "0x80048d19")

    def test_deleting_a_contact_removes_its_links_and_no_more(self, api: Api, lead: UUID) -> None:
        contact = make(api, "contacts", lastname="Byron")
        done(api.ask("POST", f"contacts({contact})/contactleads_association/$ref", {"@odata.id": f"leads({lead})"}))
        done(api.ask("DELETE", f"contacts({contact})"))
        assert everyone(api, ContactLeads) == []
        assert stored(api, Lead, lead).leadid == lead
