"""What a write comes to before it happens: the operations, in their order, with ids that later requests can use."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from crm.entities import Lead
from crm.errors import LeadflowError
from leadflow.dataverse.call import Call
from leadflow.dataverse.path import parse_path
from leadflow.dataverse.planning import PLANNERS
from leadflow.dataverse.plans import Plan
from leadflow.dataverse.shapes import shape_of
from leadflow.dataverse.target import resolve
from tests.leadflow.dataverse.conftest import ADMINISTRATOR, BASE, Api
from tests.leadflow.dataverse.requests import MISSING, make


def _plan(api: Api, method: str, path: str, body: Any = None, planned: frozenset[UUID] = frozenset()) -> Plan:
    target = resolve(parse_path(path))
    call = Call(api.services, ADMINISTRATOR, method, target, BASE, body=orjson.dumps(body), planned=planned)

    async def plan() -> Plan:
        return await PLANNERS[shape_of(target)][method](call)

    return asyncio.run(plan())


def _shown(plan: Plan) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude_unset=True) | {"op": one.op} for one in plan.operations]


def test_a_lead_with_its_account_contacts_and_notes(api: Api) -> None:
    contact = make(api, "contacts", lastname="Byron")
    body = {
        "subject": "Engines",
        "leadsourcecode": 8,
        "revenue": 1250.5,
        "ownerid@odata.bind": f"/systemusers({ADMINISTRATOR.userid})",
        "customerid_contact@odata.bind": f"/contacts({contact})",
        "parentaccountid": {"name": "Acme"},
        "contactleads_association@odata.bind": [f"/contacts({contact})"],
        "Lead_Annotation": [{"notetext": "soon"}],
    }
    plan = _plan(api, "POST", "leads", body)
    account, lead, link, note = _shown(plan)
    assert (account["op"], account["entity"], account["values"]) == ("create", "account", {"name": "Acme"})
    assert (lead["op"], lead["entity"]) == ("create", "lead")
    assert lead["values"] == {
        "subject": "Engines",
        "leadsourcecode": 8,
        "revenue": 1250.5,
        "ownerid": str(ADMINISTRATOR.userid),
        "owneridtype": "systemuser",
        "customerid": str(contact),
        "customeridtype": "contact",
        "parentaccountid": account["id"],
    }
    assert (link["op"], link["id"], link["related"]) == ("associate", lead["id"], str(contact))
    assert note["values"] == {"notetext": "soon", "objectid": lead["id"], "objectidtype": "lead"}
    assert plan.record == f"leads({lead['id']})"
    assert plan.written == {UUID(one["id"]) for one in (account, lead, note)}


def test_changes_of_a_lead(api: Api) -> None:
    lead = Lead(subject="Engines", lastname="Lovelace")
    api.store(lead)
    path = f"leads({lead.leadid})"
    for method, where, body, values in (
        ("PATCH", path, {"subject": "More", "jobtitle": None}, {"subject": "More", "jobtitle": None}),
        ("PATCH", path, {"statecode": 2, "leadid": str(lead.leadid), "fullname": "Lovelace"}, {"statecode": 2}),
        ("PUT", f"{path}/subject", {"value": "More"}, {"subject": "More"}),
        ("DELETE", f"{path}/subject", None, {"subject": None}),
        ("DELETE", f"{path}/parentaccountid/$ref", None, {"parentaccountid": None}),
    ):
        (operation,) = _shown(_plan(api, method, where, body))
        assert (operation["op"], operation["entity"], operation["values"]) == ("update", "lead", values)
    (deletion,) = _shown(_plan(api, "DELETE", path))
    assert (deletion["op"], deletion["id"]) == ("delete", str(lead.leadid))


def test_a_lead_that_is_not_there_is_created_by_its_key(api: Api) -> None:
    path = "leads(lf_source='web',lf_externalid='42')"
    (operation,) = _shown(_plan(api, "PATCH", path, {"subject": "Engines"}))
    assert (operation["op"], operation["upsert"]) == ("update", True)
    assert operation["values"] == {"subject": "Engines", "lf_source": "web", "lf_externalid": "42"}


def test_a_record_that_an_earlier_request_creates_is_changed(api: Api) -> None:
    new = uuid4()
    (operation,) = _shown(_plan(api, "PATCH", f"accounts({new})", {"name": "Acme"}, frozenset({new})))
    assert (operation["op"], operation.get("upsert", False)) == ("update", False)


def test_planning_does_nothing(api: Api) -> None:
    plan = _plan(api, "POST", "accounts", {"name": "Acme"})
    assert api.ask("DELETE", plan.record or "").status == 404
    with pytest.raises(LeadflowError):
        _plan(api, "POST", "accounts", {"primarycontactid@odata.bind": f"/leads({MISSING})"})
